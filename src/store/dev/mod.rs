//! Dev extensions: folders of an author's that are built and kept live, in place of what is installed.
//!
//! ```text
//! dev/<id>.json                what is known of it: its folder, its last good build, its last failure
//! dev/<id>/builds/<digest>/    the files of that build, read-only
//! dev/<id>/claim.lock          held by the process that keeps it live
//! dev.lock                     held, for milliseconds, by the process that changes anything of these
//! ```
//!
//! They do not belong to a generation: what is installed under the same id is shadowed, stays as it is,
//! and runs again when the dev extension is stopped. It has a working directory of its own, by its folder.
//!
//! A killed process leaves the last good build in service and nothing half-done: a build's files are
//! complete before `dev/<id>.json` names them. They are not synced, since they can be built again, and
//! are verified before they are used.

mod builds;
#[cfg(feature = "authoring")]
mod lease;
mod record;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use semver::Version;
use serde::{Deserialize, Serialize};

#[cfg(feature = "authoring")]
pub(crate) use self::lease::{DevLease, Staged};
pub(super) use self::{
    builds::collect,
    record::{ids, read},
};
use super::{disk::store::Store, error::StoreError};
use crate::{
    base::{
        digest::Blake3Digest,
        task::blocking,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionVersion},
    },
    package::{
        capability::Capability,
        manifest::{Provides, Trigger},
    },
};

/// How often it is tried to clear away what a dev extension leaves: for three seconds.
const TRIES_TO_CLEAR: u32 = 60;

/// How long it waits between two tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// A dev extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DevExtension {
    /// Its id.
    pub id: ExtensionId,
    /// The folder of its sources, absolute.
    pub folder: PathBuf,
    /// When the folder was made a dev extension.
    pub since: Timestamp,
    /// The last build that has started; it runs in place of what is installed. `None` where none has:
    /// then what is installed runs.
    pub build: Option<DevBuild>,
    /// Why the last attempt gave no build that starts; `None` where it gave one.
    pub failure: Option<DevFailure>,
    /// The process that builds it again when its sources change; `None` where none does, because it was
    /// ended or killed. The last build stays in service.
    pub kept_live_by: Option<u32>,
}

/// A build of a dev extension that has started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DevBuild {
    /// The extension's name for people. The author's text: escape it before showing it in a terminal.
    pub name: String,
    /// What it is for; the author's text as well.
    #[serde(default)]
    pub description: Option<String>,
    /// Its version.
    pub version: ExtensionVersion,
    /// The API family of its component; `None` without a component, or where nobody has noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The API version its component was built with; `None` without a component.
    pub api: Option<Version>,
    /// The adapter that served its component when it was built.
    pub adapter: Option<String>,
    /// The digest of its files.
    pub tree: Blake3Digest,
    /// The digest of its component.
    pub component: Option<Blake3Digest>,
    /// What it provides.
    #[serde(deserialize_with = "super::disk::installed::known")]
    pub provides: Vec<Provides>,
    /// What its component is needed for.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "super::disk::installed::known_triggers"
    )]
    pub triggers: Option<Vec<Trigger>>,
    /// What its manifest asks for.
    pub capabilities: Vec<Capability>,
    /// When it was built.
    pub built: Timestamp,
}

/// An attempt to build a dev extension that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DevFailure {
    /// Why, in one line. May hold the extension's own text.
    pub message: String,
    /// When that was.
    pub at: Timestamp,
}

/// The result of stopping a dev extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DevStopped {
    /// The dev extension that was stopped.
    pub stopped: DevExtension,
    /// The version that is installed under its id, and runs again; `None` where none is.
    pub restored: Option<ExtensionVersion>,
    /// Whether nothing is left of it. Where the process that kept it live does not answer, its builds are
    /// left to that.
    pub cleared: bool,
}

