//! The collection of what is no longer needed: old generations, and the files that none of the others has.
//!
//! Generations go first, then the files: an interrupted collection leaves files that nothing names, never a
//! generation without its files. Files are moved away while none are read, and removed afterwards.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    files,
    generation::{Generation, numbers},
    history::history,
    installed::Installed,
    owners,
    transaction::Change,
    tree::Tree,
};
use crate::{
    base::{digest::Blake3Digest, fs, types::ExtensionId},
    store::{dev, error::StoreError, journal},
};

/// The result of a collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Collected {
    /// Old generations, and what interrupted changes had left of theirs.
    pub generations: u64,
    /// Versions of extensions whose files were removed.
    pub trees: u64,
    /// The bytes that what was removed took.
    pub bytes: u64,
    /// Builds of dev extensions that were not in service.
    pub dev_builds: u64,
    /// Files that bundles had brought and that no extension needs any more; the bytes are counted above.
    pub files: u64,
    /// Extensions whose logs were removed, since no generation has them any more; the bytes are counted
    /// above.
    pub logs: u64,
    /// Working directories of extensions that no generation has any more.
    pub left_work_dirs: u64,
    /// The bytes that those take.
    pub left_work_bytes: u64,
    /// Whether they were removed, which is done where it is asked for; the bytes are not counted above.
    pub work_removed: bool,
}

/// Collects under the lock of `change`: all but the last `keep` generations, and what only they have.
/// `with_work`: the working directories of extensions that none of them has go, too.
pub(super) fn collect(
    change: &Change,
    keep: usize,
    with_work: bool,
) -> Result<Collected, StoreError> {
    let layout = change.layout();
    let kept: Vec<Generation> = history(layout)?.into_iter().take(keep.max(1)).collect();
    let kept_numbers: BTreeSet<u64> = kept.iter().map(|generation| generation.number).collect();
    let needed = needed(&kept);
    let mut collected = Collected::default();

    let reading = layout.collecting()?;
    let old: Vec<u64> = numbers(layout)?
        .into_iter()
        .filter(|number| !kept_numbers.contains(number))
        .collect();
    // The history ends at one that cannot be read, but those before it must not be collected for that reason alone.
    for number in &old {
        Generation::read(layout, *number)?;
    }
    for number in old {
        fs::remove_file(&layout.generation(number))?;
        collected.generations += 1;
    }
    if collected.generations > 0 {
        fs::sync_dir(&layout.generations())?;
    }
    for (digest, folder) in Tree::all(layout)? {
        if needed.contains(&digest) {
            continue;
        }
        collected.trees += 1;
        collected.bytes += fs::bytes_below(&folder)?;
        change.discard(&folder)?;
    }
    drop(reading);
    for note in fs::read_dir_if_there(&layout.started())? {
        let is_old = Blake3Digest::of_name(&note).is_some_and(|digest| !needed.contains(&digest));
        if is_old && fs::is_own_file(&note) {
            fs::remove_file(&note)?;
        }
    }
    collected.dev_builds = dev::collect(layout)?;
    let dev = dev::ids(layout)?;
    let is_left = |id: &ExtensionId| {
        let mut kept = kept.iter();
        !dev.contains(id) && !kept.any(|generation| generation.extensions.contains_key(id))
    };
    collected.work_removed = with_work;
    for (id, folder) in owners::work_dirs(layout)? {
        if !is_left(&id) {
            continue;
        }
        collected.left_work_dirs += 1;
        collected.left_work_bytes += fs::bytes_below(&folder)?;
        if with_work {
            change.discard(&folder)?;
        }
    }
    for id in journal::ids(layout)? {
        if !is_left(&id) {
            continue;
        }
        if let Some(bytes) = journal::remove(layout, &id)? {
            collected.logs += 1;
            collected.bytes += bytes;
        }
    }
    let (files, bytes) = files::collect(layout)?;
    collected.files = files;
    collected.bytes += bytes;
    Ok(collected)
}

/// The files of everything that some generations hold or would come back to.
fn needed(generations: &[Generation]) -> BTreeSet<Blake3Digest> {
    let installed = generations
        .iter()
        .flat_map(|generation| generation.extensions.values());
    installed
        .flat_map(|installed| {
            let fallback = installed.fallback.as_deref();
            std::iter::once(installed).chain(fallback)
        })
        .map(|installed: &Installed| installed.tree)
        .collect()
}
