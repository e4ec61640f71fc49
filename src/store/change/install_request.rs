//! Requests for installations, by a user or a program.

use std::{fmt, path::PathBuf};

use crate::{
    base::types::{ExtensionId, VersionRequirement},
    store::disk::{archive::ArchiveLocation, installed::Origin},
};

/// A request for an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallRequest {
    /// An extension of a registry, in the greatest version that will do.
    Extension {
        /// The extension.
        id: ExtensionId,
        /// The versions that will do.
        requirement: VersionRequirement,
    },
    /// An extension in an archive of the user's own.
    Archive(ArchiveLocation),
    /// An extension that was packed on this machine of what came from elsewhere.
    Packed(PackedExtension),
}

/// An extension that was packed on this machine: an archive file that was made of something else, such as a Git
/// repository. It is installed as any archive is, under the origin of what it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedExtension {
    /// The archive's file. Nothing of its path is kept.
    pub archive: PathBuf,
    /// The thing it was made of: the extension's origin from then on.
    pub origin: Origin,
    /// It was compiled on this machine: of the same sources, another compiler may make other bytes.
    pub is_compiled: bool,
}

impl fmt::Display for InstallRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension { id, requirement } if *requirement == VersionRequirement::STAR => {
                write!(formatter, "{id}")
            }
            Self::Extension { id, requirement } => write!(formatter, "{id}@{requirement}"),
            Self::Archive(archive) => write!(formatter, "{archive}"),
            Self::Packed(packed) => write!(formatter, "{}", packed.origin),
        }
    }
}
