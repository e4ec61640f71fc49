//! The lines of the tables: what was measured, and the target beside it.

use std::time::Duration;

use crate::table::microseconds;

/// Prints the head of a table: what it is about, and what the two columns of figures are.
pub(crate) fn head(title: &str, ours: &str, other: &str) {
    println!("\n{title:<58} {ours:>10} {other:>10}");
}

/// Prints one line: how often something happened, and how often it may at most.
pub(crate) fn at_most(what: &str, count: usize, most: usize) {
    let verdict = verdict(count <= most);
    println!(
        "{what:<58} {count:>10} {:>10}  target <= {most} {verdict}",
        ""
    );
}

/// Prints one line: how long something took, and how long it may at most.
pub(crate) fn within(what: &str, time: Duration, limit: Duration) {
    let verdict = verdict(time <= limit);
    let (time, limit) = (microseconds(time), microseconds(limit));
    println!(
        "{what:<58} {time:>10} {:>10}  target <= {limit} {verdict}",
        ""
    );
}

/// Prints one line: how long something took, without a target.
pub(crate) fn plain(what: &str, time: Duration) {
    println!("{what:<58} {:>10}", microseconds(time));
}

/// Prints one line: how long the bare side took, which others are held against.
pub(crate) fn plain_bare(what: &str, time: Duration) {
    println!("{what:<58} {:>10} {:>10}", "", microseconds(time));
}

/// Prints one line: both sides and their ratio, without a target; nothing where nothing was measured.
pub(crate) fn beside(what: &str, ours: Duration, bare: Duration) {
    if bare.is_zero() {
        return;
    }
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!(
        "{what:<58} {:>10} {:>10}  ratio {ratio:.2}",
        microseconds(ours),
        microseconds(bare)
    );
}

/// Prints one line: how many times as long the other way takes.
pub(crate) fn faster(what: &str, ours: Duration, other: Duration, target: f64) {
    let factor = other.as_secs_f64() / ours.as_secs_f64();
    let verdict = verdict(factor >= target);
    println!(
        "{what:<58} {:>10} {:>10}  {factor:.1} times as fast  target >= {target:.1} {verdict}",
        microseconds(ours),
        microseconds(other)
    );
}

pub(crate) fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}
