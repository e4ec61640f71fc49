//! Which extension brings a server, and which others add to it.

use std::collections::BTreeMap;

use annexe::{
    store::{LanguageServer, Languages, OmissionReason, ServerSource},
    types::{Command, ExtensionId},
};

use super::Arguments;
use crate::cli::{failure::Complaint, wording};

/// The source of a server, and what is known of it.
#[derive(Debug, Clone)]
pub struct Source {
    pub source: ServerSource,
    /// The language it is started for.
    pub language: String,
    /// The ids by which it knows languages, by the usual ones where the two differ.
    pub language_ids: Vec<(String, String)>,
    /// The servers of other extensions that may add to it.
    pub others: Vec<(ExtensionId, String)>,
}

impl Source {
    /// Finds the source of a server: the one that was named on the command line, the configuration's, or the only one.
    /// `None` where no installed extension brings it. `has_own_program`: the user's settings name its program.
    ///
    /// # Errors
    /// Where there is more than one, where the one that was named does not bring it, and where all that do are disabled.
    pub fn find(
        arguments: &Arguments,
        languages: &Languages,
        configured: &BTreeMap<String, ExtensionId>,
        has_own_program: bool,
    ) -> Result<Option<Self>, Complaint> {
        let id = &arguments.server;
        let of_user = |command| {
            let language = arguments.language.clone().unwrap_or_default();
            Self {
                others: languages.adding_to(None, std::slice::from_ref(&language)),
                source: ServerSource::Command(command),
                language_ids: Vec::new(),
                language,
            }
        };
        if let Some(command) = arguments.own_command() {
            return Ok(Some(of_user(command)));
        }
        let bringing: Vec<&LanguageServer> = languages.servers_by_id(id).collect();
        let wanted = arguments.extension.as_ref().or_else(|| configured.get(id));
        let server = match (wanted, bringing.as_slice()) {
            (Some(wanted), all) => {
                let found = all.iter().find(|server| server.extension == *wanted);
                *found.ok_or_else(|| {
                    disabled(id, Some(wanted), languages).unwrap_or_else(|| not_of(id, wanted, all))
                })?
            }
            (None, [one]) => *one,
            // The settings' program stands for the whole of it.
            (None, []) if has_own_program => return Ok(Some(of_user(Command::default()))),
            (None, []) => return disabled(id, None, languages).map_or(Ok(None), Err),
            (None, several) => return Err(ambiguous(id, several)),
        };
        let first = server.languages.first().cloned();
        Ok(Some(Self {
            source: ServerSource::Extension(server.extension.clone()),
            language: arguments.language.clone().or(first).unwrap_or_default(),
            language_ids: language_ids(languages, server),
            others: languages.adding_to(Some(&server.extension), &server.languages),
        }))
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
fn disabled(id: &str, wanted: Option<&ExtensionId>, languages: &Languages) -> Option<Complaint> {
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
    Some(Complaint::new(message).with_hint(format!(
        "take it back with `annexe enable {extension}{option}`"
    )))
}

fn not_of(id: &str, wanted: &ExtensionId, bringing: &[&LanguageServer]) -> Complaint {
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
