//! Measuring two sides in turn, ours and the bare engine's.

use std::time::Duration;

use crate::table::{median, microseconds};

/// Times two sides in turn and gives their medians. The first round is not counted.
pub(crate) fn in_turn(
    rounds: usize,
    mut ours: impl FnMut() -> Duration,
    mut bare: impl FnMut() -> Duration,
) -> (Duration, Duration) {
    ours();
    bare();
    let (our_times, bare_times) = (0..rounds).map(|_| (ours(), bare())).unzip();
    (median(our_times), median(bare_times))
}

/// Prints one line: what, both sides, and their difference beside the target.
pub(crate) fn difference(what: &str, ours: Duration, bare: Duration, target: Duration) {
    let over = ours.saturating_sub(bare);
    let verdict = if over <= target { "met" } else { "missed" };
    println!(
        "{what:<58} {:>10} {:>10}  over {:>8}  target <= {} {verdict}",
        microseconds(ours),
        microseconds(bare),
        microseconds(over),
        microseconds(target)
    );
}

/// Prints the head of a table.
pub(crate) fn head(title: &str) {
    println!("\n{title:<58} {:>10} {:>10}", "annexe", "bare");
}
