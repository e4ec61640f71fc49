//! The particulars of a program that is started: what is told of it, and kept.

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    hook_variables::{Hook, hook},
    shortening::{WORDS, rest_of, word},
    wording::Word,
};
use crate::base::types::EnvironmentVariables;

/// The most characters of a path that are kept.
const LONGEST_PATH: usize = 4096;

/// The particulars of a program that an extension runs, or answers to have it started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Execution {
    /// The absolute path of the file that runs; `None` where there is none, so that nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The export whose answer is to be started, `language-server-command` for example; `None` where the extension has
    /// it run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_of: Option<String>,
    /// The variables that it is given otherwise than the host has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<SetVariable>,
}

/// A variable that a program is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SetVariable {
    /// Its name.
    pub name: String,
    /// Its value, where it changes which code the program runs and its name does not say that it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Execution {
    /// The particulars of a program that is given `variables`. Those of which `is_had` says that they have that value
    /// anyway change nothing.
    pub(crate) fn new(
        file: Option<&Path>,
        answer_of: Option<&str>,
        variables: &EnvironmentVariables,
        is_had: impl Fn(&str, &str) -> bool,
    ) -> Self {
        let changed = variables
            .iter()
            .filter(|(name, value)| !is_had(name, value));
        let set = changed.map(|(name, value)| SetVariable {
            name: name.clone(),
            value: (hook(name).is_some() && !is_secret(name)).then(|| value.clone()),
        });
        Self {
            file: file.map(|file| file.to_string_lossy().into_owned()),
            answer_of: answer_of.map(str::to_owned),
            variables: set.collect(),
        }
    }

    /// The variables that change which code runs.
    pub(super) fn hooks(&self) -> impl Iterator<Item = (&str, Hook)> {
        let names = self.variables.iter().map(|variable| variable.name.as_str());
        names.filter_map(|name| Some((name, hook(name)?)))
    }

    /// The particulars with no more than the beginning of what is long in them. What changes code comes first, and of
    /// that what changes it for every program; a digest stands for what is left out.
    pub(crate) fn in_short(&self) -> Self {
        let mut all: Vec<&SetVariable> = self.variables.iter().collect();
        all.sort_by_key(|variable| (!is_loaders(&variable.name), hook(&variable.name).is_none()));
        let (kept, left) = all.split_at(all.len().min(WORDS));
        let mut variables: Vec<SetVariable> = kept
            .iter()
            .map(|variable| SetVariable {
                name: word(&variable.name),
                value: variable.value.as_deref().map(word),
            })
            .collect();
        if !left.is_empty() {
            let texts = left.iter().flat_map(|variable| {
                let value = variable.value.as_deref();
                [variable.name.as_str(), value.unwrap_or_default()]
            });
            let (name, value) = (rest_of(texts), None);
            variables.push(SetVariable { name, value });
        }
        Self {
            // Longer is not a path that the system takes.
            file: (self.file.as_deref()).map(|file| file.chars().take(LONGEST_PATH).collect()),
            answer_of: self.answer_of.clone(),
            variables,
        }
    }
}

/// Whether a variable is one of the system's loader or the search path, which count for whatever is run.
fn is_loaders(name: &str) -> bool {
    name == "PATH" || name.starts_with("LD_") || name.starts_with("DYLD_")
}

/// Whether a variable's name says that its value is a secret: npm and git take some that change code besides.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words = [
        "TOKEN",
        "SECRET",
        "PASSW",
        "PASSPHRASE",
        "AUTH",
        "CREDENTIAL",
        "KEY",
        "VALUE",
    ];
    // `GIT_CONFIG_KEY_*` holds the name of a setting, not its value.
    !name.starts_with("GIT_CONFIG_KEY") && words.iter().any(|word| name.contains(word))
}

/// As the rest of a line that names the program: ", which is `/usr/bin/git`, with `PATH=/x`".
impl fmt::Display for Execution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(formatter, ", which is `{}`", Word(file))?;
        }
        for (at, variable) in self.variables.iter().enumerate() {
            formatter.write_str(if at == 0 { ", with " } else { " " })?;
            write!(formatter, "`{}", Word(&variable.name))?;
            if let Some(value) = &variable.value {
                write!(formatter, "={}", Word(value))?;
            }
            formatter.write_str("`")?;
        }
        match &self.answer_of {
            Some(export) => write!(formatter, ", answered to `{}`", Word(export)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: Option<&str>) -> SetVariable {
        SetVariable {
            name: name.into(),
            value: value.map(Into::into),
        }
    }

    #[test]
    fn what_changes_code_is_told_with_its_value_and_no_secret_is() {
        let variables = [
            ("GUEST", "one"),
            ("PATH", "/work"),
            ("HOME", "/root"),
            ("npm_config__authToken", "secret"),
            ("GIT_CONFIG_VALUE_0", "secret"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let had = |name: &str, value: &str| (name, value) == ("HOME", "/root");
        let file = Path::new("/usr/bin/git");
        let execution = Execution::new(Some(file), None, &variables.to_vec(), had);
        assert_eq!(
            execution.variables,
            [
                set("GUEST", None),
                set("PATH", Some("/work")),
                set("npm_config__authToken", None),
                set("GIT_CONFIG_VALUE_0", None),
            ]
        );
        assert_eq!(
            execution.to_string(),
            ", which is `/usr/bin/git`, with `GUEST` `PATH=/work` `npm_config__authToken` `GIT_CONFIG_VALUE_0`"
        );
        assert_eq!(
            execution.in_short().variables[0],
            set("PATH", Some("/work"))
        );
        let json = serde_json::to_string(&execution).unwrap();
        assert!(!json.contains("secret"), "{json}");
        assert_eq!(serde_json::from_str::<Execution>(&json).unwrap(), execution);
        assert_eq!(
            serde_json::from_str::<Execution>("{}").unwrap(),
            Execution::default()
        );
    }

    #[test]
    fn a_thousand_variables_hide_none_that_changes_code() {
        let many = (0..1000).map(|number| (format!("A{number}"), "x".repeat(1000)));
        let last = ("LD_PRELOAD".to_owned(), "x".repeat(1 << 20));
        let execution = Execution::new(None, None, &many.chain([last]).collect(), |_, _| false);
        let short = execution.in_short();
        // One more stands for the rest.
        assert_eq!(short.variables.len(), WORDS + 1);
        assert_eq!(short.variables[0].name, "LD_PRELOAD");
        assert!(serde_json::to_string(&short).unwrap().len() < 2000);
    }

    #[test]
    fn other_hooks_hide_no_loaders() {
        let many = (0..30).map(|number| (format!("GIT_A{number}"), "1".to_owned()));
        let last = ("LD_PRELOAD".to_owned(), "/p.so".to_owned());
        let mut variables: EnvironmentVariables = many.chain([last]).collect();
        let short = |variables: &EnvironmentVariables| {
            Execution::new(None, None, variables, |_, _| false).in_short()
        };
        let one = short(&variables);
        assert_eq!(one.variables[0], set("LD_PRELOAD", Some("/p.so")));
        variables[29].1 = "2".into();
        assert_ne!(one, short(&variables), "what is left out is told apart");
    }
}
