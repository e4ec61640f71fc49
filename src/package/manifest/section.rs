//! One table of `extension.toml`, read key by key.
//!
//! Reading and checking are one pass: each key asked for becomes a known key, a value of the wrong
//! type is an error at its place and counts as absent, and [`Section::finish`] reports the keys that
//! were not asked for.

use std::{cell::RefCell, collections::BTreeMap};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    ManifestFile,
    error::{ManifestError, ManifestErrorKind},
    lengths::{self, too_long},
    path::RelativePath,
    warning::{Warning, Warnings},
};
use crate::base::{hint::Hint as _, position::Position};

/// The text being read, for the places of what is in it, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Document<'text> {
    file: ManifestFile,
    text: &'text str,
    problems: RefCell<Problems>,
}

/// The problems of a manifest, in the order in which it was read.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// The first of them: a hostile manifest can hold a hundred thousand.
    pub(super) errors: Vec<ManifestError>,
    pub(super) warnings: Warnings,
}

/// The most errors that are kept of one manifest.
const MOST_ERRORS: usize = 200;

impl<'text> Document<'text> {
    pub(super) fn new(file: ManifestFile, text: &'text str) -> Self {
        Self {
            file,
            text,
            problems: RefCell::default(),
        }
    }

    pub(super) fn place(&self, offset: usize) -> Position {
        Position::of(self.text.as_bytes(), offset)
    }

    pub(super) fn error(
        &self,
        kind: ManifestErrorKind,
        offset: Option<usize>,
        message: impl Into<String>,
    ) -> ManifestError {
        let place = offset.map(|offset| self.place(offset));
        ManifestError::new(self.file, kind, place, message)
    }

    /// Keeps an error. Its text and place are only made if it is kept.
    pub(super) fn refuse(&self, make: impl FnOnce() -> ManifestError) {
        if self.problems.borrow().errors.len() < MOST_ERRORS {
            let error = make();
            self.problems.borrow_mut().errors.push(error);
        }
    }

    pub(super) fn warn(&self, make: impl FnOnce() -> Warning) {
        self.problems.borrow_mut().warnings.add(make);
    }

    pub(super) fn into_problems(self) -> Problems {
        self.problems.into_inner()
    }
}

/// A table and the keys that were asked for.
#[derive(Debug)]
pub(super) struct Section<'text> {
    document: &'text Document<'text>,
    path: String,
    /// Where the table starts; `None` for the whole file.
    offset: Option<usize>,
    table: &'text DeTable<'text>,
    known: Vec<&'static str>,
    silent: Vec<&'static str>,
}

impl<'text> Section<'text> {
    pub(super) fn root(document: &'text Document<'text>, table: &'text DeTable<'text>) -> Self {
        Self {
            document,
            path: String::new(),
            offset: None,
            table,
            known: Vec::new(),
            silent: Vec::new(),
        }
    }

    /// The whole path of one of the table's keys.
    fn key(&self, name: &str) -> String {
        let name = quoted(name);
        if self.path.is_empty() {
            name
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn value(&mut self, name: &'static str) -> Option<Value<'text>> {
        self.known.push(name);
        let value = self.table.get(name)?;
        Some(Value {
            document: self.document,
            path: self.key(name),
            value,
        })
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.value(name)?.text().map(str::to_owned)
    }

    /// A string without which the extension cannot be used.
    pub(super) fn required_text(&mut self, name: &'static str) -> Option<String> {
        match self.value(name) {
            Some(value) => value.text().map(str::to_owned),
            None => {
                self.refuse_missing(name, Some(&format!("add `{name} = \"…\"`")));
                None
            }
        }
    }

    /// A list of strings without which the table cannot be used.
    pub(super) fn required_texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        match self.value(name) {
            Some(value) => value.texts(),
            None => {
                self.refuse_missing(name, None);
                None
            }
        }
    }

    /// A string that should be there; where it is not, it is empty and a warning says so.
    pub(super) fn expected_text(&mut self, name: &'static str) -> String {
        match self.value(name) {
            Some(value) => value.text().unwrap_or_default().to_owned(),
            None => {
                self.warn_missing(name);
                String::new()
            }
        }
    }

    fn refuse_missing(&self, name: &str, hint: Option<&str>) {
        self.document.refuse(|| {
            let key = self.key(name);
            let message = format!("`{key}` is missing");
            self.document
                .error(ManifestErrorKind::MissingKey, self.offset, message)
                .of_key(key)
                .with_hint(hint.map(str::to_owned))
        });
    }

    /// Says that a key should be there.
    pub(super) fn warn_missing(&self, name: &str) {
        let place = || self.offset.map(|offset| self.document.place(offset));
        self.document
            .warn(|| Warning::missing_key(self.key(name), place()));
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.value(name)?.texts()
    }

    pub(super) fn path(&mut self, name: &'static str) -> Option<RelativePath> {
        self.value(name)?.path()
    }

    pub(super) fn paths(&mut self, name: &'static str) -> Vec<RelativePath> {
        let items = self.value(name).map(|value| value.items());
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.path())
            .collect()
    }

    pub(super) fn text_map(&mut self, name: &'static str) -> BTreeMap<String, String> {
        let entries = self.value(name).map(|value| value.entries());
        entries
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.to_owned(), value.text()?.to_owned())))
            .collect()
    }

    pub(super) fn section(&mut self, name: &'static str) -> Option<Self> {
        self.value(name)?.section()
    }

    /// A table whose keys are names of the author's choice, each with a table; `read` makes an entry
    /// of each, and what it leaves unread is reported.
    pub(super) fn sections<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&str, &mut Self) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut found = BTreeMap::new();
        let entries = self.value(name).map(|value| value.entries());
        for (name, value) in entries.into_iter().flatten() {
            let Some(mut section) = value.section() else {
                continue;
            };
            if let Some(entry) = read(name, &mut section) {
                found.insert(name.to_owned(), entry);
            }
            section.finish();
        }
        found
    }

    /// Accepts keys that have no effect but are common in real manifests, without a warning.
    pub(super) fn ignore(&mut self, names: &[&'static str]) {
        self.silent.extend(names);
    }

    /// Complains about the table as a whole.
    pub(super) fn refuse(
        &self,
        kind: ManifestErrorKind,
        make: impl FnOnce() -> (String, Option<String>),
    ) {
        self.document.refuse(|| {
            let (message, hint) = make();
            self.document
                .error(kind, self.offset, message)
                .of_key(&self.path)
                .with_hint(hint)
        });
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self) {
        let known = [self.known.as_slice(), &self.silent].concat();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                self.document.warn(|| {
                    let place = self.document.place(key.span().start);
                    Warning::unknown_key(self.key(name), Some(place), name, &known)
                });
            }
        }
    }
}

