//! Locks on what several processes share.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use super::{
    Error, Result, TEMPORARY, folder_of, metadata, named, patience::Patience, remove_file, rename,
    symlink_metadata, sync_dir,
};

/// An advisory lock on a file, released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Waits for an exclusive lock that is never held for long.
    pub fn exclusive(path: &Path) -> Result<Self> {
        loop {
            if let Some(lock) = Self::within(path, Patience::TURN)? {
                return Ok(lock);
            }
        }
    }

    /// Waits for an exclusive lock as long as the patience lasts; `None` where that ends.
    pub fn within(path: &Path, patience: Patience) -> Result<Option<Self>> {
        patience.wait(path, || Self::try_exclusive(path))
    }

    /// Takes the exclusive lock if it is free; `None` where it is held.
    pub fn try_exclusive(path: &Path) -> Result<Option<Self>> {
        Self::try_on(Self::open(path)?, path, File::try_lock)
    }

    fn try_on(file: File, path: &Path, lock: TryLock) -> Result<Option<Self>> {
        match lock(&file) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(source)) => Err(Error::new("lock", path, source)),
        }
    }

    fn open(path: &Path) -> Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        not_through_links(&mut options);
        named("open the lock file", path, options.open(path))
    }
}

/// One of the ways to take a lock without waiting.
type TryLock = fn(&File) -> std::result::Result<(), std::fs::TryLockError>;

/// The outcome of asking for a share of a lock that may not be there.
#[derive(Debug)]
pub enum Share {
    /// It is held.
    Taken(FileLock),
    /// Another process holds the exclusive lock.
    Busy,
    /// There is no file to lock, or something else in its place.
    Missing,
    /// This user may not open it.
    Forbidden,
}

impl FileLock {
    /// Waits for a share of the lock on a file or a folder, as long as the patience lasts; [`Share::Busy`] where that
    /// ends.
    pub fn share_within(path: &Path, patience: Patience) -> Result<Share> {
        let share = patience.wait(path, || {
            Ok(match Self::try_share_if_there(path)? {
                Share::Busy => None,
                share => Some(share),
            })
        });
        Ok(share?.unwrap_or(Share::Busy))
    }

    /// Asks for a share of the lock on a file or a folder, which is only opened for reading: nothing is created or
    /// changed.
    pub fn try_share_if_there(path: &Path) -> Result<Share> {
        Self::share(path, File::try_lock_shared)
    }

    fn share(path: &Path, lock: TryLock) -> Result<Share> {
        let mut options = OpenOptions::new();
        options.read(true);
        not_through_links(&mut options);
        let file = match options.open(path) {
            Ok(file) => file,
            Err(source) => match source.kind() {
                ErrorKind::NotFound => return Ok(Share::Missing),
                ErrorKind::PermissionDenied => return Ok(Share::Forbidden),
                _ => return Err(Error::new("open the lock file", path, source)),
            },
        };
        Ok(Self::try_on(file, path, lock)?.map_or(Share::Busy, Share::Taken))
    }

    /// Waits for the lock of a folder, against those who share it; [`Share::Missing`] where there is none, or the
    /// file system does not lock folders.
    pub fn alone_on_folder(path: &Path) -> Result<Share> {
        loop {
            let share = Patience::TURN.wait(path, || {
                Ok(match Self::try_alone_on_folder(path) {
                    Share::Busy => None,
                    share => Some(share),
                })
            });
            if let Some(share) = share? {
                return Ok(share);
            }
        }
    }

    /// Asks for the lock of a folder as [`alone_on_folder`](Self::alone_on_folder) does, but does not wait.
    pub fn try_alone_on_folder(path: &Path) -> Share {
        Self::on_folder(path, File::try_lock)
    }

    fn on_folder(path: &Path, lock: TryLock) -> Share {
        let Ok(file) = File::open(path) else {
            return Share::Missing;
        };
        match lock(&file) {
            Ok(()) => Share::Taken(Self { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Share::Busy,
            Err(std::fs::TryLockError::Error(_)) => Share::Missing,
        }
    }
}

/// Whether the exclusive lock on a file is held. Creates nothing: a missing file is a free lock, and
/// so is anything that lies there in a file's place.
pub fn is_locked(path: &Path) -> Result<bool> {
    match symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Err(error) if !error.is_not_found() => return Err(error),
        _ => return Ok(false),
    }
    match FileLock::try_share_if_there(path)? {
        Share::Busy => Ok(true),
        Share::Taken(_) | Share::Missing => Ok(false),
        // A lock that may not be looked at is taken to be held.
        Share::Forbidden => Ok(true),
    }
}

/// A link in a lock's place leads to a file that is not ours to lock or to write, and a pipe is not waited for.
fn not_through_links(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// A turn at replacing a file that lies among a user's own: one process takes it at a time, and what one that was
/// killed has left is used by the next. The lock is the new file itself, beside the old one.
#[derive(Debug)]
pub struct Turn {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    /// The new file has no foreign content: it was made for this, or is empty.
    is_ours: bool,
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
            options.read(true).write(true).create_new(true);
            not_through_links(&mut options);
            let mut opened = options.open(&temporary);
            let is_created = opened.is_ok();
            if matches!(&opened, Err(error) if error.kind() == ErrorKind::AlreadyExists) {
                options.create_new(false).create(true).truncate(false);
                opened = options.open(&temporary);
            }
            let file = named("create", &temporary, opened)?;
            lock_in_turn(&file, &temporary)?;
            let metadata = named("look at", &temporary, file.metadata())?;
            if is_at(&file, &temporary)? {
                return Ok(Self {
                    path: path.to_path_buf(),
                    temporary,
                    file,
                    is_ours: is_created || metadata.len() == 0,
                    replaced: false,
                });
            }
            // The process that had the turn has renamed or removed the file meanwhile.
        }
    }

    /// Gives the new file the mode of the one it replaces, if there is one: it may be for nobody else to read.
    pub fn keep_mode(&self) -> Result<()> {
        match metadata(&self.path) {
            Ok(known) => {
                let set = self.file.set_permissions(known.permissions());
                named("set the mode of", &self.temporary, set)
            }
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
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

/// Waits for the lock on an open file; it is never held for long.
fn lock_in_turn(file: &File, path: &Path) -> Result<()> {
    let look = || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(source)) => Err(Error::new("lock", path, source)),
    };
    while Patience::TURN.wait(path, look)?.is_none() {}
    Ok(())
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.replaced
            && self.is_ours
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
    use crate::base::fs::{read, read_dir, write_atomic};

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
    fn a_turn_that_replaces_nothing_removes_nothing_of_a_persons() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let theirs = folder.path().join(".tmp-list");
        write_atomic(&theirs, b"a draft").unwrap();
        drop(Turn::take(&path).unwrap());
        assert_eq!(read(&theirs).unwrap(), b"a draft");
        write_atomic(&theirs, b"").unwrap();
        drop(Turn::take(&path).unwrap());
        assert!(read_dir(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn a_lock_is_exclusive_until_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = FileLock::exclusive(&path).unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap().is_none());
        assert!(is_locked(&path).unwrap());
        drop(held);
        assert!(!is_locked(&path).unwrap() && !is_locked(folder.path()).unwrap());
        assert!(FileLock::try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn whether_a_lock_is_held_is_asked_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_locked(&folder.path().join("none")).unwrap());
        assert_eq!(read_dir(folder.path()).unwrap().len(), 0);
    }
}
