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
    /// The digest and the size that the archive file must have; `None` where nobody has said so yet, and what comes is
    /// the caller's to pin.
    pub content: Option<ArchiveDigest>,
}

/// The digest and size of an archive file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveDigest {
    /// The digest.
    pub sha256: Sha256Digest,
    /// The size in bytes.
    pub size: u64,
}

impl From<&VersionLine> for ArchiveReference {
    fn from(line: &VersionLine) -> Self {
        Self {
            id: line.id.clone(),
            version: line.version.clone(),
            content: line.digest(),
        }
    }
}
