//! The provider of an installed extension's server, with what the user has set.

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
        AddingServers, Languages, ProjectExtensions, RunningExtensions, ServerLog, ServerRequest,
        ServerSetup, ServerSource, StoreError, StoreStamp,
    },
    types::{LanguageServerSettings, ServerId},
};
use async_trait::async_trait;
use serde_json::Value;

use super::{Arguments, origin::ServerOrigin};
use crate::cli::{
    configuration::Configuration,
    context::Context,
    delegates::{self, SettingsDelegate},
    failure::Complaint,
    fetching::{Fetch, Purpose, Subject, UNDER_WAY},
    files, not_here, paths,
    preparation::{self, of_error},
    wording,
};

/// How long an extension may take to answer before the editor hears that it waits for a fetch.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether a settings file or what is installed has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// An installed server, as a bridge asks for it.
pub struct InstalledServer {
    arguments: Arguments,
    extensions: RunningExtensions,
    places: SettingsPlaces,
    configuration: Configuration,
    settings: Arc<SettingsDelegate>,
    /// The store that was named on the command line, if one was; none of both where nothing is to be fetched.
    fetch: Option<Option<PathBuf>>,
    /// The origin, once it was found.
    origin: Mutex<Option<ServerOrigin>>,
    /// The log of the server that runs, where an extension brings it.
    log: OnceLock<ServerLog>,
    /// What each project does without, by its folder.
    projects: Mutex<HashMap<PathBuf, ProjectExtensions>>,
    /// The files whose changes matter, as they were when they were last read, or before.
    watched: Mutex<BTreeMap<PathBuf, Stamp>>,
    /// The state of the store when it was last looked at.
    store: Mutex<Option<StoreStamp>>,
}

impl InstalledServer {
    /// A server as the command line, the configuration and the store say. `fetches`: what is missing is fetched by another
    /// process. `offline`: extensions get the last answers that
    /// servers of the network gave, and nothing new. `observer` hears what they do.
    pub fn new(
        arguments: &Arguments,
        context: &Context<'_>,
        fetches: bool,
        offline: bool,
        observer: Option<Arc<dyn ExtensionObserver>>,
    ) -> anyhow::Result<Self> {
        let configuration = context.configuration()?;
        let settings = Arc::new(SettingsDelegate::default());
        let mut services = configuration.services()?;
        services.offline |= offline;
        if arguments.fetch == Some(Purpose::Refresh) {
            // Nobody waits for it, and it ends with its answers.
            services.patience = services.http.small_file_timeout;
        }
        let host = context.host_from(
            |_| (),
            |builder| {
                let builder = builder.delegate(settings.clone());
                let builder = builder.services(services.clone());
                match observer.clone() {
                    Some(observer) => builder.observer(observer),
                    None => builder,
                }
            },
        )?;
        let extensions = arguments.lock.apply(context.store_on(host)?)?.live();
        // One that cannot be read is told of where it is needed.
        let store = extensions.store().stamp().ok();
        Ok(Self {
            arguments: arguments.clone(),
            extensions,
            places: delegates::places(context, None)?,
            configuration,
            settings,
            fetch: fetches.then(|| context.store_argument().map(Path::to_path_buf)),
            origin: Mutex::default(),
            log: OnceLock::new(),
            projects: Mutex::default(),
            watched: Mutex::default(),
            store: Mutex::new(store),
        })
    }

    /// Reads the settings of a folder and what it does without, and says what of the settings is left out.
    pub fn read_settings(&self, folder: &Path, is_project: bool) -> anyhow::Result<Vec<String>> {
        let settings = self.open_settings(folder, is_project)?;
        let warnings = delegates::warnings(&settings).collect();
        self.settings.set(folder, settings);
        Ok(warnings)
    }

    /// Reads them anew. A file that was all right and is not any more changes nothing.
    fn reread_settings(&self, folder: &Path, is_project: bool) -> anyhow::Result<()> {
        let settings = self.open_settings(folder, is_project)?;
        if let Some(faulty) = settings.left_out().iter().find(|it| it.is_faulty()) {
            return Err(Complaint::new(delegates::left_out(faulty)).into());
        }
        self.settings.set(folder, settings);
        Ok(())
    }

