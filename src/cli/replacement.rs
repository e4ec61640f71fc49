//! The replacement of files that the user has named, as a whole or not at all.

use std::{fs::File, io, path::Path};

use annexe::FileError;
use tempfile::NamedTempFile;

use super::{
    failure::Complaint,
    files::{exists, is_locked, metadata, names},
};

/// The most bytes of a file's beginning by which its kind is known.
const MOST_OF_BEGINNING: u64 = 4096;

/// Replaces a file with what `fill` writes, once all of it is on the disk: a reader sees the
/// old content or the new, and a failure leaves the old. `path` must be absolute.
///
/// What a process that was killed has left beside it, the next one removes.
///
/// # Errors
/// Where it cannot be written, and what `fill` fails with.
pub fn replace<T>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let failed = |source: io::Error| FileError::new("write", path, source);
    let folder = path.parent().unwrap_or(Path::new("/"));
    let prefix = prefix(path);
    remove_left_over(folder, &prefix);
    let temporary = temporary(folder, &prefix);
    let mut temporary =
        temporary.map_err(|source| FileError::new("create a file in", folder, source))?;
    let filled = fill(temporary.as_file_mut())?;
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(path)
        .map_err(|error| failed(error.error))?;
    Ok(filled)
}

/// The beginning of the names of files that are to become the one at a path.
fn prefix(path: &Path) -> String {
    /// The most characters of its name that are in theirs, which may not be longer than 255 bytes.
    const MOST_OF_NAME: usize = 50;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().take(MOST_OF_NAME).collect();
    format!(".tmp-{name}-")
}

/// A new file, which is locked for as long as it has not become another.
fn temporary(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    // The file is for others, too: its mode is what the process's mask leaves.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let temporary = builder.tempfile_in(folder)?;
        // Where there are no locks, nothing is taken for left over.
        let is_locked = temporary.as_file().try_lock().is_ok();
        // Another process may just have removed it.
        if !is_locked || exists(temporary.path()) {
            return Ok(temporary);
        }
    }
}

/// Removes what processes have left that were killed: files of this user's with such names that nobody has locked.
#[expect(
    clippy::disallowed_methods,
    reason = "an error of this removal is not told"
)]
fn remove_left_over(folder: &Path, prefix: &str) {
    // What cannot be listed or removed is in nobody's way.
    for name in names(folder).unwrap_or_default() {
        let path = folder.join(name);
        if annexe::has_random_name(&path, prefix) && annexe::is_own_file(&path) && !is_locked(&path)
        {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Replaces a file as [`replace`] does, where that takes nothing from the user but what was made in the same way
/// before: a file that is there must be empty or begin as `is_alike` says. `kind` is what it must be, with its article.
///
/// # Errors
/// Where something else lies there, or it cannot be written.
pub fn replace_alike<T>(
    path: &Path,
    kind: &str,
    is_alike: impl FnOnce(&[u8]) -> bool,
    fill: impl FnOnce(&mut File) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    check_alike(path, kind, is_alike)?;
    replace(path, fill)
}

/// Checks that [`replace_alike`] may replace a file.
pub fn check_alike(
    path: &Path,
    kind: &str,
    is_alike: impl FnOnce(&[u8]) -> bool,
) -> anyhow::Result<()> {
    let is_replaceable = match metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            let beginning = annexe::read_beginning(path, MOST_OF_BEGINNING)?;
            beginning.is_empty() || is_alike(&beginning)
        }
        Ok(_) => false,
        // A link that leads nowhere, or nothing.
        Err(error) if error.is_not_found() => true,
        Err(error) => return Err(error.into()),
    };
    if is_replaceable {
        return Ok(());
    }
    let message = format!("`{}` is not {kind}, and would be lost", path.display());
    let hint = "name another file with `--output`, or remove this one first";
    Err(Complaint::new(message).with_hint(hint).into())
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test looks behind the functions' back"
)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;
    use crate::cli::files::read;

    #[test]
    fn a_failure_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let fill = |words: &'static [u8]| move |file: &mut File| Ok(file.write_all(words)?);
        replace(&path, fill(b"old")).unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"half")?;
            anyhow::bail!("it broke")
        });
        assert_eq!(failed.map(|()| 0).unwrap_err().to_string(), "it broke");
        assert_eq!(read(&path, u64::MAX).unwrap(), b"old");
        replace(&path, fill(b"new")).unwrap();
        assert_eq!(annexe::read_beginning(&path, 2).unwrap(), b"ne");
        assert_eq!(read(&path, 3).unwrap(), b"new");
        assert!(read(&path, 2).is_err());
        assert_eq!(fs::read_dir(folder.path()).map_or(0, Iterator::count), 1);
    }

    #[test]
    fn what_a_killed_process_has_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let at = |name: &str| folder.path().join(name);
        let kept = [
            ".tmp-file-abcde",
            ".tmp-file-abcdefg",
            ".tmp-file-abc-ef",
            ".tmp-other-abcdef",
            "file-abcdef",
        ];
        for name in kept.iter().chain(&[".tmp-file-abcdef"]) {
            fs::write(at(name), name).unwrap();
        }
        let held = fs::File::create(at(".tmp-file-ABCDEF")).unwrap();
        held.lock().unwrap();
        fs::create_dir(at(".tmp-file-folder")).unwrap();
        replace(&path, |file| Ok(file.write_all(b"new")?)).unwrap();
        for name in kept
            .iter()
            .chain(&[".tmp-file-ABCDEF", ".tmp-file-folder", "file"])
        {
            assert!(at(name).exists(), "{name}");
        }
        assert!(!at(".tmp-file-abcdef").exists());
    }
}
