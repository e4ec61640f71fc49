//! Small files that several programs write. Their callers hold a lock that all writers take.
//! Nothing is synced: a power failure may take what was written last.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{Error, Result, TEMPORARY, named, remove_file, rename, symlink_metadata};

/// Appends `content` to a file, with one write. Where the file would grow beyond `most` bytes it is renamed
/// to `before`, in the place of what was there, and begun anew. A full disk leaves what was there.
pub fn append_bounded(path: &Path, before: &Path, content: &[u8], most: u64) -> Result<()> {
    let mut length = match symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        // It is refused when it is opened.
        Ok(_) => 0,
        Err(error) if error.is_not_found() => 0,
        Err(error) => return Err(error),
    };
    if length > 0 && length.saturating_add(content.len() as u64) > most {
        rename(path, before)?;
        length = 0;
    }
    let mut file = open_own(path, OpenOptions::new().append(true).create(true))?;
    let written = file.write_all(content);
    if written.is_err() {
        // Half a line is of no use: it is taken back. Where it cannot be, readers see it as it is.
        let _ = file.set_len(length);
    }
    named("write", path, written)
}

/// Replaces a file's content as a whole. A temporary file that a killed process has left beside it is used again.
pub fn replace_in_turn(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = temporary_of(path);
    let written = open_own(
        &temporary,
        OpenOptions::new().write(true).create(true).truncate(true),
    )
    .and_then(|mut file| named("write", path, file.write_all(content)));
    let replaced = written.and_then(|()| rename(&temporary, path));
    if replaced.is_err() {
        // Left behind, the next call would write into it.
        let _ = remove_file(&temporary);
    }
    replaced
}

/// Opens a file that is written where it lies: not through a link, which may lead anywhere, and nothing but a file.
pub(super) fn open_own(path: &Path, options: &mut OpenOptions) -> Result<File> {
    // A pipe in its place would wait for a reader.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options,
        (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK)
            .bits()
            .cast_signed(),
    );
    let refused = |problem| {
        let problem = io::Error::new(io::ErrorKind::InvalidInput, problem);
        Error::new("open", path, problem)
    };
    let opened = options.open(path);
    if opened.is_err() && symlink_metadata(path).is_ok_and(|it| it.is_symlink()) {
        return Err(refused("it is a link, which may lead anywhere"));
    }
    let file = named("open", path, opened)?;
    match named("look at", path, file.metadata())?.is_file() {
        true => Ok(file),
        false => Err(refused("it is not a file")),
    }
}

fn temporary_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(TEMPORARY);
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{read, read_dir};

    #[test]
    fn a_file_that_is_full_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let [log, before] = ["log", "log.1"].map(|name| folder.path().join(name));
        for line in ["one\n", "two\n", "three\n", "longer than all that may be\n"] {
            append_bounded(&log, &before, line.as_bytes(), 8).unwrap();
        }
        assert_eq!(read(&before).unwrap(), b"three\n");
        assert_eq!(read(&log).unwrap(), b"longer than all that may be\n");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [log, before, elsewhere] =
            ["log", "log.1", "elsewhere"].map(|name| folder.path().join(name));
        std::fs::write(&elsewhere, "mine").unwrap();
        for place in [&log, &temporary_of(&log)] {
            std::os::unix::fs::symlink(&elsewhere, place).unwrap();
        }
        append_bounded(&log, &before, b"one\n", 8).unwrap_err();
        replace_in_turn(&log, b"two\n").unwrap_err();
        assert_eq!(read(&elsewhere).unwrap(), b"mine");
    }

    #[test]
    fn what_one_who_was_killed_has_left_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(temporary_of(&path), "a half of something longer").unwrap();
        replace_in_turn(&path, b"new").unwrap();
        assert_eq!(read(&path).unwrap(), b"new");
        assert_eq!(read_dir(folder.path()).unwrap(), [path]);
    }
}
