//! A version that is to be installed, and what is known of it before its archive is read.

use semver::Version;
use serde_json::Value;

use super::{
    installed::{Installed, Origin},
    lockfile::Locked,
};
use crate::{
    base::{digest::Sha256Digest, types::ExtensionId},
    network::registry::{ArchiveReference, RegistryId, VersionLine},
};

/// A version that is to be installed.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) id: ExtensionId,
    pub(super) version: Version,
    pub(super) family: String,
    pub(super) api: Option<Version>,
    pub(super) origin: Origin,
    pub(super) sha256: Sha256Digest,
    pub(super) archive_bytes: u64,
    /// What the registry's index announces. Where it was not asked, the digest vouches for the archive
    /// alone: a lockfile, an earlier installation or the person chose these very bytes.
    pub(super) announced: Option<Announced>,
}

/// What a registry's index announces of an archive's content.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    pub(super) schema: u32,
    pub(super) unpacked_bytes: u64,
    pub(super) provides: Vec<String>,
    pub(super) capabilities: Vec<Value>,
}

impl Release {
    /// The version that a line of a registry's index publishes.
    pub(super) fn published(line: &VersionLine, registry: &RegistryId) -> Self {
        Self {
            id: line.id.clone(),
            version: line.version.clone(),
            family: line.family.clone(),
            api: line.api.clone(),
            origin: Origin::Registry {
                registry: registry.to_string(),
            },
            sha256: line.archive.sha256,
            archive_bytes: line.archive.size,
            announced: Some(Announced {
                schema: line.schema,
                unpacked_bytes: line.archive.unpacked,
                provides: line.provides.clone(),
                capabilities: line.capabilities.clone(),
            }),
        }
    }

    /// The version that a lockfile holds.
    pub(super) fn locked(locked: &Locked) -> Self {
        Self {
            id: locked.id.clone(),
            version: locked.version.clone(),
            family: locked.family.clone(),
            api: locked.api.clone(),
            origin: locked.origin.clone(),
            sha256: locked.sha256,
            archive_bytes: locked.size,
            announced: None,
        }
    }

    /// A version that was installed before.
    pub(super) fn installed(installed: &Installed) -> Self {
        Self {
            id: installed.id.clone(),
            version: installed.version.clone(),
            family: installed.family.clone(),
            api: installed.api.clone(),
            origin: installed.origin.clone(),
            sha256: installed.sha256,
            archive_bytes: installed.archive_bytes,
            announced: None,
        }
    }

    /// The archive, as a registry knows it.
    pub(super) fn archive(&self) -> ArchiveReference {
        ArchiveReference {
            id: self.id.clone(),
            version: self.version.clone(),
            sha256: self.sha256,
            size: self.archive_bytes,
        }
    }
}
