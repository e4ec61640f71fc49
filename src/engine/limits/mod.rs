//! What one extension may use, and the wardens that hold it to that.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// What one running extension may use. The defaults are wide enough for guests that carry an
/// interpreter (JavaScript and Python components start with 9 to 13 MB of memory and tables of some
/// 8,000 elements).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long one call may take in all, time spent waiting for the host included. Default 5 minutes:
    /// an extension may install a tool before it answers.
    pub call_time: Duration,
    /// How long the guest's own code may run in one call. Default 10 seconds. Measured in steps of
    /// 5 milliseconds.
    pub guest_time: Duration,
    /// Bytes of memory, all linear memories of the extension together. Default 512 MiB.
    pub memory_bytes: usize,
    /// Elements of all tables together. Default 100,000.
    pub table_elements: usize,
    /// Core instances in the component. Default 32.
    pub instances: usize,
    /// Handles to host resources open at once. Default 10,000.
    pub handles: usize,
    /// Bytes that one call may carry from the guest to the host, in either direction of the call.
    /// Default 64 MiB.
    pub lifted_bytes: usize,
    /// Random bytes one request may ask for. Default 1 MiB.
    pub random_bytes: u64,
    /// Calls that may wait for the extension. Default 1,024.
    pub queued_calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_time: Duration::from_secs(300),
            guest_time: Duration::from_secs(10),
            memory_bytes: 512 << 20,
            table_elements: 100_000,
            instances: 32,
            handles: 10_000,
            lifted_bytes: 64 << 20,
            random_bytes: 1 << 20,
            queued_calls: 1_024,
        }
    }
}

/// A limit that a guest ran into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// The call took too long in all.
    #[error("the call took longer than {} (limit `call_time`)", seconds(.0))]
    CallTime(Duration),
    /// The guest's own code ran too long.
    #[error("the extension's code ran longer than {} in one call (limit `guest_time`)", seconds(.0))]
    GuestTime(Duration),
    /// The guest asked for too much memory.
    #[error("the extension asked for more than {} MiB of memory (limit `memory_bytes`)", .0 >> 20)]
    Memory(usize),
    /// The guest asked for too many table elements.
    #[error("the extension asked for more than {0} table elements (limit `table_elements`)")]
    TableElements(usize),
    /// The guest holds too many handles to what the host lent it or opened for it.
    #[error("the extension holds more than {0} handles (limit `handles`)")]
    Handles(usize),
    /// One call carried too much from the guest to the host.
    #[error("the extension passed more than {} KiB to the host at once (limit `lifted_bytes`)", .0 >> 10)]
    LiftedBytes(usize),
}

fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// Counts what the guest's memories and tables take together, and refuses what is over the limit.
/// The refusal is remembered, so that the trap it mostly ends in can be called by its name.
#[derive(Debug)]
pub(crate) struct Allocations {
    memory_limit: usize,
    table_limit: usize,
    instance_limit: usize,
    memory: usize,
    tables: usize,
    refused: Option<LimitExceeded>,
}

impl Allocations {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_limit: limits.memory_bytes,
            table_limit: limits.table_elements,
            instance_limit: limits.instances,
            memory: 0,
            tables: 0,
            refused: None,
        }
    }

    /// The limit that was last refused, if any was since this was last asked.
    pub(crate) fn take_refused(&mut self) -> Option<LimitExceeded> {
        self.refused.take()
    }
}

impl ResourceLimiter for Allocations {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_limit {
            self.refused = Some(LimitExceeded::Memory(self.memory_limit));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.tables.saturating_add(desired.saturating_sub(current));
        if total > self.table_limit {
            self.refused = Some(LimitExceeded::TableElements(self.table_limit));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.tables = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instance_limit
    }
}
