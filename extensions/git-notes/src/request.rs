//! What a person asks for, from the arguments of the command.

/// The words that ask for something, and what each is for.
pub const COMMANDS: [(&str, &str); 5] = [
    ("status", "what has changed, and what is staged"),
    ("log", "the latest commits"),
    ("diff", "changes, line by line"),
    ("show", "one commit and its changes"),
    ("blame", "who wrote each line of a file"),
];

/// How many commits are listed if the person does not say.
const COMMITS: u32 = 20;

/// How many commits may be listed.
const MOST_COMMITS: u32 = 500;

/// A question about a repository. The words of some begin with a revision, which only git can tell
/// from a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    Status {
        paths: Vec<String>,
    },
    Log {
        count: u32,
        words: Vec<String>,
    },
    Diff {
        staged: bool,
        words: Vec<String>,
    },
    Show {
        words: Vec<String>,
    },
    Blame {
        path: String,
        lines: Option<(u32, u32)>,
    },
}

/// Reads the arguments: a word of [`COMMANDS`] and what belongs to it.
pub fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut words = split(arguments);
    for word in &words {
        check(word)?;
    }
    if words.is_empty() {
        return Err(format!("say what to show: {}", commands()));
    }
    let command = words.remove(0);
    match command.as_str() {
        "status" => Ok(Request::Status { paths: words }),
        "log" => {
            let count = words.first().and_then(|word| word.parse().ok());
            if count.is_some() {
                words.remove(0);
            }
            let count = count.unwrap_or(COMMITS);
            if !(1..=MOST_COMMITS).contains(&count) {
                return Err(format!(
                    "`/git log` lists 1 to {MOST_COMMITS} commits, not {count}"
                ));
            }
            Ok(Request::Log { count, words })
        }
        "diff" => {
            let staged = words.first().is_some_and(|word| word == "staged");
            if staged {
                words.remove(0);
            }
            Ok(Request::Diff { staged, words })
        }
        "show" => Ok(Request::Show { words }),
        "blame" => blame(words),
        _ => Err(format!("`{command}` is none of {}", commands())),
    }
}

fn blame(mut words: Vec<String>) -> Result<Request, String> {
    let lines = match words.last().and_then(|word| lines(word)) {
        Some(lines) if words.len() > 1 => {
            words.pop();
            Some(lines)
        }
        _ => None,
    };
    match <[String; 1]>::try_from(words) {
        Ok([path]) => Ok(Request::Blame { path, lines }),
        Err(_) => Err(
            "`/git blame` is about one file and, if you like, some of its lines: \
             `/git blame src/lib.rs 10-20`"
                .to_owned(),
        ),
    }
}

/// `7` or `10-20`.
fn lines(word: &str) -> Option<(u32, u32)> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (0 < first && first <= last).then_some((first, last))
}

/// An editor may pass all that was typed as one argument; otherwise an argument may hold spaces.
fn split(arguments: &[String]) -> Vec<String> {
    let words = arguments.iter().map(|argument| argument.trim());
    match arguments {
        [line] => line.split_whitespace().map(str::to_owned).collect(),
        _ => words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

/// Refuses what git could take for an option, which might write a file or run a program.
fn check(word: &str) -> Result<(), String> {
    if word.starts_with('-') {
        return Err(format!(
            "`{word}` looks like an option, and `/git` takes none"
        ));
    }
    if word.contains(char::is_control) {
        return Err(format!(
            "`{}` contains a control character",
            word.escape_debug()
        ));
    }
    Ok(())
}

fn commands() -> String {
    COMMANDS.map(|(word, _)| word).join(", ")
}
