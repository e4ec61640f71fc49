//! Pauses of a change: while something takes long, other processes have the store.

use std::sync::Arc;

use super::obtain::Obtained;
use crate::{
    base::task::blocking,
    store::{
        disk::{
            installed::Installed,
            store::Store,
            transaction::{Change, Paused},
            tree::Tree,
            withdrawal::{Withdrawals, blocked},
        },
        error::StoreError,
    },
};

/// Gives the store's lock back, where nothing else works for the change; where something does, it stays locked, and the
/// log is told for what.
pub(super) fn pause(change: Arc<Change>, what: &str) -> Result<Paused, Arc<Change>> {
    Arc::try_unwrap(change).map(Change::pause).inspect_err(|_| {
        tracing::warn!("something still works for the change: the store stays locked for {what}");
    })
}

/// The needs of a paused change: trees of the store, and what it is to install.
#[derive(Debug, Default)]
pub(super) struct Needed {
    /// The trees that lie in the store already.
    pub(super) trees: Vec<Tree>,
    pub(super) installed: Vec<Installed>,
}

impl Needed {
    /// All that was obtained.
    pub(super) fn by(obtained: &[Obtained]) -> Self {
        let kept = obtained.iter().filter(|one| one.staged.is_none());
        Self {
            trees: kept.map(|one| one.tree).collect(),
            installed: obtained.iter().map(|one| one.installed.clone()).collect(),
        }
    }
}

/// Takes the lock again; `None` where the change has to be decided anew: the store has changed, or lacks what the change
/// needs.
///
/// # Errors
/// [`StoreError::Blocked`] for what was found to do harm in the meantime.
pub(super) async fn resume(
    store: &Store,
    paused: Paused,
    needed: Needed,
) -> Result<Option<Arc<Change>>, StoreError> {
    let lock = store.lock().await?;
    blocking(move || {
        let Some(change) = paused.resume(lock)? else {
            return Ok(None);
        };
        for tree in &needed.trees {
            // It may have been collected.
            if Tree::kept(change.layout(), &tree.digest)?.is_none() {
                return Ok(None);
            }
        }
        let withdrawals = Withdrawals::read(change.layout())?;
        for installed in &needed.installed {
            if let Some(withdrawn) = withdrawals.of(installed).filter(|it| it.blocked) {
                return Err(blocked(&installed.id, withdrawn));
            }
        }
        Ok(Some(Arc::new(change)))
    })
    .await
}
