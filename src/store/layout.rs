//! Where everything lies in the store's folder, and the lock of those who change it.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::{digest::Blake3Digest, fs, types::ExtensionId};

/// How often a change looks whether another one has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The paths of the store's files.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// Creates what is missing of the store's folders.
    pub(super) fn create(folder: &Path) -> fs::Result<Self> {
        // Guests get their working directory as an absolute path.
        let folder = std::path::absolute(folder)
            .map_err(|source| fs::Error::new("resolve", folder, source))?;
        let layout = Self { folder };
        for folder in [
            layout.generations(),
            layout.trees(),
            layout.staging(),
            layout.work(),
            layout.started(),
            layout.dev(),
        ] {
            fs::create_private_dir_all(&folder)?;
        }
        Ok(layout)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn current(&self) -> PathBuf {
        self.folder.join("current")
    }

    pub(super) fn generations(&self) -> PathBuf {
        self.folder.join("generations")
    }

    pub(super) fn generation(&self, number: u64) -> PathBuf {
        self.generations().join(format!("{number}.json"))
    }

    pub(super) fn trees(&self) -> PathBuf {
        self.folder.join("trees")
    }

    pub(super) fn tree(&self, digest: &Blake3Digest) -> PathBuf {
        self.trees().join(digest.to_string())
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.folder.join("staging")
    }

    pub(super) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The working directory of the built-in registry's extension of this id. Whose another's is, `owners`
    /// knows. No id has a `+` or begins with a `.`, as the names of others do.
    pub(super) fn work_dir(&self, id: &ExtensionId) -> PathBuf {
        self.work().join(id.as_str())
    }

    /// Whose the working directories are that a store of an earlier format has left.
    pub(super) fn owners(&self) -> PathBuf {
        self.folder.join("owners.json")
    }

    /// The folder of the notes on trees whose component has started.
    pub(super) fn started(&self) -> PathBuf {
        self.folder.join("started")
    }

    /// Says that the component in a tree has started, by being there.
    pub(super) fn has_started(&self, tree: &Blake3Digest) -> PathBuf {
        self.started().join(tree.to_string())
    }

    /// What registries have said of versions they have withdrawn.
    pub(super) fn withdrawals(&self) -> PathBuf {
        self.folder.join("withdrawals.json")
    }

    /// The folder of logs, which is made when the first is written.
    pub(super) fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// What an extension has said and done.
    pub(super) fn log(&self, id: &ExtensionId) -> PathBuf {
        self.logs().join(format!("{id}.log"))
    }

    /// The log before that.
    pub(super) fn log_before(&self, id: &ExtensionId) -> PathBuf {
        self.logs().join(format!("{id}.log.1"))
    }

    /// The folder of audit logs, which is made when the first is written.
    pub(super) fn audits(&self) -> PathBuf {
        self.folder.join("audit")
    }

    /// What an extension has asked for that needs a grant.
    pub(super) fn audit(&self, id: &ExtensionId) -> PathBuf {
        self.audits().join(format!("{id}.jsonl"))
    }

    /// The audit log before that.
    pub(super) fn audit_before(&self, id: &ExtensionId) -> PathBuf {
        self.audits().join(format!("{id}.jsonl.1"))
    }

    /// The folder of what is counted of extensions, which is made when the first is written.
    pub(super) fn all_stats(&self) -> PathBuf {
        self.folder.join("stats")
    }

    /// What is counted of an extension.
    pub(super) fn stats(&self, id: &ExtensionId) -> PathBuf {
        self.all_stats().join(format!("{id}.json"))
    }

    /// What extensions have fetched: a folder, which is made when the first has.
    pub(super) fn all_downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    /// What an extension has fetched.
    pub(super) fn downloads(&self, id: &ExtensionId) -> PathBuf {
        self.all_downloads().join(format!("{id}.json"))
    }

    /// Locked by who writes logs, counts and downloads, for as long as that takes.
    pub(super) fn journal_lock(&self) -> PathBuf {
        self.folder.join("journal.lock")
    }

    /// The folder of dev extensions.
    pub(super) fn dev(&self) -> PathBuf {
        self.folder.join("dev")
    }

    /// What is known of one dev extension. No id has a `.`, so this is no folder of another.
    pub(super) fn dev_file(&self, id: &ExtensionId) -> PathBuf {
        self.dev().join(format!("{id}.json"))
    }

    /// The folder of what belongs to one dev extension.
    pub(super) fn dev_folder(&self, id: &ExtensionId) -> PathBuf {
        self.dev().join(id.as_str())
    }

    /// The folder of a dev extension's builds.
    pub(super) fn dev_builds(&self, id: &ExtensionId) -> PathBuf {
        self.dev_folder(id).join("builds")
    }

    /// The files of one build of a dev extension.
    pub(super) fn dev_build(&self, id: &ExtensionId, tree: &Blake3Digest) -> PathBuf {
        self.dev_builds(id).join(tree.to_string())
    }

    /// Locked as long as a dev extension is kept live.
    pub(super) fn dev_claim(&self, id: &ExtensionId) -> PathBuf {
        self.dev_folder(id).join("claim.lock")
    }

    /// Waits until nobody else changes dev extensions, which takes milliseconds.
    pub(super) fn changing_dev(&self) -> fs::Result<fs::FileLock> {
        fs::FileLock::exclusive(&self.folder.join("dev.lock"))
    }

    fn lock_file(&self) -> PathBuf {
        self.folder.join("store.lock")
    }

    fn reading_file(&self) -> PathBuf {
        self.folder.join("trees.lock")
    }

    /// Waits until nobody else changes the store; `wait` hears of it once if there is a wait.
    ///
    /// The lock is asked for again and again instead of waited for in a thread: a thread that waits
    /// cannot be stopped, and would keep a program from ending whose person has given up.
    pub(super) async fn lock(&self, wait: impl FnOnce()) -> fs::Result<fs::FileLock> {
        let mut wait = Some(wait);
        loop {
            if let Some(lock) = self.try_lock()? {
                return Ok(lock);
            }
            if let Some(wait) = wait.take() {
                wait();
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Keeps trees and generations from being collected until it is dropped. Nobody waits long: they
    /// are moved away under the exclusive lock and removed without it.
    pub(super) fn reading(&self) -> fs::Result<fs::FileLock> {
        fs::FileLock::shared(&self.reading_file())
    }

    /// Waits until nobody reads a tree.
    pub(super) fn collecting(&self) -> fs::Result<fs::FileLock> {
        fs::FileLock::exclusive(&self.reading_file())
    }

    /// As [`collecting`](Self::collecting), but does not wait: `None` while somebody reads.
    pub(super) fn try_collecting(&self) -> fs::Result<Option<fs::FileLock>> {
        fs::FileLock::try_exclusive(&self.reading_file())
    }

    pub(super) fn try_lock(&self) -> fs::Result<Option<fs::FileLock>> {
        fs::FileLock::try_exclusive(&self.lock_file())
    }

    /// Removes what interrupted changes have left. The caller holds the lock.
    pub(super) fn sweep(&self, _lock: &fs::FileLock) -> fs::Result<()> {
        for left in fs::read_dir(&self.staging())? {
            tracing::debug!(path = %left.display(), "removing what an interrupted change has left");
            fs::remove_dir_all(&left)?;
        }
        fs::remove_temporary_files(&self.folder)?;
        fs::remove_temporary_files(&self.generations())
    }
}

/// A folder in which a change prepares what it will rename into its place. It goes when dropped,
/// wherever the change has got to.
#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    places: AtomicUsize,
}

impl Staging {
    /// Creates the folder. The caller holds the lock as long as the folder is there.
    pub(super) fn create(layout: &Layout, _lock: &fs::FileLock) -> fs::Result<Self> {
        let staging = layout.staging();
        let folder = tempfile::Builder::new()
            .prefix("change-")
            .tempdir_in(&staging)
            .map_err(|source| fs::Error::new("create a folder in", staging, source))?;
        Ok(Self {
            folder: folder.keep(),
            places: AtomicUsize::new(0),
        })
    }

    /// A new folder inside, for one archive and what is unpacked from it.
    pub(super) fn place(&self) -> fs::Result<Place> {
        let number = self.places.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(number.to_string());
        fs::create_dir(&folder)?;
        Ok(Place { folder })
    }
}

/// Where one archive is brought and unpacked.
#[derive(Debug, Clone)]
pub(super) struct Place {
    folder: PathBuf,
}

impl Place {
    /// The archive while it is downloaded.
    pub(super) fn archive(&self) -> PathBuf {
        self.folder.join("archive.tar.gz")
    }

    /// The folder the archive is unpacked into.
    pub(super) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// What is being removed.
    pub(super) fn removed(&self) -> PathBuf {
        self.folder.join("removed")
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "left for the next change to remove");
        }
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
