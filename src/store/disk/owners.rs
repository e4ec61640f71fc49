//! The owners of working directories: which extension each belongs to.
//!
//! ```text
//! work/<id>           the one of the extension that comes from the built-in registry
//! work/<id>+<hash>    the one of an extension of that id that comes from elsewhere, by a hash of where
//! owners.json         whose each `work/<id>` is that a store of format 1 has left
//! ```
//!
//! Stores of format 1 had but one for each id, whoever had the id. Such a folder is not renamed: programs in
//! it know it by its path, and some may run. It stays with the one that was installed last, and the first
//! change in the new format notes that before anything else. The note stays when the folder is removed.
//! Where its owner cannot be told, it has none: it stays, and nothing is started in it.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    generation::{Generation, numbers},
    layout::Layout,
};
use crate::{
    base::{
        digest::Blake3Digest,
        fs, npm_folder,
        types::{ExtensionId, ExtensionOrigin},
    },
    network::registry::{RegistryId, label_of_unknown},
    store::{
        dev,
        error::StoreError,
        listener::ListenerSink,
        report::{ChangeStep, Warning},
    },
};

/// The form of the file that this program reads and writes.
const FORMAT: u32 = 1;

/// The most bytes that are read of it: a million folders of before.
const MOST_BYTES: u64 = 64 << 20;

/// How many digits of the hash there are: one that is wanted for two origins takes 2^32 tries.
const HASH_DIGITS: usize = 16;

/// The owner of each folder that a store of format 1 has left; `None` where that cannot be told.
type Owners = BTreeMap<ExtensionId, Option<ExtensionOrigin>>;

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    work: Owners,
}

#[derive(Deserialize)]
struct Header {
    format: u32,
}

/// The working directory of the extension with this id that comes from there.
pub(in crate::store) fn work_dir(
    layout: &Layout,
    id: &ExtensionId,
    origin: &ExtensionOrigin,
) -> Result<PathBuf, StoreError> {
    let own = match is_embedded(origin) {
        true => layout.work_dir(id),
        false => layout.work().join(format!("{id}+{}", hash_of(origin))),
    };
    let Some(owner) = owner_of(layout, id)? else {
        return Ok(own);
    };
    Ok(match owner {
        Some(owner) if owner == *origin => layout.work_dir(id),
        // `work/<id>` is another's, so this one has its own by the rule for all others.
        _ => layout.work().join(format!("{id}+{}", hash_of(origin))),
    })
}

/// The working directories that are there, and the folders where npm works for them, each with the id of the extension
/// that it belongs to: an id has one for each origin.
pub(in crate::store) fn work_dirs(layout: &Layout) -> fs::Result<Vec<(ExtensionId, PathBuf)>> {
    let folders = fs::read_dir_if_there(&layout.work())?;
    let owned = folders.into_iter().filter_map(|folder| {
        let name = folder.file_name()?.to_str()?;
        let name = name.strip_prefix(npm_folder::PREFIX).unwrap_or(name);
        let (id, hash) = name.split_once('+').unwrap_or((name, ""));
        let is_ours = hash.is_empty() || hash.len() == HASH_DIGITS;
        let id = id
            .parse()
            .ok()
            .filter(|_| is_ours && fs::is_own_folder(&folder))?;
        Some((id, folder))
    });
    Ok(owned.collect())
}

/// Notes whose the folders of before are, before the store changes in a way that hides it. The caller holds
/// the lock.
pub(in crate::store) fn settle(
    layout: &Layout,
    current: &Generation,
    _lock: &fs::FileLock,
) -> Result<(), StoreError> {
    if !current.is_of_before() || read(layout)?.is_some() {
        return Ok(());
    }
    let mut work = Owners::new();
    for folder in fs::read_dir(&layout.work())? {
        let name = folder.file_name().and_then(|name| name.to_str());
        if let Some(id) = name.and_then(|name| name.parse::<ExtensionId>().ok()) {
            let owner = owner_before(layout, current, &id)?;
            work.insert(id, owner);
        }
    }
    work.retain(|_, owner| !owner.as_ref().is_some_and(is_embedded));
    if work.is_empty() {
        return Ok(());
    }
    let path = layout.owners();
    let file = File {
        format: FORMAT,
        work,
    };
    let mut text = serde_json::to_vec_pretty(&file).map_err(|error| StoreError::Broken {
        path: path.clone(),
        message: error.to_string(),
    })?;
    text.push(b'\n');
    Ok(layout.write(&path, &text)?)
}

