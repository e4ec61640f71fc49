//! Small files that several programs write. Whoever calls these holds a lock that all writers take.
//! Nothing is synced: a power failure may take what was written last.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{Result, TEMPORARY, metadata, named, remove_file, rename};

/// Appends `content` to a file, with one write. Where the file would grow beyond `most` bytes it is renamed
/// to `before`, in the place of what was there, and begun anew. A full disk leaves what was there.
pub fn append_bounded(path: &Path, before: &Path, content: &[u8], most: u64) -> Result<()> {
    let mut length = match metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.is_not_found() => 0,
        Err(error) => return Err(error),
    };
    if length > 0 && length.saturating_add(content.len() as u64) > most {
        rename(path, before)?;
        length = 0;
    }
    let mut options = OpenOptions::new();
    let mut file = named("open", path, options.append(true).create(true).open(path))?;
    let written = file.write_all(content);
    if written.is_err() {
        // Half a line helps nobody. Where it cannot be taken back, readers see it as it is.
        let _ = file.set_len(length);
    }
    named("write", path, written)
}

/// Replaces a file's content as a whole. What one who was killed has left beside it is used by the next.
pub fn replace_in_turn(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = temporary_of(path);
    let written = std::fs::write(&temporary, content);
    let replaced = named("write", path, written).and_then(|()| rename(&temporary, path));
    if replaced.is_err() {
        // The next one would use it.
        let _ = remove_file(&temporary);
    }
    replaced
}

fn temporary_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(TEMPORARY);
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{read, read_dir};

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
