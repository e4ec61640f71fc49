//! Capabilities as people type them: the kind, and then its words.
//!
//! ```text
//! process:exec npm install **
//! process:env LD_*
//! download_file github.com owner name **        or github.com/owner/name/**; the host alone for all of it
//! npm:install pyright
//! http *.example.org
//! env LC_*
//! mount /data/models /models read-write         read-only where nothing is said
//! ```
//!
//! A word with spaces stands in quotes. The table of a manifest is understood too.

use std::path::Path;

use serde::Deserialize;

use super::{Capability, effect::Ineffective};
use crate::base::{
    hint::{ErrorKind, Hint},
    types::{Access, GuestPathError},
};

/// A string that is not a capability in its short form, or one that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseCapabilityError {
    /// There is nothing.
    #[error("it is empty; write `http example.org`, for example")]
    Empty,
    /// It begins as a table and is not one.
    #[error("{message}")]
    Table {
        /// What is wrong with it.
        message: String,
    },
    /// A quote is not closed.
    #[error("the quote {quote} has no end")]
    Quote {
        /// The quote.
        quote: char,
    },
    /// Its kind has other words.
    #[error("write `{kind} {example}`")]
    Words {
        /// The kind.
        kind: String,
        /// Words as such a kind has them.
        example: &'static str,
    },
    /// There is no such kind.
    #[error("there is no kind of capability `{kind}`; the kinds are {}", Capability::KINDS.map(|kind| format!("`{kind}`")).join(", "))]
    Kind {
        /// The kind as written.
        kind: String,
    },
    /// More, or less, than a host's name.
    #[error("`{host}` is not a host; write it alone, as in `example.org`")]
    Host {
        /// What was written.
        host: String,
    },
    /// A folder that would be another one elsewhere.
    #[error("`{path}` is not an absolute path")]
    Relative {
        /// The path.
        path: String,
    },
    /// The name of a folder in the sandbox cannot be one.
    #[error(transparent)]
    Guest(#[from] GuestPathError),
    /// A word that nothing can match that is ever asked for.
    #[error("{problem}")]
    Nothing {
        /// Which word, and why.
        problem: String,
    },
    /// What may be done with a folder is neither of the two.
    #[error("what may be done with it is `read-only` or `read-write`")]
    Access,
}

impl Hint for ParseCapabilityError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl Capability {
    /// Reads the short form, as people type it: the kind, and then its words. The table of a manifest is understood too.
    ///
    /// # Errors
    /// [`ParseCapabilityError`]; also for one that [`check_grantable`](Self::check_grantable) refuses.
    pub fn from_short(text: &str) -> Result<Self, ParseCapabilityError> {
        let text = text.trim();
        let capability = match text.starts_with('{') {
            true => table(text)?,
            false => words(&split(text)?)?,
        };
        capability.check_grantable()?;
        Ok(capability)
    }

    /// Writes the short form as [`from_short`](Self::from_short) reads it; the table where no quotes hold a word.
    pub fn to_short(&self) -> String {
        let (guest, host, access);
        let words: Vec<&str> = match self {
            Self::ProcessExec { command, args } => {
                let args = args.iter().map(String::as_str);
                std::iter::once(command.as_str()).chain(args).collect()
            }
            Self::DownloadFile { host, path } if !path.is_empty() => {
                let path = path.iter().map(String::as_str);
                std::iter::once(host.as_str()).chain(path).collect()
            }
            Self::NpmInstall { package } => vec![package],
            Self::Http { host } => vec![host],
            Self::Env { name } | Self::ProcessEnv { name } => vec![name],
            Self::Mount {
                host: folder,
                guest: name,
                access: allowed,
            } => {
                host = folder.to_string_lossy();
                guest = name.as_str();
                access = allowed.as_str();
                vec![&*host, guest, access]
            }
            _ => return self.to_toml(),
        };
        let mut text = self.kind().to_owned();
        for word in words {
            let Some(quoted) = quote(word) else {
                return self.to_toml();
            };
            text.push(' ');
            text.push_str(&quoted);
        }
        text
    }

    /// Checks that it can be granted or denied: one that nothing is known of, or that can match nothing, would deny
    /// nothing.
    ///
    /// # Errors
    /// [`ParseCapabilityError::Kind`], [`Host`](ParseCapabilityError::Host),
    /// [`Relative`](ParseCapabilityError::Relative) or [`Nothing`](ParseCapabilityError::Nothing).
    pub fn check_grantable(&self) -> Result<(), ParseCapabilityError> {
        self.check_known()?;
        match self.ineffective() {
            Some(Ineffective { problem, .. }) => Err(ParseCapabilityError::Nothing { problem }),
            None => Ok(()),
        }
    }

    /// Checks that it is of a kind that is known, and names a host or a folder as one is named.
    pub(super) fn check_known(&self) -> Result<(), ParseCapabilityError> {
        match self {
            Self::Unknown { kind } => Err(ParseCapabilityError::Kind { kind: kind.clone() }),
            Self::DownloadFile { host, .. } | Self::Http { host }
                if host.is_empty() || host.contains(['/', '@']) || has_port(host) =>
            {
                Err(ParseCapabilityError::Host { host: host.clone() })
            }
            Self::Mount { host, .. } if !host.is_absolute() => {
                let path = host.display().to_string();
                Err(ParseCapabilityError::Relative { path })
            }
            _ => Ok(()),
        }
    }
}

fn has_port(host: &str) -> bool {
    // An IPv6 address stands in brackets.
    !host.starts_with('[') && host.contains(':')
}

