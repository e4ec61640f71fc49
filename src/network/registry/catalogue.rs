//! The catalogue: one line for each extension, for search, update checks and "did you mean".

use std::collections::BTreeSet;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    index_file::MAX_LINE_BYTES,
    line::LINE_FORM,
    skipped::{LineProblem, MOST_LINES, SkippedLines},
};
use crate::base::{
    digest::Sha256Digest,
    suggestion::similar,
    timestamp::Timestamp,
    types::{self, ExtensionId, ExtensionVersion},
};

/// The longest catalogue file read, in bytes: 5,000 extensions have about 2 MB.
pub const MAX_CATALOGUE_BYTES: u64 = 64 * 1024 * 1024;

/// A line of the catalogue: one extension, as it is searched and listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueLine {
    /// The line's form, [`LINE_FORM`].
    pub v: u64,
    /// The extension.
    pub id: ExtensionId,
    /// Its name for people.
    pub name: String,
    /// What it does, in a sentence.
    #[serde(default)]
    pub description: String,
    /// Who wrote it.
    #[serde(default)]
    pub authors: Vec<String>,
    /// The newest version offered, stable before preview.
    pub version: ExtensionVersion,
    /// That version's API family.
    pub family: String,
    /// That version's API; `None` without a component.
    #[serde(default, deserialize_with = "types::version_or_none")]
    pub api: Option<Version>,
    /// What that version provides.
    #[serde(default)]
    pub provides: Vec<String>,
    /// The names of the languages that it brings or has servers for; `None` where the registry does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// The ids of its language servers; `None` where the registry does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_servers: Option<Vec<String>>,
    /// When the last version was published.
    pub updated: Timestamp,
    /// The digest of the extension's index file: unchanged, and there is nothing new to read. `None` where the registry
    /// has no such files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Sha256Digest>,
    /// When the line was written; `None` where it does not say. The latest of all lines is when the file was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Timestamp>,
    /// Keys of a later minor form, kept as they came.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// The part of a catalogue line that is not in the index: what people write, and what the manifest names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// The extension's name for people.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// As [`CatalogueLine::languages`].
    pub languages: Option<Vec<String>>,
    /// As [`CatalogueLine::language_servers`].
    pub language_servers: Option<Vec<String>>,
}

/// A registry's catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Catalogue {
    /// The extensions, in the order of the files.
    pub lines: Vec<CatalogueLine>,
    /// The lines left out.
    pub skipped: SkippedLines,
}

/// The key every line has, read before the rest is asked to fit.
#[derive(Deserialize)]
struct Header {
    v: u64,
}

impl Catalogue {
    /// Reads the content of the catalogue's files, in order. Never fails: see [`Self::skipped`]. Reading stops behind 100,000
    /// lines of all files, or 1,000 that cannot be used.
    pub fn parse<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut catalogue = Self::default();
        let mut seen = BTreeSet::new();
        'files: for content in files {
            for (number, line) in content.split(|byte| *byte == b'\n').enumerate() {
                if !catalogue.skipped.has_room(number + 1) {
                    break 'files;
                }
                if let Err(reason) = catalogue.take(line.trim_ascii(), &mut seen) {
                    catalogue.skipped.add(number + 1, reason);
                }
            }
        }
        catalogue
    }

    /// The line of one extension.
    pub fn get(&self, id: &ExtensionId) -> Option<&CatalogueLine> {
        self.lines.iter().find(|line| line.id == *id)
    }

    /// The ids closest to one that is not there, at most three, the closest first.
    pub fn nearest(&self, text: &str) -> Vec<ExtensionId> {
        let ids = similar(text, self.lines.iter().map(|line| &line.id));
        ids.into_iter().cloned().collect()
    }

    fn take(&mut self, line: &[u8], seen: &mut BTreeSet<ExtensionId>) -> Result<(), LineProblem> {
        if line.is_empty() {
            return Ok(());
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(LineProblem::TooLong { bytes: line.len() });
        }
        let broken = |error| LineProblem::broken(&error);
        let header: Header = serde_json::from_slice(line).map_err(broken)?;
        if header.v != LINE_FORM {
            return Err(LineProblem::UnknownForm { v: header.v });
        }
        let line: CatalogueLine = serde_json::from_slice(line).map_err(broken)?;
        if line.index.is_none() {
            let message = "missing field `index`".to_owned();
            return Err(LineProblem::Broken { message });
        }
        if !seen.insert(line.id.clone()) {
            return Err(LineProblem::Duplicate {
                what: line.id.to_string(),
            });
        }
        self.lines.push(line);
        Ok(())
    }
}

/// When a catalogue's file was written: the latest time that any of its lines says.
pub(super) fn made(content: &[u8]) -> Option<Timestamp> {
    let lines = content.split(|byte| *byte == b'\n').take(MOST_LINES);
    let lines = lines.filter(|line| line.len() <= MAX_LINE_BYTES);
    // What is no line of a catalogue dates none.
    let made = lines.filter_map(|line| serde_json::from_slice::<CatalogueLine>(line).ok()?.made);
    made.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str) -> Value {
        serde_json::json!({
            "v": 1, "id": id, "name": "Name", "description": "What it does.", "authors": ["A <a@b>"],
            "version": "1.0.0", "family": "extension", "api": null, "provides": ["themes"],
            "updated": "2026-11-22T10:00:00Z", "index": "0".repeat(64),
        })
    }

    #[test]
    fn files_are_one_catalogue_and_bad_lines_are_reported() {
        let first = format!("{}\n{{\"v\":7}}\nnonsense\n", line("a"));
        let second = format!("{}\n{}\n", line("b"), line("a"));
        let catalogue = Catalogue::parse([first.as_bytes(), second.as_bytes()]);
        let ids: Vec<&str> = catalogue
            .lines
            .iter()
            .map(|line| line.id.as_str())
            .collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(catalogue.skipped.total(), 3);
    }

    #[test]
    fn a_catalogue_of_unusable_lines_is_read_no_further() {
        let first = format!("{}\n{}", line("a"), "{}\n".repeat(5_000));
        let second = format!("{}\n", line("b"));
        let catalogue = Catalogue::parse([first.as_bytes(), second.as_bytes()]);
        assert_eq!(catalogue.lines.len(), 1);
        let last = catalogue.skipped.iter().last();
        let reason = last.map(|last| &last.reason);
        assert!(
            matches!(reason, Some(LineProblem::TooMany { .. })),
            "{last:?}"
        );
    }
}
