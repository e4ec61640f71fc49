//! The languages of what is installed, with the user's choice among extensions that bring one server.

use std::collections::BTreeSet;

use annexe::{
    store::{Languages, ProjectExtensions},
    types::ExtensionId,
};

use super::{context::Context, output::Output, wording};

/// Reads the languages, without the extensions that a project does without; of several extensions that bring one server,
/// the one that `servers` of the configuration names goes before the others.
///
/// # Errors
/// Where the store or the configuration cannot be read.
pub async fn read(
    context: &Context<'_>,
    project: Option<&ProjectExtensions>,
) -> anyhow::Result<Languages> {
    let store = context.store()?;
    let languages = match project {
        Some(project) => store.languages_in(project).await?,
        None => store.languages().await?,
    };
    Ok(languages.preferring(context.configuration()?.servers()))
}

/// Warns of servers that several extensions bring of which none was chosen, and of choices that come to nothing.
pub fn tell_choices<'a>(
    ids: impl Iterator<Item = &'a str>,
    languages: &Languages,
    output: &Output,
) {
    for id in ids.collect::<BTreeSet<_>>() {
        let bringing: Vec<&ExtensionId> = languages
            .servers_by_id(id)
            .map(|it| &it.extension)
            .collect();
        let chosen = languages.chosen(id);
        if chosen.is_some_and(|chosen| bringing.contains(&chosen)) {
            continue;
        }
        let mut disabled = languages.disabled_servers_by_id(id);
        if let Some(chosen) = chosen
            && !disabled.any(|(server, _)| server.extension == *chosen)
        {
            output.warn(format_args!(
                "`servers.{id}` of the configuration names `{chosen}`, which is not an installed extension that brings it"
            ));
        }
        if let [first, _, ..] = bringing[..] {
            output.warn(format_args!(
                "several extensions bring `{id}`: {}; `{first}` is taken, and `servers.{id} = \"{first}\"` in the \
                 configuration, or another of them there, decides",
                wording::list(&bringing)
            ));
        }
    }
}
