//! Languages as an editor is told of them, in the form that `annexe languages --json` prints.

use serde::{Deserialize, Serialize};

use crate::{
    runtime::settings::LanguageChoices,
    store::{Language, Languages},
};

/// A language, how its files are known, and the servers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditorLanguage {
    /// The name in Zed: `Shell Script`.
    pub name: String,
    /// The extension that brings it; `None` where extensions only name it.
    #[serde(default)]
    pub extension: Option<String>,
    /// What the names of its files end with: whole names, or what stands after a dot.
    #[serde(default)]
    pub path_suffixes: Vec<String>,
    /// What begins a comment up to the end of the line.
    #[serde(default)]
    pub line_comments: Vec<String>,
    /// Its servers, the primary one first.
    #[serde(default)]
    pub servers: Vec<EditorServer>,
}

/// A server for a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditorServer {
    /// The id: `yaml-language-server`.
    pub id: String,
    /// The extension that brings it; `None` where settings alone name it.
    #[serde(default)]
    pub extension: Option<String>,
    /// The language's id in the Language Server Protocol, as this server knows it.
    pub language_id: String,
}

impl EditorLanguage {
    /// The languages of what is installed, with their servers in the order that the settings choose.
    pub fn all(languages: &Languages, choices: &LanguageChoices) -> Vec<Self> {
        let language = |language: &Language| {
            let selection = languages.servers_for(&language.name, choices);
            let servers = selection.selected.into_iter().map(|server| EditorServer {
                extension: server.brought_by.first().map(|it| it.extension.to_string()),
                language_id: server.language_id,
                id: server.id,
            });
            Self {
                name: language.name.clone(),
                extension: language.extension.as_ref().map(ToString::to_string),
                path_suffixes: language.path_suffixes.clone(),
                line_comments: language.line_comments.clone(),
                servers: servers.collect(),
            }
        };
        languages.all().into_iter().map(language).collect()
    }

    /// The name as an id: that of its first server, else the name in lower case with `-` for what is no letter or digit.
    pub(super) fn slug(&self) -> String {
        let text = match self.servers.first() {
            Some(server) => &server.language_id,
            None => &self.name,
        };
        let mut slug = String::new();
        for character in text.chars() {
            match character.is_ascii_alphanumeric() || character == '_' {
                true => slug.push(character.to_ascii_lowercase()),
                false if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
                false => {}
            }
        }
        let end = slug.trim_end_matches('-').len();
        slug.truncate(end);
        slug
    }
}

/// The servers that extensions bring, each with the languages it is for; of two with one id, the first.
pub(super) fn servers(languages: &[EditorLanguage]) -> Vec<(&EditorServer, Vec<&EditorLanguage>)> {
    let mut servers: Vec<(&EditorServer, Vec<&EditorLanguage>)> = Vec::new();
    for language in languages {
        for server in brought(language) {
            match servers.iter_mut().find(|(known, _)| known.id == server.id) {
                Some((known, languages)) => {
                    if known.extension == server.extension {
                        languages.push(language);
                    }
                }
                None => servers.push((server, vec![language])),
            }
        }
    }
    servers
}

/// The servers of a language that extensions bring. An id that would be read as an option is no server's.
pub(super) fn brought(language: &EditorLanguage) -> impl Iterator<Item = &EditorServer> {
    let is_brought = |it: &&EditorServer| it.extension.is_some() && !it.id.starts_with('-');
    language.servers.iter().filter(is_brought)
}

/// Whether a suffix is one that names files in every editor's way of writing it. An extension's author may have written
/// anything.
pub(super) fn is_plain_suffix(suffix: &str) -> bool {
    let is_plain = |it: char| it.is_alphanumeric() || "_.+#~@-".contains(it);
    !suffix.is_empty() && suffix.chars().all(is_plain)
}
