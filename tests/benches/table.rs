//! Measuring, and printing what came of it.

use std::time::{Duration, Instant};

/// The machine that is measured on, in a line.
pub(crate) fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("machine: {model}, {cores} cores, {}", std::env::consts::OS)
}

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

/// Prints one line: what, both sides, and their ratio beside the target.
#[allow(dead_code, reason = "not every benchmark has one")]
pub(crate) fn ratio(what: &str, ours: Duration, bare: Duration, target: f64) {
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    let verdict = if ratio <= target { "met" } else { "missed" };
    println!(
        "{what:<58} {:>10} {:>10}  ratio {ratio:.2}  target <= {target:.2} {verdict}",
        microseconds(ours),
        microseconds(bare)
    );
}

/// A time as people read it.
pub(crate) fn microseconds(time: Duration) -> String {
    let microseconds = time.as_secs_f64() * 1e6;
    if microseconds >= 10_000.0 {
        format!("{:.1} ms", microseconds / 1e3)
    } else {
        format!("{microseconds:.1} µs")
    }
}