/// One value, with the whole path of its key.
#[derive(Debug)]
pub(super) struct Value<'text> {
    document: &'text Document<'text>,
    path: String,
    value: &'text Spanned<DeValue<'text>>,
}

impl<'text> Value<'text> {
    /// Complains about the value.
    pub(super) fn refuse(
        &self,
        kind: ManifestErrorKind,
        make: impl FnOnce() -> (String, Option<String>),
    ) {
        self.document.refuse(|| {
            let (message, hint) = make();
            self.document
                .error(kind, Some(self.value.span().start), message)
                .of_key(&self.path)
                .with_hint(hint)
        });
    }

    pub(super) fn key(&self) -> &str {
        &self.path
    }

    fn expected(&self, expected: &str) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.refuse(ManifestErrorKind::WrongType, || {
            let message = format!("`{}` must be {expected}, and is {found}", self.path);
            (message, None)
        });
    }

    /// Returns what was found, or the complaint that something else was expected.
    fn or_expected<T>(&self, found: Option<T>, expected: &str) -> Option<T> {
        if found.is_none() {
            self.expected(expected);
        }
        found
    }

    /// The string; none, and a complaint, where it is not one, or longer than its place takes.
    pub(super) fn text(&self) -> Option<&'text str> {
        let text = self.or_expected(self.value.get_ref().as_str(), "a string")?;
        match too_long(&self.path, text) {
            Some(complaint) => {
                self.refuse(ManifestErrorKind::InvalidValue, || (complaint, None));
                None
            }
            None => Some(text),
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.or_expected(self.value.get_ref().as_bool(), "`true` or `false`")
    }

    pub(super) fn integer(&self) -> Option<i64> {
        let integer = self.or_expected(self.value.get_ref().as_integer(), "an integer")?;
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        if number.is_none() {
            self.refuse(ManifestErrorKind::InvalidValue, || {
                (format!("`{}` is too large an integer", self.path), None)
            });
        }
        number
    }

    pub(super) fn path(&self) -> Option<RelativePath> {
        let text = self.text()?;
        match text.parse::<RelativePath>() {
            Ok(path) => Some(path),
            Err(error) => {
                self.refuse(ManifestErrorKind::Path, || {
                    let shown = text.escape_debug();
                    let message = format!("`{}` is `{shown}`, which {error}", self.path);
                    (message, error.hint())
                });
                None
            }
        }
    }

    /// Says that the text of the value means nothing.
    pub(super) fn warn_unknown(&self, text: &str, known: &[&'static str]) {
        self.document.warn(|| {
            let place = self.document.place(self.value.span().start);
            Warning::unknown_value(self.path.clone(), Some(place), text, known)
        });
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    /// The items of a list; none, and a complaint, where it is not a list.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'text> {
        let items = self.or_expected(self.value.get_ref().as_array(), "a list");
        let (document, path) = (self.document, self.path.clone());
        items
            .into_iter()
            .flatten()
            .enumerate()
            .map(move |(at, value)| Self {
                document,
                path: format!("{path}[{at}]"),
                value,
            })
    }

    pub(super) fn texts(&self) -> Option<Vec<String>> {
        self.or_expected(self.value.get_ref().as_array(), "a list")?;
        let texts = self.items().filter_map(|item| item.text());
        Some(texts.map(str::to_owned).collect())
    }

    fn entries(&self) -> impl Iterator<Item = (&'text str, Self)> + use<'text> {
        self.section().into_iter().flat_map(|section| {
            section.table.iter().filter_map(move |(key, value)| {
                let name = key.get_ref().as_ref();
                let length = name.chars().count();
                if length > lengths::ENTRY_NAME {
                    section.refuse(ManifestErrorKind::InvalidValue, || {
                        let most = lengths::ENTRY_NAME;
                        let message = format!(
                            "`{}` has a key of {length} characters, and at most {most} are allowed",
                            section.path
                        );
                        (message, None)
                    });
                    return None;
                }
                Some((
                    name,
                    Self {
                        document: section.document,
                        path: section.key(name),
                        value,
                    },
                ))
            })
        })
    }

    pub(super) fn section(&self) -> Option<Section<'text>> {
        let table = self.or_expected(self.value.get_ref().as_table(), "a table")?;
        Some(Section {
            path: self.path.clone(),
            offset: Some(self.value.span().start),
            ..Section::root(self.document, table)
        })
    }
}

/// A key as it is written in TOML: in quotes where it needs them.
pub(super) fn quoted(name: &str) -> String {
    let is_bare = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.escape_debug())
    }
}
