//! Languages of what is installed: which language a file is in, and which language servers serve it.
//!
//! 1. [`Store::languages`](super::Store::languages) reads the manifests and the languages' `config.toml` of the
//!    extensions that have any, and knows the usual languages besides, which extensions name without bringing them;
//! 2. [`Languages::of_file`] recognises the language of a file;
//! 3. [`Languages::servers_for`] selects its servers, in the order of the settings.
//!
//! What is set of languages is read by [`Settings::language_choices`](crate::settings::Settings::language_choices).

mod adding;
mod choice;
mod language;
mod read;
mod recognition;
mod selection;
mod server;
mod table;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::OnceLock};

use regex::Regex;

pub use self::{
    adding::AddingServers,
    language::Language,
    recognition::{RecognisedBy, Recognition},
    selection::{LeftOutServer, OmissionReason, SelectedServer, SelectionReason, ServerSelection},
    server::LanguageServer,
};
use crate::{
    base::types::ExtensionId, package::declarative::Finding, store::disk::contributions::Unreadable,
};

/// The languages and language servers of the installed extensions, as of one generation.
///
/// # Example: the servers for a file
///
/// ```no_run
/// # use annexe::{Store, settings::Settings};
/// # async fn example(store: Store, settings: Settings) -> Result<(), annexe::Error> {
/// let languages = store.languages().await?;
/// let choices = settings.language_choices(true)?;
/// let file = std::path::Path::new("deploy/values.yaml");
/// if let Some(found) = languages.of_file(file, None, choices.file_types()) {
///     for server in languages.servers_for(&found.language.name, &choices).selected {
///         println!("{} knows it as `{}`", server.id, server.language_id);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Languages {
    /// All that have a name: those of extensions first, in the order in which these were installed.
    known: Vec<Language>,
    /// Those of extensions, in the order in which these were installed.
    servers: Vec<LanguageServer>,
    /// Those of the extensions that are disabled, and why they are.
    disabled: Vec<(LanguageServer, OmissionReason)>,
    /// The extensions that the user has chosen among several that bring a server, by the server's id.
    chosen: BTreeMap<String, ExtensionId>,
    /// The extensions that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// The errors in extensions' files of languages.
    pub broken: Vec<BrokenLanguage>,
    /// The compiled patterns of first lines, once one was asked for.
    first_lines: OnceLock<Vec<(usize, Regex)>>,
}

/// An error in an extension's file of a language.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BrokenLanguage {
    /// The extension.
    pub extension: ExtensionId,
    /// What is wrong, and where.
    pub finding: Finding,
}

impl Languages {
    /// The languages that an extension brings, or has a server for, sorted by name.
    pub fn all(&self) -> Vec<&Language> {
        let is_of_extension = |it: &&Language| {
            it.extension.is_some() || self.servers.iter().any(|server| server.serves(&it.name))
        };
        let mut all: Vec<&Language> = self.known.iter().filter(is_of_extension).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// The language of a name, be it one that no installed extension has anything for. Case does not count where no
    /// language has the name to the letter.
    pub fn of_name(&self, name: &str) -> Option<&Language> {
        self.find(|it| it.name == name)
            .or_else(|| self.find(|it| it.name.eq_ignore_ascii_case(name)))
    }

    /// The language servers of all extensions, in the order in which these were installed.
    pub fn servers(&self) -> &[LanguageServer] {
        &self.servers
    }

    /// The servers of an id: of several extensions that bring one, the chosen one before the others (see
    /// [`preferring`](Self::preferring)), and then the one that was installed first.
    pub fn servers_by_id(&self, id: &str) -> impl Iterator<Item = &LanguageServer> {
        let chosen = self.chosen.get(id);
        let of_id = move |is_chosen: bool| {
            let all = self.servers.iter().filter(move |server| server.id == id);
            all.filter(move |server| (Some(&server.extension) == chosen) == is_chosen)
        };
        of_id(true).chain(of_id(false))
    }

    /// The servers of extensions that are disabled, here or in the project, and which of the two.
    pub fn disabled_servers(&self) -> impl Iterator<Item = (&LanguageServer, OmissionReason)> {
        let disabled = self.disabled.iter();
        disabled.map(|(server, reason)| (server, *reason))
    }

    /// The servers of an id that extensions bring which are disabled, here or in the project, and which of the two.
    pub fn disabled_servers_by_id(
        &self,
        id: &str,
    ) -> impl Iterator<Item = (&LanguageServer, OmissionReason)> {
        self.disabled_servers().filter(move |(it, _)| it.id == id)
    }

    fn find(&self, is_meant: impl Fn(&&Language) -> bool) -> Option<&Language> {
        self.known.iter().find(is_meant)
    }
}
