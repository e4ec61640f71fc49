//! The staging folder of a change, in which it prepares what it will rename into its place: one of its own in
//! `staging/`, with a lock file that its process holds as long as it needs the folder. A sweep takes nothing that is held, or of another form.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::layout::Layout;
use crate::base::fs;

/// How the names of these folders begin.
const CHANGE: &str = "change-";

/// The lock file in each; places have numbers for names.
const LOCK: &str = "lock";

/// A folder in which a change prepares what it will rename into its place. It goes when dropped,
/// wherever the change has got to. It may outlast the store's lock: a process that takes that meanwhile leaves it alone.
#[derive(Debug)]
pub(in crate::store) struct Staging {
    folder: PathBuf,
    places: AtomicUsize,
    _lock: fs::FileLock,
}

impl Staging {
    /// Creates the folder. The caller holds the store's lock until its own is taken, so no process sweeps between
    /// the two.
    pub(in crate::store) fn create(layout: &Layout, _lock: &fs::FileLock) -> fs::Result<Self> {
        let folder = fs::create_random_dir(&layout.staging(), CHANGE)?;
        Ok(Self {
            _lock: fs::FileLock::exclusive(&folder.join(LOCK))?,
            folder,
            places: AtomicUsize::new(0),
        })
    }

    /// A new folder inside, for one archive and what is unpacked from it.
    pub(in crate::store) fn place(&self) -> fs::Result<StagingSlot> {
        let number = self.places.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(number.to_string());
        fs::create_dir(&folder)?;
        Ok(StagingSlot { folder })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "left for the next change to remove");
        }
    }
}

/// The slot in which one archive is brought and unpacked.
#[derive(Debug, Clone)]
pub(in crate::store) struct StagingSlot {
    folder: PathBuf,
}

impl StagingSlot {
    /// The archive while it is downloaded.
    pub(in crate::store) fn archive(&self) -> PathBuf {
        self.folder.join("archive.tar.gz")
    }

    /// The folder the archive is unpacked into.
    pub(in crate::store) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// Returns the folder for what is being removed.
    pub(in crate::store) fn removed(&self) -> PathBuf {
        self.folder.join("removed")
    }
}

/// The folders that interrupted changes have left: of the form of ours, this user's, and held by no living
/// process. The caller holds the store's lock, without which none is made.
pub(in crate::store) fn left_over(layout: &Layout) -> fs::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for path in fs::read_dir_if_there(&layout.staging())? {
        if !is_left_over(&path)? {
            tracing::debug!(path = %path.display(), "left alone: it is in use, or not of a change");
            continue;
        }
        left.push(path);
    }
    Ok(left)
}

/// Whether a path has the name of a folder of a change.
pub(in crate::store) fn has_name(path: &Path) -> bool {
    fs::has_random_name(path, CHANGE)
}

fn is_left_over(path: &Path) -> fs::Result<bool> {
    Ok(has_name(path) && fs::is_own_folder(path) && !fs::is_locked(&path.join(LOCK))?)
}

/// Removes what interrupted changes have left, in `staging/` and of files that were not complete yet. The caller
/// holds the lock.
pub(in crate::store) fn sweep(layout: &Layout, _lock: &fs::FileLock) -> fs::Result<()> {
    for left in left_over(layout)? {
        tracing::debug!(path = %left.display(), "removing what an interrupted change has left");
        fs::remove_dir_all(&left)?;
    }
    fs::remove_temporary_files(layout.folder())?;
    fs::remove_temporary_files(&layout.generations())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_what_nobody_holds_and_is_of_our_form() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let staging = layout.staging();
        let lock = layout.try_lock().unwrap().unwrap();
        let held = Staging::create(&layout, &lock).unwrap();
        let place = held.place().unwrap();
        fs::write_new(&place.archive(), b"half an archive").unwrap();

        let dead = staging.join("change-aB3dE6");
        fs::create_dir_all(&dead.join("0/tree")).unwrap();
        fs::write_new(&dead.join(LOCK), b"").unwrap();
        let before_locks = staging.join("change-000000");
        fs::create_dir(&before_locks).unwrap();

        let foreign = [
            "notes",
            "change-left",
            "change-toolong1",
            "change-a.b.c.",
            ".tmp-x",
        ];
        for name in foreign {
            fs::create_dir_all(&staging.join(name)).unwrap();
            fs::write_new(&staging.join(name).join("file"), b"").unwrap();
        }
        fs::write_new(&staging.join("change-abcdef"), b"no folder").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), staging.join("change-abcde0")).unwrap();
        fs::write_new(&folder.path().join(".tmp-notes"), b"").unwrap();
        fs::write_new(&folder.path().join(".tmp-aB3dE6"), b"").unwrap();

        let before = fs::read_dir(&staging).unwrap().len();
        let left = left_over(&layout).unwrap();
        assert_eq!(left, [before_locks.clone(), dead.clone()]);
        sweep(&layout, &lock).unwrap();
        assert_eq!(fs::read_dir(&staging).unwrap().len(), before - 2);
        assert!(place.archive().exists() && !dead.exists() && !before_locks.exists());
        assert!(folder.path().join(".tmp-notes").exists());
        assert!(!folder.path().join(".tmp-aB3dE6").exists());

        // It is held without the store's lock too, and goes with its owner.
        drop(lock);
        let lock = layout.try_lock().unwrap().unwrap();
        sweep(&layout, &lock).unwrap();
        assert!(place.archive().exists());
        drop(held);
        assert!(!place.archive().exists());
    }
}
