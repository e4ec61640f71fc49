//! What runs under an id: the build of a dev extension, or else what is installed.

use std::{collections::BTreeMap, path::PathBuf};

use semver::Version;
use serde::Serialize;

use super::{
    ExtensionStore,
    dev::{DevBuild, DevExtension},
    error::StoreError,
    examine::load_manifest,
    find,
    generation::Generation,
    installed::Installed,
    tree::Tree,
};
use crate::{
    base::{
        digest::Blake3Digest,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionOrigin},
    },
    package::{
        capability::Capability,
        manifest::{self, Provides, Trigger},
    },
};

/// What runs under an id.
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
    pub fn version(&self) -> &Version {
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

    /// What it provides.
    pub fn provides(&self) -> &[Provides] {
        match self {
            Self::Installed(installed) => &installed.provides,
            Self::Dev { build, .. } => &build.provides,
        }
    }

    /// What its component is needed for; `None` where nobody has noted it.
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

    /// What its manifest asks for.
    pub fn capabilities(&self) -> &[Capability] {
        match self {
            Self::Installed(installed) => &installed.capabilities,
            Self::Dev { build, .. } => &build.capabilities,
        }
    }

    /// Where it comes from, to which its grants are bound.
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

    /// When it was installed, updates aside, or made a dev extension.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Installed(installed) => installed.first_installed(),
            Self::Dev { since, .. } => *since,
        }
    }

    /// What is installed, where that is what runs.
    pub fn installed(&self) -> Option<&Installed> {
        match self {
            Self::Installed(installed) => Some(installed),
            Self::Dev { .. } => None,
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

impl ExtensionStore {
    /// What runs under an id: the last build of a dev extension, or else what is installed.
    ///
    /// # Errors
    /// [`StoreError::NotBuilt`] where a dev extension has no build yet and nothing is installed,
    /// [`StoreError::NotInstalled`] with the closest ids, and as [`Self::generation`] and
    /// [`Self::dev_extension`].
    pub fn active(&self, id: &ExtensionId) -> Result<Active, StoreError> {
        let dev = self.dev_extension(id)?;
        self.active_in(&self.generation()?, id, dev)
    }

    /// What runs under an id, where `generation` is installed and `dev` is its dev extension.
    pub(super) fn active_in(
        &self,
        generation: &Generation,
        id: &ExtensionId,
        dev: Option<DevExtension>,
    ) -> Result<Active, StoreError> {
        let Some(dev) = dev else {
            return Ok(find(generation, id)?.into());
        };
        let folder = dev.folder.clone();
        match Active::of_dev(dev) {
            Some(active) => Ok(active),
            None => match generation.extensions.get(id) {
                Some(installed) => Ok(installed.clone().into()),
                None => Err(StoreError::NotBuilt {
                    id: id.clone(),
                    folder,
                }),
            },
        }
    }

    /// All that runs, sorted by id: what is installed, with the builds of dev extensions in the places
    /// of what they shadow.
    ///
    /// # Errors
    /// As [`Self::generation`]. A dev extension that cannot be read shadows nothing; the log says so.
    pub fn all_active(&self) -> Result<Vec<Active>, StoreError> {
        let mut all: BTreeMap<ExtensionId, Active> = self
            .generation()?
            .extensions
            .into_iter()
            .map(|(id, installed)| (id, installed.into()))
            .collect();
        for id in self.dev_ids()? {
            match self.dev_extension(&id) {
                Ok(dev) => {
                    let active = dev.and_then(Active::of_dev);
                    all.extend(active.map(|active| (id, active)));
                }
                Err(error) => {
                    tracing::warn!(extension = %id, %error, "a dev extension is left out")
                }
            }
        }
        Ok(all.into_values().collect())
    }

    /// The folder of the files of what runs. They are read-only.
    pub fn files_of(&self, active: &Active) -> PathBuf {
        match active {
            Active::Installed(installed) => self.tree(installed),
            Active::Dev { id, build, .. } => self.dev_tree(id, build),
        }
    }

    pub(super) fn manifest_of(&self, active: &Active) -> Result<manifest::Loaded, StoreError> {
        let folder = self.files_of(active);
        load_manifest(&folder, active.id()).map_err(|source| {
            // It could be read when it was installed: most likely the files have changed since.
            if matches!(Tree::whole(&folder, &active.tree()), Ok(None)) {
                self.damaged(active, folder)
            } else {
                StoreError::Manifest {
                    id: active.id().clone(),
                    version: active.version().clone(),
                    source: Box::new(source),
                }
            }
        })
    }

    /// Says that files are not what they were.
    pub(super) fn damaged(&self, active: &Active, path: PathBuf) -> StoreError {
        let id = active.id().clone();
        match active {
            Active::Installed(_) => StoreError::Damaged { id, path },
            Active::Dev { folder, .. } => StoreError::DamagedDev {
                id,
                path,
                folder: folder.clone(),
            },
        }
    }
}