impl Store {
    /// The dev extensions, sorted by id. Reads one small file each.
    ///
    /// # Errors
    /// As [`Self::dev_extension`].
    pub fn dev_extensions(&self) -> Result<Vec<DevExtension>, StoreError> {
        self.dev_ids()?
            .iter()
            .filter_map(|id| self.dev_extension(id).transpose())
            .collect()
    }

    /// The ids of all dev extensions, sorted, those that cannot be read among them.
    ///
    /// # Errors
    /// [`StoreError::File`] where the store's folder cannot be listed.
    pub fn dev_ids(&self) -> Result<Vec<ExtensionId>, StoreError> {
        Ok(ids(self.layout())?)
    }

    /// The dev extension of an id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Broken`] or [`StoreError::Format`] where what is known of it cannot be understood,
    /// [`StoreError::File`] where it cannot be read.
    pub fn dev_extension(&self, id: &ExtensionId) -> Result<Option<DevExtension>, StoreError> {
        read(self.layout(), id)
    }

    /// The folder of a dev extension's last good build, with all of its files. It goes when the next build
    /// is in service.
    pub fn dev_tree(&self, id: &ExtensionId, build: &DevBuild) -> PathBuf {
        self.layout().dev_build(id, &build.tree)
    }

    /// Makes what is installed under an id run again, where a dev extension has shadowed it: the dev
    /// extension is forgotten, its builds are removed, its sources and the working directory stay.
    /// The process that keeps it live stops by itself, which is waited for. What cannot be read of it hinders
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::NoDevExtension`] where there is none of that id, [`StoreError::File`] where it
    /// cannot be removed, and as [`Self::generation`].
    pub async fn stop_dev(&self, id: &ExtensionId) -> Result<DevStopped, StoreError> {
        let (layout, stopping) = (self.layout().clone(), id.clone());
        let stopped = blocking(move || builds::stop(&layout, &stopping)).await?;
        // The process that keeps it live looks several times a second, and may be busy.
        let mut cleared = false;
        for _ in 0..TRIES_TO_CLEAR {
            let (layout, id) = (self.layout().clone(), id.clone());
            cleared = blocking(move || builds::clear_away(&layout, &id)).await?;
            if cleared {
                break;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        let mut installed = self.generation()?.extensions;
        Ok(DevStopped {
            restored: installed.remove(id).map(|installed| installed.version),
            stopped,
            cleared,
        })
    }

    /// The dev extension whose sources are in a folder, whether the folder is still there or not.
    ///
    /// Those that cannot be read are passed over.
    ///
    /// # Errors
    /// As [`Self::dev_ids`].
    pub fn dev_extension_in(&self, folder: &Path) -> Result<Option<DevExtension>, StoreError> {
        let ids = self.dev_ids()?;
        let mut readable = ids
            .iter()
            .filter_map(|id| self.dev_extension(id).ok().flatten());
        Ok(readable.find(|extension| extension.folder == folder))
    }

    /// Takes the right to keep the extension in a folder live. Blocks for milliseconds.
    #[cfg(feature = "authoring")]
    pub(crate) fn lease_dev(
        &self,
        id: &ExtensionId,
        folder: &Path,
    ) -> Result<DevLease, StoreError> {
        DevLease::take(self.layout(), id, folder)
    }

    /// Refuses where there are dev extensions: what is locked is to be had by others too.
    ///
    /// # Errors
    /// [`StoreError::DevNotLocked`] with all of them, and as [`Self::dev_extension`].
    pub fn refuse_dev_extensions(&self) -> Result<(), StoreError> {
        let all = self.dev_extensions()?;
        if all.is_empty() {
            return Ok(());
        }
        let extensions = all.into_iter().map(|it| (it.id, it.folder)).collect();
        Err(StoreError::DevNotLocked { extensions })
    }

    /// Refuses a change of an extension that a dev extension shadows.
    pub(super) fn refuse_dev(&self, id: &ExtensionId) -> Result<(), StoreError> {
        match self.dev_extension(id)? {
            Some(extension) => Err(StoreError::Dev {
                id: id.clone(),
                folder: extension.folder,
            }),
            None => Ok(()),
        }
    }
}
