//! A registry to install from and a store to install into, in one temporary folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use annexe::{
    CacheConfiguration, CallError, CallResources, Extension, Host,
    delegate::LocalWorktree,
    registry::{
        Access, Location, Registry, RegistryConfiguration, Sources,
        format::{StateChange, StateLine, VersionLine},
        publish,
    },
    store::{
        AllowAll, ChangeOptions, ChangeStep, Event, ExtensionStore, Listener, Outcome, Receipt,
        Reload, StoreConfiguration, StoreError,
    },
    types::{ExtensionId, ExtensionOrigin},
};
use serde_json::{Value, json};

pub use crate::support::{
    files::{make_writable, names},
    guests::wasm as guest_of,
    publish::Package,
};
use crate::support::{guests, publish::archive_path};

/// The extension that most tests install.
pub const ID: &str = "echo-server";

pub fn id(text: &str) -> ExtensionId {
    text.parse().unwrap()
}

/// The guest built with API 0.0.1.
pub fn guest() -> Vec<u8> {
    guest_of("0.0.1")
}

impl Package {
    /// A language server's extension with a component. Each version has files of its own.
    pub fn new(version: &str) -> Self {
        let server = "[language_servers.echo]\nname = \"Echo\"\nlanguage = \"Rust\"\n";
        Self::of(ID, "Echo", version, server)
            .wasm(guest())
            .file("README.md", format!("version {version}"))
    }

    /// An extension without a component.
    pub fn theme(version: &str) -> Self {
        let theme = "{\"name\": \"Dark\", \"themes\": []}";
        Self::of(ID, "Echo", version, "").file("themes/dark.json", theme)
    }
}

pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// With an empty registry.
    pub fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        publish::init(&place.registry_dir(), "test").unwrap();
        fs::create_dir(place.path("worktree")).unwrap();
        place
    }

    /// With these versions of [`ID`] published.
    pub fn with(versions: &[&str]) -> Self {
        let place = Self::new();
        for version in versions {
            place.publish(&Package::new(version));
        }
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn registry_dir(&self) -> PathBuf {
        self.path("registry")
    }

    pub fn store_dir(&self) -> PathBuf {
        self.path("store")
    }

    /// Publishes a package, and gives its line.
    pub fn publish(&self, package: &Package) -> VersionLine {
        package.publish(&self.registry_dir())
    }

    pub fn declare(&self, version: &str, state: StateChange) {
        let line = StateLine {
            v: 1,
            state,
            version: version.parse().unwrap(),
            reason: Some("it eats files".into()),
            replacement: None,
            at: "2026-11-23T10:00:00Z".parse().unwrap(),
            unknown: serde_json::Map::new(),
        };
        publish::declare(&self.registry_dir(), &id(ID), &line).unwrap();
    }

    /// The file of a published archive.
    pub fn archive(&self, line: &VersionLine) -> PathBuf {
        self.registry_dir().join(archive_path(line))
    }

    /// The registry as a user has configured it, under the name it gives itself.
    pub async fn registry(&self) -> Registry {
        let folder = Location::Folder(self.registry_dir());
        let mut configuration = RegistryConfiguration::from(folder.clone());
        let label = Registry::open(&folder).await.unwrap().name().to_owned();
        configuration.name = Some(label);
        Registry::open_configured(&configuration, &Access::default())
            .await
            .unwrap()
    }

    /// The working directory of what is installed from this place's registry.
    pub fn work_dir(&self, store: &ExtensionStore) -> PathBuf {
        let origin = ExtensionOrigin::Registry("test".into());
        store.work_dir(&id(ID), &origin).unwrap()
    }

    /// A store whose host keeps what it compiles from one test run to the next.
    pub fn store(&self) -> ExtensionStore {
        self.store_with(guests::cache())
    }

    /// A store whose host has a cache in `folder`.
    pub fn store_with_cache(&self, folder: &Path) -> ExtensionStore {
        self.store_with(CacheConfiguration::new(
            folder.join("cache"),
            folder.join("cache-key"),
        ))
    }

    fn store_with(&self, cache: CacheConfiguration) -> ExtensionStore {
        let mut services = annexe::ServiceOptions::default();
        // The servers of tests are on this machine.
        services.http.private = vec!["127.0.0.0/8".parse().unwrap()];
        let host = Host::builder().cache(cache).services(services);
        let host = host.build().unwrap();
        ExtensionStore::open(StoreConfiguration::new(self.store_dir()), host).unwrap()
    }

    pub async fn install(
        &self,
        store: &ExtensionStore,
        requirement: &str,
    ) -> Result<Receipt, StoreError> {
        /// What a runtime with several threads asks of a future.
        fn spawnable<F: Future + Send>(future: F) -> F {
            future
        }
        let requirement = requirement.parse().unwrap();
        let (registry, id) = (self.registry().await, id(ID));
        spawnable(store.install(&registry, &id, &requirement)).await
    }

    pub async fn install_reporting(
        &self,
        store: &ExtensionStore,
        requirement: &str,
        listener: Arc<dyn Listener>,
    ) -> Result<Receipt, StoreError> {
        let store = store.clone().with_listener(listener);
        self.install(&store, requirement).await
    }

    /// The sources with this place's registry alone.
    pub async fn sources(&self) -> Sources {
        Sources::from(self.registry().await)
    }

    /// Updates all that is installed, whatever new versions may do.
    pub async fn update(&self, store: &ExtensionStore) -> Result<Outcome, StoreError> {
        let sources = self.sources().await;
        let mut options = ChangeOptions::new(&sources);
        options.consent = &AllowAll;
        store.update(&[], &options).await
    }

    /// Starts the extension and calls it.
    pub async fn assert_answers(&self, store: &ExtensionStore) {
        let extension = store.start(&id(ID)).await.unwrap();
        self.call(&extension).await;
    }

    /// Asks the test guest for the command of a server of this name, which says what it is to do.
    pub async fn ask(&self, extension: &Extension, server: &str) -> Result<Value, CallError> {
        let mut resources = CallResources::default();
        let worktree = LocalWorktree::new(1, self.path("worktree"), Vec::new());
        resources.worktree = Some(Arc::new(worktree));
        extension
            .call_by_name("language-server-command", json!([server]), &resources)
            .await
    }

    pub async fn call(&self, extension: &Extension) {
        let answer = self.ask(extension, "echo").await.unwrap();
        let command = answer["command"].as_str().unwrap();
        assert!(
            command == "echo"
                || (command.contains(&format!("store/work/{}", extension.id()))
                    && command.ends_with("/echo")),
            "{answer}"
        );
    }

    /// Nothing half done is left, once what a change that failed has on other threads has ended.
    pub fn assert_clean(&self) {
        let staging = self.store_dir().join("staging");
        for _ in 0..500 {
            if names(&staging).is_empty() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(names(&staging), [""; 0]);
        for name in ["", "generations", "trees"] {
            let left = names(&self.store_dir().join(name));
            assert!(
                !left.iter().any(|name| name.starts_with(".tmp")),
                "{left:?}"
            );
        }
    }

    /// The version installed is this one, it runs, and nothing half done is left.
    pub async fn assert_intact(&self, store: &ExtensionStore, version: &str) {
        assert_eq!(
            store.installed(&id(ID)).unwrap().version.to_string(),
            version
        );
        self.assert_answers(store).await;
        self.assert_clean();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A folder that may not be written to cannot be emptied, not even by its owner.
        let trees = self.store_dir().join("trees");
        if trees.exists() && !std::thread::panicking() {
            make_writable(&trees);
        }
    }
}

/// Keeps the steps of changes that it hears of.
#[derive(Default)]
pub struct Events(Mutex<Vec<ChangeStep>>);

impl Listener for Events {
    fn hear(&self, event: &Event) {
        if let Event::Change { step, .. } = event {
            self.0.lock().unwrap().push(step.clone());
        }
    }
}

/// Passes on how running extensions follow the store.
pub struct Reloads(pub tokio::sync::mpsc::UnboundedSender<Reload>);

impl Listener for Reloads {
    fn hear(&self, event: &Event) {
        if let Event::Reload(reload) = event {
            drop(self.0.send(reload.clone()));
        }
    }
}

impl Events {
    /// The names of the events, each once where it came several times in a row.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.lock().unwrap().iter().map(name).collect();
        names.dedup();
        names
    }
}

pub fn name(step: &ChangeStep) -> String {
    let text = format!("{step:?}");
    text.split([' ', '(']).next().unwrap().to_owned()
}
