//! The preparation of a server or an adapter: the extensions that are asked, the settings, and the folder it is for.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::{
    CallError, Hint as _,
    delegate::{ExtensionObserver, LocalWorktree, SharedProject, SharedWorktree},
    lsp::{PreparationError, PreparationErrorKind},
    settings::{Settings, SettingsPlaces},
    store::{ProjectExtensions, RunningExtensions, ServerError},
};

use super::{
    configuration::Configuration,
    context::Context,
    delegates::{self, SettingsDelegate},
    failure::{self, Complaint},
    fetching::Purpose,
    files,
    lockfile::StartLock,
    paths, project,
};

/// An error about a thing whose extension the user or the project does without.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Disabled(pub Complaint);

/// An error in the words that the user sees in the editor.
pub fn of_error(error: &anyhow::Error) -> PreparationError {
    if let Some(Disabled(complaint)) = error.downcast_ref() {
        return PreparationError::new(complaint.to_string())
            .with_hint(complaint.hint())
            .with_kind(PreparationErrorKind::Disabled);
    }
    let kind = match error.downcast_ref() {
        Some(ServerError::Call(error)) if error.is_offline() => PreparationErrorKind::Offline,
        Some(ServerError::Call(CallError::Guest {
            cause: None,
            passed_on: None,
            ..
        })) => PreparationErrorKind::OfExtension,
        _ => PreparationErrorKind::Failed,
    };
    let (words, hint) = failure::in_line(error);
    PreparationError::new(words).with_hint(hint).with_kind(kind)
}

/// The folder that something is started for.
#[derive(Debug, Clone)]
pub struct Folder {
    pub path: PathBuf,
    /// Whether it is a project's: not the file system's root nor the user's home.
    pub is_project: bool,
}

impl Folder {
    /// The folder that was named, else that of the project which the current folder is in, else the current folder.
    ///
    /// # Errors
    /// Where there is no such folder.
    pub fn new(named: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = project::named_or_current(named)? {
            return Ok(Self {
                path,
                is_project: true,
            });
        }
        Ok(Self {
            path: files::folder(named.unwrap_or(Path::new(".")))?,
            is_project: false,
        })
    }
}

/// The way in which extensions are asked.
#[derive(Default)]
pub struct Asking {
    /// They get the last answers that servers of the network gave, and nothing new.
    pub offline: bool,
    /// The purpose of the fetch that asks them, if one does.
    pub purpose: Option<Purpose>,
    /// Hears what they do.
    pub observer: Option<Arc<dyn ExtensionObserver>>,
}

/// The installed extensions, to be asked for what is started for a folder, with the user's settings and the project's.
pub struct Preparation {
    pub extensions: RunningExtensions,
    pub configuration: Configuration,
    pub folder: Folder,
    pub settings: Arc<Settings>,
    /// What the project does without.
    pub project: Option<ProjectExtensions>,
}

impl Preparation {
    /// Reads what the configuration and the settings say.
    ///
    /// # Errors
    /// Where they cannot be read, or the store cannot be opened.
    pub fn new(
        context: &Context<'_>,
        folder: Folder,
        lock: &StartLock,
        asking: Asking,
    ) -> anyhow::Result<Self> {
        let configuration = context.configuration()?;
        let project = folder.is_project.then(|| folder.path.clone());
        let places = SettingsPlaces {
            project: project.clone(),
            ..delegates::places(context, None)?
        };
        let delegate = Arc::new(SettingsDelegate::default());
        delegate.set(&folder.path, Settings::open(places)?);
        let settings = delegate.folder(&folder.path).map(|(_, settings)| settings);
        let mut services = configuration.services()?;
        services.offline |= asking.offline;
        if asking.purpose == Some(Purpose::Refresh) {
            // Nobody waits for it, and it ends with its answers.
            services.patience = services.http.small_file_timeout;
        }
        let host = context.host_from(
            |_| (),
            |builder| {
                let builder = builder.delegate(delegate.clone());
                let builder = builder.services(services.clone());
                match asking.observer.clone() {
                    Some(observer) => builder.observer(observer),
                    None => builder,
                }
            },
        )?;
        Ok(Self {
            extensions: lock.apply(context.store_on(host)?)?.live(),
            project: project
                .as_deref()
                .map(ProjectExtensions::read)
                .transpose()?,
            settings: settings.ok_or_else(|| anyhow::anyhow!("there are no settings"))?,
            configuration,
            folder,
        })
    }

    /// What a user should hear of the settings.
    pub fn warnings(&self) -> Vec<String> {
        delegates::warnings(&self.settings).collect()
    }

    /// The folder, as extensions get it.
    pub fn worktree(&self) -> SharedWorktree {
        Arc::new(LocalWorktree::new(
            delegates::WORKTREE,
            &self.folder.path,
            paths::environment(),
        ))
    }

    /// The project, as extensions get it: it has no worktree where the folder is not a project's.
    pub fn shared_project(&self) -> SharedProject {
        delegates::project(self.folder.is_project)
    }
}

/// Fails where a program is not there. `setting` is the key of the settings by which another is named.
pub fn check_program(program: &str, setting: &str) -> Result<(), Complaint> {
    let is_there = match program.contains(std::path::is_separator) {
        true => files::exists(Path::new(program)),
        false => paths::program_on_path(program).is_some(),
    };
    if is_there {
        return Ok(());
    }
    let message = format!("`{program}` is not there");
    Err(Complaint::new(message).with_hint(format!(
        "install it, or name another in `{setting}` of your `settings.json`"
    )))
}
