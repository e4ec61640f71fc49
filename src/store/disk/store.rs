//! The store as it lies on disk: what is installed, to be read, verified and tidied. No engine is needed for that.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    active::Active,
    collect::{self, Collected},
    configuration::StoreConfiguration,
    contents::load_manifest,
    contributions::{self, Contributions},
    generation::Generation,
    history,
    installed::Installed,
    layout::Layout,
    owners,
    summary::Summary,
    transaction::Change,
    tree::Tree,
    verify::{self, Verification},
    withdrawal::{Withdrawals, Withdrawn},
};
use crate::{
    base::{
        fs,
        task::blocking,
        types::{ExtensionId, ExtensionOrigin},
    },
    package::manifest,
    store::{
        dev::DevExtension,
        error::StoreError,
        journal::Journal,
        listener::{Listener, ListenerSink},
        report::ChangeStep,
    },
};

/// The installed extensions on disk, to be read, gone back to, pinned, disabled and removed. Cheap to clone.
///
/// An [`ExtensionStore`](crate::ExtensionStore) is one with a host: it installs, updates and runs extensions too.
///
/// Several stores, in one process or in several, may use one folder at the same time. Changes wait for
/// each other; nothing else waits. Futures of changes may be dropped at any point.
///
/// The asynchronous methods need a tokio runtime with its timers enabled.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    /// Where the steps of a change go, and what running extensions do.
    sink: ListenerSink,
}

#[derive(Debug)]
struct Shared {
    layout: Layout,
    journal: Arc<Journal>,
}

impl Store {
    /// Opens a store. Makes no engine, and reads nothing but what says that the folder is a store.
    ///
    /// Nothing is created: a folder that is missing or empty is an empty store, until it is changed.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the folder is not a store and has something in it, or something lies in the place
    /// of one of a store's folders; [`StoreError::File`] where others than this user and root can change it, or it
    /// cannot be read; [`StoreError::Format`] for the store of a later version of this program.
    pub fn open(configuration: StoreConfiguration) -> Result<Self, StoreError> {
        let layout = Layout::open(&configuration)?;
        Ok(Self {
            shared: Arc::new(Shared {
                journal: Arc::new(Journal::new(layout.clone())),
                layout,
            }),
            sink: ListenerSink::default(),
        })
    }

    /// Has `listener` hear what happens from now on by this store and its clones: the steps of changes, and, where it
    /// is an [`ExtensionStore`](crate::ExtensionStore)'s, what the extensions do that are started from it. Default:
    /// none.
    ///
    /// A store has one listener, so this one takes the place of the one before. Clones that were made earlier keep
    /// theirs: `store.clone().with_listener(progress)` is a store for one change with a listener of its own.
    #[must_use]
    pub fn with_listener(mut self, listener: Arc<dyn Listener>) -> Self {
        self.sink = ListenerSink::new(listener);
        self
    }

    /// The store's folder, absolute.
    pub fn folder(&self) -> &Path {
        self.layout().folder()
    }

    /// Everything that is installed. Reads two small files.
    ///
    /// # Errors
    /// [`StoreError::Broken`] or [`StoreError::Format`] for a file this program cannot understand,
    /// [`StoreError::File`] for one that cannot be read.
    pub fn generation(&self) -> Result<Generation, StoreError> {
        Generation::current(self.layout())
    }

    /// The part of everything that is installed that a list shows, sorted by id: of many extensions it takes half
    /// the memory and time of [`Self::generation`].
    ///
    /// # Errors
    /// As [`Self::generation`].
    pub fn summaries(&self) -> Result<Vec<Summary>, StoreError> {
        Summary::of_current(self.layout())
    }

    /// Returns the installed extension of an id.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] with the closest ids that are, and as [`Self::generation`].
    pub fn installed(&self, id: &ExtensionId) -> Result<Installed, StoreError> {
        self.generation()?.find(id)
    }

    /// Returns the active extension of an id: the last build of a dev extension, or else what is installed, disabled
    /// or not.
    ///
    /// # Errors
    /// [`StoreError::NotBuilt`] where a dev extension has no build yet and nothing is installed,
    /// [`StoreError::NotInstalled`] with the closest ids, and as [`Self::generation`] and
    /// [`Self::dev_extension`].
    pub fn active(&self, id: &ExtensionId) -> Result<Active, StoreError> {
        let dev = self.dev_extension(id)?;
        self.active_in(&self.generation()?, id, dev)
    }

