//! What an attacker tries, and what is to come of it.

/// What is to come of one attempt.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// A part of what the guest finds, its parts joined by `|`, or of the words of the error it gets.
    pub answer: Result<String, String>,
    /// What is audited, in its order: see [`audit`](crate::audit). `{work}` stands for the work directory, `{git}`
    /// for where git is.
    pub audited: Vec<String>,
}

/// One attempt: a verb of the guest, and the version that has it first. Those before answer that they do not know it.
#[derive(Debug, Clone)]
pub struct Row {
    pub since: &'static str,
    pub verb: String,
    /// What comes of it where extensions are granted what they are by default.
    pub by_default: Outcome,
    /// What comes of it where git may be asked for its version, and nothing else.
    pub strictly: Outcome,
}

fn outcome(answer: Result<&str, &str>, audited: &[&str]) -> Outcome {
    let audited = audited.iter().map(|line| (*line).to_owned()).collect();
    let answer = answer.map(str::to_owned).map_err(str::to_owned);
    Outcome { answer, audited }
}

/// An attempt of every version from `since` on, which is expected to find `""` and to be audited as nothing.
pub fn row(since: &'static str, verb: impl Into<String>) -> Row {
    Row {
        since,
        verb: verb.into(),
        by_default: outcome(Ok(""), &[]),
        strictly: outcome(Ok(""), &[]),
    }
}

impl Row {
    /// It finds something, whatever is granted.
    pub fn finds(self, found: &str, audited: &[&str]) -> Self {
        self.finds_by_default(found, audited)
            .finds_strictly(found, audited)
    }

    /// It gets an error, whatever is granted.
    pub fn fails(self, words: &str, audited: &[&str]) -> Self {
        self.fails_by_default(words, audited)
            .fails_strictly(words, audited)
    }

    pub fn finds_by_default(mut self, found: &str, audited: &[&str]) -> Self {
        self.by_default = outcome(Ok(found), audited);
        self
    }

    pub fn fails_by_default(mut self, words: &str, audited: &[&str]) -> Self {
        self.by_default = outcome(Err(words), audited);
        self
    }

    pub fn finds_strictly(mut self, found: &str, audited: &[&str]) -> Self {
        self.strictly = outcome(Ok(found), audited);
        self
    }

    pub fn fails_strictly(mut self, words: &str, audited: &[&str]) -> Self {
        self.strictly = outcome(Err(words), audited);
        self
    }
}
