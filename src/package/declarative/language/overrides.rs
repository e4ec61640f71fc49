//! Overrides of a language's settings in parts of its files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::super::finding::Severity;
use super::{
    comment::{self, BlockComment},
    editing::characters,
};
use crate::package::{
    declarative::section::{Field, Section},
    document::Value,
};

type Rest = BTreeMap<String, Json>;

/// The settings that differ in a part of a file. What is `None` or empty is as elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LanguageOverride {
    /// What begins comments up to the end of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_comments: Option<Override<Vec<String>>>,
    /// What begins and ends comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_comment: Option<Override<BlockComment>>,
    /// What belongs to a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_characters: Option<Override<BTreeSet<char>>>,
    /// What belongs to the word that completions are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_query_characters: Option<Override<BTreeSet<char>>>,
    /// What belongs to a name that is edited in two places at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_edit_characters: Option<Override<BTreeSet<char>>>,
    /// Servers that are asked here and not elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opt_into_language_servers: Vec<String>,
    /// Whether a completion's label counts as its snippet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer_label_for_snippet: Option<bool>,
}

/// A replacement for a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Override<T> {
    /// Nothing: the setting does not hold here. Written as `{ remove = true }`.
    Remove,
    /// Another value.
    Set(T),
}

/// Reads a table of overrides.
pub(super) fn read(section: &Section<'_>, rest: &mut Rest) -> BTreeMap<String, LanguageOverride> {
    let mut overrides = BTreeMap::new();
    for (name, field) in section.others() {
        if let Some(section) = field.section(Severity::Warning) {
            overrides.insert(name.to_owned(), one(section, rest));
        }
    }
    overrides
}

fn one(mut section: Section<'_>, rest: &mut Rest) -> LanguageOverride {
    let one = LanguageOverride {
        line_comments: either(section.get("line_comments"), |field| field.texts()),
        block_comment: either(section.get("block_comment"), |field| {
            comment::read(&field, rest)
        }),
        word_characters: either(section.get("word_characters"), set),
        completion_query_characters: either(section.get("completion_query_characters"), set),
        linked_edit_characters: either(section.get("linked_edit_characters"), set),
        opt_into_language_servers: section
            .texts("opt_into_language_servers")
            .unwrap_or_default(),
        prefer_label_for_snippet: section.boolean("prefer_label_for_snippet"),
    };
    section.finish_into(rest);
    one
}

fn set(field: Field<'_>) -> Option<BTreeSet<char>> {
    Some(characters(Some(field)))
}

/// `{ remove = true }`, or a value.
fn either<'a, T>(
    field: Option<Field<'a>>,
    read: impl FnOnce(Field<'a>) -> Option<T>,
) -> Option<Override<T>> {
    let field = field?;
    if let Value::Table(entries) = &field.node.value
        && entries.iter().any(|entry| entry.key == "remove")
    {
        // `{ remove = false }` leaves everything as elsewhere.
        let remove = field.section(Severity::Warning)?.boolean("remove")?;
        return remove.then_some(Override::Remove);
    }
    read(field).map(Override::Set)
}
