//! The store: installed extensions on disk, changed as a whole or not at all.
//!
//! ```text
//! annexe-store.json       says that the folder is a store; the first thing written
//! current                 the number of the current generation, as text; replaced by rename
//! generations/<n>.json    everything installed as of the nth change; never changes
//! trees/<digest>/         an extension's files, read-only, named by a digest over them all
//! staging/change-…/       what a change prepares, with a lock that its process holds; removed when it ends, or by
//!                         the next one where nobody holds it any more
//! work/<id>/              an extension's working directory; survives updates (see `owners`)
//! work/<id>+<hash>/       that of one from elsewhere than the first of its id
//! work/.npm-<name>/       where npm works for the working directory `<name>`
//! owners.json             whose each of these is that a store of format 1 has left
//! started/<digest>        there where a tree's component has started: its probation is over
//! withdrawals.json        what registries have yanked or blocked, as of when they were last asked
//! logs/<id>.log           what an extension has printed, and when it started and stopped (see `journal`)
//! audit/<id>.jsonl        what it asked for that needs a grant
//! stats/<id>.json         how often and how long it ran
//! downloads/<id>.json     what it has fetched, and from where (see its own file)
//! dev/                    dev extensions, which shadow what is installed (see its own file)
//! store.lock              held by the one who changes the store, who notes in it which process that is
//! journal.lock            held by the one who writes logs and stats
//! dev.lock                held by the one who changes dev extensions
//! trees.lock              shared by those who read trees, held by the one who collects them
//! ```
//!
//! Generation files: `{"format":2,"number":2,"created":…,"reason":"install taplo 0.1.0","parent":1,
//! "extensions":[…]}`, where each extension is an [`Installed`]. Changes between formats: 1 had, as an
//! extension's registry, that registry's name for itself; 2 has its [`RegistryId`](crate::network::registry::RegistryId).
//!
//! What is read never changes, or is replaced by one rename, so nobody waits for a change to read. A
//! change holds `store.lock` from the moment it looks at the current generation until it is committed (but not
//! while a person is asked: then it looks again, and begins anew where another has come first), and takes
//! `trees.lock` and the locks of the compiled cache, one at a time, inside it; nothing
//! takes them in the other order. Old trees stay until they are collected, so going back fetches nothing.
//!
//! The folder is believed only where nobody but this user and root can change it. To read creates and removes
//! nothing, and needs no right to write: locks that are there are shared, and what is read is compared with its
//! digest. Where the store may only be read, what running extensions write lies in [`StoreConfiguration::state`].
//! Changes remove what has the form and the owner of their own, is no link, and is held by no living process;
//! anything else that lies in the folder stays.
//!
//! A change that installs goes through these files: [`install`](ExtensionStore::install_all) and
//! [`update`](ExtensionStore::update) ask registries, `plan` chooses versions, `obtain` brings files,
//! `examine` and `power` look at them, `apply` asks for consent and commits.

mod activation;
mod active;
mod apply;
mod asking;
mod change;
mod change_options;
mod collect;
mod contributions;
mod dev;
mod downloads;
mod edit;
mod error;
mod examine;
mod explain;
mod found;
mod generation;
mod history;
mod install;
mod install_request;
mod installed;
mod journal;
mod layout;
mod lockfile;
mod mark;
mod obtain;
mod outcome;
mod owners;
mod permissions;
mod plan;
mod policy;
mod release;
mod report;
mod running;
mod staging;
mod start;
mod tree;
mod update;
mod verify;
mod withdrawal;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use semver::Version;

