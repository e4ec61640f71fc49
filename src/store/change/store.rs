//! The changes of a store that need no host: nothing is compiled for them, and nothing is fetched.

use super::{
    change_options::ChangeOptions,
    edit,
    explain::{self, Explanation},
    outcome::Removed,
    outdated::{self, Outdated},
    rollback,
};
use crate::{
    base::types::{ExtensionId, VersionRequirement},
    runtime::api::Families,
    store::{
        disk::{generation::Generation, installed::Installed, store::Store},
        error::StoreError,
    },
};

impl Store {
    /// Removes extensions as one change; their working directories stay. Running instances go on.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] with the closest ids that are, [`StoreError::Dev`] for one that is, or
    /// is shadowed by, a dev extension; [`StoreError::File`] and as [`Self::generation`] where the store
    /// cannot be read or written.
    pub async fn remove(&self, ids: &[ExtensionId]) -> Result<Vec<Installed>, StoreError> {
        Ok(edit::remove(self, ids, false).await?.extensions)
    }

    /// Removes extensions with their working directories, so with all they have downloaded, and their logs. Of an id that is
    /// not installed any more, what all extensions of it have left, wherever they came from.
    ///
    /// # Errors
    /// As [`Self::remove`], for one that has left nothing. Where only a working directory or a log cannot be removed, the extensions are
    /// removed all the same, and the error names it.
    pub async fn remove_with_work(&self, ids: &[ExtensionId]) -> Result<Removed, StoreError> {
        edit::remove(self, ids, true).await
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
    ) -> Result<Vec<Installed>, StoreError> {
        edit::pin(self, ids, pinned).await
    }

    /// Does without extensions for now, or takes them back, as one change: one that is disabled is not started and
    /// contributes nothing, and updates go on. Gives what is installed then. Running instances end when
    /// [`RunningExtensions`](crate::store::RunningExtensions) follow the change.
    ///
    /// # Errors
    /// As [`Self::pin`].
    pub async fn disable(
        &self,
        ids: &[ExtensionId],
        disabled: bool,
    ) -> Result<Vec<Installed>, StoreError> {
        edit::disable(self, ids, disabled).await
    }

    /// Makes the store hold again what it held in generation `number`, or before the last change where
    /// none is given: going back twice undoes two changes. Nothing is fetched or compiled.
    ///
    /// Waits for other changes of the store, which its listener hears of.
    ///
    /// # Errors
    /// [`StoreError::NothingBefore`] or [`StoreError::NoGeneration`] where there is no such generation,
    /// [`StoreError::Damaged`] where an extension's files are no longer what they were,
    /// [`StoreError::Blocked`] where one is known to do harm by now, and as [`Self::generation`].
    pub async fn rollback(&self, number: Option<u64>) -> Result<Generation, StoreError> {
        rollback::rollback(self, number).await
    }

    /// Explains which version an installation or an update would choose, and why it would pass over each
    /// of the others, to a host of these API families. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Registry`] where the registry cannot be asked, and as [`Self::generation`].
    pub async fn explain(
        &self,
        id: &ExtensionId,
        requirement: &VersionRequirement,
        options: &ChangeOptions<'_>,
        families: &Families,
    ) -> Result<Explanation, StoreError> {
        explain::explain(self, id, requirement, options, families).await
    }

    /// Tells which of the extensions given, or of all where none is given, have a newer version on a host of these API
    /// families: what [`ExtensionStore::update`](crate::store::ExtensionStore::update) would choose, and what it would
    /// pass over. Changes nothing, and fetches no archive: whether an update needs a yes is not known.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] for an id that is not, [`StoreError::Dev`] for one that is a dev extension's alone;
    /// [`StoreError::Registry`] where no registry can be asked; and as [`Self::generation`].
    pub async fn outdated(
        &self,
        ids: &[ExtensionId],
        options: &ChangeOptions<'_>,
        families: &Families,
    ) -> Result<Outdated, StoreError> {
        outdated::outdated(self, ids, options, families).await
    }
}
