//! The interfaces under `wit/`: frozen, inherited only where they are the same, and those of the
//! published crates.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test reads the sources as they lie there, and fails by panicking"
)]

mod component_type;
mod folders;
mod frozen;
mod guests;
mod inherited;
mod portable;
mod published;
#[path = "../support/mod.rs"]
mod support;
mod worlds;
