//! The name an extension is known by: in the registry, in the lockfile and as the name of its folders.
//!
//! An id becomes a folder name on every system, so it is held to what all of them accept.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name an extension is known by, such as `toml` or `java-language-server`.
///
/// It has 1 to 64 characters, each a lower-case ASCII letter, a digit, `-` or `_`; it starts with a
/// letter or a digit, and it is not a name that Windows keeps for a device (`con`, `nul`, `com1`, …).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionId(Arc<str>);

/// An error of parsing an extension's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an extension id: {problem}", printable(text))]
pub struct ExtensionIdError {
    text: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Empty,
    TooLong { length: usize },
    Character { character: char },
    Start { character: char },
    Device,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("it is empty"),
            Self::TooLong { length } => write!(
                formatter,
                "it has {length} characters, and at most {} are allowed",
                ExtensionId::MAX_LENGTH
            ),
            Self::Character { character } => {
                write!(formatter, "it contains `{}`", character.escape_debug())
            }
            Self::Start { character } => write!(formatter, "it starts with `{character}`"),
            Self::Device => formatter.write_str("Windows keeps this name for a device"),
        }
    }
}

impl Hint for ExtensionIdError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        let rule = "use lower-case letters, digits, `-` and `_`, with a letter or a digit first";
        Some(match nearest(&self.text) {
            Some(id) => format!("{rule}; for example `{id}`"),
            None => rule.into(),
        })
    }
}

impl ExtensionId {
    /// The greatest length of an id, in characters (which are bytes, as ids are ASCII).
    pub const MAX_LENGTH: usize = 64;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the placeholder for the id of a manifest without a usable one.
    pub(crate) fn placeholder() -> Self {
        Self("unnamed".into())
    }

    fn check(text: &str) -> Result<(), Problem> {
        let first = text.chars().next().ok_or(Problem::Empty)?;
        if let Some(character) = text.chars().find(|character| !is_allowed(*character)) {
            return Err(Problem::Character { character });
        }
        if !first.is_ascii_alphanumeric() {
            return Err(Problem::Start { character: first });
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(Problem::TooLong { length: text.len() });
        }
        if is_device(text) {
            return Err(Problem::Device);
        }
        Ok(())
    }
}

fn is_allowed(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '-' | '_')
}

/// Whether Windows opens a device instead of a file of this (lower-case) name.
fn is_device(text: &str) -> bool {
    let numbered = |prefix: &str| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| matches!(rest.as_bytes(), [digit] if digit.is_ascii_digit()))
    };
    matches!(text, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// The valid id that looks most like `text`, where something of it can be kept.
fn nearest(text: &str) -> Option<String> {
    let mut id = String::new();
    for character in text.chars() {
        let character = character.to_ascii_lowercase();
        if id.len() == ExtensionId::MAX_LENGTH {
            break;
        }
        match character {
            'a'..='z' | '0'..='9' => id.push(character),
            '-' | '_' if !id.is_empty() => id.push(character),
            // One dash stands for any run of what an id cannot hold.
            _ if !id.is_empty() && !id.ends_with(['-', '_']) => id.push('-'),
            _ => {}
        }
    }
    let mut id = id.trim_end_matches(['-', '_']).to_owned();
    if is_device(&id) {
        id.push_str("-extension");
    }
    ExtensionId::check(&id).is_ok().then_some(id)
}

impl FromStr for ExtensionId {
    type Err = ExtensionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Self::check(text) {
            Ok(()) => Ok(Self(text.into())),
            Err(problem) => Err(ExtensionIdError {
                text: text.into(),
                problem,
            }),
        }
    }
}

impl TryFrom<&str> for ExtensionId {
    type Error = ExtensionIdError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ExtensionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for ExtensionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ExtensionId({})", self.0)
    }
}

impl AsRef<str> for ExtensionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::path::Path> for ExtensionId {
    fn as_ref(&self) -> &std::path::Path {
        self.as_str().as_ref()
    }
}

impl Borrow<str> for ExtensionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for ExtensionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ExtensionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ExtensionIdError {
        text.parse::<ExtensionId>().unwrap_err()
    }

    #[test]
    fn published_names_are_accepted() {
        for text in [
            "toml",
            "0x96f",
            "a",
            "vscode_dark_plus",
            "git-firefly",
            &"x".repeat(64),
        ] {
            assert_eq!(text.parse::<ExtensionId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn each_refusal_says_what_is_wrong_and_offers_the_nearest_id() {
        let table = [
            ("", "it is empty", None),
            ("My Ext!", "it contains `M`", Some("my-ext")),
            ("a b", "it contains ` `", Some("a-b")),
            ("-x", "it starts with `-`", Some("x")),
            (
                "nul",
                "Windows keeps this name for a device",
                Some("nul-extension"),
            ),
            (
                "com1",
                "Windows keeps this name for a device",
                Some("com1-extension"),
            ),
            ("../..", "it contains `.`", None),
            ("a/b", "it contains `/`", Some("a-b")),
            ("é", "it contains `é`", None),
            ("a\u{1b}[0m", "it contains `\\u{1b}`", Some("a-0m")),
        ];
        for (text, problem, nearest) in table {
            let error = error(text);
            assert!(error.to_string().ends_with(problem), "{error}");
            assert!(!error.to_string().chars().any(char::is_control));
            let hint = error.hint().unwrap();
            match nearest {
                Some(id) => assert!(hint.ends_with(&format!("for example `{id}`")), "{hint}"),
                None => assert!(!hint.contains("for example"), "{hint}"),
            }
        }
    }

    #[test]
    fn a_long_name_is_cut_to_a_valid_one() {
        let error = error(&"a".repeat(65));
        assert!(
            error
                .to_string()
                .ends_with("it has 65 characters, and at most 64 are allowed")
        );
        assert!(
            error
                .hint()
                .unwrap()
                .contains(&format!("`{}`", "a".repeat(64)))
        );
    }

    #[test]
    fn it_reads_and_writes_as_plain_text() {
        let id: ExtensionId = serde_json::from_str("\"toml\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"toml\"");
        assert!(serde_json::from_str::<ExtensionId>("\"To\"").is_err());
        assert_eq!(format!("{id:>6}|"), "  toml|");
    }
}
