//! The one place that touches `std::fs`: every error names the operation and the path, every write
//! that replaces a file is atomic, and locks are the standard library's.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that wraps them"
)]

mod bounded;
mod confined;
mod dated;
mod extent;
mod hint;
mod holder;
#[cfg(feature = "bridge")]
mod kept;
mod lines;
mod lock;
mod mode;
mod ownership;
mod patience;
#[cfg(unix)]
mod private_group;
mod readable;
mod shared;
mod stamp;
mod tail;
mod user_file;

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use tempfile::NamedTempFile;

#[cfg(feature = "bridge")]
pub use self::kept::replace_keeping_mode;
use self::mode::make_writable;
pub use self::{
    bounded::{open_regular, read_beginning, read_bounded, read_dir_bounded},
    confined::{ConfinedFolder, EntryKind},
    extent::{Extent, extent},
    hint::GIVE_A_FILE,
    holder::{Holder, Signature, SignedLock},
    lines::{LineFile, hold_lines},
    lock::{FileLock, Share, Turn, is_locked},
    mode::{make_movable, make_read_only, set_mode},
    ownership::{
        check_own, check_trusted, check_trusted_file, check_trusted_inside, create_own_dir_all,
        is_own_file, is_own_folder,
    },
    patience::Patience,
    readable::{create_dir_readable_as, write_readable_as},
    shared::{append_bounded, replace_in_turn},
    stamp::{Identity, Stamp},
    tail::Tail,
    user_file::{UserFileError, check_user_file, edit_user_file, read_user_file, resolved},
};

/// The reason why a file operation failed: what was tried, where, and what the system answered.
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

    /// The file or folder cannot be moved there: it is on another file system, or on another layer of one.
    pub fn is_across_devices(&self) -> bool {
        self.source.kind() == io::ErrorKind::CrossesDevices
    }

    /// It is a folder, a pipe, a socket or a device, and a plain file is wanted.
    pub fn is_not_a_file(&self) -> bool {
        matches!(self.unfit(), Some(bounded::Unfit::Kind))
    }

    /// The file has more bytes than are read of one of its kind.
    pub fn is_too_large(&self) -> bool {
        matches!(self.unfit(), Some(bounded::Unfit::Size { .. }))
    }

    fn unfit(&self) -> Option<&bounded::Unfit> {
        self.source.get_ref()?.downcast_ref()
    }

    /// The path the operation failed on.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// How the name of a file begins that is not complete yet.
pub const TEMPORARY: &str = ".tmp-";

/// The number of random letters and digits in a unique name.
pub const RANDOM: usize = 6;

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

/// Writes a file that must not exist yet. It is not synced.
pub fn write_new(path: &Path, content: &[u8]) -> Result<()> {
    named("write", path, create_new(path)?.write_all(content))
}

/// Creates an empty file where there is none.
pub fn create_if_missing(path: &Path) -> Result<()> {
    match create_new(path) {
        Err(error) if !error.is_already_exists() => Err(error),
        _ => Ok(()),
    }
}

/// Copies a file's content, and not its mode, to a file that must not exist yet. It is not synced.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut source = open(from)?;
    named(
        "copy to",
        to,
        io::copy(&mut source, &mut create_new(to)?).map(drop),
    )
}

/// Makes a link at `to` that leads to the one at `from`; nothing where not every user may make links.
#[cfg(feature = "authoring")]
pub fn copy_link(from: &Path, to: &Path) -> Result<()> {
    #[cfg(unix)]
    named("create", to, std::os::unix::fs::symlink(from, to))?;
    #[cfg(not(unix))]
    let _ = (from, to);
    Ok(())
}

/// Returns the system's metadata of a path, links followed.
pub fn metadata(path: &Path) -> Result<Metadata> {
    named("look at", path, std::fs::metadata(path))
}

/// Returns the system's metadata of a path, a link itself included.
pub fn symlink_metadata(path: &Path) -> Result<Metadata> {
    named("look at", path, std::fs::symlink_metadata(path))
}

/// Returns the target of a link, as it is written in it.
#[cfg(unix)]
pub fn read_link(path: &Path) -> Result<PathBuf> {
    named("read the link", path, std::fs::read_link(path))
}

/// The path without `.` and `..`, by its text alone.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
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

/// Lets two files or folders change places, so that each name is there at every moment. `false` where the
/// system or the file system cannot do that: nothing has changed then.
pub fn exchange(one: &Path, other: &Path) -> Result<bool> {
    #[cfg(target_os = "linux")]
    {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::NOSYS | Errno::INVAL) => Ok(false),
            Err(error) => Err(Error::new("rename a new file to", other, error.into())),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (one, other);
        Ok(false)
    }
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

/// Removes a folder if there is nothing in it; whether it is gone.
pub fn remove_empty_dir(path: &Path) -> Result<bool> {
    match std::fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(source) => match source.kind() {
            io::ErrorKind::NotFound => Ok(true),
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => Ok(false),
            _ => Err(Error::new("remove the folder", path, source)),
        },
    }
}

