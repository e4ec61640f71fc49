//! The layout of the store's folder, and the lock of those who change it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    configuration::StoreConfiguration,
    mark::{self, FolderError},
};
use crate::{
    base::{digest::Blake3Digest, fs, types::ExtensionId},
    store::error::StoreError,
};

/// How often a change looks whether another one has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How often it looks before it tells of a wait for one that has not said who it is: it may have begun just now.
const LOOKS_FOR_NAME: u32 = 5;

/// The paths of the store's files.
#[derive(Debug, Clone)]
pub(in crate::store) struct Layout {
    folder: PathBuf,
    /// Where what running extensions write lies: the store's folder, or another where that may only be read.
    state: PathBuf,
    is_read_only: bool,
}

impl Layout {
    /// Looks whether a folder is a store, or may become one, and this user's or root's. Creates nothing.
    pub(in crate::store) fn open(configuration: &StoreConfiguration) -> Result<Self, StoreError> {
        // Guests get their working directory as an absolute path.
        let folder = absolute(&configuration.folder)?;
        let mut layout = Self {
            state: folder.clone(),
            folder,
            is_read_only: false,
        };
        let is_there = layout.is_there()?;
        // This holds for a missing folder too: a user who can create it could replace it.
        fs::check_trusted(&layout.folder)?;
        if !is_there {
            return Ok(layout);
        }
        mark::check(&layout)?;
        layout.check_folders()?;
        layout.is_read_only = !fs::is_writable(&layout.folder);
        if let (true, Some(state)) = (layout.is_read_only, &configuration.state) {
            layout.state = absolute(state)?;
        }
        Ok(layout)
    }

    /// Whether there is a folder.
    fn is_there(&self) -> Result<bool, StoreError> {
        let reason = match (
            fs::symlink_metadata(&self.folder),
            fs::metadata(&self.folder),
        ) {
            (Err(error), _) if error.is_not_found() => return Ok(false),
            (Err(error), _) => return Err(error.into()),
            (Ok(_), Ok(metadata)) if metadata.is_dir() => return Ok(true),
            (Ok(_), Ok(_)) => "it is not a folder",
            (Ok(_), Err(error)) if error.is_not_found() => "it is a link that leads nowhere",
            (Ok(_), Err(error)) => return Err(error.into()),
        };
        Err(mark::no_store(&self.folder, reason))
    }

    /// Refuses what lies in the place of one of the store's folders, and one that others can change. No other user can
    /// put
    /// another there: the store's folder was looked at.
    fn check_folders(&self) -> Result<(), StoreError> {
        for path in self.made_at_once() {
            // Looked at before what it leads to: another process may make it just now.
            if matches!(fs::symlink_metadata(&path), Err(error) if error.is_not_found()) {
                continue;
            }
            if !fs::metadata(&path).is_ok_and(|it| it.is_dir()) {
                return Err(StoreError::Folder(FolderError::InTheWay { path }));
            }
            fs::check_trusted_inside(&path)?;
        }
        // A file in the place of one of these is reported when something is to be noted there.
        for path in [
            self.logs(),
            self.audits(),
            self.all_stats(),
            self.all_downloads(),
            self.all_answers(),
            self.files(),
        ] {
            if fs::metadata(&path).is_ok_and(|it| it.is_dir()) {
                fs::check_trusted_inside(&path)?;
            }
        }
        Ok(())
    }

    /// The folders that every store has.
    fn made_at_once(&self) -> [PathBuf; 6] {
        [
            self.generations(),
            self.trees(),
            self.staging(),
            self.work(),
            self.started(),
            self.dev(),
        ]
    }

    /// Makes the folder a store, with all that it needs for a change. The first thing written is the mark.
    ///
    /// # Errors
    /// [`FolderError::ReadOnly`], [`StoreError::File`] where it cannot be written or others can change it, and as
    /// [`Self::open`] where it has become something else meanwhile.
    pub(in crate::store) fn prepare(&self) -> Result<(), StoreError> {
        self.refuse_read_only()?;
        fs::create_own_dir_all(&self.folder)?;
        if !mark::check(self)? {
            mark::write(self)?;
        }
        self.check_folders()?;
        // What extensions have written is their user's alone; the rest is read by those who may read the store.
        fs::create_private_dir_all(&self.work())?;
        for folder in self.made_at_once() {
            fs::create_dir_readable_as(&self.folder, &folder)?;
        }
        // It is there for those who may only read, and so make no lock.
        Ok(fs::create_if_missing(&self.reading_file())?)
    }

    /// Makes the folder of what running extensions write. Where this user may only read the store, and no other
    /// folder is given, nothing can be written.
    pub(in crate::store) fn prepare_state(&self) -> Result<(), StoreError> {
        if !self.is_read_only {
            return match fs::symlink_metadata(&self.mark()) {
                Ok(_) => Ok(()),
                Err(_) => self.prepare(),
            };
        }
        self.check_state()?;
        Ok(fs::create_own_dir_all(&self.state)?)
    }

