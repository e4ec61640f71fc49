//! One table of `extension.toml`, read key by key.
//!
//! Reading and checking are one pass: each key asked for becomes a known key, a value of the wrong
//! type is an error at its place, and [`Section::finish`] reports the keys that nobody asked for.

use std::collections::BTreeMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{ManifestError, ManifestFile, RelativePath, Warning, error::Place, warning::Warnings};

/// The text being read, for the places of what is in it.
#[derive(Debug)]
pub(super) struct Document<'text> {
    pub(super) file: ManifestFile,
    pub(super) text: &'text str,
}

impl Document<'_> {
    pub(super) fn place(&self, offset: usize) -> Place {
        Place::of(self.text.as_bytes(), offset)
    }

    pub(super) fn error(&self, offset: Option<usize>, message: impl Into<String>) -> ManifestError {
        ManifestError::new(self.file, offset.map(|offset| self.place(offset)), message)
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
    pub(super) fn key(&self, name: &str) -> String {
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

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, ManifestError> {
        self.value(name)
            .map(|value| value.text().map(str::to_owned))
            .transpose()
    }

    /// A text without which the extension cannot be used.
    pub(super) fn required_text(&mut self, name: &'static str) -> Result<String, ManifestError> {
        self.text(name)?.ok_or_else(|| {
            let message = format!("`{}` is missing", self.key(name));
            self.document
                .error(self.offset, message)
                .with_hint(Some(format!("add `{name} = \"…\"`")))
        })
    }

    /// A text that should be there; where it is not, it is empty and a warning says so.
    pub(super) fn expected_text(
        &mut self,
        name: &'static str,
        warnings: &mut Warnings,
    ) -> Result<String, ManifestError> {
        let text = self.text(name)?;
        if text.is_none() {
            self.warn_missing(name, warnings);
        }
        Ok(text.unwrap_or_default())
    }

    /// Says that a key should be there.
    pub(super) fn warn_missing(&self, name: &str, warnings: &mut Warnings) {
        let line = || self.offset.map(|offset| self.document.place(offset).line);
        warnings.add(|| Warning::missing_key(self.key(name), line()));
    }

    pub(super) fn texts(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Vec<String>>, ManifestError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        value
            .items()?
            .map(|item| item.text().map(str::to_owned))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(super) fn path(
        &mut self,
        name: &'static str,
    ) -> Result<Option<RelativePath>, ManifestError> {
        self.value(name).map(|value| value.path()).transpose()
    }

    pub(super) fn paths(&mut self, name: &'static str) -> Result<Vec<RelativePath>, ManifestError> {
        match self.value(name) {
            Some(value) => value.items()?.map(|item| item.path()).collect(),
            None => Ok(Vec::new()),
        }
    }

    pub(super) fn text_map(
        &mut self,
        name: &'static str,
    ) -> Result<BTreeMap<String, String>, ManifestError> {
        match self.value(name) {
            Some(value) => value
                .entries()?
                .map(|(name, value)| Ok((name.to_owned(), value.text()?.to_owned())))
                .collect(),
            None => Ok(BTreeMap::new()),
        }
    }

    pub(super) fn section(&mut self, name: &'static str) -> Result<Option<Self>, ManifestError> {
        self.value(name).map(|value| value.section()).transpose()
    }

    /// A table whose keys are names of the author's choice, each with a table; `read` makes an entry
    /// of each, and what it leaves unread is reported.
    pub(super) fn sections<T>(
        &mut self,
        name: &'static str,
        warnings: &mut Warnings,
        mut read: impl FnMut(&str, &mut Self, &mut Warnings) -> Result<T, ManifestError>,
    ) -> Result<BTreeMap<String, T>, ManifestError> {
        let Some(value) = self.value(name) else {
            return Ok(BTreeMap::new());
        };
        value
            .entries()?
            .map(|(name, value)| {
                let mut section = value.section()?;
                let entry = read(name, &mut section, warnings)?;
                section.finish(warnings);
                Ok((name.to_owned(), entry))
            })
            .collect()
    }

    /// Accepts keys that have no effect but are common in real manifests, without a warning.
    pub(super) fn ignore(&mut self, names: &[&'static str]) {
        self.silent.extend(names);
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ManifestError {
        self.document.error(self.offset, message)
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self, warnings: &mut Warnings) {
        let known = [self.known.as_slice(), &self.silent].concat();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                warnings.add(|| {
                    let line = self.document.place(key.span().start).line;
                    Warning::unknown_key(self.key(name), Some(line), name, &known)
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
    pub(super) fn key(&self) -> &str {
        &self.path
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ManifestError {
        self.document.error(Some(self.value.span().start), message)
    }

    pub(super) fn line(&self) -> usize {
        self.document.place(self.value.span().start).line
    }

    fn expected(&self, expected: &str) -> ManifestError {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(format!(
            "`{}` must be {expected}, and is {found}",
            self.path
        ))
    }

    pub(super) fn text(&self) -> Result<&'text str, ManifestError> {
        self.value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.expected("a text"))
    }

    pub(super) fn flag(&self) -> Result<bool, ManifestError> {
        self.value
            .get_ref()
            .as_bool()
            .ok_or_else(|| self.expected("`true` or `false`"))
    }

    pub(super) fn integer(&self) -> Result<i64, ManifestError> {
        let integer = self
            .value
            .get_ref()
            .as_integer()
            .ok_or_else(|| self.expected("an integer"))?;
        i64::from_str_radix(integer.as_str(), integer.radix())
            .map_err(|_| self.error(format!("`{}` is too large an integer", self.path)))
    }

    pub(super) fn path(&self) -> Result<RelativePath, ManifestError> {
        let text = self.text()?;
        text.parse().map_err(|error: super::ParsePathError| {
            self.error(format!(
                "`{}` is `{}`, which {error}",
                self.path,
                text.escape_debug()
            ))
            .with_hint(error.hint())
        })
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    pub(super) fn items(&self) -> Result<impl Iterator<Item = Self> + use<'text>, ManifestError> {
        let items = self
            .value
            .get_ref()
            .as_array()
            .ok_or_else(|| self.expected("a list"))?;
        let (document, path) = (self.document, self.path.clone());
        Ok(items.iter().enumerate().map(move |(at, value)| Self {
            document,
            path: format!("{path}[{at}]"),
            value,
        }))
    }

    fn entries(
        &self,
    ) -> Result<impl Iterator<Item = (&'text str, Self)> + use<'text>, ManifestError> {
        let section = self.section()?;
        Ok(section.table.iter().map(move |(key, value)| {
            let name = key.get_ref().as_ref();
            (
                name,
                Self {
                    document: section.document,
                    path: section.key(name),
                    value,
                },
            )
        }))
    }

    pub(super) fn section(&self) -> Result<Section<'text>, ManifestError> {
        let table = self
            .value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.expected("a table"))?;
        Ok(Section {
            path: self.path.clone(),
            offset: Some(self.value.span().start),
            ..Section::root(self.document, table)
        })
    }
}

/// A key as it is written in TOML: in quotes where it needs them.
fn quoted(name: &str) -> String {
    let is_bare = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.escape_debug())
    }
}