fn table(text: &str) -> Result<Capability, ParseCapabilityError> {
    #[derive(Deserialize)]
    struct One {
        capability: Capability,
    }
    let one: Result<One, _> = toml::from_str(&format!("capability = {text}"));
    one.map(|one| one.capability)
        .map_err(|error| ParseCapabilityError::Table {
            message: error.message().to_owned(),
        })
}

fn words(words: &[String]) -> Result<Capability, ParseCapabilityError> {
    let Some((kind, words)) = words.split_first() else {
        return Err(ParseCapabilityError::Empty);
    };
    let example = |example| {
        let kind = kind.clone();
        Err(ParseCapabilityError::Words { kind, example })
    };
    match (kind.as_str(), words) {
        (Capability::PROCESS_EXEC, [command, args @ ..]) => Ok(Capability::ProcessExec {
            command: command.clone(),
            args: args.to_vec(),
        }),
        (Capability::PROCESS_EXEC, _) => example("npm install **"),
        (Capability::PROCESS_ENV, [name]) => Ok(Capability::ProcessEnv { name: name.clone() }),
        (Capability::PROCESS_ENV, _) => example("GEM_HOME"),
        (Capability::DOWNLOAD_FILE, [host, path @ ..]) => {
            let mut parts = host.split('/').map(str::to_owned);
            let host = parts.next().unwrap_or_default();
            // An empty segment is none.
            let parts = parts.filter(|part| !part.is_empty());
            let mut path: Vec<String> = parts.chain(path.iter().cloned()).collect();
            if path.is_empty() {
                path.push("**".into());
            }
            Ok(Capability::DownloadFile { host, path })
        }
        (Capability::DOWNLOAD_FILE, _) => example("github.com/owner/name/**"),
        (Capability::NPM_INSTALL, [package]) => Ok(Capability::NpmInstall {
            package: package.clone(),
        }),
        (Capability::NPM_INSTALL, _) => example("pyright"),
        (Capability::HTTP, [host]) => Ok(Capability::Http { host: host.clone() }),
        (Capability::HTTP, _) => example("example.org"),
        (Capability::ENV, [name]) => Ok(Capability::Env { name: name.clone() }),
        (Capability::ENV, _) => example("HOME"),
        (Capability::MOUNT, [host, guest, access @ ..]) => Ok(Capability::Mount {
            host: Path::new(host).to_owned(),
            guest: guest.parse()?,
            access: match access {
                [] => Access::default(),
                [word] if word == Access::ReadOnly.as_str() => Access::ReadOnly,
                [word] if word == Access::ReadWrite.as_str() => Access::ReadWrite,
                _ => return Err(ParseCapabilityError::Access),
            },
        }),
        (Capability::MOUNT, _) => example("/data/models /models read-only"),
        _ => Ok(Capability::Unknown { kind: kind.clone() }),
    }
}

/// The words of a text: between spaces, or in quotes of either kind.
fn split(text: &str) -> Result<Vec<String>, ParseCapabilityError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        Some(end) if end == character => break,
                        Some(inside) => word.push(inside),
                        None => return Err(ParseCapabilityError::Quote { quote: character }),
                    }
                }
            }
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// A word as [`split`] reads it; `None` where no quotes hold it.
fn quote(word: &str) -> Option<String> {
    let is_plain = |character: char| {
        !(character.is_whitespace() || character.is_control() || "'\"".contains(character))
    };
    if !word.is_empty() && word.chars().all(is_plain) {
        return Some(word.to_owned());
    }
    let quote = ['\'', '"']
        .into_iter()
        .find(|quote| !word.contains(*quote))?;
    Some(format!("{quote}{word}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Capability, ParseCapabilityError> {
        Capability::from_short(text)
    }

    #[test]
    fn what_is_typed_is_read_and_written_again() {
        for (text, again) in [
            ("process:exec npm install **", ""),
            ("process:exec gem", ""),
            ("process:exec sh -c 'echo  \"hi\"' ''", ""),
            ("download_file github.com", "download_file github.com **"),
            (
                "download_file github.com/a/**",
                "download_file github.com a **",
            ),
            ("npm:install @scope/name", ""),
            ("  http   *.example.org ", "http *.example.org"),
            ("http [::1]", ""),
            ("env LC_*", ""),
            ("process:env LD_*", ""),
            (
                "mount '/my data' models",
                "mount '/my data' models read-only",
            ),
            ("mount /a /b read-write", ""),
            ("{ kind = 'env', name = \"HOME\" }", "env HOME"),
        ] {
            let capability = parse(text).unwrap();
            let expected = if again.is_empty() { text } else { again };
            assert_eq!(capability.to_short(), expected);
            assert_eq!(parse(&capability.to_short()).unwrap(), capability);
        }
        // A word with both kinds of quotes, or an empty path, has no short form.
        for text in [
            r#"{ kind = "process:exec", command = "it's", args = ["\"'"] }"#,
            r#"{ kind = "download_file", host = "a.org", path = [] }"#,
        ] {
            assert_eq!(parse(text).unwrap().to_short(), text);
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        for (text, words) in [
            ("", "http example.org"),
            ("http", "http example.org"),
            ("http a b", "http example.org"),
            ("process:env", "process:env GEM_HOME"),
            ("http https://example.org/x", "write it alone"),
            ("http example.org:80", "write it alone"),
            ("download_file https://a.org/x", "write it alone"),
            ("npm:instal x", "`npm:install`"),
            ("{ kind = 'npm:instal' }", "`npm:install`"),
            ("{ kind = 'npm:install' }", "package"),
            ("{ kind", "`"),
            ("mount data /models", "absolute"),
            ("mount /data ../models", "guest"),
            ("mount /data /models all", "read-only"),
            ("process:exec 'npm", "no end"),
        ] {
            let problem = parse(text).unwrap_err().to_string();
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }
}
