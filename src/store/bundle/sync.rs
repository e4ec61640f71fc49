//! The making of a store's content from a bundle.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use super::{
    index::PartKind,
    read::{Bundle, file_name},
};
use crate::{
    base::{fs, task::blocking},
    store::{
        change::{change_options::ChangeOptions, outcome::Outcome},
        disk::layout::Layout,
        error::StoreError,
        journal::{self, answers, downloads},
        run::extension_store::ExtensionStore,
    },
};

impl ExtensionStore {
    /// Makes the store hold what a bundle's lockfile says, and nothing else, as [`sync`](Self::sync) does with a
    /// lockfile that was named, and keeps the files that its extensions need. Nothing is asked of a network for that if
    /// the sources of `options` are offline.
    ///
    /// Everything is read and checked before anything changes. Then the files are put into the store, and what is
    /// installed changes; a process that ends between the two has added files that nothing names, and that are collected.
    ///
    /// # Errors
    /// [`StoreError::Bundle`] for a bundle that is refused, otherwise as [`sync`](Self::sync). Nothing that is installed
    /// has changed then.
    pub async fn sync_bundle(
        &self,
        bundle: Arc<Bundle>,
        options: &ChangeOptions<'_>,
    ) -> Result<Outcome, StoreError> {
        // The folder outlasts the store's lock: it has one of its own.
        let (place, _staging) = {
            let change = self.change("sync").await?;
            let placing = change.clone();
            let place = blocking(move || Ok::<_, StoreError>(placing.place()?)).await?;
            (place, change.staging().cloned())
        };
        let folder = place.tree();
        let (reading, into) = (bundle.clone(), folder.clone());
        blocking(move || {
            fs::create_dir(&into)?;
            Ok::<_, StoreError>(reading.unpack(&into)?)
        })
        .await?;
        let options = ChangeOptions {
            archives: Some(&folder),
            lockfile_found: false,
            ..options.clone()
        };
        let outcome = self.sync(bundle.lockfile(), &options).await?;
        if options.dry_run {
            return Ok(outcome);
        }
        // Under the lock, so that nobody collects what is not noted yet.
        let change = self.change("sync").await?;
        let (store, from) = (self.clone(), folder.clone());
        blocking(move || {
            for locked in bundle.lockfile().extensions() {
                store.expect_tools(locked)?;
            }
            let files = store.layout().files();
            fs::create_private_dir_all(&files)?;
            for part in bundle.parts() {
                if part.kind != PartKind::Archive {
                    let name = file_name(part);
                    // What is there has the same digest, or is damaged.
                    fs::rename(&from.join(name), &files.join(name))?;
                }
            }
            fs::sync_dir(&files)?;
            drop(change);
            Ok::<_, StoreError>(())
        })
        .await?;
        Ok(outcome)
    }
}

/// Removes the files that no extension of which something is noted needs; gives their number and bytes. The caller
/// holds the store's lock.
pub(in crate::store) fn collect(layout: &Layout) -> Result<(u64, u64), StoreError> {
    let all: Vec<PathBuf> = fs::read_dir_if_there(&layout.files())?;
    if all.is_empty() {
        return Ok((0, 0));
    }
    let mut needed = BTreeSet::new();
    for id in journal::ids(layout)? {
        // A record of a later program may need any.
        let (Some(record), Some(downloads)) = (
            answers::read(&layout.answers(&id))?,
            downloads::read(&layout.downloads(&id))?,
        ) else {
            return Ok((0, 0));
        };
        needed.extend(record.packages.iter().filter_map(|it| it.file_name()));
        let digests = downloads.values().map(|it| it.download.sha256);
        needed.extend(digests.map(|sha256| format!("sha256-{sha256}")));
    }
    let (mut count, mut bytes) = (0, 0);
    for path in all {
        let name = path.file_name().and_then(|name| name.to_str());
        let is_ours = name.is_some_and(|name| {
            let digits = name
                .strip_prefix("sha256-")
                .or_else(|| name.strip_prefix("sha512-"));
            let digits = digits.map(|digits| digits.trim_end_matches(".tgz"));
            let is_digit = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
            let is_digest = |digits: &str| digits.bytes().all(is_digit);
            !needed.contains(name) && digits.is_some_and(is_digest)
        });
        if is_ours && fs::is_own_file(&path) {
            bytes += fs::symlink_metadata(&path)?.len();
            fs::remove_file(&path)?;
            count += 1;
        }
    }
    Ok((count, bytes))
}
