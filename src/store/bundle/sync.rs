//! The making of a store's content from a bundle.

use std::sync::Arc;

use super::{
    index::PartKind,
    read::{Bundle, file_name},
};
use crate::{
    base::{fs, task::blocking},
    store::{
        change::{change_options::ChangeOptions, outcome::Outcome},
        error::StoreError,
        run::extension_store::ExtensionStore,
    },
};

impl ExtensionStore {
    /// Makes the store hold what a bundle's lockfile says, and nothing else, as [`sync`](Self::sync) does with a
    /// lockfile that was named, and keeps the files that its extensions need. Nothing is asked of a network for that if
    /// the sources of `options` are offline.
    ///
    /// Everything is read and checked before anything changes. Then what is installed changes, and the files are put into
    /// the store. Where a process ends between the two, the same again completes it.
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
