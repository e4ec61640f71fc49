//! Reading of the languages and servers of all that is installed.

use std::collections::BTreeSet;

use super::{
    BrokenLanguage, Languages,
    language::Language,
    server::{LanguageServer, usual_id},
    table::{self, TABLE},
};
use crate::{
    base::{task::blocking, types::ExtensionId},
    package::{
        declarative::{self, Declarative},
        manifest::Provides,
    },
    store::{
        disk::{active::Active, contributions::Unreadable, store::Store},
        error::StoreError,
    },
};

impl Store {
    /// Reads the languages and language servers of everything that is installed, dev extensions' builds in the places of
    /// what they shadow. Extensions that have neither are not looked at, and nothing is compiled or started.
    ///
    /// An extension that cannot be read is in [`Languages::unreadable`].
    ///
    /// # Errors
    /// As [`Self::all_active`].
    pub async fn languages(&self) -> Result<Languages, StoreError> {
        let store = self.clone();
        blocking(move || {
            let _reading = store.layout().reading()?;
            let active = active(&store)?;
            Ok(read(&store, active))
        })
        .await
    }
}

/// The extensions that have something to say about languages, the one that was installed first before the others, so
/// that nothing a user has chosen changes when another one comes.
fn active(store: &Store) -> Result<Vec<Active>, StoreError> {
    let mut active = store.all_active()?;
    active.retain(|it| {
        let mut provides = it.provides().iter();
        provides.any(|it| matches!(it, Provides::Languages | Provides::LanguageServers))
    });
    active.sort_by(|one, other| (one.since(), one.id()).cmp(&(other.since(), other.id())));
    Ok(active)
}

fn read(store: &Store, active: Vec<Active>) -> Languages {
    let mut languages = Languages::default();
    let mut brought = Vec::new();
    for active in active {
        let manifest = match store.manifest_of(&active) {
            Ok(loaded) => loaded.manifest,
            Err(error) => {
                languages.unreadable.push(Unreadable { active, error });
                continue;
            }
        };
        let id = active.id();
        let declarative = Declarative::read_languages(&store.files_of(&active), &manifest);
        let broken = declarative.errors().map(|finding| BrokenLanguage {
            extension: id.clone(),
            finding: finding.clone(),
        });
        languages.broken.extend(broken);
        let own = declarative.languages.into_iter();
        brought.extend(own.map(|language| (id.clone(), language)));
        let servers = manifest.language_servers.into_iter();
        let servers = servers.map(|(server, it)| LanguageServer::new(server, id.clone(), it));
        languages.servers.extend(servers);
    }
    languages.known = known(brought, &languages.servers);
    languages
}

/// All languages by name, each once: those that extensions bring, those of the table, and those that are only named.
fn known(
    brought: Vec<(ExtensionId, declarative::Language)>,
    servers: &[LanguageServer],
) -> Vec<Language> {
    let mut names = BTreeSet::new();
    let mut known = Vec::new();
    for (extension, language) in brought {
        if names.insert(language.name.clone()) {
            let id = id_of(&language.name, servers);
            known.push(Language::brought(extension, language, id));
        }
    }
    for row in TABLE {
        if names.insert(row.name.to_owned()) {
            known.push(row.into());
        }
    }
    for name in servers.iter().flat_map(|server| &server.languages) {
        if names.insert(name.clone()) {
            known.push(Language::named(name.clone(), id_of(name, servers)));
        }
    }
    known
}

/// The id of a language: that of the table, else that of the first server that has one for it, else its name.
fn id_of(name: &str, servers: &[LanguageServer]) -> String {
    if let Some(id) = table::id_of(name) {
        return id.to_owned();
    }
    let mut servers = servers.iter();
    let own = servers.find_map(|server| server.language_ids.get(name));
    own.cloned().unwrap_or_else(|| usual_id(name))
}
