//! The arguments of cargo, taken apart.

/// Options that are followed by a value, unless it is written behind `=`.
const VALUED: [&str; 23] = [
    "--bin",
    "--example",
    "--test",
    "--bench",
    "-p",
    "--package",
    "--exclude",
    "-F",
    "--features",
    "--profile",
    "-j",
    "--jobs",
    "--target",
    "--target-dir",
    "--manifest-path",
    "--lockfile-path",
    "--artifact-dir",
    "--out-dir",
    "--message-format",
    "--color",
    "--config",
    "-Z",
    "-C",
];

/// Options with which cargo runs no program that could be debugged, or looks for it elsewhere.
const UNSUITED: [&str; 7] = ["-h", "--help", "-V", "--version", "--list", "--doc", "-C"];

/// The subcommand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Run,
    Test,
    Build,
}

/// What cargo is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    pub verb: Verb,
    /// The toolchain, with its `+`.
    pub toolchain: Option<String>,
    /// What says how to build, without `--no-run` and the form of the messages. Each has its value
    /// behind it, if it has one.
    pub options: Vec<Choice>,
    /// What the program is given.
    pub program_arguments: Vec<String>,
    /// Whether it has `--no-run`.
    pub only_builds: bool,
}

/// An option, with its value if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub name: String,
    pub value: Option<String>,
}

impl Invocation {
    /// Takes `run`, `test` and `build` apart; `None` for all else.
    pub fn parse(arguments: &[String]) -> Option<Self> {
        let mut rest = arguments.iter().map(String::as_str).peekable();
        let toolchain = rest.next_if(|word| word.starts_with('+'));
        let mut options = Vec::new();
        while let Some(name) = rest.next_if(|word| word.starts_with('-')) {
            options.push(Choice::read(name, &mut rest));
        }
        let verb = match rest.next()? {
            "run" | "r" => Verb::Run,
            "test" | "t" => Verb::Test,
            "build" | "b" => Verb::Build,
            _ => return None,
        };
        let mut program_arguments = Vec::new();
        while let Some(word) = rest.next() {
            if word == "--" {
                program_arguments.extend(rest.by_ref());
            } else if word.starts_with('-') {
                options.push(Choice::read(word, &mut rest));
            } else {
                program_arguments.push(word);
                match verb {
                    // From its first argument on, everything is the program's.
                    Verb::Run => program_arguments.extend(rest.by_ref()),
                    // The name of a test is handed to the program that has it.
                    Verb::Test => {}
                    Verb::Build => return None,
                }
            }
        }
        let has = |name: &str| options.iter().any(|option| option.name == name);
        if UNSUITED.into_iter().any(has) {
            return None;
        }
        let only_builds = has("--no-run");
        options.retain(|option| !matches!(option.name.as_str(), "--no-run" | "--message-format"));
        Some(Self {
            verb,
            toolchain: toolchain.map(str::to_owned),
            options,
            program_arguments: program_arguments.into_iter().map(str::to_owned).collect(),
            only_builds,
        })
    }

    /// Arguments that build the same, and run nothing.
    pub fn build_arguments(&self) -> Vec<String> {
        let mut arguments: Vec<_> = self.toolchain.iter().cloned().collect();
        match self.verb {
            Verb::Run | Verb::Build => arguments.push("build".to_owned()),
            Verb::Test => arguments.extend(["test".to_owned(), "--no-run".to_owned()]),
        }
        for option in &self.options {
            option.write(&mut arguments);
        }
        arguments
    }

    /// The value of an option, where it has one.
    pub fn value(&self, name: &str) -> Option<&str> {
        let option = self.options.iter().find(|option| option.name == name);
        option?.value.as_deref()
    }
}

impl Choice {
    fn read<'a>(word: &str, rest: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Self {
        if let Some((name, value)) = word.split_once('=')
            && name.starts_with("--")
        {
            return Self {
                name: name.to_owned(),
                value: Some(value.to_owned()),
            };
        }
        // `--bin` alone lists what there is, so what follows may be the next option.
        let value = VALUED
            .contains(&word)
            .then(|| rest.next_if(|next| !next.starts_with('-')));
        Self {
            name: word.to_owned(),
            value: value.flatten().map(str::to_owned),
        }
    }

    /// Adds the option as cargo reads it.
    pub fn write(&self, arguments: &mut Vec<String>) {
        match &self.value {
            None => arguments.push(self.name.clone()),
            Some(value) if VALUED.contains(&self.name.as_str()) => {
                arguments.extend([self.name.clone(), value.clone()]);
            }
            Some(value) => arguments.push(format!("{}={value}", self.name)),
        }
    }
}
