//! Paths that a manifest names: relative, written with `/`, and always inside the extension.
//!
//! The check is lexical: links are looked at where the file is opened (see
//! [`files`](crate::package::manifest::files), which refuses them).

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::base::hint::{ErrorKind, Hint};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A path below an extension's folder, such as `languages/toml/config.toml`.
///
/// It is never empty, and it holds no `.` or `..`, no empty segment, no backslash and no control
/// character; `./a//b/../c` is read as `a/c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

/// The reason why a string is not a path below the extension's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParsePathError {
    /// Nothing is named, or the extension's folder itself is.
    #[error("names no file")]
    Empty,
    /// The path starts at a root or at a drive.
    #[error("is absolute")]
    Absolute,
    /// The path climbs above where it starts.
    #[error("leaves the extension")]
    Leaves,
    /// The path holds a backslash, which separates on Windows alone.
    #[error("contains a backslash")]
    Backslash,
    /// The path holds a control character.
    #[error("contains a control character")]
    Control,
}

impl Hint for ParsePathError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Backslash => "write paths with `/`, on every system".into(),
            _ => "name a file below the extension's folder, relative to it".into(),
        })
    }
}

impl RelativePath {
    /// The path as text, with `/` between its segments.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names the path is made of, from the outermost to the file's own.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The last name of the path.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// A path below this one.
    ///
    /// # Errors
    ///
    /// [`ParsePathError`] where `below` is not a path that stays below this one.
    pub fn join(&self, below: &str) -> Result<Self, ParsePathError> {
        let below: Self = below.parse()?;
        Ok(Self(format!("{}/{below}", self.0)))
    }

    /// The path below a folder, with the system's own separators.
    pub fn below(&self, folder: &Path) -> PathBuf {
        let mut path = folder.to_path_buf();
        path.extend(self.segments());
        path
    }
}

impl FromStr for RelativePath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('\\') {
            return Err(ParsePathError::Backslash);
        }
        if text.chars().any(char::is_control) {
            return Err(ParsePathError::Control);
        }
        if text.starts_with('/') {
            return Err(ParsePathError::Absolute);
        }
        let mut segments = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or(ParsePathError::Leaves)?;
                }
                // Joined on Windows, `C:x` would replace all that came before it.
                drive if matches!(drive.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) =>
                {
                    return Err(ParsePathError::Absolute);
                }
                name => segments.push(name),
            }
        }
        if segments.is_empty() {
            return Err(ParsePathError::Empty);
        }
        Ok(Self(segments.join("/")))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl AsRef<str> for RelativePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for RelativePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RelativePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| {
            de::Error::custom(format_args!("the path `{}` {error}", text.escape_debug()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised() {
        for (text, path) in [
            ("themes/x.json", "themes/x.json"),
            ("./themes/x.json", "themes/x.json"),
            ("languages//toml/", "languages/toml"),
            ("a/./b/../c", "a/c"),
            ("Debug: x/y", "Debug: x/y"),
            ("..a/b..", "..a/b.."),
        ] {
            assert_eq!(text.parse::<RelativePath>().unwrap().as_str(), path);
        }
    }

    #[test]
    fn paths_that_leave_are_refused() {
        use ParsePathError as E;
        for (text, error) in [
            ("", E::Empty),
            (".", E::Empty),
            ("a/..", E::Empty),
            ("..", E::Leaves),
            ("../x", E::Leaves),
            ("a/../../a/x", E::Leaves),
            ("/etc/passwd", E::Absolute),
            ("//server/share", E::Absolute),
            ("C:/x", E::Absolute),
            ("c:x", E::Absolute),
            ("a/../C:/x", E::Absolute),
            ("themes\\x.json", E::Backslash),
            ("..\\x", E::Backslash),
            ("a\0b", E::Control),
        ] {
            assert_eq!(text.parse::<RelativePath>(), Err(error), "{text}");
        }
    }

    #[test]
    fn joining_stays_below() {
        let path: RelativePath = "grammars".parse().unwrap();
        assert_eq!(
            path.join("toml.wasm").unwrap().as_str(),
            "grammars/toml.wasm"
        );
        assert_eq!(path.join("../x.wasm"), Err(ParsePathError::Leaves));
        assert_eq!(path.join("toml.wasm").unwrap().file_name(), "toml.wasm");
        assert_eq!(path.below(Path::new("f")), Path::new("f").join("grammars"));
    }
}
