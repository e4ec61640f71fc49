//! The rows of the registry's answers, read as what the rest of the program knows.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    marker::PhantomData,
    sync::Arc,
};

use semver::Version;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
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

/// The most rows of an answer: the registry has some 1,500 extensions, and one of them some hundred versions.
const MOST_ROWS: usize = 20_000;

/// The most rows of an answer that cannot be used.
const MOST_UNUSABLE: usize = 1_000;

/// An answer: one row for each version, each understood by itself.
#[derive(Debug, Clone)]
pub(super) struct Rows(Vec<Result<Row, Broken>>);

/// A row that cannot be used.
#[derive(Debug, Clone)]
struct Broken {
    /// Whose it is, where that can be read.
    id: Option<String>,
    problem: LineProblem,
}

/// An answer as it is written.
#[derive(Deserialize)]
struct Answer<T> {
    #[serde(bound(deserialize = "Bounded<T>: Deserialize<'de>"))]
    data: Bounded<T>,
}

/// Rows that are counted while they are read.
struct Bounded<T>(Vec<T>);

/// A row, or what is wrong with it.
struct AnyRow(Result<Row, Broken>);

impl<'de> Deserialize<'de> for AnyRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = Value::deserialize(deserializer)?;
        Ok(Self(Row::deserialize(&row).map_err(|error| Broken {
            id: Header::deserialize(&row).ok().map(|header| header.id),
            problem: broken(&error),
        })))
    }
}

/// A row of which it matters whether it can be used.
trait Usable {
    fn is_usable(&self) -> bool;
}

impl Usable for Row {
    fn is_usable(&self) -> bool {
        true
    }
}

impl Usable for AnyRow {
    fn is_usable(&self) -> bool {
        self.0.is_ok()
    }
}

impl<'de, T: Deserialize<'de> + Usable> Deserialize<'de> for Bounded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Usable> Visitor<'de> for Counting<T> {
            type Value = Bounded<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bounded<T>, A::Error> {
                let (mut rows, mut unusable) = (Vec::new(), 0);
                while let Some(row) = list.next_element::<T>()? {
                    unusable += usize::from(!row.is_usable());
                    if rows.len() == MOST_ROWS || unusable > MOST_UNUSABLE {
                        return Err(A::Error::custom("more rows than any such registry has"));
                    }
                    rows.push(row);
                }
                Ok(Bounded(rows))
            }
        }

        deserializer.deserialize_seq(Counting(PhantomData))
    }
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
        // Nearly always all of them are as they should be.
        if let Ok(answer) = serde_json::from_slice::<Answer<Row>>(content) {
            return Ok(Self(answer.data.0.into_iter().map(Ok).collect()));
        }
        let answer: Answer<AnyRow> = serde_json::from_slice(content)?;
        Ok(Self(answer.data.0.into_iter().map(|row| row.0).collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The rows of one extension.
    pub(super) fn of(mut self, id: &ExtensionId) -> Self {
        self.0.retain(|row| id_of(row) == Some(id.as_str()));
        self
    }

    /// The rows of each extension. One whose id cannot be one is left out.
    pub(super) fn by_id(self) -> BTreeMap<ExtensionId, Self> {
        let mut by_id: BTreeMap<ExtensionId, Self> = BTreeMap::new();
        for row in self.0 {
            match id_of(&row).and_then(|id| id.parse().ok()) {
                Some(id) => by_id
                    .entry(id)
                    .or_insert_with(|| Self(Vec::new()))
                    .0
                    .push(row),
                None => tracing::debug!("a row of the registry has no usable id"),
            }
        }
        by_id
    }
}

fn id_of(row: &Result<Row, Broken>) -> Option<&str> {
    match row {
        Ok(row) => Some(&row.id),
        Err(broken) => broken.id.as_deref(),
    }
}

/// All versions that the rows of an extension tell. Those that cannot be used are reported with their places.
pub(super) fn versions(id: &ExtensionId, rows: Rows) -> IndexFile {
    let mut file = IndexFile {
        id: id.clone(),
        versions: Vec::new(),
        skipped: SkippedLines::default(),
        newest_only: false,
        prereleases_will_do: true,
    };
    for (position, row) in rows.0.into_iter().enumerate() {
        if !file.skipped.has_room(position + 1) {
            break;
        }
        let line = row.map_err(|broken| broken.problem);
        match line.and_then(|row| row.version_line(id)) {
            Ok(line) => take(&mut file, line, position + 1),
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

/// A line for each row that can be used.
pub(super) fn catalogue_lines(rows: Rows) -> Vec<CatalogueLine> {
    let rows = rows.0.into_iter().flatten();
    rows.filter_map(|row| row.catalogue_line().ok()).collect()
}

/// One line for each extension of several answers, of which the first that has it counts.
pub(super) fn catalogue(answers: &[Arc<Rows>]) -> Catalogue {
    let (mut lines, mut seen) = (Vec::new(), HashSet::new());
    let mut skipped = SkippedLines::default();
    let rows = answers.iter().flat_map(|rows| &rows.0);
    for (position, row) in rows.enumerate() {
        if !skipped.has_room(position + 1) {
            break;
        }
        match row {
            Ok(row) if seen.contains(row.id.as_str()) => {}
            Ok(row) => match row.clone().catalogue_line() {
                Ok(line) => {
                    seen.insert(row.id.as_str());
                    lines.push(line);
                }
                Err(problem) => skipped.add(position + 1, problem),
            },
            Err(broken) => skipped.add(position + 1, broken.problem.clone()),
        }
    }
    Catalogue { lines, skipped }
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

    /// The API version; a text that is none says nothing, as Zed's own client takes it.
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
