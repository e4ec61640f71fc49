//! Collecting what is no longer needed: old generations, and the files that none of the others has.
//!
//! Generations go first, then the files: whoever is interrupted leaves files that nothing names, never a
//! generation without its files. Files are moved away while nobody reads any, and removed afterwards.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    ExtensionStore, blocking, dev,
    error::StoreError,
    generation::{Generation, numbers},
    history::history,
    installed::Installed,
    journal,
    report::Reporter,
    tree::Tree,
};
use crate::base::{digest::Blake3Digest, fs};

/// What was collected.
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

impl ExtensionStore {
    /// Removes all but the last `keep` generations (the current one stays in any case), and the files of
    /// every version that none of these has and none would come back to, and of every build of a dev
    /// extension but its last good one. The logs of extensions that none of these generations has, and
    /// that are no dev extensions, go too. Working directories and the compiled cache are left alone.
    ///
    /// Waits for other changes of the store, which `reporter` hears of, and for those who read it, which the log is
    /// told. A folder that is missing or empty is not made a store.
    ///
    /// # Errors
    /// [`StoreError::File`] where something cannot be removed, and as [`Self::generation`]. Whatever was
    /// collected until then, nothing that is needed is gone.
    pub async fn collect(
        &self,
        keep: usize,
        reporter: &dyn Reporter,
    ) -> Result<Collected, StoreError> {
        if self.layout().is_unmade()? {
            return Ok(Collected::default());
        }
        let change = self.change("gc", reporter).await?;
        blocking(move || {
            let layout = change.layout();
            let kept: Vec<Generation> = history(layout)?.into_iter().take(keep.max(1)).collect();
            let kept_numbers: BTreeSet<u64> =
                kept.iter().map(|generation| generation.number).collect();
            let needed = needed(&kept);
            let mut collected = Collected::default();

            let reading = layout.collecting()?;
            let old: Vec<u64> = numbers(layout)?
                .into_iter()
                .filter(|number| !kept_numbers.contains(number))
                .collect();
            // The history ends at one that cannot be read: that alone makes those before it no rubbish.
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
                let is_old =
                    Blake3Digest::of_name(&note).is_some_and(|digest| !needed.contains(&digest));
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
        })
        .await
    }
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
