//! The places of everything that a manifest says, for those who complain about it.

use std::{borrow::Cow, collections::BTreeMap};

use toml::de::{DeTable, DeValue};

use super::{partial::PartialManifest, section::quoted};
use crate::base::position::Position;

impl PartialManifest {
    /// The text that stands under a key.
    pub(crate) fn text(&self, path: &[Step<'_>]) -> Option<&str> {
        self.source_map.as_ref()?.text(path)
    }

    /// The texts of the list that stands under a key, each with its place in the list.
    pub(crate) fn texts<'a>(
        &'a self,
        path: &[Step<'_>],
    ) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let texts = self
            .source_map
            .as_ref()
            .map(|source_map| source_map.texts(path));
        texts.into_iter().flatten()
    }

    /// Whether something stands under a key.
    pub(crate) fn has(&self, path: &[Step<'_>]) -> bool {
        self.source_map
            .as_ref()
            .is_some_and(|source_map| source_map.has(path))
    }

    /// Returns the place of a key's value; that of the nearest table or list it would stand in, where the
    /// manifest does not have it.
    pub(crate) fn place(&self, path: &[Step<'_>]) -> Option<Position> {
        self.source_map.as_ref()?.place(path)
    }
}

/// One step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// A key of a table.
    Key(&'a str),
    /// A place in a list.
    Item(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(position: usize) -> Self {
        Self::Item(position)
    }
}

/// The way to a value as people write it: `language_servers.taplo.languages[1]`.
pub(crate) fn shown(path: &[Step<'_>]) -> String {
    let mut shown = String::new();
    for step in path {
        let (separator, step) = match step {
            Step::Key(key) if shown.is_empty() => ("", Cow::Owned(quoted(key))),
            Step::Key(key) => (".", Cow::Owned(quoted(key))),
            Step::Item(at) => ("", Cow::Owned(format!("[{at}]"))),
        };
        shown.push_str(separator);
        shown.push_str(&step);
    }
    shown
}

/// A TOML document, and the tree of its values with their places.
#[derive(Debug)]
pub(crate) struct SourceMap {
    text: String,
    table: BTreeMap<String, Node>,
}

/// A value and where it starts, in bytes.
#[derive(Debug)]
struct Node {
    offset: usize,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Text(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// A number, a date or the like.
    Other,
}

impl SourceMap {
    pub(crate) fn new(text: &str, table: &DeTable<'_>) -> Self {
        Self {
            text: text.to_owned(),
            table: nodes(table),
        }
    }

    /// The text that stands under a key.
    pub(crate) fn text(&self, path: &[Step<'_>]) -> Option<&str> {
        self.find(path)?.value.as_text()
    }

    /// The texts of the list that stands under a key, each with its place in the list.
    pub(crate) fn texts<'a>(
        &'a self,
        path: &[Step<'_>],
    ) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let items = match self.find(path).map(|node| &node.value) {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        let texts = items.iter().map(|item| item.value.as_text());
        texts.enumerate().filter_map(|(at, text)| Some((at, text?)))
    }

    /// The keys of the table that stands under a key.
    pub(crate) fn keys<'a>(&'a self, path: &[Step<'_>]) -> impl Iterator<Item = &'a str> + use<'a> {
        let table = match self.find(path).map(|node| &node.value) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        };
        table
            .into_iter()
            .flat_map(|table| table.keys())
            .map(String::as_str)
    }

    /// Whether something stands under a key.
    pub(crate) fn has(&self, path: &[Step<'_>]) -> bool {
        self.find(path).is_some()
    }

    /// Returns the place of a key's value; that of the nearest table or list it would stand in, where it is
    /// not there.
    pub(crate) fn place(&self, path: &[Step<'_>]) -> Option<Position> {
        (1..=path.len())
            .rev()
            .find_map(|length| self.find(path.get(..length)?))
            .map(|node| Position::of(self.text.as_bytes(), node.offset))
    }

    fn find(&self, path: &[Step<'_>]) -> Option<&Node> {
        let (Step::Key(first), rest) = path.split_first()? else {
            return None;
        };
        let mut node = self.table.get(*first)?;
        for step in rest {
            node = match (step, &node.value) {
                (Step::Key(key), Value::Table(table)) => table.get(*key)?,
                (Step::Item(at), Value::List(items)) => items.get(*at)?,
                _ => return None,
            };
        }
        Some(node)
    }
}

impl Value {
    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn nodes(table: &DeTable<'_>) -> BTreeMap<String, Node> {
    let nodes = table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), node(value)));
    nodes.collect()
}

/// The parser bounds the depth.
fn node(value: &toml::Spanned<DeValue<'_>>) -> Node {
    Node {
        offset: value.span().start,
        value: match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Array(items) => Value::List(items.iter().map(node).collect()),
            DeValue::Table(table) => Value::Table(nodes(table)),
            _ => Value::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_with_its_place() {
        let text = "id = 'a'\n[language_servers.\"b c\"]\nlanguages = ['X', 'Y']\n";
        let partial = super::super::extension_toml::parse(text).unwrap();
        let path = [
            "language_servers".into(),
            "b c".into(),
            "languages".into(),
            1.into(),
        ];
        assert_eq!(partial.text(&path), Some("Y"));
        assert_eq!(
            partial.place(&path).map(|place| (place.line, place.column)),
            Some((3, 19))
        );
        assert_eq!(shown(&path), "language_servers.\"b c\".languages[1]");
        let absent = [path[0], path[1], "name".into()];
        assert!(!partial.has(&absent));
        assert_eq!(partial.place(&absent).map(|place| place.line), Some(2));
        assert_eq!(partial.place(&["name".into()]), None);
        assert_eq!(partial.text(&[]), None);
    }
}
