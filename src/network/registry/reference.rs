//! References to archives: what a lockfile holds of a version, so that its archive can be fetched.

use super::line::VersionLine;
use crate::base::{
    digest::Sha256Digest,
    types::{ExtensionId, ExtensionVersion},
};

/// A reference to one archive, with what it must be; a download that differs is refused.
///
/// With one, from an index file or from a lockfile, nothing else of the index is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveReference {
    /// The extension.
    pub id: ExtensionId,
    /// Its version, as published: build metadata may be part of the archive's path.
    pub version: ExtensionVersion,
    /// The digest of the archive file.
    pub sha256: Sha256Digest,
    /// The archive file's size in bytes.
    pub size: u64,
}

impl From<&VersionLine> for ArchiveReference {
    fn from(line: &VersionLine) -> Self {
        Self {
            id: line.id.clone(),
            version: line.version.clone(),
            sha256: line.archive.sha256,
            size: line.archive.size,
        }
    }
}
