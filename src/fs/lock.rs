//! Locks: who may change what several programs share.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{
    Error, Result, TEMPORARY, folder_of, named, remove_file, rename, symlink_metadata, sync_dir,
};

/// An advisory lock on a file, released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Waits for a lock that one holder has alone.
    pub fn exclusive(path: &Path) -> Result<Self> {
        let file = Self::open(path)?;
        named("lock", path, file.lock())?;
        Ok(Self { _file: file })
    }

    /// Waits for a lock that any number of holders share.
    pub fn shared(path: &Path) -> Result<Self> {
        let file = Self::open(path)?;
        named("lock", path, file.lock_shared())?;
        Ok(Self { _file: file })
    }

    /// Takes the lock alone if nobody holds it; `None` where somebody does.
    pub fn try_exclusive(path: &Path) -> Result<Option<Self>> {
        Self::tried(path, File::try_lock)
    }

    /// Takes a share of the lock if nobody holds it alone; `None` where somebody does.
    pub fn try_shared(path: &Path) -> Result<Option<Self>> {
        Self::tried(path, File::try_lock_shared)
    }

    fn tried(
        path: &Path,
        lock: impl FnOnce(&File) -> std::result::Result<(), std::fs::TryLockError>,
    ) -> Result<Option<Self>> {
        let file = Self::open(path)?;
        match lock(&file) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(source)) => Err(Error::new("lock", path, source)),
        }
    }

    fn open(path: &Path) -> Result<File> {
        named(
            "open the lock file",
            path,
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path),
        )
    }
}

/// A turn at replacing a file that lies among a person's own: one takes it at a time, and what one who was
/// killed has left is used by the next. The lock is the new file itself, beside the old one.
#[derive(Debug)]
pub struct Turn {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    replaced: bool,
}

impl Turn {
    /// Waits for the turn to replace the file at `path`, which need not exist.
    pub fn take(path: &Path) -> Result<Self> {
        let mut name = std::ffi::OsString::from(TEMPORARY);
        name.push(path.file_name().unwrap_or_default());
        let temporary = path.with_file_name(name);
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            // A link in its place leads to a file that is not ours to lock or to write.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::custom_flags(
                &mut options,
                rustix::fs::OFlags::NOFOLLOW.bits().cast_signed(),
            );
            let file = named("create", &temporary, options.open(&temporary))?;
            named("lock", &temporary, file.lock())?;
            if is_at(&file, &temporary)? {
                return Ok(Self {
                    path: path.to_path_buf(),
                    temporary,
                    file,
                    replaced: false,
                });
            }
            // Whoever had the turn has renamed or removed what was waited for.
        }
    }

    /// Replaces the file's content as a whole, as [`write_atomic`] does.
    pub fn replace(mut self, content: &[u8]) -> Result<()> {
        let path = &self.path;
        named("write", path, self.file.set_len(0))?;
        named("write", path, self.file.write_all(content))?;
        named("write", path, self.file.sync_all())?;
        rename(&self.temporary, path)?;
        self.replaced = true;
        sync_dir(folder_of(path))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.replaced
            && let Err(error) = remove_file(&self.temporary)
        {
            tracing::warn!(%error, "left for the next one to use");
        }
    }
}

/// Whether an open file is the one at a path still. Where that cannot be told: whether there is one.
fn is_at(file: &File, path: &Path) -> Result<bool> {
    let there = match symlink_metadata(path) {
        Ok(there) => there,
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let open = named("look at", path, file.metadata())?;
        Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, there);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{read, read_dir, write_atomic};

    #[test]
    fn each_who_replaces_a_file_sees_what_the_one_before_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        // Left by one who was killed.
        write_atomic(&folder.path().join(".tmp-list"), b"half of a longer line").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..8 {
                        let turn = Turn::take(&path).unwrap();
                        let mut content = read(&path).unwrap_or_default();
                        content.push(b'x');
                        turn.replace(&content).unwrap();
                    }
                });
            }
        });
        drop(Turn::take(&path).unwrap());
        assert_eq!(read(&path).unwrap(), [b'x'; 64]);
        assert_eq!(read_dir(folder.path()).unwrap(), [path]);
    }

    #[test]
    fn a_lock_is_exclusive_until_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = FileLock::exclusive(&path).unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap().is_none());
        drop(held);
        assert!(FileLock::try_exclusive(&path).unwrap().is_some());
    }
}
