//! The name that a folder has inside the sandbox.

use std::{fmt, str::FromStr};

use crate::base::hint::{ErrorKind, Hint};
use serde::{Deserialize, Deserializer, Serialize};

/// A path as the guest writes it, with `/` between its parts: absolute, or relative to the extension's work
/// directory. It has no part that is empty, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct GuestPath(String);

/// An error of a string that is not a path that a guest can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` cannot be a path of the guest's: {problem}")]
pub struct GuestPathError {
    path: String,
    problem: &'static str,
}

impl Hint for GuestPathError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some("give a path such as `/models`, or `models` for one in the work directory".into())
    }
}

impl GuestPath {
    /// The path as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it begins at the root of what the guest sees.
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }
}

impl FromStr for GuestPath {
    type Err = GuestPathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        match problem(path) {
            None => Ok(Self(path.into())),
            Some(problem) => Err(GuestPathError {
                path: path.into(),
                problem,
            }),
        }
    }
}

impl fmt::Display for GuestPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for GuestPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn problem(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path == "/" {
        return None;
    }
    if path.contains(['\0', '\\']) {
        return Some("it contains a NUL or a `\\`");
    }
    let parts = path.strip_prefix('/').unwrap_or(path).split('/');
    parts.into_iter().find_map(|part| match part {
        "" => Some("it has an empty part"),
        "." => Some("it has a part `.`, which is the work directory's own name"),
        ".." => Some("it has a part `..`"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normal() {
        for path in ["/", "/models", "models", "a/b", "/a/b.c", "..a", "ünï"] {
            let parsed: GuestPath = path.parse().unwrap();
            assert_eq!(parsed.as_str(), path);
            assert_eq!(parsed.is_absolute(), path.starts_with('/'));
        }
        for path in [
            "", ".", "..", "./a", "../a", "/..", "a/../b", "/a/./b", "a/", "//a", "/a//b", "a\\b",
            "a\0",
        ] {
            let error = path.parse::<GuestPath>().unwrap_err();
            assert!(error.to_string().contains(path), "{error}");
            assert!(error.hint().is_some());
        }
    }
}
