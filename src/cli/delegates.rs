//! The editor's side of a call: what the command lends to an extension and hears from it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use annexe::{
    CallResources,
    delegate::{
        DelegateError, HostDelegate, KeyValueStoreDelegate, LocalWorktree, ProjectDelegate,
    },
    settings::{LeftOut, Settings, SettingsError, SettingsPlaces},
    types::{ContextServerSettings, LanguageServerSettings, LanguageSettings, SettingsLocation},
};
use async_trait::async_trait;

use super::{context::Context, files, output::Output, paths};

/// The number of the one worktree there is.
const WORKTREE: u64 = 1;

/// Returns what is lent to a call about one folder: the folder as a worktree and as a project, and `entries` as the
/// store that documentation goes into.
pub fn resources(worktree: PathBuf, entries: &Entries) -> CallResources {
    CallResources {
        worktree: Some(Arc::new(LocalWorktree::new(
            WORKTREE,
            worktree,
            paths::environment(),
        ))),
        project: Some(Arc::new(OneWorktree)),
        key_value_store: Some(Arc::new(entries.clone())),
    }
}

/// A project of one worktree.
#[derive(Debug)]
struct OneWorktree;

impl ProjectDelegate for OneWorktree {
    fn worktree_ids(&self) -> Vec<u64> {
        vec![WORKTREE]
    }
}

/// The entries that an extension has put into its store, for as long as the call lasts.
#[derive(Debug, Clone, Default)]
pub struct Entries(Arc<Mutex<BTreeMap<String, String>>>);

impl Entries {
    /// Takes the entries out.
    pub fn take(&self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl KeyValueStoreDelegate for Entries {
    async fn insert(&self, key: String, value: String) -> Result<(), DelegateError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, value);
        Ok(())
    }
}

/// The editor's side: an extension hears what the user has set.
#[derive(Debug)]
pub struct Editor {
    settings: Settings,
}

impl Editor {
    /// The editor's side of work on a project, or on none.
    ///
    /// # Errors
    /// Where the configuration or the settings cannot be read.
    pub fn new(context: &Context<'_>, project: Option<&Path>) -> anyhow::Result<Self> {
        let settings = settings(context, project)?;
        Ok(Self { settings })
    }
}

/// The user's settings, and those of a project that is trusted. The user is told of what is left out.
///
/// # Errors
/// Where the configuration or the settings cannot be read.
pub fn settings(context: &Context<'_>, project: Option<&Path>) -> anyhow::Result<Settings> {
    let places = SettingsPlaces {
        user: paths::settings()?,
        // One that was named must be there; the usual one need not.
        user_must_exist: paths::variable("ANNEXE_SETTINGS").is_some(),
        project: project.map(Path::to_path_buf),
        trusted: context.configuration()?.trusted_projects(context.output),
    };
    let settings = Settings::open(places).map_err(|error| match error {
        SettingsError::UserFile(error) => files::not_believed(&error).into(),
        error => anyhow::Error::new(error),
    })?;
    if let Some(left_out) = settings.left_out() {
        tell(left_out, context.output);
    }
    Ok(settings)
}

/// Says which file of a project is not looked at, and what would change that.
fn tell(left_out: &LeftOut, output: &Output) {
    match (left_out, left_out.hint()) {
        (LeftOut::NotTrusted { project, .. }, _) => output.warn(format_args!(
            "{left_out}; if it is, add `{}` to `trusted_projects` in the configuration",
            project.display()
        )),
        (_, Some(hint)) => output.warn(format_args!("{left_out}; {hint}")),
        (_, None) => output.warn(left_out),
    }
}

/// Whether what is asked is about the one worktree; else it is about all.
fn is_in_project(location: Option<&SettingsLocation>) -> bool {
    location.is_some_and(|location| location.worktree_id == WORKTREE)
}

/// An error with its causes, for a guest.
fn in_full(error: SettingsError) -> DelegateError {
    DelegateError::new(format_args!("{:#}", anyhow::Error::new(error)))
}

#[async_trait]
impl HostDelegate for Editor {
    async fn language_settings(
        &self,
        location: Option<&SettingsLocation>,
        language: Option<&str>,
    ) -> Result<LanguageSettings, DelegateError> {
        let settings = self.settings.language(is_in_project(location), language);
        settings.map_err(in_full)
    }

    async fn language_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<LanguageServerSettings, DelegateError> {
        let settings = self
            .settings
            .language_server(is_in_project(location), server);
        settings.map_err(in_full)
    }

    async fn context_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<ContextServerSettings, DelegateError> {
        let settings = self
            .settings
            .context_server(is_in_project(location), server);
        settings.map_err(in_full)
    }
}
