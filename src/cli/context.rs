//! The context of a command: what it works with. Everything is made when it is first asked for: `completions` needs no
//! store and `list` no compiled code.

use std::{
    error::Error as _,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use annexe::{
    CacheConfiguration, EngineError, FileError, Host, HostBuilder, Limits,
    builder::{BuildConfiguration, Builder},
    capability::Policy,
    delegate::{HostDelegate, NoDelegate},
    store::{ExtensionStore, Store, StoreConfiguration, StoreError},
    types::ExtensionId,
};
use tokio::sync::Notify;

use super::{
    arguments::Options,
    configuration::Configuration,
    failure::Complaint,
    files, grants,
    lockfile::LockOption,
    output::{self, Output},
    paths, registries,
    signals::{self, Ignored},
    successor::Successor,
};

/// The output, and the way to the folders, the host, the store and the registry.
#[derive(Debug)]
pub struct Context<'a> {
    pub output: &'a Output,
    /// The command line as a whole, for the commands that are about it.
    pub command_line: fn() -> clap::Command,
    /// What becomes of signals that the process was started to ignore.
    pub ignored_signals: Ignored,
    store: Option<&'a Path>,
    ends_by_interrupt: AtomicBool,
    ended_by_user: Notify,
    has_warned_of_rules: AtomicBool,
    successor: Mutex<Option<Successor>>,
}

impl<'a> Context<'a> {
    /// The context of one command.
    pub fn new(
        options: &'a Options,
        output: &'a Output,
        command_line: fn() -> clap::Command,
        ignored_signals: Ignored,
    ) -> Self {
        Self {
            output,
            command_line,
            ignored_signals,
            store: options.store.as_deref(),
            ends_by_interrupt: AtomicBool::new(false),
            ended_by_user: Notify::new(),
            has_warned_of_rules: AtomicBool::new(false),
            successor: Mutex::new(None),
        }
    }

    /// Sets the program that the process becomes once the command has succeeded and nothing of it is left.
    pub fn become_later(&self, successor: Successor) {
        *self.successor_slot() = Some(successor);
    }

    /// Takes the program that the process is to become, if it is to.
    pub fn successor(&self) -> Option<Successor> {
        self.successor_slot().take()
    }

    fn successor_slot(&self) -> MutexGuard<'_, Option<Successor>> {
        self.successor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for Ctrl-C, by which the command ends as a matter of course and without an error. From here on the first
    /// one is the command's own; a second one interrupts it.
    pub async fn ended_by_user(&self) {
        self.ends_by_interrupt.store(true, Ordering::Relaxed);
        self.ended_by_user.notified().await;
    }

    /// Waits for a Ctrl-C that is not the command's own, which is passed on to it.
    ///
    /// # Errors
    /// Where the system does not tell of signals.
    pub async fn interrupted(&self) -> io::Result<()> {
        signals::interrupted(self.ignored_signals).await?;
        if self.ends_by_interrupt.load(Ordering::Relaxed) {
            // It is kept until the command waits for it.
            self.ended_by_user.notify_one();
            signals::interrupted(self.ignored_signals).await?;
        }
        Ok(())
    }

