//! The store: installed extensions on disk, changed as a whole or not at all.
//!
//! ```text
//! current                 the number of the current generation, as text; replaced by rename
//! generations/<n>.json    everything installed as of the nth change; never changes
//! trees/<digest>/         an extension's files, read-only, named by a digest over them all
//! staging/<random>/       what a change prepares; removed when it ends, or by the next one
//! work/<id>/              an extension's working directory; survives updates
//! store.lock              held by the one who changes the store
//! ```
//!
//! Generation files: `{"format":1,"number":2,"created":…,"reason":"install taplo 0.1.0",
//! "extensions":[…]}`, where each extension is an [`Installed`]. Changes between formats: 1 is the first.
//!
//! Readers take no lock: what they read never changes, or is replaced by one rename. A change holds
//! `store.lock` from the moment it looks at the current generation until its staging folder is gone,
//! and takes the locks of the compiled cache, one at a time, inside it; nothing takes them in the
//! other order. Old trees stay, so what runs from them goes on, and going back fetches nothing.

mod change;
mod error;
mod examine;
mod generation;
mod install;
mod layout;
mod offers;
mod report;
mod tree;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use semver::VersionReq;

use self::{
    change::Change,
    examine::{COMPONENT, load_manifest},
    install::Installation,
    layout::Layout,
    tree::Tree,
};
pub use self::{
    error::{Fact, StoreError},
    generation::{Generation, Installed},
    offers::{Offered, Offers, Unreadable},
    report::{Action, Event, NoReporter, Receipt, Reporter, Warning},
};
use crate::{
    digest::Blake3Digest,
    engine::Component,
    extension::Extension,
    fs,
    host::{Host, HostError, Identity},
    manifest,
    registry::{Registry, nearest},
    types::ExtensionId,
};

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfiguration {
    /// The store's folder. It is created, for its owner alone, where it is missing.
    pub folder: PathBuf,
}

impl StoreConfiguration {
    /// A store in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

/// The installed extensions, and the way to install, start and remove them. Cheap to clone.
///
/// Several stores, in one process or in several, may use one folder at the same time. Changes wait for
/// each other; everything else waits for nobody. Futures of changes may be dropped at any point.
///
/// The asynchronous methods need a tokio runtime with its timers enabled.
#[derive(Debug, Clone)]
pub struct ExtensionStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    layout: Layout,
    host: Host,
}

impl ExtensionStore {
    /// Opens a store, whose extensions `host` will run. Nothing is compiled, mapped or started.
    ///
    /// # Errors
    /// [`StoreError::File`] where the store's folders cannot be created.
    pub fn open(configuration: StoreConfiguration, host: Host) -> Result<Self, StoreError> {
        let layout = Layout::create(&configuration.folder)?;
        if let Err(error) = sweep(&layout) {
            // The next change tries again, and what is left does no harm.
            tracing::warn!(%error, "what an interrupted change has left could not be removed");
        }
        Ok(Self {
            shared: Arc::new(Shared { layout, host }),
        })
    }

    /// The store's folder, absolute.
    pub fn folder(&self) -> &Path {
        self.layout().folder()
    }

    /// The host that runs the store's extensions.
    pub fn host(&self) -> &Host {
        &self.shared.host
    }

    /// Everything that is installed. Reads two small files.
    ///
    /// # Errors
    /// [`StoreError::Broken`] or [`StoreError::Format`] for a file this program cannot understand,
    /// [`StoreError::File`] for one that cannot be read.
    pub fn generation(&self) -> Result<Generation, StoreError> {
        Generation::current(self.layout())
    }

    /// What is installed under an id.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] with the closest ids that are, and as [`Self::generation`].
    pub fn installed(&self, id: &ExtensionId) -> Result<Installed, StoreError> {
        find(&self.generation()?, id)
    }

    /// Installs the greatest version that `requirement` asks for and this host serves, in the place of
    /// the one installed, if any. One that is installed already is left as it is, without a download.
    ///
    /// Waits for other changes of the store, which report [`Event::Waiting`]. Dropping the future
    /// leaves the old or the new version installed, and nothing in between.
    ///
    /// # Errors
    /// Any [`StoreError`]; the version installed before is installed still.
    pub async fn install(
        &self,
        registry: &Registry,
        id: &ExtensionId,
        requirement: &VersionReq,
        reporter: &dyn Reporter,
    ) -> Result<Receipt, StoreError> {
        Installation {
            store: self,
            registry,
            reporter,
        }
        .run(id, requirement)
        .await
    }

    /// Removes an extension; its working directory stays. Running instances go on.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] with the closest ids that are; [`StoreError::File`] and as
    /// [`Self::generation`] where the store cannot be read or written.
    pub async fn remove(&self, id: &ExtensionId) -> Result<Installed, StoreError> {
        self.take_out(id, false).await
    }

    /// Removes an extension with its working directory, so with all it has downloaded.
    ///
    /// # Errors
    /// As [`Self::remove`]. Where only the working directory cannot be removed, the extension is
    /// removed all the same, and the error names the directory.
    pub async fn remove_with_work(&self, id: &ExtensionId) -> Result<Installed, StoreError> {
        self.take_out(id, true).await
    }

    /// Reads an installed extension's manifest.
    ///
    /// # Errors
    /// As [`Self::installed`]; [`StoreError::Damaged`] where the extension's files are not what was
    /// installed, and [`StoreError::Manifest`] where they are and the manifest cannot be read.
    pub fn manifest(&self, id: &ExtensionId) -> Result<manifest::Loaded, StoreError> {
        self.manifest_of(&self.installed(id)?)
    }

