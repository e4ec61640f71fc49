//! What the text of a version reads as, and why some texts read as nothing.

use std::{cmp::Ordering, fmt};

use semver::{BuildMetadata, Prerelease, Version};

use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
    types::version::MAX_VERSION_BYTES,
};

/// A version as it reads: what puts it in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    /// Its first three numbers, its pre-release and its build metadata.
    pub(super) semver: Version,
    /// The numbers behind the third, without zeros at the end.
    pub(super) more: Box<[u64]>,
}

/// What a version is, in words.
const RULE: &str = "write numbers with dots between, such as `0.1.0` or `2025.08.0`; a `v` before them, `-rc.1` and \
                    `+build` behind them are allowed";

/// An error of parsing an extension's version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a version: {problem}", printable(text))]
pub struct ParseExtensionVersionError {
    text: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    TooLong { bytes: usize },
    Character { character: char },
    NoNumber { part: String },
    TooLarge { part: String },
    Suffix { message: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(
                formatter,
                "it has {bytes} bytes, and at most {MAX_VERSION_BYTES} are allowed"
            ),
            Self::Character { character } => {
                write!(formatter, "it contains `{}`", character.escape_debug())
            }
            Self::NoNumber { part } if part.is_empty() => {
                formatter.write_str("a number is missing")
            }
            Self::NoNumber { part } => write!(formatter, "`{part}` is not a number"),
            Self::TooLarge { part } => write!(formatter, "the number `{part}` is too large"),
            Self::Suffix { message } => formatter.write_str(message),
        }
    }
}

impl Hint for ParseExtensionVersionError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(RULE.into())
    }
}

impl ParseExtensionVersionError {
    pub(super) fn new(text: &str, problem: Problem) -> Self {
        Self {
            text: text.chars().take(MAX_VERSION_BYTES).collect(),
            problem,
        }
    }
}

impl Reading {
    /// Reads the text of a version.
    pub(super) fn of(text: &str) -> Result<Self, Problem> {
        if text.len() > MAX_VERSION_BYTES {
            let bytes = text.len();
            return Err(Problem::TooLong { bytes });
        }
        let is_foreign =
            |character: &char| !character.is_ascii_alphanumeric() && !".-+".contains(*character);
        if let Some(character) = text.chars().find(is_foreign) {
            return Err(Problem::Character { character });
        }
        let (rest, build) = match text.split_once('+') {
            Some((rest, build)) => (rest, some(build, BuildMetadata::new, |it| it.is_empty())?),
            None => (text, BuildMetadata::EMPTY),
        };
        let (core, pre) = match rest.split_once('-') {
            Some((core, pre)) => {
                let pre = without_zeros(pre);
                (core, some(&pre, Prerelease::new, |it| it.is_empty())?)
            }
            None => (rest, Prerelease::EMPTY),
        };
        let core = core.strip_prefix(['v', 'V']).unwrap_or(core);
        let mut numbers = core
            .split('.')
            .map(number)
            .collect::<Result<Vec<u64>, _>>()?;
        if numbers.len() < 3 {
            numbers.resize(3, 0);
        }
        let mut more = numbers.split_off(3);
        while more.last() == Some(&0) {
            more.pop();
        }
        let [major, minor, patch] = numbers[..] else {
            return Err(Problem::NoNumber {
                part: String::new(),
            });
        };
        Ok(Self {
            semver: Version {
                major,
                minor,
                patch,
                pre,
                build,
            },
            more: more.into(),
        })
    }

    /// The order without build metadata.
    pub(super) fn cmp_precedence(&self, other: &Self) -> Ordering {
        let numbers = |of: &Version| (of.major, of.minor, of.patch);
        (numbers(&self.semver).cmp(&numbers(&other.semver)))
            .then_with(|| self.more.cmp(&other.more))
            .then_with(|| self.semver.pre.cmp(&other.semver.pre))
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version {
            major,
            minor,
            patch,
            pre,
            build,
        } = &self.semver;
        write!(formatter, "{major}.{minor}.{patch}")?;
        for number in &self.more {
            write!(formatter, ".{number}")?;
        }
        if !pre.is_empty() {
            write!(formatter, "-{pre}")?;
        }
        if !build.is_empty() {
            write!(formatter, "+{build}")?;
        }
        Ok(())
    }
}

/// Reads one number of a version.
fn number(part: &str) -> Result<u64, Problem> {
    if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = part.to_owned();
        return Err(Problem::NoNumber { part });
    }
    part.parse().map_err(|_| Problem::TooLarge {
        part: part.to_owned(),
    })
}

/// Reads what stands behind a version's numbers, which must be something.
fn some<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, semver::Error>,
    is_empty: impl Fn(&T) -> bool,
) -> Result<T, Problem> {
    let suffix = |message: String| Problem::Suffix { message };
    match parse(text) {
        Ok(parsed) if is_empty(&parsed) => {
            Err(suffix("nothing stands behind its `-` or `+`".into()))
        }
        Ok(parsed) => Ok(parsed),
        Err(error) => Err(suffix(error.to_string())),
    }
}

/// Parts with dots between whose numbers have no leading zeros, which semantic versioning does not allow.
pub(in crate::base::types) fn without_zeros(text: &str) -> String {
    let parts = text.split('.').map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match part.trim_start_matches('0') {
            "" if is_number => "0",
            number if is_number => number,
            _ => part,
        }
    });
    parts.collect::<Vec<_>>().join(".")
}
