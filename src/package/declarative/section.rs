//! The reader of a tree of values, key by key. A value of the wrong type is a finding, and counts as absent.

use std::collections::{BTreeMap, btree_map};

use serde_json::Value as Json;

use super::{
    document::Document,
    finding::{Finding, FindingKind, Severity},
};
use crate::{
    base::{printable::printable, suggestion::nearest},
    package::document::{Entry, Node, Value},
};

/// The longest path of a value that is shown, in bytes. Real ones have up to 100; a hostile file can
/// repeat one key of megabytes in the path of each of a hundred thousand values.
const PATH_BYTES: usize = 200;

/// The longest unknown key whose value is kept, in bytes.
const KEPT_KEY_BYTES: usize = 200;

/// The most values of unknown keys that are kept of one file.
const KEPT: usize = 1_000;

/// A value, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    pub(super) document: &'a Document<'a>,
    /// The keys that lead to it: `themes[0].style`; empty for the whole file.
    pub(super) path: String,
    pub(super) node: &'a Node,
    /// Whether Zed reads none of the file where something below here has the wrong type.
    pub(super) is_strict: bool,
}

impl<'a> Field<'a> {
    /// The whole of a file.
    pub(super) fn root(document: &'a Document<'a>, node: &'a Node) -> Self {
        Self {
            document,
            path: String::new(),
            node,
            is_strict: false,
        }
    }

    /// The same value, of which Zed must be able to read all, or reads nothing of the file.
    pub(super) fn strict(self) -> Self {
        Self {
            is_strict: true,
            ..self
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.node.value == Value::Null
    }

    pub(super) fn text(&self, severity: Severity) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => self.wrong_type("a string", severity),
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.node.value {
            Value::Boolean(value) => Some(value),
            _ => self.wrong_type("a boolean", Severity::Warning),
        }
    }

    /// A whole number of at most `most`.
    pub(super) fn integer(&self, most: u32) -> Option<u32> {
        let Value::Number(number) = &self.node.value else {
            return self.wrong_type("a number", Severity::Warning);
        };
        let integer = number.as_u64().and_then(|it| u32::try_from(it).ok());
        // JSON's writers may add a fraction of nothing: `400.0`.
        let whole = integer.or_else(|| {
            let number = number.as_f64().filter(|_| !self.is_strict)?;
            let fits = number.fract() == 0.0 && (0.0..=f64::from(most)).contains(&number);
            fits.then_some(number as u32)
        });
        let fitting = whole.filter(|number| *number <= most);
        if fitting.is_none() {
            let problem = format!("{} is not a whole number from 0 to {most}", self.named());
            let finding = self.finding(Severity::Warning, FindingKind::InvalidValue, problem);
            // What is merely larger than makes sense, Zed reads.
            self.document
                .add(finding.stopping_zed(self.is_strict && integer.is_none()));
        }
        fitting
    }

    pub(super) fn items(&self, severity: Severity) -> Option<impl Iterator<Item = Self> + use<'a>> {
        let Value::List(items) = &self.node.value else {
            return self.wrong_type("a list", severity);
        };
        let (document, path, is_strict) = (self.document, self.path.clone(), self.is_strict);
        Some(items.iter().enumerate().map(move |(at, node)| Self {
            document,
            path: format!("{path}[{at}]"),
            node,
            is_strict,
        }))
    }

    /// The strings of a list; other values are left out.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        let items = self.items(Severity::Warning)?;
        let texts = items.filter_map(|item| item.text(Severity::Warning));
        Some(texts.map(str::to_owned).collect())
    }

    pub(super) fn section(&self, severity: Severity) -> Option<Section<'a>> {
        match &self.node.value {
            Value::Table(entries) => Some(Section::new(self, entries, self.is_strict)),
            _ => self.wrong_type("a table", severity),
        }
    }

    /// A table, of which it leaves out what it cannot read.
    pub(super) fn lenient_section(&self) -> Option<Section<'a>> {
        let mut section = self.map(Severity::Warning)?;
        section.is_strict = false;
        Some(section)
    }

    /// A table whose keys are the author's own: the last of two alike counts, in Zed too.
    pub(super) fn map(&self, severity: Severity) -> Option<Section<'a>> {
        match &self.node.value {
            Value::Table(entries) => Some(Section::new(self, entries, false)),
            _ => self.wrong_type("a table", severity),
        }
    }

    /// The value's name in a message.
    pub(super) fn named(&self) -> String {
        if self.path.is_empty() {
            "the whole file".into()
        } else {
            format!("`{}`", printable(&self.path))
        }
    }

    pub(super) fn finding(
        &self,
        severity: Severity,
        kind: FindingKind,
        problem: impl Into<String>,
    ) -> Finding {
        self.document
            .finding(severity, kind, Some(self.node.offset), problem)
    }

    pub(super) fn warn(&self, kind: FindingKind, problem: impl Into<String>) {
        self.document
            .add(self.finding(Severity::Warning, kind, problem));
    }

    /// Adds a warning about what stops Zed where it is strict.
    pub(super) fn refuse(&self, kind: FindingKind, problem: impl Into<String>) {
        let finding = self.finding(Severity::Warning, kind, problem);
        self.document.add(finding.stopping_zed(self.is_strict));
    }

    /// Adds a warning about what only Zed cannot read.
    pub(super) fn refuse_for_zed(&self, kind: FindingKind, problem: impl Into<String>) {
        let finding = self.finding(Severity::Warning, kind, problem);
        self.document.add(finding.of_zed());
    }

    fn wrong_type<T>(&self, expected: &str, severity: Severity) -> Option<T> {
        let noun = self.node.value.noun();
        let problem = format!("{} must be {expected}, not {noun}", self.named());
        let finding = self.finding(severity, FindingKind::WrongType, problem);
        self.document.add(finding.stopping_zed(self.is_strict));
        None
    }

    /// The value; null where something must be is no value, and Zed cannot read it where it is strict.
    fn unless_null(self) -> Option<Self> {
        if !self.is_null() {
            return Some(self);
        }
        if self.is_strict {
            let problem = format!("{} must not be null", self.named());
            self.refuse_for_zed(FindingKind::WrongType, problem);
        }
        None
    }
}

