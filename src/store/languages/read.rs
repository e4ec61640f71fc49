//! Reading of the languages and servers of all that is installed.

use std::collections::BTreeSet;

use super::{
    BrokenLanguage, Languages,
    language::Language,
    selection::OmissionReason,
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
        disk::{
            active::Active, contributions::Unreadable, project::ProjectExtensions, store::Store,
        },
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
        self.languages_without(None).await
    }

    /// Reads them as [`Self::languages`] does, without the extensions that a project does without.
    ///
    /// # Errors
    /// As [`Self::all_active`].
    pub async fn languages_in(&self, project: &ProjectExtensions) -> Result<Languages, StoreError> {
        self.languages_without(Some(project.clone())).await
    }

    async fn languages_without(
        &self,
        project: Option<ProjectExtensions>,
    ) -> Result<Languages, StoreError> {
        let store = self.clone();
        blocking(move || {
            let _reading = store.layout().reading()?;
            let present = present(&store)?;
            Ok(read(&store, present, project.as_ref()))
        })
        .await
    }
}

/// The extensions that have something to say about languages, the one that was installed first before the others, so
/// that nothing a user has chosen changes when another one comes. Disabled ones are among them.
fn present(store: &Store) -> Result<Vec<Active>, StoreError> {
    let mut present = store.all_present()?;
    present.retain(|it| {
        let mut provides = it.provides().iter();
        provides.any(|it| matches!(it, Provides::Languages | Provides::LanguageServers))
    });
    present.sort_by(|one, other| (one.since(), one.id()).cmp(&(other.since(), other.id())));
    Ok(present)
}

fn read(store: &Store, present: Vec<Active>, project: Option<&ProjectExtensions>) -> Languages {
    let mut languages = Languages::default();
    let mut brought = Vec::new();
    for active in present {
        let disabled = OmissionReason::of(&active, project);
        let manifest = match store.manifest_of(&active) {
            Ok(loaded) => loaded.manifest,
            // What is done without hides no mistake that matters.
            Err(_) if disabled.is_some() => continue,
            Err(error) => {
                languages.unreadable.push(Unreadable { active, error });
                continue;
            }
        };
        let id = active.id();
        let servers = manifest.language_servers.clone().into_iter();
        let servers = servers.map(|(server, it)| LanguageServer::new(server, &active, it));
        if let Some(reason) = disabled {
            let servers = servers.map(|server| (server, reason));
            languages.disabled.extend(servers);
            continue;
        }
        languages.servers.extend(servers);
        let declarative = Declarative::read_languages(&store.files_of(&active), &manifest);
        let broken = declarative.errors().map(|finding| BrokenLanguage {
            extension: id.clone(),
            finding: finding.clone(),
        });
        languages.broken.extend(broken);
        let own = declarative.languages.into_iter();
        brought.extend(own.map(|language| (id.clone(), language)));
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
