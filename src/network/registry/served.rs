//! The versions that this host can run, as registries are told them that choose for their clients.

use std::ops::RangeInclusive;

use semver::Version;

use crate::package::manifest::Manifest;

/// The versions that this host can run. A registry that chooses for its clients is told them, so that what it offers can
/// be installed; the choice is made here again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServedVersions {
    /// The schemas of manifests that the host reads. Default: 0 to 1.
    pub schemas: RangeInclusive<u32>,
    /// The API versions that it serves; `None` where it does not say. Default: none.
    pub api: Option<RangeInclusive<Version>>,
}

impl Default for ServedVersions {
    fn default() -> Self {
        Self {
            schemas: 0..=u32::try_from(Manifest::NEWEST_SCHEMA_VERSION).unwrap_or_default(),
            api: None,
        }
    }
}
