//! The files that a user names on the command line: read, or written as a whole. Every error names
//! its path.

use std::{
    ffi::OsString,
    fs::{self, File, Metadata},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use annexe::{FileError, Hint as _, UserFileError};
use tempfile::TempDir;

use super::{failure::Complaint, paths, wording};

/// Returns the system's metadata of a path, links followed.
pub fn metadata(path: &Path) -> Result<Metadata, FileError> {
    fs::metadata(path).map_err(|source| FileError::new("look at", path, source))
}

/// The absolute path of a folder that a command is about.
///
/// # Errors
/// Where it is not there, or not a folder.
pub fn folder(path: &Path) -> anyhow::Result<PathBuf> {
    let folder = paths::absolute(path)?;
    match metadata(&folder)?.is_dir() {
        true => Ok(folder),
        false => Err(Complaint::usage(format!("`{}` is not a folder", folder.display())).into()),
    }
}

/// The process's standard input, output and error, as files of their own.
///
/// # Errors
/// Where the system gives no more.
pub fn standard_streams() -> io::Result<[File; 3]> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;

        Ok([
            io::stdin().as_fd().try_clone_to_owned()?.into(),
            io::stdout().as_fd().try_clone_to_owned()?.into(),
            io::stderr().as_fd().try_clone_to_owned()?.into(),
        ])
    }
    #[cfg(windows)]
    {
        use std::os::windows::io::AsHandle as _;

        Ok([
            io::stdin().as_handle().try_clone_to_owned()?.into(),
            io::stdout().as_handle().try_clone_to_owned()?.into(),
            io::stderr().as_handle().try_clone_to_owned()?.into(),
        ])
    }
}

/// Makes a folder for this user alone, where it is missing.
///
/// # Errors
/// Where it cannot be made, or others than the user can change it.
pub fn make_own_folder(folder: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|source| FileError::new("create the folder", folder, source))?;
    // What another user can change is not believed.
    annexe::check_own_folder(folder)
}

/// Takes the lock on a file, which is made where it is missing; `None` where another process has it.
///
/// # Errors
/// Where it cannot be made or locked.
pub fn try_lock(path: &Path) -> Result<Option<File>, FileError> {
    let failed = |source| FileError::new("lock", path, source);
    if let Some(folder) = path.parent() {
        make_own_folder(folder)?;
    }
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(path);
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Whether something stands there that is not a regular file.
pub fn is_other_than_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| !it.is_file())
}

/// Whether another process, or another file of this one, has the lock on a file; not where the file is missing.
pub fn is_locked(path: &Path) -> bool {
    let file = File::options().write(true).open(path);
    file.is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

/// Notes that a file was changed now.
///
/// # Errors
/// The system's error.
pub fn touch(file: &File) -> io::Result<()> {
    file.set_modified(std::time::SystemTime::now())
}

/// Opens a regular file for reading.
pub fn open(path: &Path) -> Result<File, FileError> {
    annexe::open_regular(path)
}

/// Reads a regular file as a whole; a pipe would wait for ever, a device might never end.
///
/// # Errors
/// Where it cannot be read, is not a regular file or has more than `most_bytes`.
pub fn read(path: &Path, most_bytes: u64) -> anyhow::Result<Vec<u8>> {
    annexe::read_bounded(path, most_bytes).map_err(|error| {
        let shown = path.display();
        let complaint = if error.is_not_a_file() {
            Complaint::new(format!("`{shown}` is not a file"))
        } else if error.is_too_large() {
            let most = wording::bytes(most_bytes);
            Complaint::new(format!("`{shown}` is larger than {most}"))
        } else {
            return error.into();
        };
        match error.hint() {
            Some(hint) => complaint.with_hint(hint).into(),
            None => complaint.into(),
        }
    })
}

/// Refuses a file of the user's own that others can change, with the way out.
///
/// # Errors
/// A [`Complaint`] in the place of what [`annexe::check_user_file`] says.
pub fn believe(path: &Path) -> anyhow::Result<()> {
    let checked = annexe::check_user_file(path);
    Ok(checked.map_err(|error| not_believed(&UserFileError::NotTrusted(error)))?)
}

/// A complaint about a file of the user's own that cannot be used, with the way out.
pub fn not_believed(error: &UserFileError) -> Complaint {
    let complaint = Complaint::new(error.to_string());
    match (error, error.hint()) {
        (UserFileError::NotTrusted(_), hint) => {
            let elsewhere = "ANNEXE_CONFIG and ANNEXE_SETTINGS name files elsewhere";
            complaint.with_hint(match hint {
                Some(hint) => format!("{hint}; {elsewhere}"),
                None => elsewhere.into(),
            })
        }
        (_, Some(hint)) => complaint.with_hint(hint),
        (_, None) => complaint,
    }
}

/// The names of a folder's own entries, sorted.
#[expect(
    clippy::disallowed_methods,
    reason = "the command has its own `FileError`s"
)]
pub fn names(folder: &Path) -> Result<Vec<OsString>, FileError> {
    let failed = |source| FileError::new("list the folder", folder, source);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()).map_err(failed))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    Ok(names)
}