    /// Refuses a store that this user may only read where no other folder for what extensions write is given.
    ///
    /// # Errors
    /// [`FolderError::NoState`].
    pub(in crate::store) fn check_state(&self) -> Result<(), StoreError> {
        if self.is_read_only && self.state == self.folder {
            let folder = self.folder.clone();
            return Err(StoreError::Folder(FolderError::NoState { folder }));
        }
        Ok(())
    }

    /// Whether no change was made yet: there is no folder, or nothing in it.
    pub(in crate::store) fn is_unmade(&self) -> fs::Result<bool> {
        Ok(fs::read_dir_if_there(&self.folder)?.is_empty())
    }

    /// Refuses to change what this user may only read.
    ///
    /// # Errors
    /// [`FolderError::ReadOnly`].
    pub(in crate::store) fn refuse_read_only(&self) -> Result<(), StoreError> {
        if !self.is_read_only {
            return Ok(());
        }
        let folder = self.folder.clone();
        Err(StoreError::Folder(FolderError::ReadOnly { folder }))
    }

    /// Whether this user may not change the store.
    pub(in crate::store) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Says that the folder is a store.
    pub(in crate::store) fn mark(&self) -> PathBuf {
        self.folder.join("annexe-store.json")
    }

    /// Replaces a file that says what is installed: all users who may read the store's folder may read it.
    pub(in crate::store) fn write(&self, path: &Path, content: &[u8]) -> fs::Result<()> {
        fs::write_readable_as(&self.folder, path, content)
    }

    /// Reads a file of what is known, which is there only where something is; of `most_bytes` at most.
    ///
    /// # Errors
    /// [`StoreError::Broken`] or [`StoreError::File`] where it cannot be read: nothing passes for unknown then.
    pub(in crate::store) fn read_known<T: DeserializeOwned + Default>(
        path: PathBuf,
        most_bytes: u64,
    ) -> Result<T, StoreError> {
        match fs::read_bounded(&path, most_bytes) {
            Err(error) if error.is_not_found() => Ok(T::default()),
            Err(error) => Err(error.into()),
            Ok(content) => serde_json::from_slice(&content).map_err(|error| StoreError::Broken {
                path,
                message: error.to_string(),
            }),
        }
    }

