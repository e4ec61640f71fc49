//! The side of a bridge that knows what is installed and set.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};

use annexe::{
    delegate::{ExtensionObserver, LocalWorktree},
    lsp::{PreparationError, PreparationProgress, PreparedServer, Root, ServerProvider},
    settings::{Settings, SettingsError, SettingsPlaces},
    store::{
        ProjectExtensions, RunningExtensions, ServerLog, ServerRequest, ServerSetup, ServerSource,
    },
    types::{LanguageServerSettings, ServerId},
};
use async_trait::async_trait;
use serde_json::Value;

use super::{Arguments, fetch::Fetch, sources::Source};
use crate::cli::{
    configuration::Configuration,
    context::Context,
    delegates::{self, Editor},
    failure::{self, Complaint},
    files, not_here, paths,
};

/// How often it is looked whether a settings file or what is installed has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// An installed server, as a bridge asks for it.
pub struct InstalledServer {
    arguments: Arguments,
    extensions: RunningExtensions,
    places: SettingsPlaces,
    configuration: Configuration,
    editor: Arc<Editor>,
    fetch: Option<Fetch>,
    /// The source, once it was found.
    source: Mutex<Option<Source>>,
    /// The log of the server that runs, where an extension brings it.
    log: OnceLock<ServerLog>,
    /// What each project does without, by its folder.
    projects: Mutex<HashMap<PathBuf, ProjectExtensions>>,
    /// The files whose changes matter, as they were when they were last read, or before.
    watched: Mutex<BTreeMap<PathBuf, Stamp>>,
}

impl InstalledServer {
    /// A server as the command line, the configuration and the store say. `offline`: extensions get the last answers that
    /// servers of the network gave, and nothing new. `observer` hears what they do.
    pub fn new(
        arguments: &Arguments,
        context: &Context<'_>,
        fetch: Option<Fetch>,
        offline: bool,
        observer: Option<Arc<dyn ExtensionObserver>>,
    ) -> anyhow::Result<Self> {
        let configuration = context.configuration()?;
        let editor = Arc::new(Editor::default());
        let mut services = configuration.services()?;
        services.offline |= offline;
        let host = context.host_from(
            |_| (),
            |builder| {
                let builder = builder.delegate(editor.clone());
                let builder = builder.services(services.clone());
                match observer.clone() {
                    Some(observer) => builder.observer(observer),
                    None => builder,
                }
            },
        )?;
        let extensions = context.store_on(host)?.live();
        let current = extensions.store().folder().join("current");
        Ok(Self {
            arguments: arguments.clone(),
            extensions,
            places: delegates::places(context, None)?,
            configuration,
            editor,
            fetch,
            source: Mutex::default(),
            log: OnceLock::new(),
            projects: Mutex::default(),
            watched: Mutex::new(BTreeMap::from([(current.clone(), stamp(&current))])),
        })
    }

    /// Reads the settings of a folder and what it does without, and says what of the settings is left out.
    pub fn read_settings(&self, folder: &Path, is_project: bool) -> anyhow::Result<Vec<String>> {
        let places = SettingsPlaces {
            project: is_project.then(|| folder.to_owned()),
            ..self.places.clone()
        };
        let mut watched: Vec<PathBuf> = places.user.iter().cloned().collect();
        watched.extend(Settings::files_of_project(folder));
        if is_project {
            watched.push(ProjectExtensions::file_of(folder));
        }
        // Before they are read, so that no change goes unseen.
        for file in watched {
            let now = stamp(&file);
            lock(&self.watched).entry(file).or_insert(now);
        }
        if is_project {
            let project = ProjectExtensions::read(folder)?;
            lock(&self.projects).insert(folder.to_owned(), project);
        }
        let settings = Settings::open(places)?;
        let warnings = settings.left_out().map(delegates::left_out);
        let warnings = warnings.into_iter().collect();
        self.editor.set(folder, settings);
        Ok(warnings)
    }

    /// Whether a file has changed since this was last asked, or since it was first read.
    fn has_changed(&self) -> bool {
        let mut has_changed = false;
        for (file, known) in lock(&self.watched).iter_mut() {
            let now = stamp(file);
            has_changed |= *known != now;
            *known = now;
        }
        has_changed
    }

    /// What the user has set for the server.
    fn own_settings(&self, folder: &Path) -> Result<LanguageServerSettings, SettingsError> {
        match self.editor.folder(folder) {
            Some((_, settings)) => settings.language_server(true, &self.arguments.server),
            None => Ok(LanguageServerSettings::default()),
        }
    }

    fn request(&self, source: &Source, folder: &Path) -> Result<ServerRequest, SettingsError> {
        // Its settings were read, which gave it a number.
        let number = self.editor.folder(folder).map_or(0, |(number, _)| number);
        let worktree = LocalWorktree::new(number, folder, paths::environment());
        let server = ServerId::new(&self.arguments.server, &source.language);
        let mut request = ServerRequest::new(server, source.source.clone(), Arc::new(worktree));
        request.settings = self.own_settings(folder)?;
        let project = lock(&self.projects).get(folder).cloned();
        let is_disabled = |id| project.as_ref().is_some_and(|it| it.is_disabled(id));
        let others = source.others.iter().filter(|(id, _)| !is_disabled(id));
        request.others = others.cloned().collect();
        request.home = paths::home();
        Ok(request)
    }

