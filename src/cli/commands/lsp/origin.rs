//! The origin of a server: the extension or the command that brings it, and the extensions that add to it.

use std::{collections::BTreeMap, slice};

use annexe::{
    store::{AddingServers, LanguageServer, Languages, OmissionReason, ServerSource},
    types::{Command, ExtensionId},
};

use super::Arguments;
use crate::cli::{failure::Complaint, not_here, preparation::Disabled, wording};

/// The origin of a server, and what is known of it.
#[derive(Debug, Clone)]
pub struct ServerOrigin {
    pub source: ServerSource,
    /// The language it is started for.
    pub language: String,
    /// The ids by which it knows languages, by the usual ones where the two differ.
    pub language_ids: Vec<(String, String)>,
    /// The servers of other extensions that may add to it.
    pub others: AddingServers,
}

impl ServerOrigin {
    /// Finds the origin of a server: the one that was named on the command line, the configuration's, or the only one.
    /// `None` where no installed extension brings it. `has_own_program`: the user's settings name its program.
    ///
    /// # Errors
    /// [`Disabled`] where all that bring it are disabled; a [`Complaint`] where more than one brings it, and where the
    /// one that was named does not.
    pub fn find(
        arguments: &Arguments,
        languages: &Languages,
        configured: &BTreeMap<String, ExtensionId>,
        has_own_program: bool,
    ) -> anyhow::Result<Option<Self>> {
        let id = &arguments.server;
        let of_user = |command| {
            let origin = Self {
                source: ServerSource::Command(command),
                language: arguments.language.clone().unwrap_or_default(),
                language_ids: Vec::new(),
                others: AddingServers::default(),
            };
            origin.renewed(id, languages)
        };
        if let Some(command) = arguments.own_command() {
            return Ok(Some(of_user(command)));
        }
        let bringing: Vec<&LanguageServer> = languages.servers_by_id(id).collect();
        let wanted = arguments.extension.as_ref().or_else(|| configured.get(id));
        let server = match (wanted, bringing.as_slice()) {
            (Some(wanted), all) => {
                let found = all.iter().find(|server| server.extension == *wanted);
                *found.ok_or_else(|| match disabled(id, Some(wanted), languages) {
                    Some(disabled) => anyhow::Error::new(disabled),
                    None => not_of(id, wanted, all, languages).into(),
                })?
            }
            (None, [one]) => *one,
            // The settings' program stands for the whole of it.
            (None, []) if has_own_program => return Ok(Some(of_user(Command::default()))),
            (None, []) => {
                return disabled(id, None, languages).map_or(Ok(None), |it| Err(it.into()));
            }
            (None, several) => return Err(ambiguous(id, several).into()),
        };
        let first = server.languages.first().cloned();
        let origin = Self {
            source: ServerSource::Extension(server.extension.clone()),
            language: arguments.language.clone().or(first).unwrap_or_default(),
            language_ids: language_ids(languages, server),
            others: AddingServers::default(),
        };
        Ok(Some(origin.renewed(id, languages)))
    }

    /// The same origin, with the extensions that may add to the server as of these languages.
    pub fn renewed(mut self, id: &str, languages: &Languages) -> Self {
        let named = slice::from_ref(&self.language);
        self.others = match &self.source {
            ServerSource::Command(_) => languages.adding_to(None, named),
            ServerSource::Extension(own) => {
                let server = languages.servers_by_id(id).find(|it| it.extension == *own);
                // One that was removed meanwhile runs on.
                let served = server.map_or(named, |server| &server.languages);
                languages.adding_to(Some(own), served)
            }
        };
        self
    }
}

/// The ids by which the manifest knows languages, where editors know them by others.
fn language_ids(languages: &Languages, server: &LanguageServer) -> Vec<(String, String)> {
    let named = server.language_ids.iter();
    let differing = named.filter_map(|(language, id)| {
        let usual = languages.of_name(language)?.id.clone();
        (usual != *id).then(|| (usual, id.clone()))
    });
    differing.collect()
}

/// Says that an extension which brings the server is disabled, if one is: the one that is wanted, or any.
fn disabled(id: &str, wanted: Option<&ExtensionId>, languages: &Languages) -> Option<Disabled> {
    let mut disabled = languages.disabled_servers_by_id(id);
    let (server, reason) =
        disabled.find(|(server, _)| wanted.is_none_or(|wanted| server.extension == *wanted))?;
    let extension = &server.extension;
    let (place, option) = match reason {
        OmissionReason::ExtensionDisabledInProject => (" in this project", " --project"),
        _ => ("", ""),
    };
    let message =
        format!("`{extension}`, which brings the language server `{id}`, is disabled{place}");
    let hint = format!("take it back with `annexe enable {extension}{option}`");
    Some(Disabled(Complaint::new(message).with_hint(hint)))
}

fn not_of(
    id: &str,
    wanted: &ExtensionId,
    bringing: &[&LanguageServer],
    languages: &Languages,
) -> Complaint {
    let servers = languages.servers().iter();
    let own: Vec<&str> = servers
        .filter(|server| server.extension == *wanted)
        .map(|server| server.id.as_str())
        .collect();
    if !own.is_empty() {
        let message = format!("`{wanted}` has no language server `{id}`");
        return Complaint::new(message).with_hint(not_here::its_servers(&own));
    }
    let message = format!("`{wanted}` is not an installed extension that brings `{id}`");
    Complaint::new(message).with_hint(match bringing {
        [] => format!("`annexe install {wanted}` installs it, if it is one"),
        some => format!(
            "installed and bringing it: {}",
            wording::list(some.iter().map(|server| &server.extension))
        ),
    })
}

fn ambiguous(id: &str, several: &[&LanguageServer]) -> Complaint {
    let extensions = wording::list(several.iter().map(|server| &server.extension));
    let first = several.first().map(|server| server.extension.to_string());
    let message =
        format!("several installed extensions bring the language server `{id}`: {extensions}");
    Complaint::new(message).with_hint(format!(
        "write `servers.{id} = \"{}\"` into the configuration, or use --extension",
        first.unwrap_or_default()
    ))
}
