//! Differences between a lockfile and the extension's own registry.

use std::fmt;

use super::disk::{installed::Origin, lockfile::Locked};
use crate::base::{
    digest::Sha256Digest,
    types::{ExtensionId, ExtensionVersion},
};

/// A difference between a lockfile and the extension's own registry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockDifference {
    /// The extension.
    pub id: ExtensionId,
    /// The version that the lockfile has.
    pub version: ExtensionVersion,
    /// Where the lockfile takes it from.
    pub origin: Origin,
    /// The digest of the archive that it wants.
    pub sha256: Sha256Digest,
    /// The registry that the extension belongs to; `None` where no registry has it.
    pub registry: Option<String>,
    /// The digest of that registry's archive of this version; `None` where it has no such version.
    pub published: Option<Sha256Digest>,
    /// Where the one that is installed comes from, if that is somewhere else.
    pub installed: Option<Origin>,
}

impl LockDifference {
    /// The entry a lockfile has of an extension, of which nothing else is known.
    pub fn new(locked: &Locked) -> Self {
        Self {
            id: locked.id.clone(),
            version: locked.version.clone(),
            origin: locked.origin.clone(),
            sha256: locked.sha256,
            registry: None,
            published: None,
            installed: None,
        }
    }

    /// It is an archive, and no registry was asked about it.
    fn is_archive_alone(&self) -> bool {
        self.origin.registry().is_none() && self.registry.is_none()
    }
}

impl fmt::Display for LockDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            version,
            origin,
            sha256,
            ..
        } = self;
        write!(
            formatter,
            "`{id}` {version} from {origin}, with the sha256 {sha256}, "
        )?;
        if let Some(installed) = &self.installed {
            return write!(formatter, "where the one installed is from {installed}");
        }
        if self.is_archive_alone() {
            return formatter.write_str("which is not a registry's");
        }
        formatter.write_str("where ")?;
        match (&self.registry, &self.published) {
            (None, _) => write!(formatter, "no registry has `{id}`"),
            (Some(registry), None) => {
                write!(formatter, "the registry `{registry}` has no such version")
            }
            (Some(registry), Some(published)) if origin.registry() == Some(registry) => {
                write!(
                    formatter,
                    "the registry `{registry}` has published {published}"
                )
            }
            (Some(registry), Some(published)) => write!(
                formatter,
                "`{id}` belongs to the registry `{registry}`, which has published {published}"
            ),
        }
    }
}
