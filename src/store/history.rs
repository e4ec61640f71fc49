//! Going back: what the store has held before, and how it holds it again.
//!
//! Each generation names the one it followed, so the history is the chain from the current one back, and
//! what an interrupted change has left is no part of it. Going back makes a new generation that holds what
//! an earlier one held and names it; going back once more goes on from that one, not to and fro.

use super::report::Reporter;
use super::{
    blocking,
    error::StoreError,
    generation::{Generation, current_number},
    installed::Installed,
    layout::Layout,
    plan::blocked,
    tree::Tree,
    withdrawal::Withdrawals,
};
use crate::store::ExtensionStore;

impl ExtensionStore {
    /// The generations that there is a way back to, the current one first.
    ///
    /// # Errors
    /// As [`Self::generation`]. A generation that cannot be read ends the history.
    pub fn history(&self) -> Result<Vec<Generation>, StoreError> {
        history(self.layout())
    }

    /// Makes the store hold again what it held in generation `number`, or before the last change where
    /// none is given: going back twice undoes two changes. Nothing is fetched or compiled.
    ///
    /// Waits for other changes of the store, which `reporter` hears of.
    ///
    /// # Errors
    /// [`StoreError::NothingBefore`] or [`StoreError::NoGeneration`] where there is no such generation,
    /// [`StoreError::Damaged`] where an extension's files are no longer what they were,
    /// [`StoreError::Blocked`] where one is known to do harm by now, and as [`Self::generation`].
    pub async fn rollback(
        &self,
        number: Option<u64>,
        reporter: &dyn Reporter,
    ) -> Result<Generation, StoreError> {
        if self.layout().is_unmade()? {
            // Nothing to go back to, and nothing to make a store for.
            return match number {
                Some(number) => Err(StoreError::NoGeneration { number }),
                None => before(self.layout(), &self.generation()?),
            };
        }
        let change = self.change("rollback", reporter).await?;
        blocking(move || {
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
                // What has failed since is not forgotten.
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
            change.commit(&next, &[])?;
            Ok(next)
        })
        .await
    }
}

/// The chain of generations from the current one back.
pub(super) fn history(layout: &Layout) -> Result<Vec<Generation>, StoreError> {
    let mut history = Vec::new();
    let mut generation = Generation::current(layout)?;
    while generation.number > 0 {
        let parent = generation.parent;
        // A damaged file must not lead round in circles.
        let is_older = parent < generation.number;
        history.push(generation);
        generation = match Generation::read(layout, parent) {
            Ok(earlier) if is_older => earlier,
            Err(error) if !error.is_missing_file() => {
                tracing::warn!(%error, "the history ends at a generation that cannot be read");
                break;
            }
            _ => break,
        };
    }
    Ok(history)
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

/// The number of every generation that is, or was, current; what else lies there was never finished.
pub(super) fn reachable(layout: &Layout) -> Result<Vec<u64>, StoreError> {
    let current = current_number(layout)?;
    let numbers = history(layout)?.into_iter();
    let mut numbers: Vec<u64> = numbers.map(|generation| generation.number).collect();
    if numbers.is_empty() && current > 0 {
        numbers.push(current);
    }
    Ok(numbers)
}
