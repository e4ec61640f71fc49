//! What a program may cost.

use std::time::Duration;

/// What a program may cost that an extension has run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessLimits {
    /// How long it may run. Default 10 minutes.
    pub time: Duration,
    /// Bytes that it may write to each of its two streams. Default 16 MiB.
    pub output_bytes: u64,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10 * 60),
            output_bytes: 16 << 20,
        }
    }
}
