//! Sorts of things that extensions bring, in the words of the registry.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Manifest;
use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// One sort of thing that an extension brings. Shown, parsed and serialised in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Provides {
    /// Colour themes.
    Themes,
    /// Themes of file icons.
    IconThemes,
    /// Languages: how files are recognised, highlighted and indented.
    Languages,
    /// Tree-sitter grammars.
    Grammars,
    /// Language servers.
    LanguageServers,
    /// Context servers for assistants.
    ContextServers,
    /// Snippets.
    Snippets,
    /// Debug adapters, or locators of what to debug.
    DebugAdapters,
    /// Slash commands.
    SlashCommands,
    /// Sources of documentation.
    IndexedDocsProviders,
    /// Agent servers.
    AgentServers,
}

/// An error of parsing the name of something that an extension brings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not something that an extension provides", printable(text))]
pub struct ParseProvidesError {
    text: String,
}

impl Hint for ParseProvidesError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        let words: Vec<_> = Provides::ALL
            .iter()
            .map(|provides| provides.as_str())
            .collect();
        Some(format!("one of {}", words.join(", ")))
    }
}

impl Provides {
    /// All of them, in the order they are listed.
    pub const ALL: [Self; 11] = [
        Self::Themes,
        Self::IconThemes,
        Self::Languages,
        Self::Grammars,
        Self::LanguageServers,
        Self::ContextServers,
        Self::Snippets,
        Self::DebugAdapters,
        Self::SlashCommands,
        Self::IndexedDocsProviders,
        Self::AgentServers,
    ];

    /// The word for it, in kebab-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Themes => "themes",
            Self::IconThemes => "icon-themes",
            Self::Languages => "languages",
            Self::Grammars => "grammars",
            Self::LanguageServers => "language-servers",
            Self::ContextServers => "context-servers",
            Self::Snippets => "snippets",
            Self::DebugAdapters => "debug-adapters",
            Self::SlashCommands => "slash-commands",
            Self::IndexedDocsProviders => "indexed-docs-providers",
            Self::AgentServers => "agent-servers",
        }
    }

    fn is_in(self, manifest: &Manifest) -> bool {
        match self {
            Self::Themes => !manifest.themes.is_empty(),
            Self::IconThemes => !manifest.icon_themes.is_empty(),
            Self::Languages => !manifest.languages.is_empty(),
            Self::Grammars => !manifest.grammars.is_empty(),
            Self::LanguageServers => !manifest.language_servers.is_empty(),
            Self::ContextServers => !manifest.context_servers.is_empty(),
            Self::Snippets => !manifest.snippets.is_empty(),
            Self::DebugAdapters => {
                !manifest.debug_adapters.is_empty() || !manifest.debug_locators.is_empty()
            }
            Self::SlashCommands => !manifest.slash_commands.is_empty(),
            Self::IndexedDocsProviders => !manifest.indexed_docs_providers.is_empty(),
            Self::AgentServers => !manifest.agent_servers.is_empty(),
        }
    }
}

impl Manifest {
    /// Returns the sorts of things that the extension brings, each once, in the order of [`Provides::ALL`].
    pub fn provides(&self) -> Vec<Provides> {
        Provides::ALL
            .into_iter()
            .filter(|provides| provides.is_in(self))
            .collect()
    }
}

impl fmt::Display for Provides {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Provides {
    type Err = ParseProvidesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|provides| provides.as_str() == text)
            .ok_or_else(|| ParseProvidesError { text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_same_shown_parsed_and_serialised() {
        for provides in Provides::ALL {
            let word = provides.to_string();
            assert_eq!(word.parse(), Ok(provides));
            assert_eq!(
                serde_json::to_string(&provides).unwrap(),
                format!("\"{word}\"")
            );
        }
        let error = "theme".parse::<Provides>().unwrap_err();
        assert!(error.hint().unwrap().contains("icon-themes"));
    }
}
