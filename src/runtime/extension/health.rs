//! The health of a running extension.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use super::error::CallError;

/// The health of an extension: see [`Extension::health`](super::Extension::health).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// What it does.
    pub state: Condition,
    /// How often it was started again because its instance was lost: by a fault, or with a call that its caller
    /// gave up.
    pub restarts: u64,
    /// How often it has stopped: by a trap, a limit, or a panic of the host.
    pub faults: u64,
    /// Why it stopped the last time.
    pub last_fault: Option<Fault>,
    /// How long its code has had a thread, in all calls together.
    pub guest_time: Duration,
    /// Bytes of its memories now.
    pub memory_bytes: usize,
    /// The most bytes that the memories of one of its instances have had at once.
    pub most_memory_bytes: usize,
    /// Calls that were answered, faults included.
    pub calls: u64,
    /// Calls that wait for their turn now.
    pub queued_calls: usize,
}

/// The condition of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// It waits for a call.
    Ready,
    /// It answers a call.
    Running,
    /// It waits for its host in the middle of a call.
    Waiting,
    /// It has no instance: the next call starts one.
    Stopped,
    /// It has stopped too often: calls are answered with its last fault.
    Suspended {
        /// For how long, from now.
        retry_after: Duration,
    },
}

/// A fault of an extension.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fault {
    /// What happened, with the functions on its stack where it trapped.
    pub error: CallError,
    /// When.
    pub at: SystemTime,
}

/// The counts of an extension, for all its instances.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) restarts: AtomicU64,
    pub(super) faults: AtomicU64,
    pub(super) calls: AtomicU64,
    guest_nanoseconds: AtomicU64,
    last_fault: Mutex<Option<Fault>>,
}

impl Counts {
    pub(super) fn add_guest_time(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.guest_nanoseconds.fetch_add(nanoseconds, Relaxed);
    }

    pub(super) fn guest_time(&self) -> Duration {
        Duration::from_nanos(self.guest_nanoseconds.load(Relaxed))
    }

    pub(super) fn set_last_fault(&self, error: &CallError) {
        *self.slot() = Some(Fault {
            error: error.clone(),
            at: SystemTime::now(),
        });
    }

    pub(super) fn last_fault(&self) -> Option<Fault> {
        self.slot().clone()
    }

    fn slot(&self) -> MutexGuard<'_, Option<Fault>> {
        self.last_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
