//! Rollbacks: the store holds again what it has held before.
//!
//! Going back makes a new generation that holds what an earlier one held and names it; going back once more goes on
//! from that one, not to and fro.

use crate::{
    base::task::blocking,
    store::{
        disk::{
            generation::Generation,
            history::history,
            installed::Installed,
            layout::Layout,
            store::Store,
            transaction::Change,
            tree::Tree,
            withdrawal::{Withdrawals, blocked},
        },
        error::StoreError,
    },
};

/// Goes back to a generation, or before the last change.
pub(super) async fn rollback(store: &Store, number: Option<u64>) -> Result<Generation, StoreError> {
    if store.layout().is_unmade()? {
        // Nothing to go back to, and nothing to make a store for.
        return match number {
            Some(number) => Err(StoreError::NoGeneration { number }),
            None => before(store.layout(), &store.generation()?),
        };
    }
    let change = store.change("rollback").await?;
    blocking(move || bring_back(&change, number)).await
}

fn bring_back(change: &Change, number: Option<u64>) -> Result<Generation, StoreError> {
    let layout = change.layout();
    let current = change.generation();
    let target = match number {
        Some(number) => history(layout)?
            .into_iter()
            .find(|generation| generation.number == number)
            .ok_or(StoreError::NoGeneration { number })?,
        None => before(layout, current)?,
    };
    check(layout, &target)?;
    let mut extensions = target.extensions.clone();
    for (id, installed) in &mut extensions {
        // Versions that have failed since are remembered.
        if let Some(now) = current.extensions.get(id) {
            installed.failed.clone_from(&now.failed);
        }
        installed
            .failed
            .retain(|failed| failed.version != installed.version);
    }
    let content = target.restores.unwrap_or(target.number);
    let mut next = change.next(format!("roll back to {content}"), extensions)?;
    next.restores = Some(content);
    let is_there = |installed: &Installed| {
        let now = current.extensions.get(&installed.id);
        now.is_some_and(|now| now.is_same(installed))
    };
    let back = next.extensions.values().filter(|it| !is_there(it));
    let back: Vec<_> = back.map(|it| it.id.clone()).collect();
    change.commit(&next, &[], &back)?;
    Ok(next)
}

/// The generation before the change that has made `current`, or before the one it has brought back.
fn before(layout: &Layout, current: &Generation) -> Result<Generation, StoreError> {
    let missing = |error: StoreError| match error.is_missing_file() {
        true => StoreError::NothingBefore,
        false => error,
    };
    if current.number == 0 {
        return Err(StoreError::NothingBefore);
    }
    let parent = match current.restores {
        Some(restored) => Generation::read(layout, restored).map_err(missing)?.parent,
        None => current.parent,
    };
    if parent == 0 {
        return Err(StoreError::NothingBefore);
    }
    Generation::read(layout, parent).map_err(missing)
}

/// Checks that everything a generation holds can be installed again.
fn check(layout: &Layout, generation: &Generation) -> Result<(), StoreError> {
    let withdrawals = Withdrawals::read(layout)?;
    for installed in generation.extensions.values() {
        if let Some(withdrawn) = withdrawals.of(installed).filter(|it| it.blocked) {
            return Err(blocked(&installed.id, withdrawn));
        }
        check_tree(layout, installed)?;
    }
    Ok(())
}

fn check_tree(layout: &Layout, installed: &Installed) -> Result<(), StoreError> {
    match Tree::kept(layout, &installed.tree)? {
        Some(_) => Ok(()),
        None => Err(StoreError::Damaged {
            id: installed.id.clone(),
            path: layout.tree(&installed.tree),
        }),
    }
}