    fn open_settings(&self, folder: &Path, is_project: bool) -> anyhow::Result<Settings> {
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
        Ok(Settings::open(places)?)
    }

    /// Whether a file or what is installed has changed since this was last asked, or since it was first read.
    fn has_changed(&self) -> bool {
        let mut has_changed = false;
        let mut store = lock(&self.store);
        if let Ok(now) = self.extensions.store().stamp()
            && store.as_ref() != Some(&now)
        {
            *store = Some(now);
            has_changed = true;
        }
        for (file, known) in lock(&self.watched).iter_mut() {
            let now = stamp(file);
            has_changed |= *known != now;
            *known = now;
        }
        has_changed
    }

    /// What the user has set for the server.
    fn own_settings(&self, folder: &Path) -> Result<LanguageServerSettings, SettingsError> {
        match self.settings.folder(folder) {
            Some((_, settings)) => settings.language_server(true, &self.arguments.server),
            None => Ok(LanguageServerSettings::default()),
        }
    }

    /// Whether the user has set the server's program, in the place of all that would be fetched.
    fn has_own_program(&self, folder: &Path) -> bool {
        let own = self.own_settings(folder).unwrap_or_default();
        own.binary.is_some_and(|binary| binary.path.is_some())
    }

    /// The languages of what is installed, without what the project in a folder does without.
    async fn languages(&self, folder: &Path) -> Result<Languages, StoreError> {
        let store = self.extensions.store();
        let project = lock(&self.projects).get(folder).cloned();
        match &project {
            Some(project) => store.languages_in(project).await,
            None => store.languages().await,
        }
    }

    fn request(
        &self,
        origin: &ServerOrigin,
        folder: &Path,
    ) -> Result<ServerRequest, SettingsError> {
        // Its settings were read, which gave it a number.
        let number = self.settings.folder(folder).map_or(0, |(number, _)| number);
        let worktree = LocalWorktree::new(number, folder, paths::environment());
        let server = ServerId::new(&self.arguments.server, &origin.language);
        let mut request = ServerRequest::new(server, origin.source.clone(), Arc::new(worktree));
        request.settings = self.own_settings(folder)?;
        request.others.clone_from(&origin.others.asked);
        request.home = paths::home();
        Ok(request)
    }

    /// Finds the origin.
    async fn find_origin(&self, folder: &Path) -> anyhow::Result<ServerOrigin> {
        let languages = self.languages(folder).await?;
        let configured = self.configuration.servers();
        let has_own_program = self.has_own_program(folder);
        let found = ServerOrigin::find(&self.arguments, &languages, configured, has_own_program)?;
        let Some(found) = found else {
            let id = &self.arguments.server;
            return Err(
                not_here::language_server(id, &languages, &self.configuration)
                    .await
                    .into(),
            );
        };
        *lock(&self.origin) = Some(found.clone());
        Ok(found)
    }

    /// Finds the origin and asks for the setup, with what is there.
    pub async fn setup(&self, folder: &Path) -> anyhow::Result<ServerSetup> {
        let origin = self.find_origin(folder).await?;
        self.setup_of(&origin, folder).await
    }

    async fn setup_of(&self, origin: &ServerOrigin, folder: &Path) -> anyhow::Result<ServerSetup> {
        let request = self.request(origin, folder)?;
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
        Ok(setup)
    }

    /// Finds the origin and asks for the setup of a program that is there.
    pub async fn setup_at_hand(&self, folder: &Path) -> anyhow::Result<ServerSetup> {
        let origin = self.find_origin(folder).await?;
        self.ask(&origin, folder).await
    }

    /// Asks for the setup of a program that is there.
    async fn ask(&self, origin: &ServerOrigin, folder: &Path) -> anyhow::Result<ServerSetup> {
        let setup = self.setup_of(origin, folder).await?;
        self.check_program(&setup)?;
        Ok(setup)
    }

    /// Fails where the program of a setup is not there.
    fn check_program(&self, setup: &ServerSetup) -> Result<(), Complaint> {
        let setting = format!("lsp.{}.binary", self.arguments.server);
        preparation::check_program(&setup.command.command, &setting)
    }

