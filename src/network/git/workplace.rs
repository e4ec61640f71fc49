//! The folder that one repository is read in: of this user alone, with a lock that its process holds, and gone when it is
//! dropped. What a process has left that was killed, the next one removes.

use std::path::{Path, PathBuf};

use crate::base::fs;

/// The beginning of these folders' names.
const PREFIX: &str = "git-";

/// The lock file in each.
const LOCK: &str = "lock";

/// The lock of the folder above, held by who makes or removes such folders.
const TURN: &str = ".lock";

/// A folder of one reading of a repository. It goes when dropped.
#[derive(Debug)]
pub(super) struct Workplace {
    folder: PathBuf,
    _lock: fs::FileLock,
}

impl Workplace {
    /// A new one in `folder`, in which whatever nobody holds any more is removed.
    pub(super) fn create(folder: &Path) -> fs::Result<Self> {
        fs::create_own_dir_all(folder)?;
        let turn = fs::FileLock::exclusive(&folder.join(TURN))?;
        for path in fs::read_dir(folder)? {
            if is_left_over(&path)? {
                tracing::debug!(path = %path.display(), "removing what an interrupted program has left");
                fs::remove_dir_all(&path)?;
            }
        }
        let own = fs::create_random_dir(folder, PREFIX)?;
        let lock = fs::FileLock::exclusive(&own.join(LOCK));
        drop(turn);
        Ok(Self {
            folder: own,
            _lock: lock?,
        })
    }

    /// The repository that git fetches into.
    pub(super) fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    /// The folder of the files of a commit.
    pub(super) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// The folder for what is made of them.
    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.join("made")
    }

    #[cfg(test)]
    fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "left for the next one to remove");
        }
    }
}

fn is_left_over(path: &Path) -> fs::Result<bool> {
    let is_ours = fs::has_random_name(path, PREFIX) && fs::is_own_folder(path);
    Ok(is_ours && !fs::is_locked(&path.join(LOCK))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_has_left_goes_and_what_is_held_or_of_others_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("git");
        let held = Workplace::create(&folder).unwrap();
        let left = folder.join("git-aB3dE6");
        fs::create_dir_all(&left.join("tree")).unwrap();
        fs::create_dir_all(&folder.join("git-notes")).unwrap();
        let second = Workplace::create(&folder).unwrap();
        assert!(!left.exists());
        assert!(held.folder().exists() && folder.join("git-notes").exists());
        let path = second.folder().to_owned();
        drop(second);
        assert!(!path.exists());
    }
}
