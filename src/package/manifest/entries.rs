//! The entries of a manifest's tables: one grammar, one language server, and so on.

use std::collections::BTreeMap;

use serde::Serialize;

use super::path::RelativePath;

/// A manifest's entry for the extension's component (`lib`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Library {
    /// What the component is built from; `None` means that there is no component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<LibraryKind>,
    /// The API version the component was built with. The component itself has the last word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<semver::Version>,
}

/// The kind of source that a component is built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum LibraryKind {
    /// A Rust package beside the manifest.
    Rust,
    /// Something else, by the name the manifest gives it.
    #[serde(untagged)]
    Other(String),
}

/// A manifest's entry for one tree-sitter grammar (`grammars.<name>`).
///
/// The built grammar is `grammars/<name>.wasm`; the rest says where its source comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Grammar {
    /// The repository's URL; empty where a legacy manifest does not say.
    pub repository: String,
    /// The commit to build; empty where a legacy manifest does not say.
    pub rev: String,
    /// The grammar's folder inside the repository; the repository itself by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<RelativePath>,
}

/// A manifest's entry for one language server (`language_servers.<id>`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LanguageServer {
    /// The languages it serves. The deprecated `language` key counts where `languages` is empty.
    pub languages: Vec<String>,
    /// The language id the protocol uses for a language, where it is not the language's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub language_ids: BTreeMap<String, String>,
    /// The kinds of code action to ask for; see [`code_action_kinds_or_default`](Self::code_action_kinds_or_default).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_action_kinds: Option<Vec<String>>,
}

impl LanguageServer {
    /// The kinds of code action asked for where the manifest names none.
    pub const DEFAULT_CODE_ACTION_KINDS: [&str; 5] =
        ["", "quickfix", "refactor", "refactor.extract", "source"];

    /// The kinds of code action to ask the server for.
    pub fn code_action_kinds_or_default(&self) -> Vec<&str> {
        match &self.code_action_kinds {
            Some(kinds) => kinds.iter().map(String::as_str).collect(),
            None => Self::DEFAULT_CODE_ACTION_KINDS.to_vec(),
        }
    }
}

/// A manifest's entry for one context server (`context_servers.<id>`), which says only that it exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ContextServer {}

/// A manifest's entry for one slash command (`slash_commands.<name>`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SlashCommand {
    /// What the command does, for the user who chooses it.
    pub description: String,
    /// Whether the command is useless without an argument.
    pub requires_argument: bool,
}

/// A manifest's entry for one source of documentation (`indexed_docs_providers.<id>`), which says only that it exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IndexedDocsProvider {}

/// A manifest's entry for one agent server (`agent_servers.<id>`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AgentServer {
    /// The name shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The variables it is started with, on every platform.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Its icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<RelativePath>,
    /// How to get and start it, by platform: `darwin-aarch64`, `linux-x86_64`, `windows-x86_64`, …
    pub targets: BTreeMap<String, AgentTarget>,
}

/// A way to get and start an agent server on one platform (`agent_servers.<id>.targets.<platform>`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AgentTarget {
    /// The URL of its archive, which is unpacked into the folder it is started in.
    pub archive: String,
    /// The program to start; `node` is the managed Node.js.
    pub cmd: String,
    /// The program's arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The archive's sha256 digest, as the manifest writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The variables it is started with, over those of every platform.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

/// A manifest's entry for one debug adapter (`debug_adapters.<name>`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DebugAdapter {
    /// The JSON schema of its configuration; `debug_adapter_schemas/<name>.json` by default.
    pub schema_path: RelativePath,
}

/// A manifest's entry for one debug locator (`debug_locators.<name>`), which says only that it exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DebugLocator {}

/// A manifest's entry for one provider of language models (`language_model_providers.<id>`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LanguageModelProvider {
    /// The name shown.
    pub name: String,
    /// Its icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<RelativePath>,
}