/// Tells, until the first change in the new format, what came from registries that cannot be told any more.
pub(in crate::store) fn tell_unknown(current: &Generation, sink: &ListenerSink) {
    for installed in current
        .extensions
        .values()
        .filter(|_| current.is_of_before())
    {
        let label = installed.origin.registry().and_then(label_of_unknown);
        if let Some(label) = label.map(str::to_owned) {
            let warning = ChangeStep::Warning(Warning::UnknownRegistry { label });
            sink.step(installed.id.as_str(), warning);
        }
    }
}

/// Returns the owner of `work/<id>`; `None` where it is whose it is in a store of this format.
fn owner_of(
    layout: &Layout,
    id: &ExtensionId,
) -> Result<Option<Option<ExtensionOrigin>>, StoreError> {
    // The note holds while the folder is missing too: the next one to start would take it, and later hand it
    // over with what it has written.
    if let Some(mut noted) = read(layout)? {
        return Ok(noted.remove(id));
    }
    if fs::symlink_metadata(&layout.work_dir(id)).is_err() {
        return Ok(None);
    }
    let current = Generation::current(layout)?;
    match current.is_of_before() {
        true => owner_before(layout, &current, id).map(Some),
        false => Ok(None),
    }
}

/// Returns the owner of `work/<id>` in an earlier store: the one that is installed, or else was the last, or else of
/// the dev extension.
fn owner_before(
    layout: &Layout,
    current: &Generation,
    id: &ExtensionId,
) -> Result<Option<ExtensionOrigin>, StoreError> {
    if let Some(installed) = current.extensions.get(id) {
        return Ok(Some((&installed.origin).into()));
    }
    for number in numbers(layout)? {
        // One that cannot be read says nothing, and does not keep the store from being used.
        let Ok(earlier) = Generation::read(layout, number) else {
            continue;
        };
        if let Some(installed) = earlier
            .extensions
            .get(id)
            .filter(|_| earlier.is_of_before())
        {
            return Ok(Some((&installed.origin).into()));
        }
    }
    let dev = dev::read(layout, id).ok().flatten();
    Ok(dev.map(|dev| ExtensionOrigin::Folder(dev.folder)))
}

fn read(layout: &Layout) -> Result<Option<Owners>, StoreError> {
    let path = layout.owners();
    let content = match fs::read_bounded(&path, MOST_BYTES) {
        Err(error) if error.is_not_found() => return Ok(None),
        content => content?,
    };
    let broken = |error: serde_json::Error| StoreError::Broken {
        path: path.clone(),
        message: error.to_string(),
    };
    let Header { format } = serde_json::from_slice(&content).map_err(broken)?;
    if format != FORMAT {
        return Err(StoreError::Format { path, format });
    }
    let file: File = serde_json::from_slice(&content).map_err(broken)?;
    Ok(Some(file.work))
}

fn is_embedded(origin: &ExtensionOrigin) -> bool {
    matches!(origin, ExtensionOrigin::Registry(id) if *id == RegistryId::embedded().as_str())
}

/// A hash of where an extension comes from; no two kinds of places have one in common.
fn hash_of(origin: &ExtensionOrigin) -> String {
    let (kind, place) = match origin {
        ExtensionOrigin::Program => ("program", Vec::new()),
        ExtensionOrigin::Registry(id) => ("registry", id.clone().into_bytes()),
        ExtensionOrigin::Archive(place) => ("archive", place.clone().into_bytes()),
        ExtensionOrigin::Git { repository, folder } => {
            // No address has a NUL, so no two places have one text.
            let folder = folder.as_ref().map_or("", |folder| folder.as_str());
            ("git", format!("{repository}\0{folder}").into_bytes())
        }
        ExtensionOrigin::Folder(path) => ("folder", path.as_os_str().as_encoded_bytes().to_vec()),
    };
    let text = [kind.as_bytes(), b"\0", &place].concat();
    let mut digits = Blake3Digest::of(&text).to_string();
    digits.truncate(HASH_DIGITS);
    digits
}
