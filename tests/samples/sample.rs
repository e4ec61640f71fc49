//! A sample that is installed from the built-in registry and started, and an editor around it.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use annexe::{
    CallResources, Extension, ExtensionStore, StoreConfiguration,
    delegate::{
        DelegateError, HostDelegate, KeyValueStoreDelegate, LocalWorktree, NoDelegate,
        ProjectDelegate,
    },
    registry::{Location, Registry, Sources},
    store::{ArchiveLocation, ChangeOptions, InstallRequest, Receipt, StoreError},
    types::{ContextServerSettings, LanguageServerSettings, SettingsLocation},
};
use async_trait::async_trait;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::guests;

/// The number of the worktree.
const WORKTREE: u64 = 1;

/// The ids of all samples, from their folders.
pub fn ids() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("extensions");
    let mut ids: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    ids.sort();
    ids
}

/// The language of a sample in another one than Rust: made by the tools of that language, with the
/// language itself inside, and so too large for the built-in registry.
fn language(id: &str) -> Option<&'static str> {
    let folder = folder(id);
    let lists = [
        ("package.json", "javascript"),
        ("requirements.txt", "python"),
    ];
    let mut known = lists.into_iter();
    let (_, language) = known.find(|(list, _)| folder.join(list).is_file())?;
    Some(language)
}

/// Whether a sample is in another language than Rust.
pub fn is_foreign(id: &str) -> bool {
    language(id).is_some()
}

/// The ids of the samples that the built-in registry has.
pub fn published_ids() -> Vec<String> {
    let mut ids = ids();
    ids.retain(|id| !is_foreign(id));
    ids
}

/// The folder of a sample's sources.
pub fn folder(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("extensions")
        .join(id)
}

/// The folders of a sample's packages: one for each version that is published.
pub fn packages(id: &str) -> Vec<PathBuf> {
    let is_package = |folder: &PathBuf| folder.join("extension.toml").is_file();
    let folder = folder(id);
    if is_package(&folder) {
        return vec![folder];
    }
    let entries = std::fs::read_dir(folder).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    folders.filter(is_package).collect()
}

/// The built-in registry as a folder.
pub fn registry_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-index")
}

/// A store in a folder, whose host keeps what it compiles for all tests.
pub fn store(folder: &Path, delegate: Arc<dyn HostDelegate>) -> ExtensionStore {
    let host = guests::host().delegate(delegate);
    ExtensionStore::open(StoreConfiguration::new(folder), host.build().unwrap()).unwrap()
}

/// Installs a sample, at the newest version that is asked for, from the built-in registry.
pub async fn install(
    store: &ExtensionStore,
    id: &str,
    requirement: &str,
) -> Result<Receipt, StoreError> {
    let registry = Registry::open(&Location::Embedded).await.unwrap();
    let requirement = requirement.parse().unwrap();
    store
        .install(&registry, &id.parse().unwrap(), &requirement)
        .await
}

/// What a user has set, by the server it is for.
#[derive(Default)]
pub struct Settings {
    pub language_servers: HashMap<&'static str, LanguageServerSettings>,
    pub context_servers: HashMap<&'static str, ContextServerSettings>,
}