/// The bytes of the entries of a folder that are named as `is_ours` says, with all below them; none where the folder is
/// not there or not the user's own. `removes` them; what another process has locked stays.
///
/// # Errors
/// Where one cannot be looked at or removed.
#[expect(
    clippy::disallowed_methods,
    reason = "the command has its own `FileError`s"
)]
pub fn entries_below(
    folder: &Path,
    is_ours: fn(&str) -> bool,
    removes: bool,
) -> Result<u64, FileError> {
    if !exists(folder) || annexe::check_own_folder(folder).is_err() {
        return Ok(0);
    }
    let mut bytes = 0;
    for name in names(folder)? {
        let path = folder.join(&name);
        if !name.to_str().is_some_and(is_ours) || is_locked(&path) {
            continue;
        }
        bytes += annexe::bytes_below(&path)?;
        if removes {
            let removed = match fs::symlink_metadata(&path).is_ok_and(|it| it.is_dir()) {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            removed.map_err(|source| FileError::new("remove", &path, source))?;
        }
    }
    Ok(bytes)
}

/// Whether a folder's mode lets others write to it.
pub fn is_writable_for_others(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        metadata(folder).is_ok_and(|metadata| metadata.is_dir() && metadata.mode() & 0o022 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}

/// Whether a path names anything, be it a link that leads nowhere.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Creates a folder and those above it; content with one that is there.
#[expect(
    clippy::disallowed_methods,
    reason = "the command has its own `FileError`s"
)]
pub fn create_folders(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::new("create the folder", path, source))
}

/// Creates a file that must not exist yet, and the folders it lies in.
pub fn create(path: &Path, content: impl AsRef<[u8]>) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        create_folders(folder)?;
    }
    File::create_new(path)
        .and_then(|mut file| file.write_all(content.as_ref()))
        .map_err(|source| FileError::new("write", path, source))
}

/// A folder to prepare something in that is then moved into `folder`. It is removed when dropped.
pub fn staging(folder: &Path) -> Result<TempDir, FileError> {
    tempfile::Builder::new()
        .prefix(".tmp-")
        .tempdir_in(folder)
        .map_err(|source| FileError::new("create a folder in", folder, source))
}

/// A temporary folder that no other user can write to. It is removed when dropped.
pub fn temporary_folder() -> Result<TempDir, FileError> {
    let made = tempfile::tempdir();
    made.map_err(|source| FileError::new("create a folder in", paths::temporary(), source))
}

/// Moves everything in one folder into another on the same file system, which has nothing of the same
/// names. Where something cannot be moved, what was moved before is moved back.
#[expect(
    clippy::disallowed_methods,
    reason = "the command has its own `FileError`s"
)]
pub fn move_entries(from: &Path, to: &Path) -> Result<(), FileError> {
    let mut moved = Vec::new();
    let mut outcome = Ok(());
    for name in names(from)? {
        let target = to.join(&name);
        let renamed = match exists(&target) {
            true => Err(io::ErrorKind::AlreadyExists.into()),
            false => fs::rename(from.join(&name), &target),
        };
        if let Err(source) = renamed {
            outcome = Err(FileError::new("create", target, source));
            break;
        }
        moved.push(name);
    }
    if outcome.is_err() {
        for name in moved {
            // What cannot be moved back stays where it is: the first error is the one to tell of.
            let _ = fs::rename(to.join(&name), from.join(&name));
        }
    }
    outcome
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "the test looks behind the functions' back"
)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_all_be_moved_is_not_moved_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for name in ["a", "b/inner", "c"] {
            create(&from.join(name), name).unwrap();
        }
        create(&to.join("c"), "in the way").unwrap();
        let error = move_entries(&from, &to).unwrap_err();
        assert_eq!(error.path(), to.join("c"));
        assert_eq!(names(&from).unwrap(), ["a", "b", "c"]);
        assert_eq!(names(&to).unwrap(), ["c"]);

        fs::remove_file(to.join("c")).unwrap();
        move_entries(&from, &to).unwrap();
        assert_eq!(names(&to).unwrap(), ["a", "b", "c"]);
        assert_eq!(read(&to.join("b/inner"), 9).unwrap(), b"b/inner");
        assert!(create(&to.join("a"), "again").is_err());
    }
}
