//! Where a user has what annexe keeps: the store, the index cache and the compiled cache.

use std::path::{Path, PathBuf};

use annexe::{
    CacheConfiguration, ExtensionStore, Host, StoreConfiguration,
    registry::{Access, RegistryConfiguration, Sources},
    store::{ChangeStep, Event, Listener},
};

/// The folders of one user, empty at first.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The store, as a new process opens it.
    pub(crate) fn store(&self) -> ExtensionStore {
        self.store_compiling_into(self.folder.path())
    }

    /// The store, with a compiled cache elsewhere.
    pub(crate) fn store_compiling_into(&self, folder: &Path) -> ExtensionStore {
        let cache = CacheConfiguration::new(folder.join("compiled"), folder.join("key"));
        let host = Host::builder().cache(cache).build().expect("a host");
        let configuration = StoreConfiguration::new(self.path("store"));
        ExtensionStore::open(configuration, host).expect("a store")
    }

    /// The registry at an address, as a new process opens it.
    pub(crate) fn sources(&self, base: &str, name: &str) -> Sources {
        sources(base, name, &self.path("index"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Installed files are protected: only the superuser may remove them as they are.
        let command = std::process::Command::new("chmod")
            .arg("-R")
            .arg("u+w")
            .arg(self.folder.path())
            .status();
        drop(command);
    }
}

/// The registry called `name` at an address, with an index cache in `cache` and no connection yet.
pub(crate) fn sources(base: &str, name: &str, cache: &Path) -> Sources {
    let mut access = Access::default();
    access.cache = Some(cache.to_owned());
    let configuration = RegistryConfiguration {
        name: Some(name.to_owned()),
        location: base.parse().expect("an address"),
        mirrors: Vec::new(),
    };
    Sources::new(vec![configuration], access)
}

/// Keeps what it hears.
#[derive(Default)]
pub(crate) struct Heard(std::sync::Mutex<Vec<ChangeStep>>);

impl Listener for Heard {
    fn hear(&self, event: &Event) {
        if let Event::Change { step, .. } = event {
            self.0.lock().expect("not poisoned").push(step.clone());
        }
    }
}

impl Heard {
    pub(crate) fn count(&self, is_it: impl Fn(&ChangeStep) -> bool) -> usize {
        let events = self.0.lock().expect("not poisoned");
        events.iter().filter(|event| is_it(event)).count()
    }
}
