//! A manifest as far as it can be read, with everything that is wrong with it and the place of
//! everything it says.

use std::{borrow::Cow, collections::BTreeMap};

use toml::de::{DeTable, DeValue};

use super::{
    Manifest, ManifestFile, Result,
    error::{Error, ManifestError},
    section::quoted,
    warning::Warning,
};
use crate::base::position::Position;

/// A manifest as far as it can be read.
#[derive(Debug)]
pub(crate) struct PartialManifest {
    /// The file it was read from.
    pub(crate) source: ManifestFile,
    /// What could be read. Where there are errors, a placeholder stands for the id, the name or the
    /// version that could not be, and what else could not be read is absent.
    pub(crate) manifest: Manifest,
    /// The format that the manifest states, known or not.
    pub(crate) schema_version: Option<i64>,
    /// What keeps the manifest from being used, in the order it was read (the first 200 found).
    pub(crate) errors: Vec<ManifestError>,
    /// What it says without effect, in the order of its lines (the first 200 found).
    pub(crate) warnings: Vec<Warning>,
    /// Whether the folder may say what its snippets are: a key that is absent is not the same as an
    /// empty one.
    pub(super) may_have_snippets: bool,
    /// The text itself; `None` for a legacy manifest.
    pub(super) outline: Option<SourceMap>,
}

impl PartialManifest {
    /// The manifest, if nothing keeps it from being used.
    ///
    /// # Errors
    /// The first thing that does. The format comes first: a newer one may have changed the type of any
    /// other key.
    pub(super) fn accept(mut self) -> Result<Self> {
        let newest = i64::from(Manifest::NEWEST_SCHEMA_VERSION);
        match self.schema_version {
            Some(found) if !(0..=newest).contains(&found) => Err(Error::UnknownSchema {
                file: self.source,
                found,
                newest,
            }),
            _ if self.errors.is_empty() => Ok(self),
            _ => Err(self.errors.swap_remove(0).into()),
        }
    }

    /// The text that stands under a key.
    pub(crate) fn text(&self, path: &[Step<'_>]) -> Option<&str> {
        self.outline.as_ref()?.text(path)
    }

    /// The texts of the list that stands under a key, each with its place in the list.
    pub(crate) fn texts<'a>(
        &'a self,
        path: &[Step<'_>],
    ) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let texts = self.outline.as_ref().map(|outline| outline.texts(path));
        texts.into_iter().flatten()
    }

    /// Whether something stands under a key.
    pub(crate) fn has(&self, path: &[Step<'_>]) -> bool {
        self.outline
            .as_ref()
            .is_some_and(|outline| outline.has(path))
    }

    /// Returns the place of a key's value; that of the nearest table or list it would stand in, where the
    /// manifest does not have it.
    pub(crate) fn place(&self, path: &[Step<'_>]) -> Option<Position> {
        self.outline.as_ref()?.place(path)
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
        let draft = super::super::extension_toml::parse(text).unwrap();
        let path = [
            "language_servers".into(),
            "b c".into(),
            "languages".into(),
            1.into(),
        ];
        assert_eq!(draft.text(&path), Some("Y"));
        assert_eq!(
            draft.place(&path).map(|place| (place.line, place.column)),
            Some((3, 19))
        );
        assert_eq!(shown(&path), "language_servers.\"b c\".languages[1]");
        let absent = [path[0], path[1], "name".into()];
        assert!(!draft.has(&absent));
        assert_eq!(draft.place(&absent).map(|place| place.line), Some(2));
        assert_eq!(draft.place(&["name".into()]), None);
        assert_eq!(draft.text(&[]), None);
    }

    #[test]
    fn one_mistake_hides_no_other() {
        let text =
            "id = 'A b'\nname = 1\nversion = '1'\nschema_version = 7\n[grammars.'../x']\nrev = 2\n";
        let draft = super::super::extension_toml::parse(text).unwrap();
        let keys: Vec<_> = draft
            .errors
            .iter()
            .map(|error| error.key().unwrap())
            .collect();
        assert_eq!(
            keys,
            ["id", "name", "grammars.\"../x\".rev", "grammars.\"../x\""]
        );
        assert_eq!(draft.schema_version, Some(7));
        assert_eq!(draft.manifest.version, "1");
        let error = draft.accept().unwrap_err();
        assert!(matches!(error, Error::UnknownSchema { found: 7, .. }));
    }
}
