//! The builds of dev extensions, as they lie on disk: which are removed, and when.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    DevBuild, DevExtension,
    record::{self, Record},
};
use crate::{
    base::{digest::Blake3Digest, fs, types::ExtensionId},
    store::{disk::layout::Layout, error::StoreError},
};

/// How a build's folder is called until it is complete.
pub(super) const INCOMPLETE: &str = "incomplete-";

/// How often a lease is tried: a process that lists dev extensions holds each for a moment.
const TRIES: u32 = 20;

/// How long it waits between two tries.
const BETWEEN: Duration = Duration::from_millis(5);

/// Removes every build of a dev extension but `kept`, unless builds are read just now; gives the
/// folders removed. The caller holds the lock of changes to dev extensions.
pub(super) fn clear(
    layout: &Layout,
    id: &ExtensionId,
    kept: Option<&DevBuild>,
    _changing: &fs::FileLock,
) -> Result<Vec<PathBuf>, StoreError> {
    let kept = kept.map(|build| layout.dev_build(id, &build.tree));
    let others: Vec<PathBuf> = fs::read_dir_if_there(&layout.dev_builds(id))?
        .into_iter()
        .filter(|folder| Some(folder) != kept.as_ref() && is_build(folder))
        .collect();
    if others.is_empty() {
        return Ok(others);
    }
    let Some(_collecting) = layout.try_collecting()? else {
        return Ok(Vec::new());
    };
    for folder in &others {
        fs::remove_dir_all(folder)?;
    }
    Ok(others)
}

/// Whether a folder is a build's, complete or not: of the form of its name, and this user's.
fn is_build(folder: &Path) -> bool {
    (Blake3Digest::of_name(folder).is_some() || fs::has_random_name(folder, INCOMPLETE))
        && fs::is_own_folder(folder)
}

/// Removes the folder of a dev extension: its builds and its claim. Whatever else is in there stays, and the
/// folder with it. The caller holds the claim.
pub(super) fn remove_folder(layout: &Layout, id: &ExtensionId) -> fs::Result<()> {
    let builds = layout.dev_builds(id);
    for build in fs::read_dir_if_there(&builds)? {
        if is_build(&build) {
            fs::remove_dir_all(&build)?;
        }
    }
    fs::remove_empty_dir(&builds)?;
    fs::remove_file(&layout.dev_lease(id))?;
    fs::remove_empty_dir(&layout.dev_folder(id)).map(drop)
}

/// Removes what is left of a dev extension that was stopped, where the process that kept it live has not done so;
/// whether it is gone.
pub(super) fn clear_away(layout: &Layout, id: &ExtensionId) -> Result<bool, StoreError> {
    let _changing = layout.changing_dev()?;
    let folder = layout.dev_folder(id);
    if fs::symlink_metadata(&folder).is_err() {
        return Ok(true);
    }
    let Some(_lease) = try_lease(layout, id)? else {
        return Ok(false);
    };
    if Record::read(layout, id)?.is_none() {
        remove_folder(layout, id)?;
    }
    Ok(true)
}

/// Forgets a dev extension; its builds are left to the process that keeps it live, and to [`clear_away`].
pub(super) fn stop(layout: &Layout, id: &ExtensionId) -> Result<DevExtension, StoreError> {
    layout.refuse_read_only()?;
    let _changing = match fs::symlink_metadata(&layout.dev_file(id)) {
        // Without it there is nothing to wait for, and perhaps no store.
        Err(error) if error.is_not_found() => None,
        _ => Some(layout.changing_dev()?),
    };
    let stopped = match record::read(layout, id) {
        Ok(Some(extension)) => extension,
        Ok(None) => {
            return Err(StoreError::NoDevExtension {
                id: id.clone(),
                others: record::ids(layout)?,
            });
        }
        // Stopping is the way out of damage.
        Err(StoreError::BrokenDev { .. }) => {
            Record::new(id.clone(), PathBuf::new()).extension(false)
        }
        Err(error) => return Err(error),
    };
    fs::remove_temporary_files(&layout.dev())?;
    fs::remove_file(&layout.dev_file(id))?;
    fs::sync_dir(&layout.dev())?;
    Ok(stopped)
}

/// Removes the builds that are not in service; gives their number. Blocks for milliseconds.
pub(in crate::store) fn collect(layout: &Layout) -> Result<u64, StoreError> {
    let changing = layout.changing_dev()?;
    fs::remove_temporary_files(&layout.dev())?;
    let mut collected = 0;
    for folder in fs::read_dir_if_there(&layout.dev())? {
        let name = folder.file_name().and_then(|name| name.to_str());
        let Some(Ok(id)) = name.map(str::parse::<ExtensionId>) else {
            continue;
        };
        // Without a claim's file it is not a dev extension's.
        if !fs::is_own_file(&layout.dev_lease(&id)) {
            continue;
        }
        // The process that keeps it live clears up by itself, and may be putting a build together.
        let Some(_lease) = try_lease(layout, &id)? else {
            continue;
        };
        // A record that cannot be read may name any of the builds.
        let Ok(record) = Record::read(layout, &id) else {
            continue;
        };
        let kept = record.as_ref().and_then(|record| record.build.as_ref());
        collected += clear(layout, &id, kept, &changing)?.len() as u64;
        if record.is_none() {
            remove_folder(layout, &id)?;
        }
    }
    Ok(collected)
}

/// Takes the lease if it is free. A process that lists dev extensions has it for a moment. The caller holds
/// the lock of changes to dev extensions, without which the claim's file is neither made nor removed.
pub(super) fn try_lease(layout: &Layout, id: &ExtensionId) -> fs::Result<Option<fs::FileLock>> {
    for _ in 0..TRIES {
        if let Some(lock) = fs::FileLock::try_exclusive(&layout.dev_lease(id))? {
            return Ok(Some(lock));
        }
        std::thread::sleep(BETWEEN);
    }
    Ok(None)
}
