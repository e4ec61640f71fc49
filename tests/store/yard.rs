//! A registry to install from and a store to install into, in one temporary folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use annexe::{
    CacheConfiguration, CallResources, Extension, Host,
    archive::{ArchivePath, pack},
    delegate::LocalWorktree,
    digest::Sha256Digest,
    manifest::{self, Manifest},
    registry::{
        Access, CatalogueEntry, Channel, Location, Registry, RegistryConfiguration, Sources,
        format::{ArchiveFacts, Requires, StateChange, StateLine, VersionLine},
        publish,
    },
    store::{
        AllowAll, ChangeOptions, Event, ExtensionStore, NoReporter, Outcome, Receipt, Reporter,
        StoreConfiguration, StoreError,
    },
    types::{ExtensionId, ExtensionOrigin},
};
use semver::VersionReq;
use serde_json::json;

/// The extension that most tests install.
pub const ID: &str = "echo-server";

pub fn id(text: &str) -> ExtensionId {
    text.parse().unwrap()
}

/// The guest built with API 0.0.1.
pub fn guest() -> Vec<u8> {
    guest_of("0.0.1")
}

/// The guest built with one version of the API.
pub fn guest_of(api: &str) -> Vec<u8> {
    fs::read(format!(
        "{}/tests/guests/prebuilt/api-{api}.wasm",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// A version of an extension to publish, and in what its index line is not to be true.
pub struct Package {
    pub manifest: String,
    pub wasm: Option<Vec<u8>>,
    pub files: Vec<(&'static str, Vec<u8>)>,
    pub archive: Option<Vec<u8>>,
    pub line: Box<dyn Fn(&mut VersionLine)>,
    id: &'static str,
    version: String,
}

impl Package {
    /// A language server's extension with a component. Each version has files of its own.
    pub fn new(version: &str) -> Self {
        Self {
            manifest: format!(
                "id = \"{ID}\"\nname = \"Echo\"\nversion = \"{version}\"\nschema_version = 1\n\
                 authors = [\"A <a@example.com>\"]\ndescription = \"Answers.\"\n\
                 [language_servers.echo]\nname = \"Echo\"\nlanguage = \"Rust\"\n"
            ),
            wasm: Some(guest()),
            files: vec![("README.md", format!("version {version}").into_bytes())],
            archive: None,
            line: Box::new(|_| {}),
            id: ID,
            version: version.to_owned(),
        }
    }

    /// An extension without a component.
    pub fn theme(version: &str) -> Self {
        let package = Self::new(version);
        let (manifest, _) = package.manifest.split_once("[language_servers").unwrap();
        Self {
            manifest: manifest.to_owned(),
            wasm: None,
            files: vec![(
                "themes/dark.json",
                b"{\"name\": \"Dark\", \"themes\": []}".to_vec(),
            )],
            ..package
        }
    }

    /// The same under another id.
    pub fn called(mut self, id: &'static str) -> Self {
        let manifest = self
            .manifest
            .replace(&format!("\"{ID}\""), &format!("\"{id}\""));
        (self.id, self.manifest) = (id, manifest);
        self
    }

    pub fn line(mut self, change: impl Fn(&mut VersionLine) + 'static) -> Self {
        self.line = Box::new(change);
        self
    }

    pub fn wasm(mut self, wasm: Vec<u8>) -> Self {
        self.wasm = Some(wasm);
        self
    }

    pub fn add_to_manifest(mut self, text: &str) -> Self {
        self.manifest.push_str(text);
        self
    }

    /// What the index line says, but not what the archive holds.
    pub fn archive(mut self, archive: impl Into<Vec<u8>>) -> Self {
        self.archive = Some(archive.into());
        self
    }
}

pub struct Yard {
    folder: tempfile::TempDir,
}

impl Yard {
    /// With an empty registry.
    pub fn new() -> Self {
        let yard = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        publish::init(&yard.registry_dir(), "test").unwrap();
        fs::create_dir(yard.path("worktree")).unwrap();
        yard
    }

    /// With these versions of [`ID`] published.
    pub fn with(versions: &[&str]) -> Self {
        let yard = Self::new();
        for version in versions {
            yard.publish(&Package::new(version));
        }
        yard
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
        let folder = self.path("package");
        let _ = fs::remove_dir_all(&folder);
        write(&folder, "extension.toml", package.manifest.as_bytes());
        for (path, content) in &package.files {
            write(&folder, path, content);
        }
        if let Some(wasm) = &package.wasm {
            write(&folder, "extension.wasm", wasm);
        }
        let manifest = Manifest::from_folder(&folder).unwrap().manifest;
        let files = manifest::files(&folder, &manifest).unwrap();
        let files: Vec<ArchivePath> = files
            .iter()
            .map(|file| file.as_str().parse().unwrap())
            .collect();
        let archive = self.path("package.tar.gz");
        let packed = pack(&folder, &files, fs::File::create(&archive).unwrap()).unwrap();
        if let Some(other) = &package.archive {
            fs::write(&archive, other).unwrap();
        }
        let bytes = fs::read(&archive).unwrap();
        let api = package
            .wasm
            .as_deref()
            .and_then(|wasm| annexe::version::api_version(wasm).ok());
        let mut line = VersionLine {
            v: 1,
            id: id(package.id),
            version: package.version.parse().unwrap(),
            family: "extension".into(),
            api,
            schema: 1,
            archive: ArchiveFacts {
                sha256: Sha256Digest::of(&bytes),
                size: bytes.len() as u64,
                unpacked: packed.unpacked_bytes,
            },
            provides: manifest
                .provides()
                .iter()
                .map(ToString::to_string)
                .collect(),
            capabilities: manifest
                .capabilities
                .iter()
                .map(|capability| serde_json::to_value(capability).unwrap())
                .collect(),
            requires: Requires::default(),
            channel: Channel::Stable,
            published: "2026-11-22T10:00:00Z".parse().unwrap(),
            unknown: serde_json::Map::new(),
        };
        (package.line)(&mut line);
        let entry = CatalogueEntry {
            name: manifest.name,
            description: String::new(),
            authors: manifest.authors,
        };
        publish::add(&self.registry_dir(), &archive, &line, &entry).unwrap();
        line
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
        let name = format!(
            "archives/{}/{}/{}.tar.gz",
            line.id, line.version, line.archive.sha256
        );
        self.registry_dir().join(name)
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

    /// The working directory of what is installed from this yard's registry.
    pub fn work_dir(&self, store: &ExtensionStore) -> PathBuf {
        let origin = ExtensionOrigin::Registry("test".into());
        store.work_dir(&id(ID), &origin).unwrap()
    }

    /// A store whose host keeps what it compiles from one test run to the next.
    pub fn store(&self) -> ExtensionStore {
        self.store_with_cache(Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    /// A store whose host has a cache in `folder`.
    pub fn store_with_cache(&self, folder: &Path) -> ExtensionStore {
        let cache = CacheConfiguration::new(folder.join("cache"), folder.join("cache-key"));
        let host = Host::builder().cache(cache).build().unwrap();
        ExtensionStore::open(StoreConfiguration::new(self.store_dir()), host).unwrap()
    }

    pub async fn install(
        &self,
        store: &ExtensionStore,
        requirement: &str,
    ) -> Result<Receipt, StoreError> {
        self.install_reporting(store, requirement, &NoReporter)
            .await
    }

    pub async fn install_reporting(
        &self,
        store: &ExtensionStore,
        requirement: &str,
        reporter: &dyn Reporter,
    ) -> Result<Receipt, StoreError> {
        /// What a runtime with several threads asks of a future.
        fn spawnable<F: Future + Send>(future: F) -> F {
            future
        }
        let requirement = VersionReq::parse(requirement).unwrap();
        let (registry, id) = (self.registry().await, id(ID));
        spawnable(store.install(&registry, &id, &requirement, reporter)).await
    }

    /// The sources with this yard's registry alone.
    pub async fn sources(&self) -> Sources {
        Sources::from(self.registry().await)
    }

    /// Updates all that is installed, whatever new versions may do.
    pub async fn update(&self, store: &ExtensionStore) -> Result<Outcome, StoreError> {
        let sources = self.sources().await;
        let mut terms = ChangeOptions::new(&sources);
        terms.consent = &AllowAll;
        store.update(&[], &terms).await
    }

    /// Starts the extension and calls it.
    pub async fn assert_answers(&self, store: &ExtensionStore) {
        let extension = store.start(&id(ID)).await.unwrap();
        self.call(&extension).await;
    }

    pub async fn call(&self, extension: &Extension) {
        let mut lendable = CallResources::default();
        let worktree = LocalWorktree::new(1, self.path("worktree"), Vec::new());
        lendable.worktree = Some(Arc::new(worktree));
        let answer = extension
            .call_by_name("language-server-command", json!(["echo"]), &lendable)
            .await
            .unwrap();
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

impl Drop for Yard {
    fn drop(&mut self) {
        // A folder that may not be written to cannot be emptied, not even by its owner.
        let trees = self.store_dir().join("trees");
        if trees.exists() && !std::thread::panicking() {
            make_writable(&trees);
        }
    }
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn write(folder: &Path, path: &str, content: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Undoes the protection of an installed tree, as a person may who wants to change it.
pub fn make_writable(tree: &Path) {
    let status = std::process::Command::new("chmod")
        .args(["-R", "u+w"])
        .arg(tree)
        .status();
    assert!(status.unwrap().success());
}

/// Keeps what it hears.
#[derive(Default)]
pub struct Events(Mutex<Vec<Event>>);

impl Reporter for Events {
    fn report(&self, _: &str, event: Event) {
        self.0.lock().unwrap().push(event);
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

pub fn name(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '(']).next().unwrap().to_owned()
}
