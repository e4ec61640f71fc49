//! What a command works with. Everything is made when it is first asked for: `completions` needs no
//! store and `list` no compiled code.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::{
    CacheConfiguration, Host, Limits,
    delegate::{HostDelegate, NoDelegate},
    registry::{Location, Registry},
    store::{ExtensionStore, StoreConfiguration},
};

use super::{
    arguments::{Options, RegistryOption},
    output::Output,
    paths,
};

/// The output, and the way to the folders, the host, the store and the registry.
#[derive(Debug)]
pub struct Context<'a> {
    pub output: &'a Output,
    store: Option<&'a Path>,
}

impl<'a> Context<'a> {
    /// The context of one command.
    pub fn new(options: &'a Options, output: &'a Output) -> Self {
        Self {
            output,
            store: options.store.as_deref(),
        }
    }

    /// The folder of installed extensions.
    pub fn store_folder(&self) -> anyhow::Result<PathBuf> {
        paths::store(self.store)
    }

    /// Where compiled components are kept.
    pub fn cache(&self) -> anyhow::Result<CacheConfiguration> {
        paths::cache()
    }

    /// A host with the compiled cache and the default limits.
    pub fn host(&self) -> anyhow::Result<Host> {
        self.host_with(Limits::default(), Arc::new(NoDelegate))
    }

    /// A host with the compiled cache.
    pub fn host_with(
        &self,
        limits: Limits,
        delegate: Arc<dyn HostDelegate>,
    ) -> anyhow::Result<Host> {
        Ok(Host::builder()
            .cache(self.cache()?)
            .limits(limits)
            .delegate(delegate)
            .build()?)
    }

    /// The installed extensions.
    pub fn store(&self) -> anyhow::Result<ExtensionStore> {
        self.store_on(self.host()?)
    }

    /// The installed extensions, to be read or removed but not run: no compiled cache is opened.
    pub fn store_at_rest(&self) -> anyhow::Result<ExtensionStore> {
        self.store_on(Host::builder().build()?)
    }

    /// The installed extensions, to be run by `host`.
    pub fn store_on(&self, host: Host) -> anyhow::Result<ExtensionStore> {
        Ok(ExtensionStore::open(
            StoreConfiguration {
                folder: self.store_folder()?,
            },
            host,
        )?)
    }

    /// The registry to ask.
    pub async fn registry(&self, option: &RegistryOption) -> anyhow::Result<Registry> {
        let location: Location = match &option.registry {
            Some(location) => location.clone(),
            None => paths::registry()?,
        };
        Ok(Registry::open(&location).await?)
    }
}
