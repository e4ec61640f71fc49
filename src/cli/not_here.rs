//! Extensions that are not installed, and where they are to be had.

use annexe::{
    ErrorKind, Hint,
    manifest::Provides,
    registry::{Catalogues, Query},
    store::StoreError,
    types::ExtensionId,
};

use super::{configuration::Configuration, context::Context, failure::Complaint, registries};

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
pub async fn language_server(id: &str, configuration: &Configuration) -> Complaint {
    let message = format!("no installed extension brings the language server `{id}`");
    Complaint::new(message).with_hint(match bringing(id, configuration).await {
        Some(extension) => format!("`annexe install {extension}` installs one that does"),
        None => format!(
            "`annexe search {id}` finds one, `annexe languages` shows those that are installed"
        ),
    })
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
