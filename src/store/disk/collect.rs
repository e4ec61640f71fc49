//! The collection of what is no longer needed: old generations, and the files that none of the others has.
//!
//! Generations go first, then the files: an interrupted collection leaves files that nothing names, never a
//! generation without its files. Files are moved away while none are read, and removed afterwards.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    generation::{Generation, numbers},
    history::history,
    installed::Installed,
    transaction::Change,
    tree::Tree,
};
use crate::{
    base::{digest::Blake3Digest, fs},
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
    /// Extensions whose logs were removed, since no generation has them any more; the bytes are counted
    /// above.
    pub logs: u64,
}

/// Collects under the lock of `change`: all but the last `keep` generations, and what only they have.
pub(super) fn collect(change: &Change, keep: usize) -> Result<Collected, StoreError> {
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
        collected.bytes += bytes_below(&folder)?;
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
    for id in journal::ids(layout)? {
        let is_kept = |generation: &Generation| generation.extensions.contains_key(&id);
        if dev.contains(&id) || kept.iter().any(is_kept) {
            continue;
        }
        if let Some(bytes) = journal::remove(layout, &id)? {
            collected.logs += 1;
            collected.bytes += bytes;
        }
    }
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

fn bytes_below(folder: &std::path::Path) -> fs::Result<u64> {
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    let mut bytes = 0;
    for path in fs::walk(folder)? {
        let metadata = fs::symlink_metadata(&path)?;
        if metadata.is_file() {
            bytes += metadata.len();
        }
    }
    Ok(bytes)
}
