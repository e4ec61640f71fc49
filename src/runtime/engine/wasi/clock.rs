//! Clocks that do not depend on when a guest runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use wasmtime_wasi::{HostMonotonicClock, HostWallClock, async_trait, p2::Pollable};

/// A wall clock that stands still.
pub(super) struct FixedClock(Duration);

impl FixedClock {
    pub(super) fn at(time: SystemTime) -> Self {
        Self(
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default(),
        )
    }
}

impl HostWallClock for FixedClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

/// A monotonic clock that goes on when it is read, and when a guest sleeps. Its clones are the same clock.
#[derive(Clone)]
pub(in crate::runtime::engine) struct SteppedClock {
    now: Arc<AtomicU64>,
    step: u64,
}

impl SteppedClock {
    pub(super) fn new(step: Duration) -> Self {
        let step = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX);
        Self {
            now: Arc::default(),
            // A guest that reads it until some time has come must not do so for ever.
            step: step.max(1),
        }
    }

    fn read(&self) -> u64 {
        let next = |now: u64| Some(now.saturating_add(self.step));
        self.now
            .fetch_update(Relaxed, Relaxed, next)
            .unwrap_or_default()
    }

    /// The time, which does not go on by this.
    pub(super) fn time(&self) -> u64 {
        self.now.load(Relaxed)
    }

    pub(super) fn wake_at(&self, time: u64) -> Wake {
        Wake {
            clock: self.clone(),
            time,
            has_yielded: false,
        }
    }
}

impl HostMonotonicClock for SteppedClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.read()
    }
}

/// The end of a sleep on a stepped clock. It is reached at once, but other tasks get their turn.
pub(super) struct Wake {
    clock: SteppedClock,
    time: u64,
    has_yielded: bool,
}

#[async_trait]
impl Pollable for Wake {
    async fn ready(&mut self) {
        if !self.has_yielded {
            self.has_yielded = true;
            tokio::task::yield_now().await;
        }
        self.clock.now.fetch_max(self.time, Relaxed);
    }
}
