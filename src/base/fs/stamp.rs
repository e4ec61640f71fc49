//! Stamps of files: whether one is still the same file, unchanged, as the system tells without reading it.

use std::{fs::Metadata, time::SystemTime};

/// The identity of a file or folder, whatever its name: a rename keeps it, a replacement changes it.
///
/// The number of a deleted one is soon used again, so the time of creation counts too where it is kept.
/// That time is all there is where files have no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Device and inode.
    #[cfg(unix)]
    number: (u64, u64),
    created: Option<SystemTime>,
}

impl Identity {
    /// The identity of what `metadata` was read of.
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            #[cfg(unix)]
            number: (metadata.dev(), metadata.ino()),
            created: metadata.created().ok(),
        }
    }
}

/// A mark that tells a file's content from an earlier one as build tools do: by its identity, its length and the time
/// of its last modification. Reading the file or changing its mode leaves it equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Which file it is.
    pub identity: Identity,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The stamp of what `metadata` was read of.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            identity: Identity::of(metadata),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}
