//! Warnings about manifests: what has no effect, and what was probably meant.

use std::fmt;

use serde::Serialize;

use crate::base::{position::Position, suggestion::nearest};

/// A part of a manifest that has no effect, or an expected key that is not there. The extension
/// loads all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    key: String,
    #[serde(flatten)]
    place: Option<Position>,
    nearest: Option<String>,
    kind: WarningKind,
}

/// The kind of a [`Warning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WarningKind {
    /// A key that nothing reads, often a misspelt one.
    UnknownKey,
    /// A value that this program gives no meaning to, such as a capability of a kind it does not know.
    UnknownValue,
    /// A key that should be there; an empty value or a default stands for it.
    MissingKey,
}

impl Warning {
    pub(super) fn unknown_key(
        key: String,
        place: Option<Position>,
        name: &str,
        known: &[&'static str],
    ) -> Self {
        let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
        Self {
            key,
            place,
            nearest,
            kind: WarningKind::UnknownKey,
        }
    }

    pub(super) fn unknown_value(
        key: String,
        place: Option<Position>,
        value: &str,
        known: &[&'static str],
    ) -> Self {
        let nearest = nearest(value, known.iter().copied()).map(str::to_owned);
        Self {
            key,
            place,
            nearest,
            kind: WarningKind::UnknownValue,
        }
    }

    pub(super) fn missing_key(key: String, place: Option<Position>) -> Self {
        Self {
            key,
            place,
            nearest: None,
            kind: WarningKind::MissingKey,
        }
    }

    /// The key's whole path, such as `language_servers.taplo.nmae`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The line of the key, from 1, where it is known.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|place| place.line)
    }

    /// The column of the key, in characters from 1, where it is known.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|place| place.column)
    }

    /// The place of the key, as line and column.
    #[cfg(feature = "authoring")]
    pub(crate) fn place(&self) -> Option<Position> {
        self.place
    }

    /// The known key (or value) that was probably meant.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// Returns the problem, without the place and what was meant.
    pub(crate) fn problem(&self) -> String {
        match self.kind {
            WarningKind::UnknownKey => format!("unknown key `{}`", self.key),
            WarningKind::UnknownValue => format!("unknown value of `{}`", self.key),
            WarningKind::MissingKey => format!("`{}` is missing", self.key),
        }
    }

    /// Returns the kind of the warning.
    pub fn kind(&self) -> WarningKind {
        self.kind
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line() {
            write!(formatter, "line {line}: ")?;
        }
        formatter.write_str(&self.problem())?;
        match &self.nearest {
            Some(nearest) => write!(formatter, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

/// The warnings of one manifest, as they are found.
///
/// Only the first ones are kept: a hostile manifest can hold a hundred thousand unknown keys, and
/// no user reads past the first screen.
#[derive(Debug, Default)]
pub(super) struct Warnings(Vec<Warning>);

impl Warnings {
    const MAX_KEPT: usize = 200;

    pub(super) fn add(&mut self, make: impl FnOnce() -> Warning) {
        if self.0.len() < Self::MAX_KEPT {
            self.0.push(make());
        }
    }

    /// The warnings in the order of their lines; those without a line come first.
    pub(super) fn into_sorted(mut self) -> Vec<Warning> {
        self.0.sort_by_key(|warning| warning.place);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_says_where_and_what_was_meant() {
        let place = Some(Position { line: 3, column: 1 });
        let warning = Warning::unknown_key("lib.knd".into(), place, "knd", &["kind", "version"]);
        assert_eq!(
            warning.to_string(),
            "line 3: unknown key `lib.knd`; did you mean `kind`?"
        );
    }
}