/// A table, and the keys that were asked for.
#[derive(Debug)]
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    path: String,
    offset: usize,
    entries: BTreeMap<&'a str, &'a Entry>,
    known: Vec<&'static str>,
    pub(super) is_strict: bool,
}

impl<'a> Section<'a> {
    /// The table's section; with `once`, Zed reads none of the file where a key is there twice.
    fn new(field: &Field<'a>, list: &'a [Entry], once: bool) -> Self {
        let mut section = Self {
            document: field.document,
            path: field.path.clone(),
            offset: field.node.offset,
            entries: BTreeMap::new(),
            known: Vec::new(),
            is_strict: field.is_strict,
        };
        for entry in list {
            match section.entries.entry(&entry.key) {
                btree_map::Entry::Vacant(place) => {
                    place.insert(entry);
                }
                // The last one counts, as for all readers of JSON.
                btree_map::Entry::Occupied(mut place) => {
                    place.insert(entry);
                    let key = section.key(&entry.key);
                    section.document.add(
                        section
                            .document
                            .warning(
                                FindingKind::Duplicate,
                                Some(entry.offset),
                                format!(
                                    "`{}` is there twice, and this one counts",
                                    printable(&key)
                                ),
                            )
                            .with_hint("take the other one out")
                            .stopping_zed(once),
                    );
                }
            }
        }
        section
    }

    /// The value of a key, which is a known one from now on. Null is not a value.
    pub(super) fn get(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.known.push(name);
        let entry = self.entries.get(name)?;
        Some(self.field(entry)).filter(|field| !field.is_null())
    }

