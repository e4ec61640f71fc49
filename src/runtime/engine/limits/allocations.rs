//! The count of what a guest's memories and tables take.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use super::super::monitor::Monitor;
use crate::runtime::limits::{LimitExceeded, Limits};

/// The count of what the guest's memories and tables take together; it refuses what is over the limit.
/// The refusal is remembered, so that the trap it mostly ends in can be called by its name.
#[derive(Debug)]
pub(crate) struct Allocations {
    memory_limit: usize,
    memories: usize,
    table_limit: usize,
    tables: usize,
    instances: usize,
    /// Holds the bytes of all memories.
    monitor: Arc<Monitor>,
    table_elements: usize,
    /// What was allowed last: given back where the system refuses it.
    last_growth: usize,
    refused: Option<LimitExceeded>,
}

impl Allocations {
    /// Counts from nothing.
    pub(crate) fn new(limits: &Limits, monitor: Arc<Monitor>) -> Self {
        monitor.meter.set_memory(0);
        Self {
            memory_limit: limits.memory_bytes,
            memories: limits.memories,
            table_limit: limits.table_elements,
            tables: limits.tables,
            instances: limits.instances,
            monitor,
            table_elements: 0,
            last_growth: 0,
            refused: None,
        }
    }

    /// The limit that was last refused, if any was since this was last asked.
    pub(crate) fn take_refused(&mut self) -> Option<LimitExceeded> {
        self.refused.take()
    }
}

impl Drop for Allocations {
    fn drop(&mut self) {
        self.monitor.meter.set_memory(0);
    }
}

impl ResourceLimiter for Allocations {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.last_growth = 0;
        let memory = self.monitor.meter.memory();
        let total = memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_limit {
            self.refused = Some(LimitExceeded::Memory(self.memory_limit));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.monitor.meter.set_memory(total);
        self.last_growth = desired.saturating_sub(current);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.last_growth = 0;
        let added = desired.saturating_sub(current);
        let total = self.table_elements.saturating_add(added);
        if total > self.table_limit {
            self.refused = Some(LimitExceeded::TableElements(self.table_limit));
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.table_elements = total;
        self.last_growth = added;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        tracing::debug!(%error, "a guest's memory did not grow");
        let meter = &self.monitor.meter;
        meter.set_memory(meter.memory().saturating_sub(self.last_growth));
        self.last_growth = 0;
        Ok(())
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        tracing::debug!(%error, "a guest's table did not grow");
        self.table_elements = self.table_elements.saturating_sub(self.last_growth);
        self.last_growth = 0;
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.memories
    }

    fn tables(&self) -> usize {
        self.tables
    }
}