/// Whether this user may make and remove what lies in a folder, as its mode and its file system have it.
pub fn is_writable(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, AtFlags, CWD, accessat};
        let wanted = Access::WRITE_OK | Access::EXEC_OK;
        accessat(CWD, folder, wanted, AtFlags::EACCESS).is_ok()
    }
    #[cfg(not(unix))]
    metadata(folder).is_ok_and(|it| !it.permissions().readonly())
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

/// The entries of a folder as [`read_dir`] gives them; none where there is no such folder.
pub fn read_dir_if_there(path: &Path) -> Result<Vec<PathBuf>> {
    match read_dir(path) {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        entries => entries,
    }
}

/// Creates a folder with a unique name, accessible to this user alone; [`has_random_name`] knows its name.
pub fn create_random_dir(folder: &Path, prefix: &str) -> Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    let created = builder.prefix(prefix).rand_bytes(RANDOM).tempdir_in(folder);
    Ok(named("create a folder in", folder, created)?.keep())
}

/// Replaces a file's content as a whole: a temporary file beside it is written, synced and renamed,
/// so a reader sees the old content or the new, and a full disk leaves the old.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<()> {
    let mut temporary = temporary_beside(path, None)?;
    named("write", path, temporary.write_all(content))?;
    put_in_place(temporary, path)
}

/// Replaces a file as [`write_atomic`] does, with what `fill` writes, for files that others read too:
/// a web server, most often. Its mode is what the process's mask leaves of 0666. It is dated a later second than the
/// file that it replaces.
pub fn replace_shared(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let mut temporary = temporary_beside(path, Some(0o666))?;
    named("write", path, fill(temporary.as_file_mut()))?;
    dated::date_after(temporary.as_file(), path);
    put_in_place(temporary, path)
}

/// Replaces a file as [`write_atomic`] does, with `parts` one after the other, but syncs nothing: for
/// what can be had again, is checked when it is read, and is written by the thousand. Syncing takes
/// milliseconds for each file; without it a power failure may leave a file torn, never a program that
/// is killed.
pub fn replace_unsynced(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let mut temporary = temporary_beside(path, None)?;
    for part in parts {
        named("write", path, temporary.write_all(part))?;
    }
    persist(temporary, path)
}

/// A new file in the folder of `path`, which goes when it is dropped; its owner's alone, unless a mode
/// is given.
fn temporary_beside(path: &Path, mode: Option<u32>) -> Result<NamedTempFile> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).rand_bytes(RANDOM);
    #[cfg(unix)]
    if let Some(mode) = mode {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    let created = builder.tempfile_in(folder);
    named("create a temporary file in", folder, created)
}

/// Syncs a temporary file and renames it to `path`.
fn put_in_place(temporary: NamedTempFile, path: &Path) -> Result<()> {
    named("write", path, temporary.as_file().sync_all())?;
    persist(temporary, path)?;
    sync_dir(folder_of(path))
}

fn persist(temporary: NamedTempFile, path: &Path) -> Result<()> {
    match temporary.persist(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::new("rename a new file to", path, error.error)),
    }
}

/// Removes the temporary files that [`write_atomic`] and [`replace_shared`] have left in a folder when
/// their process was killed. No process may be writing into it meanwhile: the caller holds a lock that all
/// writers take. Whatever is of another form, no file or another user's stays.
pub fn remove_temporary_files(folder: &Path) -> Result<()> {
    for path in read_dir_if_there(folder)? {
        if is_temporary(&path) {
            remove_file(&path)?;
        }
    }
    Ok(())
}

/// Whether a path is that of a temporary file of this user's, as [`write_atomic`] makes them.
pub fn is_temporary(path: &Path) -> bool {
    has_random_name(path, TEMPORARY) && is_own_file(path)
}

/// Whether a name is a prefix and a random part, as temporary files and folders are named.
pub fn has_random_name(path: &Path, prefix: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let random = name.and_then(|name| name.strip_prefix(prefix));
    random.is_some_and(|it| it.len() == RANDOM && it.bytes().all(|it| it.is_ascii_alphanumeric()))
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

/// Makes all that was written below some folders of one file system durable, with one system call
/// where there is one.
pub fn sync_trees<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let mut paths = paths.into_iter();
    #[cfg(target_os = "linux")]
    {
        let Some(path) = paths.next() else {
            return Ok(());
        };
        let folder = open(path)?;
        rustix::fs::syncfs(&folder)
            .map_err(|source| Error::new("sync the file system of", path, source.into()))
    }
    #[cfg(not(target_os = "linux"))]
    paths.try_for_each(|path| {
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
    })
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

/// The bytes of all files below `path`, or of the file that it is; links are not followed.
pub fn bytes_below(path: &Path) -> Result<u64> {
    let metadata = symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    let mut bytes = 0;
    for entry in walk(path)? {
        let metadata = symlink_metadata(&entry)?;
        bytes += if metadata.is_file() {
            metadata.len()
        } else {
            0
        };
    }
    Ok(bytes)
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
    fn temporary_files_are_removed_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for name in [".tmp-Xy12aB", ".lock", "config.json"] {
            write_atomic(&file(name), b"x").unwrap();
        }
        remove_temporary_files(folder.path()).unwrap();
        let left = read_dir(folder.path()).unwrap();
        assert_eq!(left, [file(".lock"), file("config.json")]);
    }
}
