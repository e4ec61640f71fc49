//! Extensions that are not installed, and where they are to be had.

use std::collections::BTreeSet;

use annexe::{
    ErrorKind, Hint,
    manifest::{Named, Provides},
    registry::{Catalogues, Location, Query},
    store::{Languages, OmissionReason, StoreError},
    suggestion::nearest,
    types::ExtensionId,
};

use super::{
    configuration::Configuration, context::Context, failure::Complaint, paths, registries, wording,
};

/// An error about an extension that is not installed, with the way out that this machine's catalogues know.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct NotHere {
    error: StoreError,
    hint: String,
}

impl Hint for NotHere {
    fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// The error, with the command that installs what is missing, or finds it. No server is asked for that.
pub async fn explained(error: anyhow::Error, context: &Context<'_>) -> anyhow::Error {
    let outermost = error.chain().next();
    let missing = match outermost.and_then(|error| error.downcast_ref()) {
        Some(StoreError::NotInstalled { id, nearest }) => (id.clone(), nearest.is_empty()),
        _ => return error,
    };
    let catalogues = match context.configuration() {
        Ok(configuration) => kept(&configuration).await,
        Err(_) => Catalogues::default(),
    };
    let hint = match missing {
        (id, _) if !catalogues.having(&id).is_empty() => {
            format!("install it with `annexe install {id}`")
        }
        (_, true) => "`annexe search` finds what registries have".into(),
        // What is installed has an id near to it.
        (_, false) => return error,
    };
    match error.downcast() {
        Ok(error) => NotHere { error, hint }.into(),
        Err(error) => error,
    }
}

/// What is known of registries on this machine: nothing, where the configuration cannot be read.
async fn kept(configuration: &Configuration) -> Catalogues {
    match registries::kept(configuration) {
        Ok(sources) => sources.catalogues().await,
        Err(_) => Catalogues::default(),
    }
}

/// The error about a language server that no installed extension brings, with the command that installs one which this
/// machine's catalogues know. No server is asked for that.
pub async fn language_server(
    id: &str,
    languages: &Languages,
    configuration: &Configuration,
) -> Complaint {
    let disabled = languages.disabled_servers().map(|(server, _)| server);
    let installed = languages.servers().iter().chain(disabled);
    let own: Vec<&str> = installed
        .filter(|server| server.extension.as_str() == id)
        .map(|server| server.id.as_str())
        .collect();
    if !own.is_empty() {
        let message = format!("`{id}` is not a language server, but an extension");
        return Complaint::new(message).with_hint(its_servers(&own));
    }
    let message = format!("no installed extension brings the language server `{id}`");
    let complaint = Complaint::new(message);
    if let Some(extension) = bringing(id, configuration).await {
        return complaint.with_hint(format!(
            "`annexe install {extension}` installs one that does"
        ));
    }
    if let Some(near) = nearest(id, languages.servers().iter().map(|it| it.id.as_str())) {
        return complaint.with_hint(format!("did you mean `{near}`?"));
    }
    let query = Query {
        words: vec![id.to_owned()],
        ..Query::default()
    };
    let catalogues = kept(configuration).await;
    let found = catalogues.search(&query);
    let extension = found.iter().find(|found| found.line.id.as_str() == id);
    let servers = extension.and_then(|it| it.line.language_servers.as_deref());
    complaint.with_hint(match servers {
        Some(servers @ [_, ..]) => format!(
            "`annexe install {id}` installs an extension of this id; {}",
            its_servers(servers)
        ),
        _ if !found.is_empty() || others_may_have(configuration) => {
            format!("`annexe search {id}` finds what is called like it")
        }
        _ => "`annexe languages` shows those that are installed".into(),
    })
}

pub fn its_servers(servers: &[impl AsRef<str>]) -> String {
    let quoted = servers.iter().map(|it| format!("`{}`", it.as_ref()));
    match servers.len() {
        1 => format!("its server is {}", wording::list(quoted)),
        _ => format!("its servers are {}", wording::list(quoted)),
    }
}

/// Whether a registry that is asked over a network, or in a folder, may have what this machine's catalogues do not.
pub fn others_may_have(configuration: &Configuration) -> bool {
    let is_other = |location: &Location| *location != Location::Embedded;
    match paths::registry() {
        Ok(Some(location)) => is_other(&location),
        _ => {
            let configured = configuration.registries();
            configured.iter().any(|it| is_other(&it.location))
        }
    }
}

/// What the user can do where all extensions with language servers are disabled; `None` where they are not.
pub fn all_disabled(languages: &Languages) -> Option<String> {
    if !languages.servers().is_empty() {
        return None;
    }
    let (mut everywhere, mut in_project) = (BTreeSet::new(), BTreeSet::new());
    for (server, reason) in languages.disabled_servers() {
        match reason {
            OmissionReason::ExtensionDisabledInProject => in_project.insert(&server.extension),
            _ => everywhere.insert(&server.extension),
        };
    }
    let ways = [(&everywhere, ""), (&in_project, " --project")];
    let ways: Vec<String> = ways
        .iter()
        .filter(|(ids, _)| !ids.is_empty())
        .map(|(ids, option)| {
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            format!("`annexe enable {}{option}`", ids.join(" "))
        })
        .collect();
    let ways = ways.join(", ");
    match everywhere.len() + in_project.len() {
        0 => None,
        1 => Some(format!(
            "the extension that has a language server is disabled: {ways}"
        )),
        count => Some(format!(
            "all {count} extensions that have language servers are disabled: {ways}"
        )),
    }
}

/// An extension that brings a language server, as far as this machine's catalogues know.
pub async fn bringing(server: &str, configuration: &Configuration) -> Option<ExtensionId> {
    let catalogues = kept(configuration).await;
    let query = Query {
        language_server: Some(server.to_owned()),
        ..Query::default()
    };
    let found = catalogues.search(&query);
    found.first().map(|found| found.line.id.clone())
}

/// An extension that brings a language server for a language, as far as this machine's catalogues know.
pub async fn serving(language: &str, configuration: &Configuration) -> Option<ExtensionId> {
    let catalogues = kept(configuration).await;
    let query = Query {
        provides: Some(Provides::LanguageServers),
        language: Some(language.to_owned()),
        ..Query::default()
    };
    let found = catalogues.search(&query);
    // A word of a language's name is not that language.
    let names_it = |names: &[String]| names.iter().any(|name| name == language);
    let found = found
        .iter()
        .find(|it| it.line.languages.as_deref().is_some_and(names_it));
    found.map(|found| found.line.id.clone())
}

/// The way to a thing that no installed extension brings, as far as this machine's catalogues know.
pub async fn providing(sort: Named, name: &str, configuration: &Configuration) -> String {
    let provides = match sort {
        Named::ContextServer => Provides::ContextServers,
        Named::DebugAdapter | Named::DebugLocator => Provides::DebugAdapters,
        Named::SlashCommand => Provides::SlashCommands,
        Named::IndexedDocsProvider => Provides::IndexedDocsProviders,
        _ => Provides::LanguageServers,
    };
    let catalogues = kept(configuration).await;
    let query = Query {
        provides: Some(provides),
        words: vec![name.to_owned()],
        ..Query::default()
    };
    match catalogues.search(&query).first() {
        Some(found) => format!(
            "`annexe install {}` installs one of that name that brings a {sort}",
            found.line.id
        ),
        None => format!("`annexe search --provides {provides}` finds some"),
    }
}