    /// Replaces a file of what is known, for people to read too.
    ///
    /// # Errors
    /// [`StoreError::File`] where it cannot be written.
    pub(in crate::store) fn write_known(
        &self,
        path: &Path,
        known: &impl Serialize,
    ) -> Result<(), StoreError> {
        let content = serde_json::to_vec_pretty(known);
        let mut content = content.map_err(|error| StoreError::Broken {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        content.push(b'\n');
        Ok(self.write(path, &content)?)
    }

    pub(in crate::store) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(in crate::store) fn current(&self) -> PathBuf {
        self.folder.join("current")
    }

    pub(in crate::store) fn generations(&self) -> PathBuf {
        self.folder.join("generations")
    }

    pub(in crate::store) fn generation(&self, number: u64) -> PathBuf {
        self.generations().join(format!("{number}.json"))
    }

    pub(in crate::store) fn trees(&self) -> PathBuf {
        self.folder.join("trees")
    }

    pub(in crate::store) fn tree(&self, digest: &Blake3Digest) -> PathBuf {
        self.trees().join(digest.to_string())
    }

    pub(in crate::store) fn staging(&self) -> PathBuf {
        self.folder.join("staging")
    }

    pub(in crate::store) fn work(&self) -> PathBuf {
        self.state.join("work")
    }

    /// The working directory of the built-in registry's extension of this id. Whose another's is, `owners`
    /// knows. No id has a `+` or begins with a `.`, as the names of others do.
    pub(in crate::store) fn work_dir(&self, id: &ExtensionId) -> PathBuf {
        self.work().join(id.as_str())
    }

    /// The owners of the working directories that a store of an earlier format has left.
    pub(in crate::store) fn owners(&self) -> PathBuf {
        self.folder.join("owners.json")
    }

    /// The folder of the notes on trees whose component has started.
    pub(in crate::store) fn started(&self) -> PathBuf {
        self.folder.join("started")
    }

    /// Says that the component in a tree has started, by being there.
    pub(in crate::store) fn has_started(&self, tree: &Blake3Digest) -> PathBuf {
        self.started().join(tree.to_string())
    }

    /// Returns the statements of registries about versions they have withdrawn.
    pub(in crate::store) fn withdrawals(&self) -> PathBuf {
        self.folder.join("withdrawals.json")
    }

    /// Returns what archives were when they were installed first, of registries that publish no digests.
    pub(in crate::store) fn seen_archives(&self) -> PathBuf {
        self.folder.join("seen-archives.json")
    }

    /// The folder of logs, which is made when the first is written.
    pub(in crate::store) fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// Returns the file of an extension's log.
    pub(in crate::store) fn log(&self, id: &ExtensionId) -> PathBuf {
        self.logs().join(format!("{id}.log"))
    }

    /// The log before that.
    pub(in crate::store) fn log_before(&self, id: &ExtensionId) -> PathBuf {
        self.logs().join(format!("{id}.log.1"))
    }

    /// The folder of audit logs, which is made when the first is written.
    pub(in crate::store) fn audits(&self) -> PathBuf {
        self.state.join("audit")
    }

    /// Returns the file of an extension's audit.
    pub(in crate::store) fn audit(&self, id: &ExtensionId) -> PathBuf {
        self.audits().join(format!("{id}.jsonl"))
    }

    /// The audit log before that.
    pub(in crate::store) fn audit_before(&self, id: &ExtensionId) -> PathBuf {
        self.audits().join(format!("{id}.jsonl.1"))
    }

    /// The folder of what is counted of extensions, which is made when the first is written.
    pub(in crate::store) fn all_stats(&self) -> PathBuf {
        self.state.join("stats")
    }

    /// Returns the file of an extension's statistics.
    pub(in crate::store) fn stats(&self, id: &ExtensionId) -> PathBuf {
        self.all_stats().join(format!("{id}.json"))
    }

    /// Returns the folder of downloads' records, which is made with the first.
    pub(in crate::store) fn all_downloads(&self) -> PathBuf {
        self.state.join("downloads")
    }

    /// Returns the file of an extension's downloads.
    pub(in crate::store) fn downloads(&self, id: &ExtensionId) -> PathBuf {
        self.all_downloads().join(format!("{id}.json"))
    }

    /// The folder of what extensions were told of tools, which is made with the first answer.
    pub(in crate::store) fn all_answers(&self) -> PathBuf {
        self.state.join("answers")
    }

    /// Returns the file of what an extension was told of tools.
    pub(in crate::store) fn answers(&self, id: &ExtensionId) -> PathBuf {
        self.all_answers().join(format!("{id}.json"))
    }

    /// The folder of files that extensions need and that were brought here with them, each named by its digest.
    pub(in crate::store) fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Locked by who writes logs, counts, downloads and answers, for as long as that takes.
    pub(in crate::store) fn journal_lock(&self) -> PathBuf {
        self.state.join("journal.lock")
    }

    /// The folder of dev extensions.
    pub(in crate::store) fn dev(&self) -> PathBuf {
        self.folder.join("dev")
    }

    /// Returns the file of one dev extension. No id has a `.`, so this is not a folder of another.
    pub(in crate::store) fn dev_file(&self, id: &ExtensionId) -> PathBuf {
        self.dev().join(format!("{id}.json"))
    }

    /// The folder of what belongs to one dev extension.
    pub(in crate::store) fn dev_folder(&self, id: &ExtensionId) -> PathBuf {
        self.dev().join(id.as_str())
    }

    /// The folder of a dev extension's builds.
    pub(in crate::store) fn dev_builds(&self, id: &ExtensionId) -> PathBuf {
        self.dev_folder(id).join("builds")
    }

    /// The files of one build of a dev extension.
    pub(in crate::store) fn dev_build(&self, id: &ExtensionId, tree: &Blake3Digest) -> PathBuf {
        self.dev_builds(id).join(tree.to_string())
    }

    /// Locked as long as a dev extension is kept live.
    pub(in crate::store) fn dev_lease(&self, id: &ExtensionId) -> PathBuf {
        self.dev_folder(id).join("claim.lock")
    }

    /// Waits until no other process changes dev extensions, which takes milliseconds.
    pub(in crate::store) fn changing_dev(&self) -> fs::Result<fs::FileLock> {
        fs::FileLock::exclusive(&self.folder.join("dev.lock"))
    }

    fn lock_file(&self) -> PathBuf {
        self.folder.join("store.lock")
    }

    fn reading_file(&self) -> PathBuf {
        self.folder.join("trees.lock")
    }

    /// Waits until no other process changes the store; `wait` hears of it once if there is a wait, and for whom as far
    /// as that is known.
    ///
    /// The lock is asked for again and again instead of waited for in a thread: a thread that waits
    /// cannot be stopped, and would keep a program from ending after its user has given up.
    pub(in crate::store) async fn lock(
        &self,
        wait: impl FnOnce(Option<fs::Holder>),
    ) -> fs::Result<fs::FileLock> {
        let mut wait = Some(wait);
        let mut looks = 0;
        loop {
            if let Some(lock) = self.try_lock()? {
                return Ok(lock);
            }
            looks += 1;
            let holder = fs::Holder::of(&self.lock_file()).filter(|_| wait.is_some());
            if (holder.is_some() || looks > LOOKS_FOR_NAME)
                && let Some(wait) = wait.take()
            {
                wait(holder);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Notes what this process does with the store, for those who wait for the lock, which it holds.
    pub(in crate::store) fn sign(&self, doing: &str, _lock: &fs::FileLock) -> fs::Signature {
        fs::Holder::sign(&self.lock_file(), doing)
    }

    /// Keeps trees and generations from being collected until it is dropped. No process waits long: they
    /// are moved away under the exclusive lock and removed without it. A user who may read the file may hold its lock,
    /// though, and must not stop others: after a while they read without it. Nothing is created: where there is no file
    /// to lock, or this user may not open it, the folder of trees itself is locked. Where that cannot be opened
    /// either, there is nothing to keep, or nothing that this user could list: a file that goes in the middle is
    /// then told as missing, and what is read is compared with its digest.
    pub(in crate::store) fn reading(&self) -> fs::Result<Option<fs::FileLock>> {
        for path in [self.reading_file(), self.trees()] {
            match fs::FileLock::share_within(&path, fs::Patience::READER)? {
                fs::Share::Taken(lock) => return Ok(Some(lock)),
                fs::Share::Busy => {
                    let shown = path.display();
                    tracing::warn!("`{shown}` stays locked: the store is read without that lock");
                    return Ok(None);
                }
                fs::Share::Missing | fs::Share::Forbidden => {}
            }
        }
        Ok(None)
    }

    /// Waits until no process reads a tree.
    pub(in crate::store) fn collecting(&self) -> fs::Result<Collecting> {
        let lock = fs::FileLock::exclusive(&self.reading_file())?;
        let folder = fs::FileLock::alone_on_folder(&self.trees())?;
        Ok(Collecting {
            _lock: lock,
            _folder: folder,
        })
    }

    /// As [`collecting`](Self::collecting), but does not wait: `None` while another process reads.
    pub(in crate::store) fn try_collecting(&self) -> fs::Result<Option<Collecting>> {
        let Some(lock) = fs::FileLock::try_exclusive(&self.reading_file())? else {
            return Ok(None);
        };
        Ok(match fs::FileLock::try_alone_on_folder(&self.trees()) {
            fs::Share::Busy => None,
            folder => Some(Collecting {
                _lock: lock,
                _folder: folder,
            }),
        })
    }

    /// Keeps all processes from changing the store, creating nothing: `None` where one does, or it cannot be told.
    pub(in crate::store) fn at_rest(&self) -> fs::Result<Option<AtRest>> {
        Ok(match fs::FileLock::try_share_if_there(&self.lock_file())? {
            fs::Share::Taken(lock) => Some(AtRest(Some(lock))),
            fs::Share::Missing => Some(AtRest(None)),
            fs::Share::Busy | fs::Share::Forbidden => None,
        })
    }

    pub(in crate::store) fn try_lock(&self) -> fs::Result<Option<fs::FileLock>> {
        fs::FileLock::try_exclusive(&self.lock_file())
    }
}

/// The right to remove trees: a reader of one has a share of one of the two.
#[derive(Debug)]
pub(in crate::store) struct Collecting {
    _lock: fs::FileLock,
    _folder: fs::Share,
}

/// A store that no process changes, as long as this is held. One without a lock file was never changed.
#[derive(Debug)]
pub(in crate::store) struct AtRest(#[expect(dead_code, reason = "held")] Option<fs::FileLock>);

fn absolute(folder: &Path) -> fs::Result<PathBuf> {
    std::path::absolute(folder).map_err(|source| fs::Error::new("resolve", folder, source))
}

#[cfg(test)]
impl Layout {
    /// A store that is ready for changes.
    pub(in crate::store) fn create(folder: &Path) -> Result<Self, StoreError> {
        let layout = Self {
            folder: absolute(folder)?,
            state: absolute(folder)?,
            is_read_only: false,
        };
        mark::write(&layout)?;
        for folder in layout.made_at_once() {
            fs::create_private_dir_all(&folder)?;
        }
        Ok(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_store_in_a_relative_folder_has_absolute_paths() {
        let folder = tempfile::tempdir().unwrap();
        let mut relative = PathBuf::new();
        let here = std::env::current_dir().unwrap();
        for _ in here.components().skip(1) {
            relative.push("..");
        }
        relative.push(folder.path().strip_prefix("/").unwrap());
        let layout = Layout::create(&relative).unwrap();
        let work_dir = layout.work_dir(&"toml".parse().unwrap());
        assert!(relative.is_relative() && work_dir.is_absolute());
        assert!(folder.path().join("work").is_dir());
    }
}
