//! A registry's folder under its lock: the few ways its files are read and replaced.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::super::{catalogue::MAX_CATALOGUE_BYTES, config::Config, path::CONFIG_PATH};
use super::error::PublishError;
use crate::{
    base::{
        digest::{Sha256Digest, Sha256Hasher},
        fs,
    },
    network::registry::path,
};

/// Publishers exclude each other with a lock on this file. It is empty but while one works, stays behind (removing it
/// would let two in), and copies of the registry may leave it out.
const LOCK: &str = ".lock";

pub(super) struct LockedFolder {
    root: PathBuf,
    _lock: fs::SignedLock,
}

impl LockedFolder {
    /// Waits until no other publisher writes there.
    pub(super) fn lock(root: &Path) -> Result<Self, PublishError> {
        let lock = fs::SignedLock::exclusive(&root.join(LOCK), "registry")?;
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
        })
    }

    pub(super) fn config(&self) -> Result<Option<Config>, PublishError> {
        match self.read(CONFIG_PATH)? {
            Some(content) => Ok(Some(Config::parse(&content)?)),
            None => Ok(None),
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        path.split('/')
            .fold(self.root.clone(), |folder, part| folder.join(part))
    }

    /// The content of a file, `None` where it is missing.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, PublishError> {
        match fs::read_bounded(&self.path(path), MAX_CATALOGUE_BYTES) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces a file as a whole, durably, the folders it lies in included.
    pub(super) fn write(&self, path: &str, content: &[u8]) -> Result<(), PublishError> {
        self.write_with(path, |file| file.write_all(content))
    }

    /// Replaces a file with a copy of another.
    pub(super) fn copy_in(&self, from: &Path, path: &str) -> Result<(), PublishError> {
        let mut from = fs::open_regular(from)?;
        self.write_with(path, |file| io::copy(&mut from, file).map(drop))
    }

    fn write_with(
        &self,
        path: &str,
        fill: impl FnOnce(&mut std::fs::File) -> io::Result<()>,
    ) -> Result<(), PublishError> {
        debug_assert!(
            path::is_contained(path),
            "paths come from the checked configuration"
        );
        let target = self.path(path);
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        // This folder's lock is held, so no process is writing them any more.
        fs::remove_temporary_files(folder)?;
        fs::replace_shared(&target, fill)?;
        // The names of new folders must last as well, up to the registry's own.
        for folder in folder
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(&self.root))
        {
            fs::sync_dir(folder)?;
        }
        Ok(())
    }
}

/// A file's digest and size, read in pieces; `None` where it is missing.
pub(super) fn digest_of(path: &Path) -> Result<Option<(Sha256Digest, u64)>, PublishError> {
    /// A writer that hashes what is copied into it.
    struct Sink(Sha256Hasher);
    impl io::Write for Sink {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.0.update(piece);
            Ok(piece.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut file = match fs::open_regular(path) {
        Err(error) if error.is_not_found() => return Ok(None),
        result => result?,
    };
    let mut sink = Sink(Sha256Hasher::new());
    let size =
        io::copy(&mut file, &mut sink).map_err(|source| fs::Error::new("read", path, source))?;
    Ok(Some((sink.0.finish(), size)))
}
