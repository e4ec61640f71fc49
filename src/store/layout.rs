//! Where everything lies in the store's folder, and the lock of those who change it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{digest::Blake3Digest, fs, types::ExtensionId};

/// How often a change looks whether another one has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How often it looks before it tells of a wait for one that has not said who it is: it may have begun just now.
const LOOKS_FOR_NAME: u32 = 5;

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

    pub(super) fn work_dir(&self, id: &ExtensionId) -> PathBuf {
        self.work().join(id.as_str())
    }

    /// Where npm works for an extension, beside its work directory.
    pub(super) fn npm_dir(&self, id: &ExtensionId) -> PathBuf {
        self.work().join(format!(".npm-{id}"))
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

    /// Waits until nobody else changes the store; `wait` hears of it once if there is a wait, and for whom as far
    /// as that is known.
    ///
    /// The lock is asked for again and again instead of waited for in a thread: a thread that waits
    /// cannot be stopped, and would keep a program from ending whose person has given up.
    pub(super) async fn lock(
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
    pub(super) fn sign(&self, doing: &str, _lock: &fs::FileLock) -> fs::Signature {
        fs::Holder::sign(&self.lock_file(), doing)
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