    fn manifest_of(&self, installed: &Installed) -> Result<manifest::Loaded, StoreError> {
        let folder = self.tree(installed);
        load_manifest(&folder, &installed.id).map_err(|source| {
            // It could be read when it was installed: most likely the files have changed since.
            if matches!(Tree::whole(&folder, &installed.tree), Ok(None)) {
                StoreError::Damaged {
                    id: installed.id.clone(),
                    path: folder,
                }
            } else {
                StoreError::Manifest {
                    id: installed.id.clone(),
                    version: installed.version.clone(),
                    source: Box::new(source),
                }
            }
        })
    }

    /// Makes an installed extension's component ready to run: from the compiled cache, or, where it
    /// lacks it, by compiling it. `None` for an extension without a component.
    ///
    /// # Errors
    /// As [`Self::installed`]; [`StoreError::Damaged`] where the component is not the one that was
    /// installed, [`StoreError::Component`] where this host cannot run it.
    pub async fn component(&self, id: &ExtensionId) -> Result<Option<Component>, StoreError> {
        let installed = self.installed(id)?;
        self.component_of(&installed).await
    }

    /// Starts an installed extension, with what its manifest asks for as its capabilities.
    ///
    /// # Errors
    /// As [`Self::component`], [`StoreError::NoComponent`] for an extension without one, and
    /// [`StoreError::Component`] where it cannot be started.
    pub async fn start(&self, id: &ExtensionId) -> Result<Extension, StoreError> {
        let installed = self.installed(id)?;
        let Some(component) = self.component_of(&installed).await? else {
            return Err(StoreError::NoComponent { id: installed.id });
        };
        let identity = Identity {
            id: installed.id.clone(),
            work_dir: self.work_dir(id),
            capabilities: installed.capabilities.clone(),
        };
        let started = self.host().start(&component, identity).await;
        started.map_err(|source| unusable(&installed, source))
    }

    /// An extension's working directory, which is created when it is first started.
    pub fn work_dir(&self, id: &ExtensionId) -> PathBuf {
        self.layout().work_dir(id)
    }

    /// The folder of an installed extension's files. They are read-only and never change.
    pub fn tree(&self, installed: &Installed) -> PathBuf {
        self.layout().tree(&installed.tree)
    }

    async fn component_of(&self, installed: &Installed) -> Result<Option<Component>, StoreError> {
        let (Some(digest), Some(api)) = (installed.component, installed.api.clone()) else {
            return Ok(None);
        };
        let host = self.host().clone();
        if let Some(component) = blocking(move || Ok(host.compiled(&digest, &api))).await? {
            return Ok(Some(component));
        }
        let (id, path) = (installed.id.clone(), self.tree(installed).join(COMPONENT));
        let wasm = blocking(move || read_component(id, path, digest)).await?;
        let compiled = self.host().compile(wasm).await;
        compiled
            .map(Some)
            .map_err(|source| unusable(installed, source))
    }

    async fn take_out(&self, id: &ExtensionId, with_work: bool) -> Result<Installed, StoreError> {
        let mut change = self.change(|| {}).await?;
        let id = id.clone();
        blocking(move || {
            let installed = find(change.generation(), &id)?;
            let mut extensions = change.generation().extensions.clone();
            extensions.remove(&id);
            let reason = format!("remove {id} {}", installed.version);
            let next = change.next(reason, extensions)?;
            let work_dir = change.layout().work_dir(&id);
            change.commit(&next, None)?;
            if with_work {
                change.discard(&work_dir)?;
            }
            Ok(installed)
        })
        .await
    }

    /// Waits for the lock and begins a change.
    async fn change(&self, wait: impl FnOnce()) -> Result<Change, StoreError> {
        let lock = self.layout().lock(wait).await?;
        let layout = self.layout().clone();
        blocking(move || Change::begin(layout, lock)).await
    }

    fn layout(&self) -> &Layout {
        &self.shared.layout
    }
}

fn find(generation: &Generation, id: &ExtensionId) -> Result<Installed, StoreError> {
    generation
        .extensions
        .get(id)
        .cloned()
        .ok_or_else(|| StoreError::NotInstalled {
            id: id.clone(),
            nearest: nearest(id.as_str(), generation.extensions.keys()),
        })
}

fn unusable(installed: &Installed, source: HostError) -> StoreError {
    StoreError::Component {
        id: installed.id.clone(),
        version: installed.version.clone(),
        source: Box::new(source),
    }
}

fn read_component(
    id: ExtensionId,
    path: PathBuf,
    digest: Blake3Digest,
) -> Result<Vec<u8>, StoreError> {
    // Looked at before it is opened: anything may lie in its place, or in that of its folder.
    if !path.is_file() {
        return Err(StoreError::Damaged { id, path });
    }
    match fs::read(&path) {
        Ok(wasm) if Blake3Digest::of(&wasm) == digest => Ok(wasm),
        Ok(_) => Err(StoreError::Damaged { id, path }),
        Err(error) if error.is_not_found() => Err(StoreError::Damaged { id, path }),
        Err(error) => Err(error.into()),
    }
}

/// Removes what interrupted changes have left, unless a change is under way.
fn sweep(layout: &Layout) -> fs::Result<()> {
    if fs::read_dir(&layout.staging())?.is_empty() {
        return Ok(());
    }
    match layout.try_lock()? {
        Some(lock) => layout.sweep(&lock),
        None => Ok(()),
    }
}

/// Runs blocking work on a thread that may block. It runs to its end even if nobody waits any more.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Task {
            message: error.to_string(),
        }),
    }
}
