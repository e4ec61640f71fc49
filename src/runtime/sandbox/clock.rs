//! Clocks for guests.

use std::time::{Duration, SystemTime};

/// The clock that tells a guest the time of day. The times of files are the file system's, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WallClock {
    /// The system's clock.
    #[default]
    System,
    /// A clock that stands still: a time before 1970 is told as the beginning of 1970.
    Fixed(SystemTime),
}

/// The clock that tells a guest how much time has passed, and wakes it when it sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MonotonicClock {
    /// The system's clock.
    #[default]
    System,
    /// A clock that begins at 0 in each instance and goes on by one step, at least a nanosecond, each time it
    /// is read. A guest that sleeps wakes at once, and the clock has gone on by as long: a guest that waits on
    /// several times at once finds all of them past.
    Stepped(Duration),
}