    /// As [`get`](Self::get), for a key of which Zed takes no null.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.known.push(name);
        self.field(self.entries.get(name)?).unless_null()
    }

    /// Makes keys known that have no meaning here.
    pub(super) fn skip(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.optional(name)?.text(Severity::Warning)?;
        Some(text.to_owned())
    }

    /// A string without which the table is of no use; where it is missing, that is a warning.
    pub(super) fn expected_text(&mut self, name: &'static str) -> Option<String> {
        let field = self.get(name);
        if field.is_none() {
            self.missing(name, Severity::Warning);
        }
        let text = field?.text(Severity::Warning)?;
        Some(text.to_owned())
    }

    /// A string that Zed cannot do without, and this program can.
    pub(super) fn needed_text(&mut self, name: &'static str) -> Option<String> {
        let text = self.needed(name)?.text(Severity::Warning)?;
        Some(text.to_owned())
    }

    /// A value that Zed cannot do without, and this program can.
    pub(super) fn needed(&mut self, name: &'static str) -> Option<Field<'a>> {
        let field = self.get(name);
        if field.is_none() {
            let finding = self.missing_key(name, Severity::Warning);
            self.document.add(finding.of_zed());
        }
        field
    }

    /// A boolean that Zed cannot do without, and this program can.
    pub(super) fn required_boolean(&mut self, name: &'static str) -> Option<bool> {
        self.needed(name)?.boolean()
    }

    /// A string without which the table is of no use; where it is missing, that is an error.
    pub(super) fn required_text(&mut self, name: &'static str) -> Option<String> {
        match self.get(name) {
            Some(field) => match field.text(Severity::Error)? {
                "" => {
                    self.document.add(field.finding(
                        Severity::Error,
                        FindingKind::InvalidValue,
                        format!("{} is empty", field.named()),
                    ));
                    None
                }
                text => Some(text.to_owned()),
            },
            None => {
                self.missing(name, Severity::Error);
                None
            }
        }
    }

    /// Says that a key must be there.
    pub(super) fn missing(&self, name: &str, severity: Severity) {
        let finding = self.missing_key(name, severity);
        self.document.add(finding.stopping_zed(self.is_strict));
    }

    /// Says that a key should be there, without which Zed reads the file all the same.
    pub(super) fn expected(&self, name: &str) {
        self.document.add(self.missing_key(name, Severity::Warning));
    }

    fn missing_key(&self, name: &str, severity: Severity) -> Finding {
        self.document.finding(
            severity,
            FindingKind::MissingKey,
            Some(self.offset),
            format!("`{}` is missing", printable(&self.key(name))),
        )
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.optional(name)?.boolean()
    }

    pub(super) fn integer(&mut self, name: &'static str, most: u32) -> Option<u32> {
        self.optional(name)?.integer(most)
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.optional(name)?.texts()
    }

    pub(super) fn section(&mut self, name: &'static str) -> Option<Self> {
        self.optional(name)?.section(Severity::Warning)
    }

    /// A table whose keys are the author's own.
    pub(super) fn map(&mut self, name: &'static str) -> Option<Self> {
        self.optional(name)?.map(Severity::Warning)
    }

    pub(super) fn items(
        &mut self,
        name: &'static str,
    ) -> impl Iterator<Item = Field<'a>> + use<'a> {
        self.optional(name)
            .and_then(|field| field.items(Severity::Warning))
            .into_iter()
            .flatten()
    }

    /// All keys that were not asked for by name, sorted, with values that are not null.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        self.entries
            .iter()
            .filter(|(key, _)| !self.known.contains(key))
            .filter_map(|(key, entry)| Some((*key, self.field(entry).unless_null()?)))
    }

    /// Reports the keys that were not asked for.
    pub(super) fn finish(self) {
        for (key, entry) in self.unknown() {
            self.name_unknown(key, entry);
        }
    }

    /// Reports the keys that were not asked for and keeps their values, by their whole path, as long as
    /// there are no more than any real file has.
    pub(super) fn finish_into(self, rest: &mut BTreeMap<String, Json>) {
        for (key, entry) in self.unknown() {
            self.name_unknown(key, entry);
            if rest.len() < KEPT && key.len() <= KEPT_KEY_BYTES {
                rest.insert(self.key(key), entry.node.value.to_json());
            }
        }
    }

    fn unknown(&self) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let is_unknown = |(key, _): &(&'a str, &'a Entry)| !self.known.contains(key);
        let entries = self.entries.iter().map(|(key, entry)| (*key, *entry));
        entries.filter(is_unknown)
    }

    fn name_unknown(&self, key: &str, entry: &Entry) {
        let finding = self.document.warning(
            FindingKind::UnknownKey,
            Some(entry.offset),
            format!("unknown key `{}`", printable(&self.key(key))),
        );
        self.document
            .add(match guess(self.document, key, &self.known) {
                Some(known) => finding.with_hint(format!("did you mean `{known}`?")),
                None => finding,
            });
    }

    /// The path of one of the table's keys: the whole of it, where it is not too long to be shown.
    fn key(&self, name: &str) -> String {
        if self.path.len() > PATH_BYTES {
            return self.path.clone();
        }
        let mut path = self.path.clone();
        if !path.is_empty() {
            path.push('.');
        }
        let room = PATH_BYTES.saturating_sub(path.len());
        if name.len() <= room {
            path.push_str(name);
        } else {
            path.push_str(&name[..name.floor_char_boundary(room)]);
            path.push('…');
        }
        path
    }

    fn field(&self, entry: &'a Entry) -> Field<'a> {
        Field {
            document: self.document,
            path: self.key(&entry.key),
            node: &entry.node,
            is_strict: self.is_strict,
        }
    }
}

/// The known key that was probably meant, as long as guesses are left.
fn guess(document: &Document<'_>, key: &str, known: &[&'static str]) -> Option<&'static str> {
    let may_guess = document.budget.spend_guess();
    may_guess.then(|| nearest(key, known.iter().copied()))?
}
