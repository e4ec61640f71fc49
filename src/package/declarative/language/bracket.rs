//! Pairs of brackets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::super::finding::Severity;
use crate::package::declarative::section::Field;

/// A pair of brackets or quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Bracket {
    /// What opens it.
    pub start: String,
    /// What closes it.
    pub end: String,
    /// Whether it is closed as it is typed; by default it is.
    pub close: bool,
    /// Whether it is put round a selection as it is typed; by default it is.
    pub surround: bool,
    /// Whether a new line inside it gets a line of its own, indented; by default it does not.
    pub newline: bool,
    /// The parts of a file where it is not closed, by the names of the `overrides` query:
    /// `string`, `comment`.
    pub not_in: Vec<String>,
}

/// Reads a pair.
pub(super) fn read(field: &Field<'_>, rest: &mut BTreeMap<String, Json>) -> Option<Bracket> {
    let mut section = field.section(Severity::Error)?;
    let (start, end) = (section.required_text("start"), section.required_text("end"));
    let bracket = Bracket {
        close: section.required_boolean("close").unwrap_or(true),
        surround: section.boolean("surround").unwrap_or(true),
        newline: section.required_boolean("newline").unwrap_or(false),
        not_in: section.texts("not_in").unwrap_or_default(),
        start: start?,
        end: end?,
    };
    section.finish_into(rest);
    Some(bracket)
}
