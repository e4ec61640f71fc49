//! Measuring two sides in turn, and printing what came of it.

use std::time::{Duration, Instant};

/// The median of some times.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// How long something takes, with what it gives.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

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

/// Prints one line: what, both sides, and their ratio beside the target.
pub(crate) fn ratio(what: &str, ours: Duration, bare: Duration, target: f64) {
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    let verdict = if ratio <= target { "met" } else { "missed" };
    println!(
        "{what:<58} {:>10} {:>10}  ratio {ratio:.2}  target <= {target:.2} {verdict}",
        microseconds(ours),
        microseconds(bare)
    );
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

pub(crate) fn microseconds(time: Duration) -> String {
    let microseconds = time.as_secs_f64() * 1e6;
    if microseconds >= 10_000.0 {
        format!("{:.1} ms", microseconds / 1e3)
    } else {
        format!("{microseconds:.1} µs")
    }
}

/// Prints the head of a table.
pub(crate) fn head(title: &str) {
    println!("\n{title:<58} {:>10} {:>10}", "annexe", "bare");
}
