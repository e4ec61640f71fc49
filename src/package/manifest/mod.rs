//! Manifests: what an extension says of itself, and the files that go with it.
//!
//! A manifest is `extension.toml` (schema 1) or, in old extensions, `extension.json` (schema 0).
//! Reading one goes
//!
//! 1. [`Manifest::from_folder`] finds the file, `extension.toml` first, and reads at most
//!    [`Manifest::MAX_BYTES`] of it;
//! 2. [`Manifest::parse_toml`] or [`Manifest::parse_json`] makes a [`Manifest`] of the text. Wrong
//!    types, missing names and paths that leave the extension are errors, with their line and column;
//!    what has no effect, such as a misspelt key, is a [`Warning`];
//! 3. what the manifest leaves out is filled in from the folder: its themes, languages and snippets.
//!
//! [`files`] lists what belongs in the extension's archive.

mod capabilities;
mod entries;
mod error;
mod extension_json;
mod extension_toml;
mod files;
mod folder;
mod lengths;
mod named;
mod partial;
mod path;
mod provides;
mod section;
#[cfg(feature = "authoring")]
mod source_map;
mod trigger;
mod warning;

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

pub(crate) use self::files::is_litter;
pub use self::{
    entries::{
        AgentServer, AgentTarget, ContextServer, DebugAdapter, DebugLocator, Grammar,
        IndexedDocsProvider, LanguageModelProvider, LanguageServer, Library, LibraryKind,
        SlashCommand,
    },
    error::{Error, ManifestError, ManifestErrorKind},
    files::files,
    folder::Loaded,
    named::{Named, UnknownName},
    path::{ParsePathError, RelativePath},
    provides::{ParseProvidesError, Provides},
    trigger::{ParseTriggerError, Trigger},
    warning::{Warning, WarningKind},
};
#[cfg(feature = "authoring")]
pub(crate) use self::{
    files::{Gathered, gather},
    partial::PartialManifest,
    source_map::{SourceMap, Step, shown},
};
use crate::{
    base::types::{ExtensionId, ExtensionVersion, ParseExtensionVersionError},
    package::capability::Capability,
};

/// The result of reading a manifest.
pub type Result<T> = std::result::Result<T, Error>;

/// The two files a manifest is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum ManifestFile {
    /// `extension.toml`, schema 1.
    #[serde(rename = "extension.toml")]
    Toml,
    /// `extension.json`, schema 0, in extensions of before 2024-04.
    #[serde(rename = "extension.json")]
    Json,
}

/// The API family that the manifest's form belongs to, as the registry index has it.
pub(crate) const FAMILY: &str = "extension";

/// The component's name in an extension's folder.
pub const COMPONENT: &str = "extension.wasm";

impl ManifestFile {
    /// The file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "extension.toml",
            Self::Json => "extension.json",
        }
    }
}

impl fmt::Display for ManifestFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// The manifest of an extension: what it says of itself.
///
/// Names and descriptions are the author's text as it stands: escape control characters before
/// showing them in a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The name the extension is known by.
    pub id: ExtensionId,
    /// The name shown.
    pub name: String,
    /// The version, as the manifest writes it; see [`extension_version`](Self::extension_version).
    pub version: String,
    /// The manifest's format: 0 for the legacy one, 1 for the current one.
    pub schema_version: i32,
    /// What the extension is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The URL of its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Who wrote it, each as `Name <mail>`.
    pub authors: Vec<String>,
    /// Its component.
    pub lib: Library,
    /// Theme files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<RelativePath>,
    /// Icon theme files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icon_themes: Vec<RelativePath>,
    /// Language folders, each with a `config.toml`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<RelativePath>,
    /// Grammars by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grammars: BTreeMap<String, Grammar>,
    /// Language servers by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub language_servers: BTreeMap<String, LanguageServer>,
    /// Context servers by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub context_servers: BTreeMap<String, ContextServer>,
    /// Slash commands by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slash_commands: BTreeMap<String, SlashCommand>,
    /// Sources of documentation by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub indexed_docs_providers: BTreeMap<String, IndexedDocsProvider>,
    /// Agent servers by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub agent_servers: BTreeMap<String, AgentServer>,
    /// Debug adapters by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub debug_adapters: BTreeMap<String, DebugAdapter>,
    /// Debug locators by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub debug_locators: BTreeMap<String, DebugLocator>,
    /// Providers of language models by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub language_model_providers: BTreeMap<String, LanguageModelProvider>,
    /// Snippet files; the manifest may write a single one as a plain string.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snippets: Vec<RelativePath>,
    /// What the extension asks to be allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<Capability>,
}

impl Manifest {
    /// The largest manifest that is read, in bytes (1 MiB; real ones have a few kilobytes).
    pub const MAX_BYTES: u64 = 1 << 20;
    /// The newest format that is read.
    pub const NEWEST_SCHEMA_VERSION: i32 = 1;

    /// The API family that the manifest's form belongs to, as the registry index has it: that of an extension
    /// without a component.
    pub fn family(&self) -> &'static str {
        FAMILY
    }

    /// The version as it can be put in order.
    ///
    /// # Errors
    /// Where the author wrote something else, which then never counts as older or newer than anything.
    pub fn extension_version(
        &self,
    ) -> std::result::Result<ExtensionVersion, ParseExtensionVersionError> {
        self.version.trim().parse()
    }
}