pub(crate) use self::dev::{DevLease, Staged};
pub use self::{
    activation::Activated,
    active::Active,
    change_options::{AllowAll, ChangeOptions, Consent, DenyAddedPermissions},
    collect::Collected,
    contributions::{Contributed, Contributions, Unreadable},
    dev::{DevBuild, DevExtension, DevFailure, DevStopped},
    downloads::RecordedDownload,
    error::{Fact, StoreError},
    explain::Explanation,
    found::LockDifference,
    generation::Generation,
    install_request::{Archive, InstallRequest},
    installed::{FailedStart, Installed, Origin},
    journal::{AuditEntry, AuditOutcome, FollowedLog, LastFault, Log, LogEntry, Stats},
    lockfile::{Locked, LockedDownload, Lockfile, LockfileError},
    mark::FolderError,
    outcome::{Outcome, SkipReason, Skipped},
    permissions::AddedPermissions,
    policy::Policy,
    report::{Action, Event, NoReporter, Receipt, Reporter, RolledBack, Warning},
    running::{Reload, RunningExtensions, Watch},
    verify::{Problem, Verification},
    withdrawal::Withdrawn,
};
use self::{change::Change, journal::Journal, layout::Layout};
pub use crate::base::fs::Holder;
use crate::{
    base::{
        digest::Blake3Digest,
        fs,
        types::{ExtensionId, ExtensionOrigin},
    },
    network::registry::nearest,
    package::manifest,
    runtime::{api::HostError, host::Host},
};

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfiguration {
    /// The store's folder. The first change creates it, for its owner alone, where it is missing, and makes it a
    /// store where it is empty. One with anything else in it is refused, and so is one that others than this user
    /// and root can change, or that lies in such a folder.
    pub folder: PathBuf,
    /// Where working directories, logs, the audit and counts lie for a store that this user may only read: a folder
    /// for that store alone, which is created. `None`, the default: then nothing that its extensions do is noted, so
    /// that whatever needs a grant is refused them: [`ExtensionStore::start`] fails with
    /// [`FolderError::NoState`], and only one that needs none is of use, in a working directory of your own
    /// ([`ExtensionStore::start_in`]).
    pub state: Option<PathBuf>,
}

impl StoreConfiguration {
    /// A store in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            state: None,
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
    journal: Arc<Journal>,
}

impl ExtensionStore {
    /// Opens a store, whose extensions `host` will run. Nothing is compiled, mapped or started.
    ///
    /// Nothing is created: a folder that is missing or empty is an empty store, until it is changed.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the folder is no store and has something in it, or something lies in the place
    /// of one of a store's folders; [`StoreError::File`] where others than this user and root can change it, or it
    /// cannot be read; [`StoreError::Format`] for the store of a later version of this program.
    pub fn open(configuration: StoreConfiguration, host: Host) -> Result<Self, StoreError> {
        let layout = Layout::open(&configuration)?;
        Ok(Self {
            shared: Arc::new(Shared {
                journal: Arc::new(Journal::new(layout.clone())),
                layout,
                host,
            }),
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

    /// The folder of an installed extension's files. They are read-only and never change.
    pub fn tree(&self, installed: &Installed) -> PathBuf {
        self.layout().tree(&installed.tree)
    }

    /// Waits for the lock and begins a change. Others who wait are told `doing`, a verb.
    async fn change(
        &self,
        doing: &'static str,
        reporter: &dyn Reporter,
    ) -> Result<Arc<Change>, StoreError> {
        let layout = self.layout().clone();
        blocking(move || layout.prepare()).await?;
        let lock = self.lock(reporter).await?;
        let layout = self.layout().clone();
        let change = blocking(move || Ok(Arc::new(Change::begin(layout, lock, doing)?))).await?;
        owners::tell_unknown(change.generation(), reporter);
        Ok(change)
    }

    /// Waits for the lock of those who change the store.
    async fn lock(&self, reporter: &dyn Reporter) -> Result<fs::FileLock, StoreError> {
        let told = |holder| reporter.report("", Event::Waiting { holder });
        Ok(self.layout().lock(told).await?)
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

fn unusable(id: &ExtensionId, version: &Version, source: HostError) -> StoreError {
    StoreError::Component {
        id: id.clone(),
        version: version.clone(),
        source: Box::new(source),
    }
}

/// Reads a component's file; `None` where it is not the one with this digest, or is not there.
fn read_component(path: &Path, digest: Blake3Digest) -> Result<Option<Vec<u8>>, StoreError> {
    // Looked at before it is opened: anything may lie in its place, or in that of its folder.
    if !path.is_file() {
        return Ok(None);
    }
    match fs::read(path) {
        Ok(wasm) => Ok((Blake3Digest::of(&wasm) == digest).then_some(wasm)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
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
