//! Counters of what an instance uses.

mod allocations;
mod meter;

pub(crate) use self::{allocations::Allocations, meter::Meter};
