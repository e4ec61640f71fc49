//! The servers and debug adapters to look at.

use annexe::{
    manifest::Named,
    settings::Settings,
    store::{Languages, ProjectExtensions, Store},
    types::ExtensionId,
};

/// A server or an adapter to look at.
pub struct Target {
    pub kind: Named,
    pub name: String,
    /// The extension that brings it; `None` where none does.
    pub extension: Option<ExtensionId>,
    pub version: Option<String>,
}

/// Finds those that were named, in that order, or all.
///
/// # Errors
/// Where the store or the settings cannot be read.
pub async fn find(
    names: &[String],
    store: &Store,
    languages: &Languages,
    project: Option<&ProjectExtensions>,
    settings: &Settings,
) -> anyhow::Result<Vec<Target>> {
    let language_server = |server: &annexe::store::LanguageServer| Target {
        kind: Named::LanguageServer,
        name: server.id.clone(),
        version: store
            .active(&server.extension)
            .ok()
            .map(|it| it.version().to_string()),
        extension: Some(server.extension.clone()),
    };
    let mut others = Vec::new();
    for kind in [Named::ContextServer, Named::DebugAdapter] {
        let provided = store.provided(kind, project).await?;
        others.extend(provided.enabled().map(|it| Target {
            kind,
            name: it.name.clone(),
            extension: Some(it.extension.clone()),
            version: Some(it.version.to_string()),
        }));
    }
    if names.is_empty() {
        let mut targets: Vec<Target> = languages.servers().iter().map(language_server).collect();
        for target in others {
            let is_off = target.kind == Named::ContextServer
                && !settings.is_context_server_enabled(true, &target.name)?;
            if !is_off {
                targets.push(target);
            }
        }
        return Ok(targets);
    }
    let mut targets = Vec::new();
    for name in names {
        let before = targets.len();
        targets.extend(languages.servers_by_id(name).map(language_server));
        let (named, rest): (Vec<Target>, _) = others.into_iter().partition(|it| it.name == *name);
        others = rest;
        targets.extend(named);
        if targets.len() == before {
            targets.push(Target {
                kind: Named::LanguageServer,
                name: name.clone(),
                extension: None,
                version: None,
            });
        }
    }
    Ok(targets)
}
