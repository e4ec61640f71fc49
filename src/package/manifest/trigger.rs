//! Triggers: what an extension is needed for, so that it is not started before.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Manifest;
use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// An action of a user or an editor that an extension may be needed for. Shown, parsed and serialised
/// as its sort and its name: `language:Rust`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Trigger {
    /// A file of this language is opened, for which the extension has a language server.
    Language(String),
    /// This language server is asked for.
    LanguageServer(String),
    /// This context server is asked for.
    ContextServer(String),
    /// This slash command is typed or run.
    SlashCommand(String),
    /// This source of documentation is asked for.
    DocsProvider(String),
    /// This debug adapter is asked for.
    DebugAdapter(String),
    /// This debug locator is asked for.
    DebugLocator(String),
}

/// An error of parsing a trigger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not something that an extension is started for",
    printable(text)
)]
pub struct ParseTriggerError {
    text: String,
}

impl Hint for ParseTriggerError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl Trigger {
    fn sort(&self) -> &'static str {
        match self {
            Self::Language(_) => "language",
            Self::LanguageServer(_) => "language-server",
            Self::ContextServer(_) => "context-server",
            Self::SlashCommand(_) => "slash-command",
            Self::DocsProvider(_) => "docs-provider",
            Self::DebugAdapter(_) => "debug-adapter",
            Self::DebugLocator(_) => "debug-locator",
        }
    }

    /// The name of the language, server, command or adapter.
    pub fn name(&self) -> &str {
        match self {
            Self::Language(name)
            | Self::LanguageServer(name)
            | Self::ContextServer(name)
            | Self::SlashCommand(name)
            | Self::DocsProvider(name)
            | Self::DebugAdapter(name)
            | Self::DebugLocator(name) => name,
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.sort(), self.name())
    }
}

impl FromStr for Trigger {
    type Err = ParseTriggerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let make = match text.split_once(':') {
            Some(("language", _)) => Self::Language,
            Some(("language-server", _)) => Self::LanguageServer,
            Some(("context-server", _)) => Self::ContextServer,
            Some(("slash-command", _)) => Self::SlashCommand,
            Some(("docs-provider", _)) => Self::DocsProvider,
            Some(("debug-adapter", _)) => Self::DebugAdapter,
            Some(("debug-locator", _)) => Self::DebugLocator,
            _ => return Err(ParseTriggerError { text: text.into() }),
        };
        let (_, name) = text.split_once(':').unwrap_or_default();
        Ok(make(name.into()))
    }
}

impl From<Trigger> for String {
    fn from(trigger: Trigger) -> Self {
        trigger.to_string()
    }
}

impl TryFrom<String> for Trigger {
    type Error = ParseTriggerError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Manifest {
    /// All that the extension's component is needed for, sorted. Themes, snippets and the like are files, for
    /// which nothing is started.
    pub fn triggers(&self) -> Vec<Trigger> {
        let servers = self.language_servers.iter();
        let languages = servers.flat_map(|(_, server)| &server.languages);
        let mut triggers: BTreeSet<Trigger> = languages.cloned().map(Trigger::Language).collect();
        let mut add = |make: fn(String) -> Trigger, names: Vec<&String>| {
            triggers.extend(names.into_iter().cloned().map(make));
        };
        add(
            Trigger::LanguageServer,
            self.language_servers.keys().collect(),
        );
        add(
            Trigger::ContextServer,
            self.context_servers.keys().collect(),
        );
        add(Trigger::SlashCommand, self.slash_commands.keys().collect());
        add(
            Trigger::DocsProvider,
            self.indexed_docs_providers.keys().collect(),
        );
        add(Trigger::DebugAdapter, self.debug_adapters.keys().collect());
        add(Trigger::DebugLocator, self.debug_locators.keys().collect());
        triggers.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_the_same_shown_parsed_and_serialised() {
        for text in [
            "language:Objective-C: the second",
            "language-server:taplo",
            "context-server:memory",
            "slash-command:outline",
            "docs-provider:http",
            "debug-adapter:CodeLLDB",
            "debug-locator:cargo",
        ] {
            let trigger: Trigger = text.parse().unwrap();
            assert_eq!(trigger.to_string(), text);
            assert_eq!(
                serde_json::to_string(&trigger).unwrap(),
                format!("\"{text}\"")
            );
        }
        for text in ["", "language", "theme:dark"] {
            assert!(text.parse::<Trigger>().is_err(), "{text}");
        }
    }
}
