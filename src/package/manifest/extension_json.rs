//! The reader of the legacy `extension.json`: themes, languages and grammars as maps from name to path.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::error::Category;

use super::{
    Manifest, ManifestFile, Result,
    entries::{Grammar, Library},
    error::{Error, ManifestError, ManifestErrorKind},
    lengths::{too_long, too_many_authors},
    partial::PartialManifest,
    path::RelativePath,
    warning::{Warning, Warnings},
};
use crate::base::{position::Position, types::ExtensionId};

#[derive(Deserialize)]
struct Raw {
    name: String,
    version: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    repository: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    #[serde(default)]
    themes: BTreeMap<String, RelativePath>,
    #[serde(default)]
    languages: BTreeMap<String, RelativePath>,
    #[serde(default)]
    grammars: BTreeMap<String, RelativePath>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

const KNOWN: [&str; 8] = [
    "name",
    "version",
    "description",
    "repository",
    "authors",
    "themes",
    "languages",
    "grammars",
];

impl Manifest {
    /// Reads the text of a legacy `extension.json`, which does not say its id: the folder's name is it.
    /// Nothing is filled in from a folder.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above [`MAX_BYTES`](Self::MAX_BYTES), and [`Error::Invalid`], with the place,
    /// where the text is not JSON, `name` or `version` is missing, a value has the wrong type, or a path
    /// leaves the extension.
    pub fn parse_json(text: &str, id: ExtensionId) -> Result<(Self, Vec<Warning>)> {
        parse(text, id).map(|partial| (partial.manifest, partial.warnings))
    }
}

/// Reads a manifest, which has no errors that leave anything of it.
pub(super) fn parse(text: &str, id: ExtensionId) -> Result<PartialManifest> {
    let file = ManifestFile::Json;
    if text.len() as u64 > Manifest::MAX_BYTES {
        return Err(Error::TooLarge {
            file,
            limit: Manifest::MAX_BYTES,
        });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw: Raw = serde_json::from_str(text).map_err(|error| invalid(text, &error))?;
    if let Some(complaint) = length_complaint(&raw) {
        let kind = ManifestErrorKind::InvalidValue;
        return Err(ManifestError::new(file, kind, None, complaint).into());
    }
    let mut warnings = Warnings::default();
    for key in raw.unknown.keys() {
        let shown = key.escape_debug().to_string();
        warnings.add(|| Warning::unknown_key(shown, None, key, &KNOWN));
    }
    for name in raw.grammars.keys() {
        if !name
            .parse::<RelativePath>()
            .is_ok_and(|path| path.as_str() == name && !name.contains('/'))
        {
            let message = format!("`{}` cannot be the name of a grammar", name.escape_debug());
            let kind = ManifestErrorKind::GrammarName;
            return Err(ManifestError::new(file, kind, None, message).into());
        }
    }
    let manifest = Manifest {
        id,
        name: raw.name,
        version: raw.version,
        schema_version: 0,
        description: raw.description,
        repository: raw.repository,
        authors: raw.authors,
        lib: Library::default(),
        themes: sorted(raw.themes),
        icon_themes: Vec::new(),
        languages: sorted(raw.languages),
        grammars: raw
            .grammars
            .into_keys()
            .map(|name| (name, Grammar::default()))
            .collect(),
        language_servers: BTreeMap::new(),
        context_servers: BTreeMap::new(),
        slash_commands: BTreeMap::new(),
        indexed_docs_providers: BTreeMap::new(),
        agent_servers: BTreeMap::new(),
        debug_adapters: BTreeMap::new(),
        debug_locators: BTreeMap::new(),
        language_model_providers: BTreeMap::new(),
        snippets: Vec::new(),
        capabilities: Vec::new(),
    };
    Ok(PartialManifest {
        source: file,
        manifest,
        schema_version: None,
        errors: Vec::new(),
        warnings: warnings.into_sorted(),
        may_have_snippets: true,
        #[cfg(feature = "authoring")]
        source_map: None,
    })
}

/// The complaint about the first text that is too long.
fn length_complaint(raw: &Raw) -> Option<String> {
    let texts = [
        ("name", Some(&raw.name)),
        ("version", Some(&raw.version)),
        ("description", raw.description.as_ref()),
        ("repository", raw.repository.as_ref()),
    ];
    let mut texts = texts.into_iter();
    let of_texts = texts.find_map(|(key, text)| too_long(key, text?));
    of_texts
        .or_else(|| too_many_authors(raw.authors.len()))
        .or_else(|| {
            let mut authors = raw.authors.iter().enumerate();
            authors.find_map(|(at, author)| too_long(&format!("authors[{at}]"), author))
        })
}

fn sorted(paths: BTreeMap<String, RelativePath>) -> Vec<RelativePath> {
    paths
        .into_values()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn invalid(text: &str, error: &serde_json::Error) -> ManifestError {
    let (line, column) = (error.line(), error.column());
    // The place is told apart from the message.
    let shown = error.to_string();
    let message = shown
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&shown);
    // The parser counts bytes, and columns here are characters.
    let place = (line > 0).then(|| {
        let before: usize = text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        Position {
            line,
            column: Position::of(text.as_bytes(), before + column.saturating_sub(1)).column,
        }
    });
    let kind = match error.classify() {
        Category::Data if message.starts_with("missing field") => ManifestErrorKind::MissingKey,
        Category::Data if message.starts_with("the path") => ManifestErrorKind::Path,
        Category::Data => ManifestErrorKind::WrongType,
        _ => ManifestErrorKind::Syntax,
    };
    ManifestError::new(ManifestFile::Json, kind, place, message)
}
