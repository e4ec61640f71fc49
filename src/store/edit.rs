//! Changes of what is installed that bring nothing new: taking extensions out, and pinning them.

use super::{
    ExtensionStore, blocking, error::StoreError, find, installed::Installed, journal, owners,
    report::Reporter,
};
use crate::{base::types::ExtensionId, runtime::services::npm_dir};

impl ExtensionStore {
    /// Removes extensions as one change; their working directories stay. Running instances go on.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] with the closest ids that are, [`StoreError::Dev`] for one that is, or
    /// is shadowed by, a dev extension; [`StoreError::File`] and as [`Self::generation`] where the store
    /// cannot be read or written.
    pub async fn remove(
        &self,
        ids: &[ExtensionId],
        reporter: &dyn Reporter,
    ) -> Result<Vec<Installed>, StoreError> {
        self.take_out(ids, false, reporter).await
    }

    /// Removes extensions with their working directories, so with all they have downloaded, and their logs.
    ///
    /// # Errors
    /// As [`Self::remove`]. Where only a working directory or a log cannot be removed, the extensions are
    /// removed all the same, and the error names it.
    pub async fn remove_with_work(
        &self,
        ids: &[ExtensionId],
        reporter: &dyn Reporter,
    ) -> Result<Vec<Installed>, StoreError> {
        self.take_out(ids, true, reporter).await
    }

    /// Keeps extensions at the versions they have, or lets them go, as one change: updates leave pinned
    /// ones alone. Gives what is installed then.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] with the closest ids that are; [`StoreError::File`] and as
    /// [`Self::generation`] where the store cannot be read or written.
    pub async fn pin(
        &self,
        ids: &[ExtensionId],
        pinned: bool,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Installed>, StoreError> {
        let verb = if pinned { "pin" } else { "unpin" };
        if let (true, Some(id)) = (self.layout().is_unmade()?, ids.first()) {
            find(&self.generation()?, id)?;
        }
        let change = self.change(verb, reporter).await?;
        let ids = ids.to_vec();
        blocking(move || {
            let mut extensions = change.generation().extensions.clone();
            let mut changed = Vec::new();
            let mut answer = Vec::new();
            for id in ids {
                let installed = Installed {
                    pinned,
                    ..find(change.generation(), &id)?
                };
                if extensions.get(&id) != Some(&installed) {
                    changed.push(format!("{id} {}", installed.version));
                    extensions.insert(id, installed.clone());
                }
                answer.push(installed);
            }
            if !changed.is_empty() {
                let next = change.next(format!("{verb} {}", changed.join(", ")), extensions)?;
                change.commit(&next, &[])?;
            }
            Ok(answer)
        })
        .await
    }

    async fn take_out(
        &self,
        ids: &[ExtensionId],
        with_work: bool,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Installed>, StoreError> {
        if let (true, Some(id)) = (self.layout().is_unmade()?, ids.first()) {
            self.refuse_dev(id)?;
            find(&self.generation()?, id)?;
        }
        let change = self.change("remove", reporter).await?;
        let ids = ids.to_vec();
        let store = self.clone();
        blocking(move || {
            ids.iter().try_for_each(|id| store.refuse_dev(id))?;
            let mut extensions = change.generation().extensions.clone();
            let mut removed: Vec<Installed> = Vec::new();
            for id in ids {
                removed.push(find(change.generation(), &id)?);
                if extensions.remove(&id).is_none() {
                    return Err(StoreError::Twice { id });
                }
            }
            let words: Vec<String> = removed
                .iter()
                .map(|installed| format!("{} {}", installed.id, installed.version))
                .collect();
            let next = change.next(format!("remove {}", words.join(", ")), extensions)?;
            change.commit(&next, &[])?;
            if with_work {
                for installed in &removed {
                    let origin = (&installed.origin).into();
                    let work_dir = owners::work_dir(change.layout(), &installed.id, &origin)?;
                    change.discard(&npm_dir(&work_dir))?;
                    change.discard(&work_dir)?;
                    journal::remove(change.layout(), &installed.id)?;
                }
            }
            Ok(removed)
        })
        .await
    }
}
