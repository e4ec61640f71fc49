//! Questions about a change: the store's lock is given back for as long as a user takes to answer.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    apply::Part,
    change_options::ChangeOptions,
    pausing::{Needed, pause, resume},
};
use crate::{
    base::{
        digest::Sha256Digest,
        types::{ExtensionId, ExtensionVersion},
    },
    store::{
        difference::LockDifference,
        disk::{
            installed::{Installed, Origin},
            lockfile::Lockfile,
            store::Store,
            transaction::Change,
        },
        error::StoreError,
        report::Receipt,
    },
};

/// A change that the user is asked about.
#[derive(Clone, Copy)]
pub(in crate::store) struct Asked<'a> {
    pub(in crate::store) changes: &'a [Receipt],
    pub(in crate::store) removed: &'a [Installed],
    pub(in crate::store) parts: &'a [Part],
    /// What is not allowed may be left out: the rest is changed without it.
    pub(in crate::store) partial: bool,
}

/// The answers given before another process came first.
#[derive(Debug, Default)]
pub(in crate::store) struct Agreed {
    shown: Vec<Shown>,
    refused: BTreeSet<ExtensionId>,
    differences: Vec<LockDifference>,
}

/// One part of a change, as the user was shown it.
#[derive(Debug, PartialEq)]
enum Shown {
    Replaced {
        id: ExtensionId,
        previous: Option<ExtensionVersion>,
        version: ExtensionVersion,
        origin: Origin,
        sha256: Sha256Digest,
        added_permissions: Vec<String>,
    },
    Removed(ExtensionId, ExtensionVersion),
}

impl Agreed {
    fn shown(asked: Asked<'_>) -> Vec<Shown> {
        let replaced = asked.changes.iter().map(|receipt| Shown::Replaced {
            id: receipt.installed.id.clone(),
            previous: receipt.previous.clone(),
            version: receipt.installed.version.clone(),
            origin: receipt.installed.origin.clone(),
            sha256: receipt.installed.sha256,
            added_permissions: vec![receipt.added_permissions.to_string()],
        });
        let removed = asked.removed.iter();
        let removed = removed.map(|it| Shown::Removed(it.id.clone(), it.version.clone()));
        replaced.chain(removed).collect()
    }

    /// Whether the user has held this extension back from a change that goes on without it.
    pub(in crate::store) fn refuses(&self, id: &ExtensionId) -> bool {
        self.refused.contains(id)
    }

    /// Whether all of these differences of a lockfile were agreed to.
    pub(in crate::store) fn has_all(&self, differences: &[LockDifference]) -> bool {
        differences.iter().all(|one| self.differences.contains(one))
    }

    /// Asks about entries of a found lockfile that no registry confirms, unless they were agreed to before.
    ///
    /// # Errors
    /// [`StoreError::LockDiffers`] with what was not agreed to.
    pub(in crate::store) async fn ask_locked(
        &mut self,
        mut differences: Vec<LockDifference>,
        lockfile: Option<&Lockfile>,
        options: &ChangeOptions<'_>,
    ) -> Result<(), StoreError> {
        differences.retain(|one| !self.differences.contains(one));
        if differences.is_empty() {
            return Ok(());
        }
        if !options.consent.allows_locked(&differences).await {
            return Err(StoreError::LockDiffers {
                lockfile: lockfile.and_then(Lockfile::path).map(Into::into),
                differences,
            });
        }
        self.differences.extend(differences);
        Ok(())
    }

    /// Asks about a change, unless the same was agreed to before, and gives the change to go on with; `None` where
    /// the store has changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`], [`StoreError::RemovalNotAllowed`]; [`StoreError::Blocked`] for what was found to
    /// do harm in the meantime.
    pub(in crate::store) async fn ask(
        &mut self,
        store: &Store,
        change: Arc<Change>,
        asked: Asked<'_>,
        options: &ChangeOptions<'_>,
    ) -> Result<Option<Arc<Change>>, StoreError> {
        let now = Self::shown(asked);
        if !asked.is_question(options) || self.shown == now {
            return Ok(Some(change));
        }
        if !options.consent.takes_time(asked.changes, asked.removed) {
            self.refused = asked.answer(options).await?;
            self.shown = now;
            return Ok(Some(change));
        }
        let paused = match pause(change, "the question") {
            Ok(paused) => paused,
            Err(change) => {
                self.refused = asked.answer(options).await?;
                self.shown = now;
                return Ok(Some(change));
            }
        };
        self.refused = asked.answer(options).await?;
        self.shown = now;
        let kept = asked.parts.iter().filter(|part| part.staged.is_none());
        let wanted = asked.changes.iter().map(|receipt| &receipt.installed);
        let needed = Needed {
            trees: kept.map(|part| part.tree).collect(),
            installed: wanted
                .filter(|installed| !self.refuses(&installed.id))
                .cloned()
                .collect(),
        };
        resume(store, paused, needed).await
    }
}

impl Asked<'_> {
    fn replaces(self) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|receipt| receipt.previous.is_some())
    }

    /// A dry run changes nothing, and its outcome shows what would be asked about.
    fn is_question(self, options: &ChangeOptions<'_>) -> bool {
        !options.dry_run && (self.replaces() || !self.removed.is_empty())
    }

    /// Asks, and gives what is to be left out. Where nothing may be, no is an error.
    async fn answer(
        self,
        options: &ChangeOptions<'_>,
    ) -> Result<BTreeSet<ExtensionId>, StoreError> {
        if self.partial && self.replaces() {
            return Ok(options.consent.refused(self.changes).await);
        }
        if self.replaces() && !options.consent.allows(self.changes).await {
            return Err(StoreError::NotAllowed {
                changes: self.changes.iter().cloned().map(Box::new).collect(),
            });
        }
        if !self.removed.is_empty() && !options.consent.allows_removal(self.removed).await {
            return Err(StoreError::RemovalNotAllowed {
                removed: self.removed.to_vec(),
            });
        }
        Ok(BTreeSet::new())
    }
}
