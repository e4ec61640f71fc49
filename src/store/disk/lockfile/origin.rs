//! The keys of a lockfile's entry that say where the extension comes from.

use serde::{Deserialize, Serialize};

use crate::{
    base::types::{GitAddress, GitFolder, GitReference, GitRevision},
    store::disk::installed::Origin,
};

/// The keys of an entry that say where the extension comes from: those of one origin, if it is right.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct OriginKeys {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) archive: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    git: Option<GitAddress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<GitRevision>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<GitReference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder: Option<GitFolder>,
}

impl OriginKeys {
    /// The origin that they tell; `None` where they tell none, or several.
    pub(super) fn origin(self) -> Option<Origin> {
        match (self.registry, self.archive, self.git, self.revision) {
            (Some(registry), None, None, None) => Some(Origin::Registry { registry }),
            (None, Some(archive), None, None) => Some(Origin::Archive { archive }),
            (None, None, Some(git), Some(revision)) => Some(Origin::Git {
                git,
                revision,
                reference: self.reference,
                folder: self.folder,
            }),
            _ => None,
        }
    }
}

impl From<Origin> for OriginKeys {
    fn from(origin: Origin) -> Self {
        let mut keys = Self::default();
        match origin {
            Origin::Registry { registry } => keys.registry = Some(registry),
            Origin::Archive { archive } => keys.archive = Some(archive),
            Origin::Git {
                git,
                revision,
                reference,
                folder,
            } => {
                keys.git = Some(git);
                keys.revision = Some(revision);
                keys.reference = reference;
                keys.folder = folder;
            }
        }
        keys
    }
}
