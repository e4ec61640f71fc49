//! Declarative files of an extension: themes, icon themes, languages, grammars, snippets and the
//! schemas of debug adapters, read into typed values.
//!
//! [`Declarative::read`] reads every file that the manifest names. The forms are those Zed reads, and
//! as leniently: JSON with comments and trailing commas, nulls that stand for nothing, unknown keys
//! ignored. What cannot be used is left out and said in a [`Finding`] with file, line and column; a
//! broken file takes nothing else with it.
//!
//! [`conflicts`] says which extension keeps a name that several of them bring.
//!
//! Texts are the authors' own as they stand: escape control characters before showing them in a
//! terminal. The findings' texts are escaped.

mod budget;
mod colour;
mod colour_names;
mod conflict;
mod document;
mod files;
mod finding;
mod grammar;
mod icon_theme;
mod language;
mod query;
mod schema;
mod section;
mod snippet;
mod theme;

use std::{collections::BTreeSet, path::Path};

use serde::Serialize;

use self::{budget::Budget, document::Reader, files::Files, finding::Findings};
pub use self::{
    colour::{Colour, ParseColourError},
    conflict::{Claimant, Conflict, ConflictKind, conflicts},
    finding::{Finding, FindingKind, Position, Severity},
    grammar::Grammar,
    icon_theme::{FolderIcons, IconTheme, IconThemeFamily},
    language::{
        BlockComment, Bracket, IndentPattern, JsxTagAutoClose, Language, LanguageOverride,
        Override, SoftWrap, TaskList, WrapCharacters,
    },
    query::{Query, QueryKind},
    schema::DebugAdapterSchema,
    snippet::{Snippet, SnippetFile},
    theme::{Appearance, FontStyle, HighlightStyle, Player, Theme, ThemeFamily, WindowBackground},
};
use crate::package::manifest::Manifest;

/// The declarative content of an extension, and the findings about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Declarative {
    /// The families of themes, one for each file, in the manifest's order.
    pub themes: Vec<ThemeFamily>,
    /// The families of icon themes, one for each file, in the manifest's order.
    pub icon_themes: Vec<IconThemeFamily>,
    /// The languages, in the manifest's order.
    pub languages: Vec<Language>,
    /// The grammars, sorted by name; one that is not built is among them.
    pub grammars: Vec<Grammar>,
    /// The files of snippets, in the manifest's order.
    pub snippets: Vec<SnippetFile>,
    /// The schemas of debug adapters' configurations, sorted by adapter.
    pub debug_adapter_schemas: Vec<DebugAdapterSchema>,
    /// What is wrong, or without effect, in the order of the files and of their lines.
    pub findings: Vec<Finding>,
    /// What is nothing to this program and stops Zed from reading a whole file, as it was found: a theme family without
    /// an author, a pair of brackets that does not say whether it is closed. Not serialised.
    #[serde(skip)]
    pub zed_findings: Vec<Finding>,
}

impl Declarative {
    /// The largest text file that is read, in bytes (4 MiB; icon themes have up to 500 KB).
    pub const MAX_FILE_BYTES: u64 = 4 << 20;
    /// The largest grammar that is read, in bytes (64 MiB).
    pub const MAX_GRAMMAR_BYTES: u64 = 64 << 20;
    /// The most that is read of one extension, in bytes (256 MiB).
    pub const MAX_BYTES: u64 = 256 << 20;
    /// The most findings that are kept of one extension.
    pub const MAX_FINDINGS: usize = 500;

    /// Reads the files that `manifest` names below `folder`.
    ///
    /// This never fails: whatever cannot be read or used is left out and named in
    /// [`findings`](Self::findings). Links are not followed, whether they leave the folder or not, as
    /// an extension's archive holds none. Blocks while it reads.
    pub fn read(folder: &Path, manifest: &Manifest) -> Self {
        Self::read_by(folder, |reader| Self {
            themes: unique(reader, &manifest.themes, theme::read),
            icon_themes: unique(reader, &manifest.icon_themes, icon_theme::read),
            languages: unique(reader, &manifest.languages, |reader, path| {
                language::read(reader, path, manifest)
            }),
            grammars: grammar::read_all(reader, manifest.grammars.keys()),
            snippets: unique(reader, &manifest.snippets, snippet::read),
            debug_adapter_schemas: schema::read_all(reader, &manifest.debug_adapters),
            ..Self::default()
        })
    }

    /// Reads the `config.toml` of each language that `manifest` names, as [`Self::read`] does, and nothing else: neither
    /// the languages' queries and tasks nor any other file.
    pub fn read_languages(folder: &Path, manifest: &Manifest) -> Self {
        Self::read_by(folder, |reader| Self {
            languages: unique(reader, &manifest.languages, |reader, path| {
                language::read_config(reader, path, manifest)
            }),
            ..Self::default()
        })
    }

    fn read_by(folder: &Path, read: impl FnOnce(&Reader<'_>) -> Self) -> Self {
        let findings = Findings::default();
        let budget = Budget::default();
        let files = Files::new(folder, &budget);
        let reader = Reader {
            files: &files,
            budget: &budget,
            findings: &findings,
        };
        let mut declarative = read(&reader);
        theme::drop_doubles(&reader, &mut declarative.themes);
        icon_theme::drop_doubles(&reader, &mut declarative.icon_themes);
        language::drop_doubles(&reader, &mut declarative.languages);
        (declarative.findings, declarative.zed_findings) = findings.into_sorted();
        declarative
    }

    /// Whether something that the extension says it brings cannot be offered.
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The findings that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }
}

/// Reads each of the files named, one that is named twice but once.
fn unique<T>(
    reader: &Reader<'_>,
    paths: &[crate::package::manifest::RelativePath],
    read: impl Fn(&Reader<'_>, &crate::package::manifest::RelativePath) -> Option<T>,
) -> Vec<T> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for path in paths {
        if seen.insert(path) {
            found.extend(read(reader, path));
        } else {
            reader.findings.add(
                Finding::warning(FindingKind::NamedTwice, path, "the manifest names it twice")
                    .with_hint("take one of the two out of the manifest"),
            );
        }
    }
    found
}
