//! Requests for installations, by a user or a program.

use std::fmt;

use crate::{
    base::types::{ExtensionId, VersionRequirement},
    store::disk::archive::ArchiveLocation,
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
}

impl fmt::Display for InstallRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension { id, requirement } if *requirement == VersionRequirement::STAR => {
                write!(formatter, "{id}")
            }
            Self::Extension { id, requirement } => write!(formatter, "{id}@{requirement}"),
            Self::Archive(archive) => write!(formatter, "{archive}"),
        }
    }
}
