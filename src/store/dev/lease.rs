//! The lease of a dev extension: the right to keep it live, and what its holder may change.

use std::path::{Path, PathBuf};

use super::{
    DevBuild, DevExtension, DevFailure,
    builds::{INCOMPLETE, clear, remove_folder, try_lease},
    record::Record,
};
use crate::{
    base::{digest::Blake3Digest, fs, timestamp::Timestamp, types::ExtensionId},
    store::{
        disk::{layout::Layout, tree::Tree},
        error::StoreError,
    },
};

/// The right to keep one dev extension live. Only one process has it; it goes with the process.
#[derive(Debug)]
pub(crate) struct DevLease {
    layout: Layout,
    id: ExtensionId,
    folder: PathBuf,
    _lock: fs::FileLock,
}

impl DevLease {
    /// Makes the extension in `folder` a dev extension, or goes on with one that no process keeps live. What
    /// one that was killed has left is cleared away. Blocks for milliseconds.
    ///
    /// # Errors
    /// [`StoreError::KeptLive`] where another process keeps it live, whatever its folder.
    pub(in crate::store) fn take(
        layout: &Layout,
        id: &ExtensionId,
        folder: &Path,
    ) -> Result<Self, StoreError> {
        layout.prepare()?;
        let changing = layout.changing_dev()?;
        fs::create_private_dir_all(&layout.dev_folder(id))?;
        let Some(lock) = try_lease(layout, id)? else {
            let record = Record::read(layout, id)?;
            return Err(StoreError::KeptLive {
                id: id.clone(),
                process: record.as_ref().map(|record| record.process),
                folder: record.map_or_else(|| folder.to_path_buf(), |record| record.folder),
            });
        };
        let known = match Record::read(layout, id) {
            // It is written anew: a damaged one is of no use.
            Err(StoreError::BrokenDev { .. }) => None,
            known => known?,
        };
        let mut record = match known {
            Some(known) if known.folder == folder => known,
            // Another folder's build stays in service until this one has one.
            Some(known) => known.moved_to(folder.to_path_buf()),
            None => Record::new(id.clone(), folder.to_path_buf()),
        };
        record.process = std::process::id();
        fs::create_private_dir_all(&layout.dev_builds(id))?;
        fs::remove_temporary_files(&layout.dev())?;
        record.write(layout, &changing)?;
        let lease = Self {
            layout: layout.clone(),
            id: id.clone(),
            folder: folder.to_path_buf(),
            _lock: lock,
        };
        lease.clear(record.build.as_ref(), &changing)?;
        Ok(lease)
    }

    pub(crate) fn id(&self) -> &ExtensionId {
        &self.id
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether another process has stopped it.
    pub(crate) fn is_stopped(&self) -> bool {
        fs::symlink_metadata(&self.layout.dev_file(&self.id)).is_err_and(|it| it.is_not_found())
    }

    /// The build in service, if there is one, and the dev extension was not stopped.
    pub(crate) fn build(&self) -> Result<Option<DevBuild>, StoreError> {
        Ok(self.record()?.and_then(|record| record.build))
    }

    /// An empty folder for the files of a build.
    pub(crate) fn stage(&self) -> fs::Result<Staged> {
        let folder = fs::create_random_dir(&self.layout.dev_builds(&self.id), INCOMPLETE)?;
        Ok(Staged { folder })
    }

    /// Puts a build into service, whose files are staged and have the digest that `build` says. `None`
    /// where the dev extension was stopped meanwhile. Blocks for milliseconds.
    pub(crate) fn put_into_service(
        &self,
        staged: Staged,
        build: DevBuild,
    ) -> Result<Option<DevExtension>, StoreError> {
        let changing = self.layout.changing_dev()?;
        let Some(mut record) = self.record()? else {
            return Ok(None);
        };
        let folder = self.layout.dev_build(&self.id, &build.tree);
        if Tree::whole(&folder, &build.tree)?.is_none() {
            fs::remove_dir_all(&folder)?;
            fs::rename(&staged.folder, &folder)?;
            fs::make_read_only(&folder)?;
        }
        record.build = Some(build);
        record.failure = None;
        record.write(&self.layout, &changing)?;
        drop(staged);
        // What is left of earlier builds does no harm, and goes with the next one.
        if let Err(error) = self.clear(record.build.as_ref(), &changing) {
            tracing::warn!(%error, "earlier builds could not be removed");
        }
        Ok(Some(record.extension(true)))
    }

    /// Notes why the last attempt has failed, or with `None` that it has not. `false` where the dev
    /// extension was stopped meanwhile.
    pub(crate) fn note_failure(&self, message: Option<String>) -> Result<bool, StoreError> {
        let changing = self.layout.changing_dev()?;
        let Some(mut record) = self.record()? else {
            return Ok(false);
        };
        if record.failure.is_none() && message.is_none() {
            return Ok(true);
        }
        record.failure = message.map(|message| DevFailure {
            message,
            at: Timestamp::now(),
        });
        record.write(&self.layout, &changing)?;
        Ok(true)
    }

    /// Notes why the only attempt has failed. Where there is no build in service, the dev extension is
    /// forgotten instead.
    pub(crate) fn give_up(&self, message: String) -> Result<(), StoreError> {
        if self.build()?.is_some() {
            return self.note_failure(Some(message)).map(drop);
        }
        let _changing = self.layout.changing_dev()?;
        fs::remove_file(&self.layout.dev_file(&self.id))?;
        fs::sync_dir(&self.layout.dev())?;
        Ok(remove_folder(&self.layout, &self.id)?)
    }

    /// Clears away what belongs to a dev extension that another process has stopped.
    pub(crate) fn leave(&self) -> Result<(), StoreError> {
        let _changing = self.layout.changing_dev()?;
        if self.is_stopped() {
            remove_folder(&self.layout, &self.id)?;
        }
        Ok(())
    }

    /// Returns the record of the dev extension; `None` where it was stopped.
    fn record(&self) -> Result<Option<Record>, StoreError> {
        match Record::read(&self.layout, &self.id) {
            // A damaged record is replaced by the build that follows.
            Err(StoreError::BrokenDev { .. }) => {
                Ok(Some(Record::new(self.id.clone(), self.folder.clone())))
            }
            record => record,
        }
    }

    /// Removes every build but one, unless builds are read just now.
    fn clear(&self, kept: Option<&DevBuild>, changing: &fs::FileLock) -> Result<(), StoreError> {
        clear(&self.layout, &self.id, kept, changing).map(drop)
    }
}

/// A folder in which the files of a build are put together. It goes when dropped, unless it was put into
/// service.
#[derive(Debug)]
pub(crate) struct Staged {
    folder: PathBuf,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "left for the next build to remove");
        }
    }
}

impl Staged {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The digest of all files in it. Blocks while it reads them.
    pub(crate) fn digest(&self) -> fs::Result<Blake3Digest> {
        Ok(Tree::read(&self.folder)?.digest)
    }
}
