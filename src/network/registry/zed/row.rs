//! The rows of the registry's answers, read as what the rest of the program knows.

use std::collections::BTreeMap;

use semver::Version;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    base::{
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::{
        catalogue::{Catalogue, CatalogueLine},
        index_file::{IndexFile, IndexedVersion, State},
        line::{Channel, LINE_FORM, Requires, VersionLine},
        skipped::{LineProblem, SkippedLines},
    },
};

/// The API family of all that the service has.
const FAMILY: &str = "extension";

/// An answer: one row for each version, each understood by itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Rows {
    data: Vec<Value>,
}

/// A version of an extension, as the service tells it. Texts and lists that are absent are empty.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    name: Option<String>,
    version: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    authors: Option<Vec<String>>,
    #[serde(default)]
    schema_version: Option<i64>,
    #[serde(default)]
    wasm_api_version: Option<String>,
    #[serde(default)]
    provides: Option<Vec<String>>,
    #[serde(default)]
    published_at: Option<String>,
    #[serde(default)]
    download_count: Option<u64>,
}

/// The one key that says whose row it is.
#[derive(Deserialize)]
struct Header {
    id: String,
}

impl Rows {
    pub(super) fn parse(content: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(content)
    }

    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    /// The rows of one extension.
    pub(super) fn of(mut self, id: &ExtensionId) -> Vec<Value> {
        self.data.retain(|row| id_of(row).as_ref() == Some(id));
        self.data
    }

    /// The rows of each extension. One whose id cannot be one is left out.
    pub(super) fn by_id(self) -> BTreeMap<ExtensionId, Vec<Value>> {
        let mut by_id: BTreeMap<ExtensionId, Vec<Value>> = BTreeMap::new();
        for row in self.data {
            match id_of(&row) {
                Some(id) => by_id.entry(id).or_default().push(row),
                None => tracing::debug!("a row of the registry has no usable id"),
            }
        }
        by_id
    }
}

fn id_of(row: &Value) -> Option<ExtensionId> {
    let header = Header::deserialize(row).ok()?;
    header.id.parse().ok()
}

/// All versions that the rows of an extension tell. Those that cannot be used are reported with their places.
pub(super) fn versions(id: &ExtensionId, rows: Vec<Value>) -> IndexFile {
    let mut file = IndexFile {
        id: id.clone(),
        versions: Vec::new(),
        skipped: SkippedLines::default(),
        newest_only: false,
        prereleases_will_do: true,
    };
    for (position, row) in rows.into_iter().enumerate() {
        if !file.skipped.has_room(position + 1) {
            break;
        }
        match Row::deserialize(row).map_err(|error| broken(&error)) {
            Ok(row) => match row.version_line(id) {
                Ok(line) => take(&mut file, line, position + 1),
                Err(problem) => file.skipped.add(position + 1, problem),
            },
            Err(problem) => file.skipped.add(position + 1, problem),
        }
    }
    file
}

fn take(file: &mut IndexFile, line: VersionLine, position: usize) {
    if let Some(earlier) = file.version(&line.version) {
        let earlier = earlier.line.version.clone();
        let problem = match earlier.published() == line.version.published() {
            true => LineProblem::Duplicate {
                what: earlier.to_string(),
            },
            false => LineProblem::Alike {
                version: line.version,
                earlier,
            },
        };
        file.skipped.add(position, problem);
        return;
    }
    file.versions.push(IndexedVersion {
        line,
        state: State::Available,
        restored: None,
    });
}

/// One line for each extension of several answers, of which the first that has it counts.
pub(super) fn catalogue(answers: Vec<Rows>) -> Catalogue {
    let mut lines: BTreeMap<ExtensionId, CatalogueLine> = BTreeMap::new();
    let mut skipped = SkippedLines::default();
    let rows = answers.into_iter().flat_map(|rows| rows.data);
    for (position, row) in rows.enumerate() {
        if !skipped.has_room(position + 1) {
            break;
        }
        let read = Row::deserialize(row).map_err(|error| broken(&error));
        match read.and_then(Row::catalogue_line) {
            Ok(line) => {
                lines.entry(line.id.clone()).or_insert(line);
            }
            Err(problem) => skipped.add(position + 1, problem),
        }
    }
    Catalogue {
        lines: lines.into_values().collect(),
        skipped,
    }
}

impl Row {
    fn version_line(self, id: &ExtensionId) -> Result<VersionLine, LineProblem> {
        Ok(VersionLine {
            v: LINE_FORM,
            id: id.clone(),
            version: self.parsed_version()?,
            family: FAMILY.to_owned(),
            api: self.api(),
            schema: self.schema()?,
            archive: None,
            published: self.published(),
            provides: self.provides.unwrap_or_default(),
            capabilities: Vec::new(),
            requires: Requires::default(),
            channel: Channel::Stable,
            unknown: Map::new(),
        })
    }

    fn catalogue_line(self) -> Result<CatalogueLine, LineProblem> {
        let id: ExtensionId = self.id.parse().map_err(|error| broken(&error))?;
        let mut unknown = Map::new();
        if let Some(count) = self.download_count {
            unknown.insert("download_count".into(), count.into());
        }
        Ok(CatalogueLine {
            v: LINE_FORM,
            version: self.parsed_version()?,
            family: FAMILY.to_owned(),
            api: self.api(),
            updated: self.published(),
            name: self.name.unwrap_or_else(|| id.to_string()),
            id,
            description: self.description.unwrap_or_default(),
            authors: self.authors.unwrap_or_default(),
            provides: self.provides.unwrap_or_default(),
            languages: None,
            language_servers: None,
            index: None,
            made: None,
            unknown,
        })
    }

    fn parsed_version(&self) -> Result<ExtensionVersion, LineProblem> {
        self.version.parse().map_err(|error| broken(&error))
    }

    /// What is not a version says nothing, as Zed's own client takes it.
    fn api(&self) -> Option<Version> {
        self.wasm_api_version.as_deref()?.parse().ok()
    }

    fn schema(&self) -> Result<u32, LineProblem> {
        let schema = self.schema_version.unwrap_or(0);
        u32::try_from(schema).map_err(|error| broken(&error))
    }

    /// A version of which nobody knows when it was published is the youngest there is.
    fn published(&self) -> Timestamp {
        let text = self.published_at.as_deref().unwrap_or_default();
        let with_zone = || format!("{text}Z").parse().ok();
        let parsed = text.parse().ok().or_else(with_zone);
        parsed.unwrap_or_else(Timestamp::now)
    }
}

fn broken(error: &impl ToString) -> LineProblem {
    let message = crate::base::printable::printable(&error.to_string());
    LineProblem::Broken { message }
}
