//! Languages as an editor is told of them, in the form that `annexe languages --json` prints.

use serde::{Deserialize, Serialize};

use crate::{
    base::digest::Blake3Digest,
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

    /// The type of its files in an editor that has no name of its own for it.
    pub(super) fn file_type(&self) -> String {
        let first = self.servers.first();
        file_type(first.map_or(&self.name, |server| &server.language_id))
    }
}

/// The type that files of a language have in editors without a name of their own for it: its id, or its name where it has
/// none, in lower case and with `-` for what is neither a letter or digit of ASCII nor `_`. Where nothing is left, it is
/// `language-` with a digest.
pub fn file_type(id: &str) -> String {
    let mut plain = String::new();
    for character in id.chars() {
        match character.is_ascii_alphanumeric() || character == '_' {
            true => plain.push(character.to_ascii_lowercase()),
            false if !plain.is_empty() && !plain.ends_with('-') => plain.push('-'),
            false => {}
        }
    }
    match plain.trim_end_matches('-') {
        "" => format!(
            "language-{}",
            &Blake3Digest::of(id.as_bytes()).to_string()[..8]
        ),
        plain => plain.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_type_is_plain_and_never_empty() {
        for (id, plain) in [
            ("yaml", "yaml"),
            ("C++ (old)", "c-old"),
            ("Shell Script", "shell-script"),
            ("'; rm -rf ~", "rm-rf"),
        ] {
            assert_eq!(file_type(id), plain);
        }
        let other = file_type("\u{65e5}\u{672c}");
        assert!(other.starts_with("language-"), "{other}");
        assert_ne!(other, file_type("\u{8a9e}"));
    }
}
