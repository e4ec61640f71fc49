//! The record of a dev extension, as its file has it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DevBuild, DevExtension, DevFailure};
use crate::{
    base::{fs, timestamp::Timestamp, types::ExtensionId},
    store::{disk::layout::Layout, error::StoreError},
};

/// The form of these files that this program reads and writes.
const FORMAT: u32 = 1;

/// The most bytes that are read of one: what a failed build says is the most of it.
const MOST_BYTES: u64 = 64 << 20;

/// The file of one dev extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format: u32,
    pub(super) id: ExtensionId,
    pub(super) folder: PathBuf,
    pub(super) since: Timestamp,
    /// The process that wrote it.
    pub(super) process: u32,
    #[serde(default)]
    pub(super) build: Option<DevBuild>,
    #[serde(default)]
    pub(super) failure: Option<DevFailure>,
}

/// The one key that is read before the rest is asked to fit.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Record {
    /// A dev extension that has not been built yet.
    pub(super) fn new(id: ExtensionId, folder: PathBuf) -> Self {
        Self {
            format: FORMAT,
            id,
            folder,
            since: Timestamp::now(),
            process: std::process::id(),
            build: None,
            failure: None,
        }
    }

    /// Reads the file of an id; `None` where there is none.
    pub(in crate::store) fn read(
        layout: &Layout,
        id: &ExtensionId,
    ) -> Result<Option<Self>, StoreError> {
        let path = layout.dev_file(id);
        let content = match fs::read_bounded(&path, MOST_BYTES) {
            Err(error) if error.is_not_found() => return Ok(None),
            content => content?,
        };
        let broken = |message: String| StoreError::BrokenDev {
            id: id.clone(),
            path: path.clone(),
            message,
        };
        let parsed = serde_json::from_slice(&content);
        let Header { format } = parsed.map_err(|error| broken(error.to_string()))?;
        if format != FORMAT {
            return Err(StoreError::Format { path, format });
        }
        let record: Self =
            serde_json::from_slice(&content).map_err(|error| broken(error.to_string()))?;
        if record.id != *id {
            return Err(broken(format!("it is the file of `{}`", record.id)));
        }
        Ok(Some(record))
    }

    /// The same of another folder, whose builds take the place of these when there are any.
    #[cfg(feature = "authoring")]
    pub(super) fn moved_to(self, folder: PathBuf) -> Self {
        Self {
            build: self.build,
            ..Self::new(self.id, folder)
        }
    }

    /// Replaces the file. The caller holds the lock of changes to dev extensions.
    #[cfg(feature = "authoring")]
    pub(super) fn write(
        &self,
        layout: &Layout,
        _changing: &fs::FileLock,
    ) -> Result<(), StoreError> {
        let path = layout.dev_file(&self.id);
        let mut content = serde_json::to_vec_pretty(self).map_err(|error| StoreError::Broken {
            path: path.clone(),
            message: error.to_string(),
        })?;
        content.push(b'\n');
        Ok(fs::write_atomic(&path, &content)?)
    }

    /// Returns the public description.
    pub(super) fn extension(self, kept_live: bool) -> DevExtension {
        DevExtension {
            id: self.id,
            folder: self.folder,
            since: self.since,
            build: self.build,
            failure: self.failure,
            kept_live_by: kept_live.then_some(self.process),
        }
    }
}

/// The dev extension of an id, if there is one.
pub(in crate::store) fn read(
    layout: &Layout,
    id: &ExtensionId,
) -> Result<Option<DevExtension>, StoreError> {
    let Some(record) = Record::read(layout, id)? else {
        return Ok(None);
    };
    let kept_live = is_kept_live(layout, id)?;
    Ok(Some(record.extension(kept_live)))
}

/// The ids of all dev extensions, sorted.
pub(in crate::store) fn ids(layout: &Layout) -> fs::Result<Vec<ExtensionId>> {
    let paths = fs::read_dir_if_there(&layout.dev())?;
    let ids = paths.iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        name.strip_suffix(".json")?.parse().ok()
    });
    Ok(ids.collect())
}

/// Whether some process keeps the dev extension live.
fn is_kept_live(layout: &Layout, id: &ExtensionId) -> fs::Result<bool> {
    fs::is_locked(&layout.dev_lease(id))
}