    /// All that runs, sorted by id: what is installed and not disabled, with the builds of dev extensions in the
    /// places of what they shadow.
    ///
    /// What a project does without, [`ProjectExtensions`](crate::store::ProjectExtensions) tells.
    ///
    /// # Errors
    /// As [`Self::generation`]. A dev extension that cannot be read shadows nothing; the log says so.
    pub fn all_active(&self) -> Result<Vec<Active>, StoreError> {
        let mut all = self.all_present()?;
        all.retain(|active| !active.is_disabled());
        Ok(all)
    }

    /// As [`Self::all_active`], with what is disabled.
    pub(in crate::store) fn all_present(&self) -> Result<Vec<Active>, StoreError> {
        let mut all: BTreeMap<ExtensionId, Active> = self
            .generation()?
            .extensions
            .into_iter()
            .map(|(id, installed)| (id, installed.into()))
            .collect();
        for id in self.dev_ids()? {
            match self.dev_extension(&id) {
                Ok(dev) => {
                    let active = dev.and_then(Active::of_dev);
                    all.extend(active.map(|active| (id, active)));
                }
                Err(error) => {
                    tracing::warn!(extension = %id, %error, "a dev extension is left out")
                }
            }
        }
        Ok(all.into_values().collect())
    }

    /// Reads the manifest of what runs under an id.
    ///
    /// # Errors
    /// As [`Self::active`]; [`StoreError::Damaged`] where the extension's files are not what was
    /// installed ([`StoreError::DamagedDev`] for a dev extension's), and [`StoreError::Manifest`] where
    /// they are and the manifest cannot be read.
    pub fn manifest(&self, id: &ExtensionId) -> Result<manifest::Loaded, StoreError> {
        let _reading = self.layout().reading()?;
        self.manifest_of(&self.active(id)?)
    }

    /// The folder of an installed extension's files. They are read-only and never change.
    pub fn tree(&self, installed: &Installed) -> PathBuf {
        self.layout().tree(&installed.tree)
    }

    /// The folder of the files of what runs. They are read-only.
    pub fn files_of(&self, active: &Active) -> PathBuf {
        match active {
            Active::Installed(installed) => self.tree(installed),
            Active::Dev { id, build, .. } => self.dev_tree(id, build),
        }
    }

    /// The working directory of the extension with this id that comes from `origin`, which is created when it
    /// is first started. One of the same id that comes from elsewhere has another.
    ///
    /// # Errors
    /// As [`Self::generation`], where it must be found out whose a directory of an earlier format is.
    pub fn work_dir(
        &self,
        id: &ExtensionId,
        origin: &ExtensionOrigin,
    ) -> Result<PathBuf, StoreError> {
        owners::work_dir(self.layout(), id, origin)
    }

    /// Returns the registry's statement about an installed version, as of when its index was last read:
    /// `None` where it was not withdrawn. Of several versions, ask [`Self::withdrawals`], which reads once.
    ///
    /// # Errors
    /// As [`Self::withdrawals`].
    pub fn withdrawn(&self, installed: &Installed) -> Result<Option<Withdrawn>, StoreError> {
        Ok(self.withdrawals()?.of(installed).cloned())
    }

    /// Returns the statements of registries about versions that they have withdrawn, as of when their indexes were last
    /// read.
    ///
    /// # Errors
    /// [`StoreError::Broken`] or [`StoreError::File`] where what is known cannot be read.
    pub fn withdrawals(&self) -> Result<Withdrawals, StoreError> {
        Withdrawals::read(self.layout())
    }

    /// Reads the declarative files of everything that is installed and not disabled, dev extensions' builds in the
    /// places of what they shadow, and finds the names that several
    /// extensions bring; see [`conflicts`](crate::declarative::conflicts) for who keeps them. Nothing is compiled or started.
    ///
    /// An extension that cannot be read is in [`Contributions::unreadable`]. What is wrong with a file of one
    /// that can is in its findings.
    ///
    /// # Errors
    /// As [`Self::all_active`].
    pub async fn contributions(&self) -> Result<Contributions, StoreError> {
        let store = self.clone();
        blocking(move || {
            let _reading = store.layout().reading()?;
            contributions::read(&store)
        })
        .await
    }

    /// The generations that there is a way back to, the current one first.
    ///
    /// # Errors
    /// As [`Self::generation`]. A generation that cannot be read ends the history.
    pub fn history(&self) -> Result<Vec<Generation>, StoreError> {
        history::history(self.layout())
    }