    /// The folder of installed extensions, where the command line names it.
    pub fn store_argument(&self) -> Option<&'a Path> {
        self.store
    }

    /// The folder of installed extensions.
    pub fn store_folder(&self) -> anyhow::Result<PathBuf> {
        paths::store(self.store)
    }

    /// Returns the folder of compiled components.
    pub fn cache(&self) -> anyhow::Result<CacheConfiguration> {
        paths::cache()
    }

    /// A host with the compiled cache, and what the configuration says of how extensions are run.
    pub fn host(&self) -> anyhow::Result<Host> {
        self.host_with(|_| (), Arc::new(NoDelegate))
    }

    /// A host with the compiled cache, and what the configuration says of how extensions are run; `adjust`
    /// has the last word on their limits. A cache that cannot be used costs time and nothing else: the user
    /// is warned, and what is compiled is not kept.
    pub fn host_with(
        &self,
        adjust: impl Fn(&mut Limits),
        delegate: Arc<dyn HostDelegate>,
    ) -> anyhow::Result<Host> {
        self.host_from(adjust, |builder| builder.delegate(delegate.clone()))
    }

    /// A host as [`host_with`](Self::host_with) makes it, set up further.
    pub fn host_from(
        &self,
        adjust: impl Fn(&mut Limits),
        set_up: impl Fn(HostBuilder) -> HostBuilder,
    ) -> anyhow::Result<Host> {
        let configuration = self.configuration()?;
        if !self.has_warned_of_rules.swap(true, Ordering::Relaxed) {
            configuration.warn_of_rules(self.output);
        }
        let policy = self.policy(&configuration)?;
        let services = configuration.services()?;
        let compiler = configuration.compiler();
        let mut options = configuration.run_options(&registries::known(&configuration)?)?;
        adjust(options.all.limits.get_or_insert_default());
        options
            .of
            .values_mut()
            .for_each(|options| adjust(options.limits.get_or_insert_default()));
        let builder = || {
            let builder = Host::builder()
                .compiler(compiler.clone())
                .options(options.all.clone())
                .policy(policy.clone())
                .services(services.clone());
            let builder = options.of.iter().fold(builder, |builder, (id, options)| {
                builder.options_of(id.clone(), options.clone())
            });
            let sandboxes = options.sandboxes.iter();
            let builder = sandboxes.fold(builder, |builder, (id, origin, sandbox)| {
                builder.sandbox_of(id.clone(), origin.clone(), sandbox.clone())
            });
            set_up(builder)
        };
        match builder().cache(self.cache()?).build() {
            Err(EngineError::Cache(error)) => {
                self.output.warn(format_args!(
                    "nothing is kept of what is compiled: {}; {}",
                    in_full(&error),
                    cache_hint(&error)
                ));
                Ok(builder().build()?)
            }
            built => Ok(built?),
        }
    }

    /// A host for work on the compiled cache itself.
    ///
    /// # Errors
    /// Where the cache cannot be used.
    pub fn cache_host(&self) -> anyhow::Result<Host> {
        match Host::builder().cache(self.cache()?).build() {
            Err(EngineError::Cache(error)) => {
                let message = format!("the compiled cache cannot be used: {}", in_full(&error));
                Err(Complaint::new(message).with_hint(cache_hint(&error)).into())
            }
            built => Ok(built?),
        }
    }

    /// The installed extensions on disk: no engine is made and no compiled cache opened.
    pub fn store(&self) -> anyhow::Result<Store> {
        let mut configuration = StoreConfiguration::new(self.store_folder()?);
        configuration.state = paths::state(&configuration.folder);
        Ok(Store::open(configuration)?)
    }

    /// The installed extensions with a host, to be changed and run.
    pub fn store_to_run(&self) -> anyhow::Result<ExtensionStore> {
        self.store_on(self.host()?)
    }

    /// The installed extensions, to be run by `host`, as the configuration's lockfile says where it names one.
    pub fn store_on(&self, host: Host) -> anyhow::Result<ExtensionStore> {
        let store = ExtensionStore::new(self.store()?, host);
        match self.configuration()?.locked() {
            Some(path) => LockOption::named(path).apply(store),
            None => Ok(store),
        }
    }

    /// Builds extensions in the user's cache folder, in colours where stderr takes them.
    pub fn builder(&self) -> anyhow::Result<Builder> {
        let folder = paths::build()?;
        Ok(Builder::new(BuildConfiguration { folder })
            .colours(output::has_colour() && !self.output.is_json()))
    }

    /// The user's configuration.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn configuration(&self) -> anyhow::Result<Configuration> {
        Configuration::read()
    }

    /// The user's configuration, which may not be there yet though it was named.
    ///
    /// # Errors
    /// As [`configuration`](Self::configuration).
    pub fn configuration_to_edit(&self) -> anyhow::Result<Configuration> {
        match paths::configuration()?.is_some_and(|path| files::exists(&path)) {
            true => Configuration::read(),
            false => Ok(Configuration::default()),
        }
    }

    /// Returns the grants of each extension.
    ///
    /// # Errors
    /// Where what the user grants cannot be read: nothing passes for allowed then.
    pub fn policy(&self, configuration: &Configuration) -> anyhow::Result<Policy> {
        let registries = registries::known(configuration)?;
        let grants = grants::read()?;
        for slip in grants.slips() {
            self.output.warn(slip);
        }
        Ok(grants.policy(configuration.grants(), &registries))
    }
}

/// Fails for an extension of which nothing is known.
///
/// # Errors
/// [`StoreError::NotInstalled`] with the nearest ids.
pub fn must_be_known(store: &Store, id: &ExtensionId) -> Result<(), StoreError> {
    match store.active(id) {
        Ok(_) | Err(StoreError::NotBuilt { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// An error of a file with what the system answered.
fn in_full(error: &FileError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The way out where the compiled cache cannot be used.
fn cache_hint(error: &FileError) -> String {
    let elsewhere = "set ANNEXE_CACHE to a folder of your own";
    if files::is_writable_for_others(error.path()) {
        format!("run `chmod 700 {}`, or {elsewhere}", error.path().display())
    } else {
        elsewhere.into()
    }
}
