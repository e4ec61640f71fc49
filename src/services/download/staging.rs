//! Where a download lies until it is complete: a folder of its own in the work directory, so that putting
//! it in its place is a rename. It goes with whatever becomes of the download; what a host that was killed
//! has left there goes with the next one.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::fs::{self, ConfinedFolder, EntryKind};

/// The folder in the work directory.
const FOLDER: &str = ".annexe-staging";

/// Tells the downloads of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The folder of one download, which goes with this.
#[derive(Debug)]
pub(super) struct Staging {
    work: ConfinedFolder,
    relative: PathBuf,
}

impl Staging {
    /// Makes a folder for one download, and removes those of processes that are no more.
    pub(super) fn create(work_dir: &Path) -> fs::Result<Self> {
        let work = ConfinedFolder::open(work_dir)?;
        // The guest writes here too: whatever it has put in this place leads nowhere.
        if !matches!(work.kind(FOLDER)?, None | Some(EntryKind::Folder)) {
            work.remove_file(FOLDER)?;
        }
        work.create_dir_all(FOLDER)?;
        for name in work.list(FOLDER)? {
            if is_abandoned(&name.to_string_lossy()) {
                let left = Path::new(FOLDER).join(name);
                // It is the guest's own folder: what cannot be removed stays.
                if let Err(error) = work.remove_dir_all(&left) {
                    tracing::debug!(%error, "left in the work directory");
                }
            }
        }
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let relative = Path::new(FOLDER).join(name);
        work.remove_dir_all(&relative)?;
        work.create_dir(&relative)?;
        Ok(Self { work, relative })
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
        if let Err(error) = self.work.remove_dir_all(&self.relative) {
            tracing::warn!(%error, "what is left of a download cannot be removed");
        }
        // Only where no other download is under way.
        let _ = self.work.remove_empty_dir(FOLDER);
    }
}

/// Whether the process that made a folder of this name has ended.
fn is_abandoned(name: &str) -> bool {
    let process = name.split('-').next().and_then(|text| text.parse().ok());
    #[cfg(unix)]
    {
        let process = process.and_then(rustix::process::Pid::from_raw);
        process.is_some_and(|process| {
            rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
        })
    }
    #[cfg(not(unix))]
    {
        let _: Option<u32> = process;
        false
    }
}
