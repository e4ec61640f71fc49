//! A version that is to be installed, and what is known of it before its archive is read.

use semver::Version;
use serde_json::Value;

use crate::{
    base::types::{ExtensionId, ExtensionVersion},
    network::registry::{ArchiveDigest, ArchiveReference, RegistryId, format::VersionLine},
    store::disk::{
        installed::{Installed, Origin},
        lockfile::Locked,
    },
};

/// A version that is to be installed.
#[derive(Debug, Clone)]
pub(in crate::store) struct Release {
    pub(in crate::store) id: ExtensionId,
    pub(in crate::store) version: ExtensionVersion,
    pub(in crate::store) family: String,
    pub(in crate::store) api: Option<Version>,
    pub(in crate::store) origin: Origin,
    /// The digest its archive must have; `None` where nobody has said so yet.
    pub(in crate::store) content: Option<ArchiveDigest>,
    /// Its registry publishes no digests: what came first is what it must be from then on.
    pub(in crate::store) by_sight: bool,
    /// What it must be is what came first.
    pub(in crate::store) was_seen: bool,
    /// What the registry's index announces. Where it was not asked, the digest vouches for the archive
    /// alone: a lockfile, an earlier installation or the user chose these very bytes.
    pub(in crate::store) announced: Option<Announced>,
}

/// The announcement of an archive's content by a registry's index.
#[derive(Debug, Clone)]
pub(in crate::store) struct Announced {
    pub(in crate::store) schema: u32,
    pub(in crate::store) unpacked_bytes: u64,
    pub(in crate::store) provides: Vec<String>,
    pub(in crate::store) capabilities: Vec<Value>,
}

impl Release {
    /// The version that a line of a registry's index publishes.
    pub(in crate::store) fn published(line: &VersionLine, registry: &RegistryId) -> Self {
        Self {
            id: line.id.clone(),
            version: line.version.clone(),
            family: line.family.clone(),
            api: line.api.clone(),
            origin: Origin::Registry {
                registry: registry.to_string(),
            },
            content: line.digest(),
            by_sight: line.archive.is_none(),
            was_seen: false,
            announced: line.archive.as_ref().map(|archive| Announced {
                schema: line.schema,
                unpacked_bytes: archive.unpacked,
                provides: line.provides.clone(),
                capabilities: line.capabilities.clone(),
            }),
        }
    }

    /// The version that a lockfile holds.
    pub(in crate::store) fn locked(locked: &Locked) -> Self {
        Self {
            id: locked.id.clone(),
            version: locked.version.clone(),
            family: locked.family.clone(),
            api: locked.api.clone(),
            origin: locked.origin.clone(),
            content: Some(ArchiveDigest {
                sha256: locked.sha256,
                size: locked.size,
            }),
            by_sight: false,
            was_seen: false,
            announced: None,
        }
    }

    /// A version that was installed before.
    pub(in crate::store) fn installed(installed: &Installed) -> Self {
        Self {
            id: installed.id.clone(),
            version: installed.version.clone(),
            family: installed.family.clone(),
            api: installed.api.clone(),
            origin: installed.origin.clone(),
            content: Some(ArchiveDigest {
                sha256: installed.sha256,
                size: installed.archive_bytes,
            }),
            by_sight: false,
            was_seen: false,
            announced: None,
        }
    }

    /// The archive, as a registry knows it.
    pub(in crate::store) fn archive(&self) -> ArchiveReference {
        ArchiveReference {
            id: self.id.clone(),
            version: self.version.clone(),
            content: self.content,
        }
    }
}
