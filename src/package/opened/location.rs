//! What stands at a path, before it is read: a folder, an archive or a component.

use std::path::{Path, PathBuf};

use super::{MANIFESTS, error::PackageError};
use crate::base::fs;

/// How an archive begins.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What stands at byte 257 of an archive that is not compressed.
const TAR: &[u8] = b"ustar";

/// Where [`TAR`] stands.
const TAR_AT: usize = 257;

/// How archives of other formats begin, and what they are called.
const FOREIGN: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"BZh", "compressed with bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
];

/// The thing that a path names, found without reading it as a whole: a folder, an archive or a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageLocation {
    /// An extension's folder, by its own path or its manifest's.
    Folder(PathBuf),
    /// An archive.
    Archive,
    /// What should be a component.
    Component,
}

impl PackageLocation {
    /// Finds what a path names.
    ///
    /// # Errors
    /// [`PackageError`] where nothing is there, or an archive of a format that no extension has.
    pub fn at(path: &Path) -> Result<Self, PackageError> {
        let metadata = fs::metadata(path)?;
        if metadata.is_dir() {
            return Ok(Self::Folder(path.to_path_buf()));
        }
        if !metadata.is_file() {
            // Reading a pipe would wait for ever.
            let path = path.to_path_buf();
            return Err(PackageError::Kind { path });
        }
        if is_manifest(path) {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            return Ok(Self::Folder(folder.unwrap_or(Path::new(".")).to_path_buf()));
        }
        let beginning = fs::read_beginning(path, (TAR_AT + TAR.len()) as u64)?;
        if beginning.starts_with(GZIP) {
            return Ok(Self::Archive);
        }
        refuse_other_archives(path, &beginning)?;
        Ok(if is_named_as_archive(path) {
            Self::Archive
        } else {
            Self::Component
        })
    }
}

/// Refuses what is an archive, but of another format.
fn refuse_other_archives(path: &Path, beginning: &[u8]) -> Result<(), PackageError> {
    let path = path.to_path_buf();
    if beginning.get(TAR_AT..).is_some_and(|rest| rest == TAR) {
        return Err(PackageError::NotCompressed { path });
    }
    let foreign = FOREIGN
        .iter()
        .find(|(magic, _)| beginning.starts_with(magic));
    match foreign {
        Some((_, format)) => Err(PackageError::OtherFormat { path, format }),
        None => Ok(()),
    }
}

fn is_manifest(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| MANIFESTS.iter().any(|manifest| name == *manifest))
}

fn is_named_as_archive(path: &Path) -> bool {
    has_ending(path, ".tar.gz") || has_ending(path, ".tgz")
}

pub(super) fn has_ending(path: &Path, ending: &str) -> bool {
    path.to_string_lossy().ends_with(ending)
}