    /// The fetch of what an extension's server needs; none for a server that no extension brings, or whose program the
    /// user has set.
    fn fetch_of(&self, origin: &ServerOrigin, folder: &Path) -> Option<Fetch> {
        let store = self.fetch.as_ref()?;
        match &origin.source {
            ServerSource::Extension(_) if self.has_own_program(folder) => None,
            ServerSource::Extension(id) => {
                let arguments = self.arguments.of_fetch(id, folder).ok()?;
                let subject = Subject::Extension(id);
                Some(Fetch::new("lsp", arguments, subject, store.as_deref()))
            }
            ServerSource::Command(_) => None,
        }
    }

    /// Has what is missing fetched, and takes what the process that does it has found.
    async fn fetched(
        &self,
        fetch: &Fetch,
        progress: &dyn PreparationProgress,
    ) -> Result<ServerSetup, PreparationError> {
        let setup: ServerSetup = fetch.run(progress).await?;
        let checked = self.check_program(&setup);
        checked.map_err(|error| of_error(&error.into()))?;
        Ok(setup)
    }
}

/// A server that can be started.
fn prepared(
    root: &Root,
    origin: &ServerOrigin,
    setup: ServerSetup,
    warnings: Vec<String>,
) -> PreparedServer {
    let mut prepared = PreparedServer::new(setup.command, root.folder.clone());
    prepared.initialization_options = setup.initialization_options;
    prepared.configuration = setup.configuration;
    prepared.language_ids.clone_from(&origin.language_ids);
    prepared.warnings = warnings;
    prepared.notes = left_out(&origin.others).into_iter().collect();
    prepared
}

/// Says which extensions are not asked to add to a server, where there are any.
fn left_out(adding: &AddingServers) -> Option<String> {
    if adding.left_out.is_empty() {
        return None;
    }
    Some(format!(
        "more extensions may add to the server than are asked; not asked are {}",
        wording::list(&adding.left_out)
    ))
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
        let origin = self.find_origin(&root.folder).await;
        let origin = origin.map_err(|error| of_error(&error))?;
        let fetch = self.fetch_of(&origin, &root.folder);
        let asking = self.ask(&origin, &root.folder);
        tokio::pin!(asking);
        let asked = tokio::select! {
            asked = &mut asking => asked,
            // What is fetched now, the extension waits for.
            () = tokio::time::sleep(PATIENCE), if fetch.as_ref().is_some_and(Fetch::is_under_way) => {
                progress.step(UNDER_WAY);
                asking.await
            }
        };
        let setup = match (asked, fetch) {
            (Ok(setup), fetch) => {
                if let Some(fetch) = fetch.filter(Fetch::is_due) {
                    // The next start has what is new; this one waits for no network.
                    fetch.start_aside().await;
                }
                setup
            }
            // What is missing another process fetches.
            (Err(_), Some(fetch)) => self.fetched(&fetch, progress).await?,
            (Err(error), None) => return Err(of_error(&error)),
        };
        let mut prepared = prepared(root, &origin, setup, warnings);
        // The doctor knows no command of the user's own.
        if self.arguments.own_command().is_none() {
            let id = &self.arguments.server;
            prepared.start_hint = Some(format!("`annexe doctor {id}` says what is missing"));
        }
        Ok(prepared)
    }

    async fn configuration(&self, folder: &Path) -> Result<Option<Value>, PreparationError> {
        let asked = async {
            let root = Root::at(folder.to_owned(), Vec::new(), paths::home().as_deref());
            self.reread_settings(folder, root.is_project)?;
            self.extensions.refresh().await?;
            let origin = lock(&self.origin).clone();
            let Some(origin) = origin else {
                return Ok(None);
            };
            // What was installed meanwhile may add to it.
            let languages = self.languages(folder).await?;
            let origin = origin.renewed(&self.arguments.server, &languages);
            let request = self.request(&origin, folder)?;
            let asked = self.extensions.language_server_configuration(&request);
            anyhow::Ok(asked.await?)
        };
        asked.await.map_err(|error| of_error(&error))
    }

    fn started(&self, process: Option<u32>) {
        let source = lock(&self.origin).clone().map(|it| it.source);
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
