//! Limits of programs.

use std::time::Duration;

/// The limits of a program that an extension runs, npm's among them.
///
/// At a limit the program is asked to end, and killed 100 milliseconds later. On Unix that means the whole
/// process group that it leads, which does not outlive the program, its call or the host either; what has left
/// the group (`setsid`) is beyond reach. On Windows it is the one program, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessLimits {
    /// How long it may run. Default 10 minutes.
    pub time: Duration,
    /// Bytes that it may write to each of its two streams, output and errors. Default 16 MiB.
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
