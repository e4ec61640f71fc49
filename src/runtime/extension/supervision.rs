//! Supervision: when an extension that has stopped is started again, and when not any more.

use std::time::Duration;

/// The supervision of an extension: how often it is started again after a fault: a trap, a limit it
/// ran into, a panic of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Supervision {
    /// How many faults an extension may have within [`window`](Self::window) before it is suspended:
    /// calls are then answered at once with its last fault. Default 5.
    pub faults: u32,
    /// The time over which faults are counted. Default 1 minute.
    pub window: Duration,
    /// How long an extension is suspended the first time. It doubles each time that the call which follows
    /// is a fault again, up to [`longest_backoff`](Self::longest_backoff). Default 1 second.
    pub backoff: Duration,
    /// The longest time for which an extension is suspended. Default 5 minutes.
    pub longest_backoff: Duration,
    /// How long an extension may be unused before its instance is put away, with what it kept in memory;
    /// `None` for never. Default: never, since published extensions keep paths of programs there.
    pub idle: Option<Duration>,
}

impl Default for Supervision {
    fn default() -> Self {
        Self {
            faults: 5,
            window: Duration::from_secs(60),
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(300),
            idle: None,
        }
    }
}
