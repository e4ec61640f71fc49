//! Active extensions: the build of a dev extension runs under its id, or else what is installed.

use std::path::PathBuf;

use semver::Version;
use serde::Serialize;

use super::installed::Installed;
use crate::{
    base::{
        digest::Blake3Digest,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionOrigin, ExtensionVersion},
    },
    package::{
        capability::Capability,
        manifest::{Provides, Trigger},
    },
    store::{
        dev::{DevBuild, DevExtension},
        error::StoreError,
    },
};

/// The extension that runs under an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Active {
    /// What is installed.
    Installed(Box<Installed>),
    /// A dev extension with a build.
    Dev {
        /// Its id.
        id: ExtensionId,
        /// The folder of its sources.
        folder: PathBuf,
        /// When the folder was made a dev extension.
        since: Timestamp,
        /// The build.
        build: Box<DevBuild>,
    },
}

impl Active {
    /// The extension's id.
    pub fn id(&self) -> &ExtensionId {
        match self {
            Self::Installed(installed) => &installed.id,
            Self::Dev { id, .. } => id,
        }
    }

    /// Its name for people. The author's text: escape it before showing it in a terminal.
    pub fn name(&self) -> &str {
        match self {
            Self::Installed(installed) => &installed.name,
            Self::Dev { build, .. } => &build.name,
        }
    }

    /// Its version.
    pub fn version(&self) -> &ExtensionVersion {
        match self {
            Self::Installed(installed) => &installed.version,
            Self::Dev { build, .. } => &build.version,
        }
    }

    /// The API family of its component; `None` where nobody has noted it.
    pub fn family(&self) -> Option<&str> {
        match self {
            Self::Installed(installed) => Some(&installed.family),
            Self::Dev { build, .. } => build.family.as_deref(),
        }
    }

    /// The API version its component was built with; `None` without a component.
    pub fn api(&self) -> Option<&Version> {
        match self {
            Self::Installed(installed) => installed.api.as_ref(),
            Self::Dev { build, .. } => build.api.as_ref(),
        }
    }

    /// The adapter that served its component when it was installed or built.
    pub fn adapter(&self) -> Option<&str> {
        match self {
            Self::Installed(installed) => installed.adapter.as_deref(),
            Self::Dev { build, .. } => build.adapter.as_deref(),
        }
    }

    /// Returns the sorts of things it provides.
    pub fn provides(&self) -> &[Provides] {
        match self {
            Self::Installed(installed) => &installed.provides,
            Self::Dev { build, .. } => &build.provides,
        }
    }

    /// Returns the triggers of its component; `None` where it was not noted.
    pub fn triggers(&self) -> Option<&[Trigger]> {
        match self {
            Self::Installed(installed) => installed.triggers.as_deref(),
            Self::Dev { build, .. } => build.triggers.as_deref(),
        }
    }

    /// The digest of its component; `None` without one.
    pub fn component(&self) -> Option<Blake3Digest> {
        match self {
            Self::Installed(installed) => installed.component,
            Self::Dev { build, .. } => build.component,
        }
    }

    /// Returns the capabilities its manifest asks for.
    pub fn capabilities(&self) -> &[Capability] {
        match self {
            Self::Installed(installed) => &installed.capabilities,
            Self::Dev { build, .. } => &build.capabilities,
        }
    }

    /// Returns its origin, to which its grants are bound.
    pub fn origin(&self) -> ExtensionOrigin {
        match self {
            Self::Installed(installed) => (&installed.origin).into(),
            Self::Dev { folder, .. } => ExtensionOrigin::Folder(folder.clone()),
        }
    }

    /// The digest of its files.
    pub fn tree(&self) -> Blake3Digest {
        match self {
            Self::Installed(installed) => installed.tree,
            Self::Dev { build, .. } => build.tree,
        }
    }

    /// Returns the time it was installed, updates aside, or made a dev extension.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Installed(installed) => installed.first_installed(),
            Self::Dev { since, .. } => *since,
        }
    }

    /// Returns the installed extension, where that is what runs.
    pub fn installed(&self) -> Option<&Installed> {
        match self {
            Self::Installed(installed) => Some(installed),
            Self::Dev { .. } => None,
        }
    }

    /// Whether the user does without it for now. A dev extension never is: it runs in the place of what is installed.
    pub fn is_disabled(&self) -> bool {
        self.installed().is_some_and(|installed| installed.disabled)
    }

    /// Refuses to be started where the user does without it.
    pub(in crate::store) fn refuse_disabled(&self) -> Result<(), StoreError> {
        match self.is_disabled() {
            true => Err(StoreError::Disabled {
                id: self.id().clone(),
            }),
            false => Ok(()),
        }
    }

    /// The build of a dev extension, if it has one.
    pub(crate) fn of_dev(extension: DevExtension) -> Option<Self> {
        Some(Self::Dev {
            build: Box::new(extension.build?),
            id: extension.id,
            folder: extension.folder,
            since: extension.since,
        })
    }
}

impl From<Installed> for Active {
    fn from(installed: Installed) -> Self {
        Self::Installed(Box::new(installed))
    }
}
