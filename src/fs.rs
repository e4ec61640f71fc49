//! The one place that touches `std::fs`: every error names the operation and the path, every write
//! that replaces a file is atomic, and locks are the standard library's.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that wraps them"
)]

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file operation failed: what was tried, where, and what the system answered.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action} `{}`", path.display())]
pub struct Error {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Error {
    /// Names the operation (an infinitive: "read", "create the folder") and the path of `source`.
    pub fn new(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self {
            action,
            path: path.into(),
            source,
        }
    }

    /// The file or folder does not exist.
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// The file or folder exists already.
    pub fn is_already_exists(&self) -> bool {
        matches!(
            self.source.kind(),
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty
        )
    }

    /// The path the operation failed on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The way out, where the cause suggests one.
    pub fn hint(&self) -> Option<String> {
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                "the disk is full: free some space, then run the same command again; nothing was lost".into(),
            ),
            io::ErrorKind::PermissionDenied => {
                Some("check who owns this path, or choose another folder".into())
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                Some("this file system is read-only: choose another folder".into())
            }
            _ => None,
        }
    }
}

/// The result of a file operation.
pub type Result<T> = std::result::Result<T, Error>;

fn named<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| Error::new(action, path, source))
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    named("read", path, std::fs::read(path))
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File> {
    named("open", path, File::open(path))
}

/// Creates a file that must not exist yet.
pub fn create_new(path: &Path) -> Result<File> {
    named(
        "create",
        path,
        OpenOptions::new().write(true).create_new(true).open(path),
    )
}

/// What the system says of a path, links followed.
pub fn metadata(path: &Path) -> Result<Metadata> {
    named("look at", path, std::fs::metadata(path))
}

/// What the system says of a path, a link itself included.
pub fn symlink_metadata(path: &Path) -> Result<Metadata> {
    named("look at", path, std::fs::symlink_metadata(path))
}

/// The path with every link and `..` resolved.
pub fn canonicalize(path: &Path) -> Result<PathBuf> {
    named("resolve", path, std::fs::canonicalize(path))
}

/// Creates a folder and those above it; content with one that is there.
pub fn create_dir_all(path: &Path) -> Result<()> {
    named("create the folder", path, std::fs::create_dir_all(path))
}

/// Creates one folder that must not exist yet.
pub fn create_dir(path: &Path) -> Result<()> {
    named("create the folder", path, std::fs::create_dir(path))
}

/// Creates a folder only its owner can enter (mode 0700 where modes exist), and those above it.
pub fn create_private_dir_all(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    named("create the folder", path, builder.create(path))
}

/// Renames a file or folder, replacing a file of the new name.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    named("rename a new file to", to, std::fs::rename(from, to))
}

/// Removes a file; content with one that is not there.
pub fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::new("remove", path, source))
        }
        _ => Ok(()),
    }
}

/// Removes a folder with all in it, read-only content too; content with one that is not there.
pub fn remove_dir_all(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() == io::ErrorKind::PermissionDenied => {
            make_writable(path)?;
            named("remove the folder", path, std::fs::remove_dir_all(path))
        }
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::new("remove the folder", path, source))
        }
        _ => Ok(()),
    }
}

