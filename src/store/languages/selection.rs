//! Selection of the servers for a language, by the rules that Zed has.

use serde::Serialize;

use super::{
    Languages,
    server::{LanguageServer, usual_id},
};
use crate::{
    runtime::settings::{LanguageChoices, ServerChoice},
    store::disk::{active::Active, project::ProjectExtensions},
};

/// The servers for a language.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServerSelection<'a> {
    /// Those that serve it, the most important first.
    pub selected: Vec<SelectedServer<'a>>,
    /// Those that are registered for it and left out by the settings, then those whose extension is disabled.
    pub left_out: Vec<LeftOutServer<'a>>,
}

/// A server that serves a language.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SelectedServer<'a> {
    /// Its id. The text of an author or of the settings: escape it before showing it in a terminal.
    pub id: String,
    /// Those of installed extensions that have this id, in the order of [`Languages::servers_by_id`]: the first is the
    /// one to take. Empty where the settings name one that no extension brings.
    pub brought_by: Vec<&'a LanguageServer>,
    /// The id by which it knows the language: of the first that brings it, else the usual one.
    pub language_id: String,
    /// Why it is there.
    pub reason: SelectionReason,
}

/// The reason for a server to serve a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SelectionReason {
    /// Its extension has registered it for the language.
    Registered,
    /// The settings name it.
    Named,
}

/// A server that is registered for a language and does not serve it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LeftOutServer<'a> {
    /// Its id.
    pub id: &'a str,
    /// Those of installed extensions that have this id.
    pub brought_by: Vec<&'a LanguageServer>,
    /// Why it is left out.
    pub reason: OmissionReason,
}

/// The reason for a server not to serve a language that it is registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OmissionReason {
    /// `enable_language_server` is false.
    Disabled,
    /// `language_servers` has it with a `!`.
    Excluded,
    /// `language_servers` names others, and not the rest.
    NotNamed,
    /// The user does without its extension.
    ExtensionDisabled,
    /// The project does without its extension.
    ExtensionDisabledInProject,
}

impl OmissionReason {
    /// The reason for which an extension is done without, if it is.
    pub(in crate::store) fn of(
        active: &Active,
        project: Option<&ProjectExtensions>,
    ) -> Option<Self> {
        match project {
            _ if active.is_disabled() => Some(Self::ExtensionDisabled),
            Some(project) if project.is_disabled(active.id()) => {
                Some(Self::ExtensionDisabledInProject)
            }
            _ => None,
        }
    }
}

impl Languages {
    /// Selects the servers for a language, in the order of its `language_servers`: names are those servers, `...` all
    /// others that are registered for it, in the order in which they were installed, without those that are there as
    /// `!name`. None where `enable_language_server` is false.
    pub fn servers_for<'a>(
        &'a self,
        language: &str,
        choices: &LanguageChoices,
    ) -> ServerSelection<'a> {
        let ServerChoice {
            is_enabled, order, ..
        } = choices.servers(language);
        let is_named = |id: &str| order.iter().any(|it| it == id);
        let is_excluded = |id: &str| order.iter().any(|it| it.strip_prefix('!') == Some(id));
        let registered = self.registered(language);
        let mut selected: Vec<SelectedServer<'a>> = Vec::new();
        for name in order.iter().filter(|_| is_enabled) {
            let (ids, reason) = match name.as_str() {
                ServerChoice::REST => {
                    let rest = registered.iter().copied();
                    let rest = rest.filter(|id| !is_named(id) && !is_excluded(id));
                    (rest.collect(), SelectionReason::Registered)
                }
                name if name.starts_with('!') => continue,
                name => (vec![name], SelectionReason::Named),
            };
            for id in ids {
                if !selected.iter().any(|it| it.id == id) {
                    selected.push(self.selected(language, id, reason));
                }
            }
        }
        let left_out = registered
            .into_iter()
            .filter(|id| !selected.iter().any(|it| it.id == *id));
        let left_out = left_out.map(|id| LeftOutServer {
            id,
            brought_by: self.bringing(language, id),
            reason: match is_enabled {
                false => OmissionReason::Disabled,
                true if is_excluded(id) => OmissionReason::Excluded,
                true => OmissionReason::NotNamed,
            },
        });
        let mut left_out: Vec<LeftOutServer<'a>> = left_out.collect();
        for (server, reason) in self.disabled.iter().filter(|(it, _)| it.serves(language)) {
            let is_served =
                |it: &SelectedServer<'_>| it.id == server.id && !it.brought_by.is_empty();
            if !selected.iter().any(is_served) {
                left_out.push(LeftOutServer {
                    id: &server.id,
                    brought_by: vec![server],
                    reason: *reason,
                });
            }
        }
        ServerSelection { selected, left_out }
    }

    fn selected(&self, language: &str, id: &str, reason: SelectionReason) -> SelectedServer<'_> {
        let brought_by = self.bringing(language, id);
        let language_id = match brought_by.first() {
            Some(server) => server.language_id(language),
            None => usual_id(language),
        };
        SelectedServer {
            id: id.to_owned(),
            brought_by,
            language_id,
            reason,
        }
    }

    /// The ids that are registered for a language, each once.
    fn registered(&self, language: &str) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for server in self.servers.iter().filter(|it| it.serves(language)) {
            if !ids.contains(&server.id.as_str()) {
                ids.push(&server.id);
            }
        }
        ids
    }

    /// The servers of an id: those that are registered for a language, else all.
    fn bringing(&self, language: &str, id: &str) -> Vec<&LanguageServer> {
        let all: Vec<&LanguageServer> = self.servers_by_id(id).collect();
        let serving = all.iter().copied().filter(|it| it.serves(language));
        let serving: Vec<&LanguageServer> = serving.collect();
        match serving.is_empty() {
            true => all,
            false => serving,
        }
    }
}