    /// Finds the source and asks for the setup, with what is there.
    pub async fn setup(&self, folder: &Path) -> anyhow::Result<(Source, ServerSetup)> {
        let store = self.extensions.store();
        let project = lock(&self.projects).get(folder).cloned();
        let languages = match &project {
            Some(project) => store.languages_in(project).await?,
            None => store.languages().await?,
        };
        let own = self.own_settings(folder)?;
        let has_own_program = own.binary.is_some_and(|binary| binary.path.is_some());
        let configured = self.configuration.servers();
        let found = Source::find(&self.arguments, &languages, configured, has_own_program)?;
        let Some(found) = found else {
            let id = &self.arguments.server;
            return Err(
                not_here::language_server(id, &languages, &self.configuration)
                    .await
                    .into(),
            );
        };
        let request = self.request(&found, folder)?;
        *lock(&self.source) = Some(found.clone());
        let mut setup = self.extensions.language_server(&request).await?;
        // The user's own command is looked up as a shell would: what is looked at is what is started.
        if self.arguments.own_command().is_some() {
            let own = &setup.command.command;
            setup.command.command = match own.contains(std::path::is_separator) {
                true => paths::absolute(Path::new(own))?.display().to_string(),
                false => paths::program_on_path(own).ok_or_else(|| {
                    let message = format!("`{own}` is not on the `PATH`");
                    Complaint::new(message).with_hint("install it, or write its path")
                })?,
            };
        }
        Ok((found, setup))
    }

    /// Asks for the setup of a program that is there.
    pub async fn ask(&self, folder: &Path) -> anyhow::Result<(Source, ServerSetup)> {
        let (source, setup) = self.setup(folder).await?;
        if !Path::new(&setup.command.command).exists() {
            let message = format!("`{}` is not there", setup.command.command);
            let hint = format!(
                "install it, or name another in `lsp.{}.binary` of your `settings.json`",
                self.arguments.server
            );
            return Err(Complaint::new(message).with_hint(hint).into());
        }
        Ok((source, setup))
    }

    /// The fetch of what an extension's server needs; none for a server that no extension brings.
    fn fetch_of(&self, source: Option<&Source>) -> Option<Fetch> {
        match &source?.source {
            ServerSource::Extension(id) => self.fetch.as_ref().map(|fetch| fetch.of(id)),
            ServerSource::Command(_) => None,
        }
    }
}

/// A server that can be started.
fn prepared(
    root: &Root,
    source: &Source,
    setup: ServerSetup,
    warnings: Vec<String>,
) -> PreparedServer {
    let mut prepared = PreparedServer::new(setup.command, root.folder.clone());
    prepared.initialization_options = setup.initialization_options;
    prepared.configuration = setup.configuration;
    prepared.language_ids.clone_from(&source.language_ids);
    prepared.warnings = warnings;
    prepared
}

/// An error in the words that the user sees in the editor.
pub fn of_error(error: &anyhow::Error) -> PreparationError {
    PreparationError {
        message: format!("{error:#}"),
        hint: failure::hint(error),
    }
}

#[async_trait]
impl ServerProvider for InstalledServer {
    async fn prepare(
        &self,
        root: &Root,
        progress: &dyn PreparationProgress,
    ) -> Result<PreparedServer, PreparationError> {
        let warnings = self.read_settings(&root.folder, root.is_project);
        let warnings = warnings.map_err(|error| of_error(&error))?;
        let asked = self.ask(&root.folder).await;
        let found = lock(&self.source).clone();
        let (source, setup) = match (asked, self.fetch_of(found.as_ref()), found) {
            (Ok(ready), fetch, _) => {
                if let Some(fetch) = fetch.filter(Fetch::is_due) {
                    // The next start has what is new; this one waits for no network.
                    fetch.start_aside(root);
                }
                ready
            }
            // What is missing another process fetches.
            (Err(_), Some(fetch), Some(source)) => (source, fetch.run(root, progress).await?),
            (Err(error), ..) => return Err(of_error(&error)),
        };
        Ok(prepared(root, &source, setup, warnings))
    }

    async fn configuration(&self, folder: &Path) -> Result<Option<Value>, PreparationError> {
        let asked = async {
            let root = Root::at(folder.to_owned(), Vec::new(), paths::home().as_deref());
            self.read_settings(folder, root.is_project)?;
            self.extensions.refresh().await?;
            let source = lock(&self.source).clone();
            let Some(source) = source else {
                return Ok(None);
            };
            let request = self.request(&source, folder)?;
            let asked = self.extensions.language_server_configuration(&request);
            anyhow::Ok(asked.await?)
        };
        asked.await.map_err(|error| of_error(&error))
    }

    fn started(&self, process: Option<u32>) {
        let source = lock(&self.source).clone().map(|it| it.source);
        if let Some(ServerSource::Extension(id)) = source {
            let store = self.extensions.store();
            let log = || store.server_log(&id, &self.arguments.server);
            self.log.get_or_init(log).started(process);
        }
    }

    fn hear(&self, line: &str) {
        if let Some(log) = self.log.get() {
            log.line(line);
        }
    }

    fn ended(&self, status: Option<ExitStatus>) {
        if let Some(log) = self.log.get() {
            log.ended(status);
            log.flush();
        }
    }

    async fn changed(&self) {
        while !self.has_changed() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// When a file was changed, and its length; `None` where it is not there.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(file: &Path) -> Stamp {
    let metadata = files::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