/// The entries of a folder, sorted by name.
pub fn read_dir(path: &Path) -> Result<Vec<PathBuf>> {
    let entries = named("list the folder", path, std::fs::read_dir(path))?;
    let mut paths = entries
        .map(|entry| named("list the folder", path, entry).map(|entry| entry.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Replaces a file's content as a whole: a temporary file beside it is written, synced and renamed,
/// so a reader sees the old content or the new, and a full disk leaves the old.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<()> {
    let folder = folder_of(path);
    let mut temporary = named(
        "create a temporary file in",
        folder,
        tempfile::Builder::new().prefix(".tmp-").tempfile_in(folder),
    )?;
    named("write", path, temporary.write_all(content))?;
    named("write", path, temporary.as_file().sync_all())?;
    temporary
        .persist(path)
        .map_err(|error| Error::new("rename a new file to", path, error.error))?;
    sync_dir(folder)
}

/// Replaces a file as [`write_atomic`] does, with what `fill` writes, for files that others read too:
/// a web server, most often. Its mode is what the process's mask leaves of 0666.
pub fn replace_shared(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tmp-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = named(
        "create a temporary file in",
        folder,
        builder.tempfile_in(folder),
    )?;
    named("write", path, fill(temporary.as_file_mut()))?;
    named("write", path, temporary.as_file().sync_all())?;
    temporary
        .persist(path)
        .map_err(|error| Error::new("rename a new file to", path, error.error))?;
    sync_dir(folder)
}

/// The folder a file is in; a bare name lies in the current one.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the names in a folder durable. A no-op where folders cannot be synced.
pub fn sync_dir(path: &Path) -> Result<()> {
    if cfg!(unix) {
        named(
            "sync the folder",
            path,
            File::open(path).and_then(|folder| folder.sync_all()),
        )?;
    }
    Ok(())
}

/// Makes all that was written below `path` durable, with one system call where there is one.
pub fn sync_tree(path: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let folder = open(path)?;
        rustix::fs::syncfs(&folder)
            .map_err(|source| Error::new("sync the file system of", path, source.into()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        for entry in walk(path)? {
            if entry.is_file() {
                named(
                    "sync",
                    &entry,
                    File::open(&entry).and_then(|file| file.sync_all()),
                )?;
            }
        }
        sync_dir(path)
    }
}

/// Every file and folder below `path`, folders before what is in them, sorted; links are not followed.
pub fn walk(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![path.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in read_dir(&folder)? {
            if symlink_metadata(&entry)?.is_dir() {
                pending.push(entry.clone());
            }
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// Takes write permission from every file and folder below `path`, so that what is installed stays
/// as it was verified.
pub fn make_read_only(path: &Path) -> Result<()> {
    let mut entries = walk(path)?;
    entries.push(path.to_path_buf());
    // Innermost first: a folder that is read-only already would refuse nothing here, but order keeps
    // a crash in the middle easy to reason about.
    entries
        .iter()
        .rev()
        .try_for_each(|entry| set_read_only(entry, true))
}

/// Lets everybody run a file (mode 0755). A no-op where files have no such mode.
pub fn make_executable(path: &Path) -> Result<()> {
    metadata(path)?;
    set_mode(path, 0o755)
}

/// Gives a file or folder exactly these permission bits, whatever the umask; a no-op where modes do
/// not exist.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        named(
            "change the permissions of",
            path,
            std::fs::set_permissions(path, permissions),
        )?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

fn make_writable(path: &Path) -> Result<()> {
    // Outermost first: a folder must be writable before what is in it can be removed.
    set_read_only(path, false)?;
    walk(path)?.iter().try_for_each(|entry| {
        if symlink_metadata(entry)?.is_symlink() {
            Ok(())
        } else {
            set_read_only(entry, false)
        }
    })
}

fn set_read_only(path: &Path, read_only: bool) -> Result<()> {
    let mut permissions = metadata(path)?.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = permissions.mode();
        permissions.set_mode(if read_only {
            mode & !0o222
        } else {
            mode | 0o200
        });
    }
    #[cfg(not(unix))]
    permissions.set_readonly(read_only);
    named(
        "change the permissions of",
        path,
        std::fs::set_permissions(path, permissions),
    )
}

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

    /// Takes the lock alone if nobody holds it; `None` where somebody does.
    pub fn try_exclusive(path: &Path) -> Result<Option<Self>> {
        let file = Self::open(path)?;
        match file.try_lock() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_operation_names_its_path() {
        let error = read(Path::new("/nowhere/at all")).unwrap_err();
        assert_eq!(error.to_string(), "failed to read `/nowhere/at all`");
        assert!(error.is_not_found());
    }

    #[test]
    fn a_read_only_tree_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        create_dir_all(&tree.join("inner")).unwrap();
        write_atomic(&tree.join("inner/file"), b"x").unwrap();
        make_read_only(&tree).unwrap();
        remove_dir_all(&tree).unwrap();
        assert!(!tree.exists());
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
