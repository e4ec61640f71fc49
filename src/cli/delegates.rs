//! The editor's side of a call: what the command lends to an extension and hears from it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use annexe::{
    CallResources,
    delegate::{
        DelegateError, HostDelegate, KeyValueStoreDelegate, LocalWorktree, ProjectDelegate,
        SharedProject,
    },
    settings::{LeftOut, Settings, SettingsError, SettingsPlaces},
    types::{ContextServerSettings, LanguageServerSettings, LanguageSettings, SettingsLocation},
};
use async_trait::async_trait;

use super::{context::Context, files, paths};

/// The number of the first worktree, which is the only one of most commands.
pub const WORKTREE: u64 = 1;

/// Returns what is lent to a call about one folder: the folder as a worktree and as a project, and `entries` as the
/// store that documentation goes into.
pub fn resources(worktree: PathBuf, entries: &Entries) -> CallResources {
    CallResources {
        worktree: Some(Arc::new(LocalWorktree::new(
            WORKTREE,
            worktree,
            paths::environment(),
        ))),
        project: Some(project(true)),
        key_value_store: Some(Arc::new(entries.clone())),
    }
}

/// A project, with one worktree or none.
pub fn project(has_worktree: bool) -> SharedProject {
    Arc::new(Project { has_worktree })
}

#[derive(Debug)]
struct Project {
    has_worktree: bool,
}

impl ProjectDelegate for Project {
    fn worktree_ids(&self) -> Vec<u64> {
        Vec::from_iter(self.has_worktree.then_some(WORKTREE))
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

/// The delegate that gives extensions what the user has set, for each folder that is known here.
#[derive(Debug, Default)]
pub struct SettingsDelegate {
    /// The folders, in the order of their worktrees' numbers.
    folders: Mutex<Vec<(PathBuf, Arc<Settings>)>>,
}

impl SettingsDelegate {
    /// The delegate for work on a project, or on none.
    ///
    /// # Errors
    /// Where the configuration or the settings cannot be read.
    pub fn new(context: &Context<'_>, project: Option<&Path>) -> anyhow::Result<Self> {
        let delegate = Self::default();
        delegate.set(
            project.unwrap_or(Path::new("")),
            settings(context, project)?,
        );
        Ok(delegate)
    }

    /// Sets the settings of a folder. Returns the number of the worktree that it is: the first folder is the first.
    pub fn set(&self, folder: &Path, settings: Settings) -> u64 {
        let mut folders = self.folders();
        let index = folders.iter().position(|(known, _)| known == folder);
        let entry = (folder.to_owned(), Arc::new(settings));
        match index {
            Some(index) => folders[index] = entry,
            None => folders.push(entry),
        }
        index.unwrap_or(folders.len() - 1) as u64 + WORKTREE
    }

    /// The number of the worktree that a folder is, and its settings.
    pub fn folder(&self, folder: &Path) -> Option<(u64, Arc<Settings>)> {
        let folders = self.folders();
        let index = folders.iter().position(|(known, _)| known == folder)?;
        let (_, settings) = folders.get(index)?;
        Some((index as u64 + WORKTREE, settings.clone()))
    }

    /// The settings for a place, and whether it is in a project; what is in none has those of the first folder.
    fn at(&self, location: Option<&SettingsLocation>) -> Option<(Arc<Settings>, bool)> {
        let folders = self.folders();
        let index = location.and_then(|it| it.worktree_id.checked_sub(WORKTREE));
        let inside = index.and_then(|index| folders.get(usize::try_from(index).ok()?));
        let (_, settings) = inside.or_else(|| folders.first())?;
        Some((settings.clone(), inside.is_some()))
    }

    fn folders(&self) -> MutexGuard<'_, Vec<(PathBuf, Arc<Settings>)>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user's settings, and those of a project that is trusted. The user is told of what is left out.
///
/// # Errors
/// Where the configuration or the settings cannot be read.
pub fn settings(context: &Context<'_>, project: Option<&Path>) -> anyhow::Result<Settings> {
    let settings = Settings::open(places(context, project)?).map_err(|error| match error {
        SettingsError::UserFile(error) => files::not_believed(&error).into(),
        error => anyhow::Error::new(error),
    })?;
    for warning in warnings(&settings) {
        context.output.warn(warning);
    }
    Ok(settings)
}

/// What a user should hear of settings: which files and values are left out, and which keys are mistyped.
pub fn warnings(settings: &Settings) -> impl Iterator<Item = String> {
    let slips = settings.slips();
    let more = slips.len().saturating_sub(MOST_SLIPS_TOLD);
    let told = slips.iter().take(MOST_SLIPS_TOLD).map(ToString::to_string);
    let more = (more > 0).then(|| format!("{more} more values or keys in the settings do not fit"));
    settings
        .left_out()
        .iter()
        .map(left_out)
        .chain(told)
        .chain(more)
}

/// The most values and keys that do not fit, of which a user is told one by one.
const MOST_SLIPS_TOLD: usize = 50;

/// The places of the user's settings, and of a project's.
///
/// # Errors
/// Where the configuration cannot be read.
pub fn places(context: &Context<'_>, project: Option<&Path>) -> anyhow::Result<SettingsPlaces> {
    Ok(SettingsPlaces {
        user: paths::settings()?,
        // One that was named must be there; the usual one need not.
        user_must_exist: paths::variable("ANNEXE_SETTINGS").is_some(),
        project: project.map(Path::to_path_buf),
        trusted: context.configuration()?.trusted_projects(context.output),
    })
}

/// Says which file does not count, and what would change that.
pub fn left_out(left_out: &LeftOut) -> String {
    match (left_out, left_out.hint()) {
        (LeftOut::NotTrusted { project, .. }, _) => format!(
            "{left_out}; if it is, add `{}` to `trusted_projects` in the configuration",
            project.display()
        ),
        (_, Some(hint)) => format!("{left_out}; {hint}"),
        (_, None) => left_out.to_string(),
    }
}

/// An error with its causes, for a guest.
fn in_full(error: SettingsError) -> DelegateError {
    DelegateError::new(format_args!("{:#}", anyhow::Error::new(error)))
}

#[async_trait]
impl HostDelegate for SettingsDelegate {
    async fn language_settings(
        &self,
        location: Option<&SettingsLocation>,
        language: Option<&str>,
    ) -> Result<LanguageSettings, DelegateError> {
        match self.at(location) {
            Some((settings, inside)) => settings.language(inside, language).map_err(in_full),
            None => Ok(LanguageSettings::default()),
        }
    }

    async fn language_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<LanguageServerSettings, DelegateError> {
        match self.at(location) {
            Some((settings, inside)) => settings.language_server(inside, server).map_err(in_full),
            None => Ok(LanguageServerSettings::default()),
        }
    }

    async fn context_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<ContextServerSettings, DelegateError> {
        match self.at(location) {
            Some((settings, inside)) => settings.context_server(inside, server).map_err(in_full),
            None => Ok(ContextServerSettings::default()),
        }
    }
}
