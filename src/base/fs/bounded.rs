//! Files that other users may have put where we look: opened so that nothing but a plain file is ever read,
//! and no more of it than is sound.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{Error, Result, metadata, named};

/// The reason for which a file is not read, although it could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("it is not a plain file")]
    Kind,
    #[error("it has more than {most} bytes")]
    Size { most: u64 },
}

impl Unfit {
    fn at(self, path: &Path) -> Error {
        let kind = match self {
            Self::Kind => io::ErrorKind::InvalidInput,
            Self::Size { .. } => io::ErrorKind::FileTooLarge,
        };
        Error::new("read", path, io::Error::new(kind, self))
    }
}

/// Opens a regular file for reading, links followed. A pipe would wait for its writer and a device may answer
/// to being opened alone, so the path is looked at first; what counts is the open file, which cannot be
/// replaced.
///
/// # Errors
/// [`Error::is_not_a_file`] for a folder, a pipe, a socket or a device.
pub fn open_regular(path: &Path) -> Result<File> {
    if !metadata(path)?.is_file() {
        return Err(Unfit::Kind.at(path));
    }
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY)
            .bits()
            .cast_signed(),
    );
    let file = named("open", path, options.open(path))?;
    match named("look at", path, file.metadata())?.is_file() {
        true => Ok(file),
        false => Err(Unfit::Kind.at(path)),
    }
}

/// Reads a regular file as a whole. One that is larger than `most` bytes is refused before any of it is read,
/// and one that grows meanwhile as soon as it has.
///
/// # Errors
/// As [`open_regular`]; [`Error::is_too_large`].
pub fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = open_regular(path)?;
    let length = named("look at", path, file.metadata())?.len();
    let too_large = || Unfit::Size { most }.at(path);
    if length > most {
        return Err(too_large());
    }
    let mut content = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    named(
        "read",
        path,
        file.take(most.saturating_add(1)).read_to_end(&mut content),
    )?;
    match content.len() as u64 > most {
        true => Err(too_large()),
        false => Ok(content),
    }
}

/// Reads the first bytes of a regular file, `most` at the most.
///
/// # Errors
/// As [`open_regular`].
pub fn read_beginning(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let mut file = open_regular(path)?.take(most);
    named("read", path, file.read_to_end(&mut content))?;
    Ok(content)
}

/// The entries of a folder, sorted by name, of one that may have any number: `None` where it has more than `most`.
pub fn read_dir_bounded(path: &Path, most: usize) -> Result<Option<Vec<PathBuf>>> {
    let entries = named("list the folder", path, std::fs::read_dir(path))?;
    let mut paths = Vec::new();
    for entry in entries {
        if paths.len() == most {
            return Ok(None);
        }
        paths.push(named("list the folder", path, entry)?.path());
    }
    paths.sort();
    Ok(Some(paths))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::write_atomic;
    use crate::base::hint::Hint as _;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomic(&path, b"four").unwrap();
        assert_eq!(read_bounded(&path, 4).unwrap(), b"four");
        assert_eq!(read_beginning(&path, 2).unwrap(), b"fo");
        assert_eq!(read_beginning(&path, 5).unwrap(), b"four");
        let error = read_bounded(&path, 3).unwrap_err();
        assert!(error.is_too_large() && !error.is_not_a_file());
        assert!(read_bounded(&path.with_file_name("none"), 4).is_err_and(|it| it.is_not_found()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_plain_file_is_refused_without_waiting_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let socket = folder.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [&pipe, &socket, &link, folder.path(), Path::new("/dev/zero")] {
            let error = read_bounded(path, 4).unwrap_err();
            assert!(error.is_not_a_file(), "{error:?}");
            assert!(error.hint().is_some());
        }
    }
}
