//! The staging folder of a download until it is complete: its own folder in the work directory, so that putting
//! it in its place is a rename. It is removed however the download ends; what a host that was killed
//! has left there is removed by the next one.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::base::fs::{self, ConfinedFolder, EntryKind};

/// The folder in the work directory.
const FOLDER: &str = ".annexe-staging";

/// What the name of a folder's lock ends with.
const LOCK: &str = ".lock";

/// Tells the downloads of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The folder of one download, which goes with this.
#[derive(Debug)]
pub(super) struct Staging {
    work: ConfinedFolder,
    relative: PathBuf,
    lock: PathBuf,
    /// Locked for as long as the download lives, in whatever process.
    _locked: File,
}

impl Staging {
    /// Makes a folder for one download, and removes those that no process works in any more.
    pub(super) fn create(work_dir: &Path) -> fs::Result<Self> {
        let work = ConfinedFolder::open(work_dir)?;
        // The guest writes here too: a link that it has put in this place is not followed.
        if !matches!(work.kind(FOLDER)?, None | Some(EntryKind::Folder)) {
            work.remove_file(FOLDER)?;
        }
        work.create_dir_all(FOLDER)?;
        sweep(&work)?;
        let mut number = NEXT.fetch_add(1, Relaxed);
        loop {
            let name = format!("{}-{number}", std::process::id());
            number = NEXT.fetch_add(1, Relaxed);
            let relative = Path::new(FOLDER).join(&name);
            let lock = Path::new(FOLDER).join(name + LOCK);
            let locked = match work.create_new(&lock, false) {
                Ok(file) => file,
                // Of a process of the same number, in another container.
                Err(error) if error.is_already_exists() => continue,
                Err(error) => return Err(error),
            };
            // Another process may just have locked and removed it.
            if locked.try_lock().is_err() || work.kind(&lock)?.is_none() {
                continue;
            }
            work.create_dir(&relative)?;
            return Ok(Self {
                work,
                relative,
                lock,
                _locked: locked,
            });
        }
    }

    /// The work directory.
    pub(super) fn work(&self) -> &ConfinedFolder {
        &self.work
    }

    /// Something of the download, by its path from the work directory.
    pub(super) fn entry(&self, name: &str) -> PathBuf {
        self.relative.join(name)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let removed = self.work.remove_dir_all(&self.relative);
        if let Err(error) = removed.and_then(|()| self.work.remove_file(&self.lock)) {
            tracing::warn!(%error, "what is left of a download cannot be removed");
        }
        // Only where no other download is under way.
        let _ = self.work.remove_empty_dir(FOLDER);
    }
}

/// Removes the folders of downloads that no process works in. A folder is made after its lock, so one without a lock
/// is abandoned.
fn sweep(work: &ConfinedFolder) -> fs::Result<()> {
    for name in work.list(FOLDER)? {
        let name = name.to_string_lossy();
        let of = name.strip_suffix(LOCK).unwrap_or(&name);
        // `<process>-<number>`: whatever else the guest keeps there is its own.
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        if !of
            .split_once('-')
            .is_some_and(|(process, number)| is_number(process) && is_number(number))
        {
            continue;
        }
        let (folder, lock) = (
            Path::new(FOLDER).join(of),
            Path::new(FOLDER).join(format!("{of}{LOCK}")),
        );
        // Opened only as a file: the guest could have made it a pipe.
        let held = match work.kind(&lock)? {
            Some(EntryKind::File) => {
                let file = work.open_file(&lock)?;
                file.try_lock().is_err().then_some(())
            }
            _ => None,
        };
        if held.is_some() {
            continue;
        }
        // It is the guest's own folder: what cannot be removed stays.
        let removed = work.remove_dir_all(&folder);
        if let Err(error) = removed.and_then(|()| work.remove_file(&lock)) {
            tracing::debug!(%error, "left in the work directory");
        }
    }
    Ok(())
}