#[async_trait]
impl HostDelegate for Settings {
    async fn language_server_settings(
        &self,
        _: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<LanguageServerSettings, DelegateError> {
        Ok(self
            .language_servers
            .get(server)
            .cloned()
            .unwrap_or_default())
    }

    async fn context_server_settings(
        &self,
        _: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<ContextServerSettings, DelegateError> {
        Ok(self
            .context_servers
            .get(server)
            .cloned()
            .unwrap_or_default())
    }
}

/// A sample that runs, with a worktree whose `PATH` is the worktree's own folder `bin`.
pub struct Sample {
    id: String,
    extension: Extension,
    store: ExtensionStore,
    worktree: TempDir,
    pages: Arc<Pages>,
    _folder: TempDir,
}

impl Sample {
    /// Installs and starts a sample, for a user who has set nothing.
    pub async fn start(id: &str) -> Self {
        Self::start_for(id, "*", Arc::new(NoDelegate)).await
    }

    /// Installs and starts a version of a sample, for a user who has set nothing.
    pub async fn start_version(id: &str, requirement: &str) -> Self {
        Self::start_for(id, requirement, Arc::new(NoDelegate)).await
    }

    /// Installs and starts a sample, for a user who has set something.
    pub async fn start_with(id: &str, settings: Settings) -> Self {
        Self::start_for(id, "*", Arc::new(settings)).await
    }

    /// Installs a sample in another language than Rust from the archive that `.ci/build-foreign` has made,
    /// and starts it; `None` where it could not be built here.
    pub async fn start_foreign(id: &str, settings: Settings) -> Option<Self> {
        let archive = guests::foreign(language(id).unwrap(), &format!("{id}.tar.gz"))?;
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), Arc::new(settings));
        let sources = Sources::from(Registry::open(&Location::Embedded).await.unwrap());
        let requests = InstallRequest::Archive(ArchiveLocation::File(archive));
        store
            .install_all(&[requests], &ChangeOptions::new(&sources))
            .await
            .unwrap();
        Some(Self::start_in(folder, store, id).await)
    }

    async fn start_for(id: &str, requirement: &str, delegate: Arc<dyn HostDelegate>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), delegate);
        install(&store, id, requirement).await.unwrap();
        Self::start_in(folder, store, id).await
    }

    /// Starts a sample that is installed in a store.
    async fn start_in(folder: TempDir, store: ExtensionStore, id: &str) -> Self {
        Self {
            id: id.into(),
            extension: store.start(&id.parse().unwrap()).await.unwrap(),
            store,
            worktree: tempfile::tempdir().unwrap(),
            pages: Arc::default(),
            _folder: folder,
        }
    }

    /// Installs another version in place of the one there is, and starts it.
    pub async fn replace(&mut self, requirement: &str) {
        install(&self.store, &self.id, requirement).await.unwrap();
        self.extension = self.store.start(&self.id.parse().unwrap()).await.unwrap();
    }

    /// The worktree's folder.
    pub fn worktree(&self) -> &Path {
        self.worktree.path()
    }

    /// The folder that the extension may write to.
    pub fn work_dir(&self) -> PathBuf {
        let id = self.id.parse().unwrap();
        let origin = self.store.active(&id).unwrap().origin();
        self.store.work_dir(&id, &origin).unwrap()
    }

    /// Writes a file of the worktree.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.worktree().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Puts a program on the worktree's `PATH`, and returns its path.
    pub fn program(&self, name: &str) -> String {
        self.script(name, "#!/bin/sh\n")
    }

    /// Puts a program with this text on the worktree's `PATH`, and returns its path.
    pub fn script(&self, name: &str, text: &str) -> String {
        let path = format!("bin/{name}");
        self.write(&path, text);
        let file = self.worktree().join(path);
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        file.to_string_lossy().into_owned()
    }

    /// Asks the sample something; `Err` has the words a user would see.
    pub async fn ask(&self, export: &str, arguments: Value) -> Result<Value, String> {
        let path = self.worktree().join("bin").to_string_lossy().into_owned();
        let worktree = LocalWorktree::new(WORKTREE, self.worktree(), vec![("PATH".into(), path)]);
        let resources = CallResources {
            worktree: Some(Arc::new(worktree)),
            project: Some(Arc::new(OneWorktree)),
            key_value_store: Some(self.pages.clone()),
        };
        self.extension
            .call_by_name(export, arguments, &resources)
            .await
            .map_err(|error| error.to_string())
    }

    /// What the sample has put into the store of documentation.
    pub fn pages(&self) -> BTreeMap<String, String> {
        self.pages.0.lock().unwrap().clone()
    }
}

struct OneWorktree;

impl ProjectDelegate for OneWorktree {
    fn worktree_ids(&self) -> Vec<u64> {
        vec![WORKTREE]
    }
}

#[derive(Default)]
struct Pages(Mutex<BTreeMap<String, String>>);

#[async_trait]
impl KeyValueStoreDelegate for Pages {
    async fn insert(&self, key: String, value: String) -> Result<(), DelegateError> {
        self.0.lock().unwrap().insert(key, value);
        Ok(())
    }
}