    /// Reads everything the store holds and checks it: the current generation, those there is a way back
    /// to, and each of their files. Changes nothing and waits for no change.
    ///
    /// # Errors
    /// [`StoreError::File`] where the store's folders cannot be listed. What is wrong with the store
    /// itself is in [`Verification::problems`].
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let layout = self.layout().clone();
        blocking(move || verify::verify(&layout)).await
    }

    /// Removes all but the last `keep` generations (the current one stays in any case), and the files of
    /// every version that none of these has and none would come back to, and of every build of a dev
    /// extension but its last good one. The logs of extensions that none of these generations has, and
    /// that are not dev extensions, go too. Working directories and the compiled cache are left alone; the result tells
    /// of those that belong to such extensions.
    ///
    /// Waits for other changes of the store, which its listener hears of, and for those who read it, which the log is
    /// told. A folder that is missing or empty is not made a store.
    ///
    /// # Errors
    /// [`StoreError::File`] where something cannot be removed, and as [`Self::generation`]. Whatever was
    /// collected until then, nothing that is needed is gone.
    pub async fn collect(&self, keep: usize) -> Result<Collected, StoreError> {
        self.collect_all(keep, false).await
    }

    /// Removes what [`collect`](Self::collect) does, and the working directories of extensions that no kept generation
    /// has and that are not dev extensions, with all they have downloaded.
    ///
    /// # Errors
    /// As there.
    pub async fn collect_with_work(&self, keep: usize) -> Result<Collected, StoreError> {
        self.collect_all(keep, true).await
    }

    async fn collect_all(&self, keep: usize, with_work: bool) -> Result<Collected, StoreError> {
        if self.layout().is_unmade()? {
            return Ok(Collected::default());
        }
        let change = self.change("gc").await?;
        blocking(move || collect::collect(&change, keep, with_work)).await
    }
}

/// What the other rooms of the store work with.
impl Store {
    /// Returns the active extension of an id, where `generation` is installed and `dev` is its dev extension.
    pub(in crate::store) fn active_in(
        &self,
        generation: &Generation,
        id: &ExtensionId,
        dev: Option<DevExtension>,
    ) -> Result<Active, StoreError> {
        let Some(dev) = dev else {
            return Ok(generation.find(id)?.into());
        };
        let folder = dev.folder.clone();
        match Active::of_dev(dev) {
            Some(active) => Ok(active),
            None => match generation.extensions.get(id) {
                Some(installed) => Ok(installed.clone().into()),
                None => Err(StoreError::NotBuilt {
                    id: id.clone(),
                    folder,
                }),
            },
        }
    }

    pub(in crate::store) fn manifest_of(
        &self,
        active: &Active,
    ) -> Result<manifest::Loaded, StoreError> {
        let folder = self.files_of(active);
        load_manifest(&folder, active.id()).map_err(|source| {
            // It could be read when it was installed: most likely the files have changed since.
            if matches!(Tree::whole(&folder, &active.tree()), Ok(None)) {
                self.damaged(active, folder)
            } else {
                StoreError::Manifest {
                    id: active.id().clone(),
                    version: active.version().clone(),
                    source: Box::new(source),
                }
            }
        })
    }

    /// Says that files are not what they were.
    pub(in crate::store) fn damaged(&self, active: &Active, path: PathBuf) -> StoreError {
        let id = active.id().clone();
        match active {
            Active::Installed(_) => StoreError::Damaged { id, path },
            Active::Dev { folder, .. } => StoreError::DamagedDev {
                id,
                path,
                folder: folder.clone(),
            },
        }
    }

    /// Waits for the lock and begins a change. Others who wait are told `doing`, a verb.
    pub(in crate::store) async fn change(
        &self,
        doing: &'static str,
    ) -> Result<Arc<Change>, StoreError> {
        let layout = self.layout().clone();
        blocking(move || layout.prepare()).await?;
        let lock = self.lock().await?;
        let (layout, sink) = (self.layout().clone(), self.sink().clone());
        let begin = move || Change::begin(layout, lock, doing, sink);
        let change = Arc::new(blocking(begin).await?);
        owners::tell_unknown(change.generation(), self.sink());
        Ok(change)
    }

    /// Waits for the lock of those who change the store.
    pub(in crate::store) async fn lock(&self) -> Result<fs::FileLock, StoreError> {
        let told = |holder| self.sink.step("", ChangeStep::Waiting { holder });
        Ok(self.layout().lock(told).await?)
    }

    /// Keeps what is installed from being collected, as long as it is held.
    pub(in crate::store) async fn reading(&self) -> Result<Option<fs::FileLock>, StoreError> {
        let layout = self.layout().clone();
        blocking(move || Ok(layout.reading()?)).await
    }

    pub(in crate::store) fn layout(&self) -> &Layout {
        &self.shared.layout
    }

    pub(in crate::store) fn sink(&self) -> &ListenerSink {
        &self.sink
    }

    pub(in crate::store) fn journal(&self) -> &Arc<Journal> {
        &self.shared.journal
    }
}
