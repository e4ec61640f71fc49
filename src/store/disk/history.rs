//! The history of the store: what it has held before, and how it goes back to that.
//!
//! Each generation names the one it followed, so the history is the chain from the current one back, and
//! what an interrupted change has left does not belong to it. Going back makes a new generation that holds what
//! an earlier one held and names it; going back once more goes on from that one, not to and fro.

use super::{
    generation::{Generation, current_number},
    layout::Layout,
};
use crate::store::error::StoreError;

/// The chain of generations from the current one back.
pub(in crate::store) fn history(layout: &Layout) -> Result<Vec<Generation>, StoreError> {
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

/// The number of every generation that is, or was, current; what else lies there was never finished.
pub(in crate::store) fn reachable(layout: &Layout) -> Result<Vec<u64>, StoreError> {
    let current = current_number(layout)?;
    let numbers = history(layout)?.into_iter();
    let mut numbers: Vec<u64> = numbers.map(|generation| generation.number).collect();
    if numbers.is_empty() && current > 0 {
        numbers.push(current);
    }
    Ok(numbers)
}
