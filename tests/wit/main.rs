//! The interfaces under `wit/`: frozen, inherited only where they are the same, and those of the
//! published crates.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads the sources as they lie there, and fails by panicking"
)]

#[path = "wit/component_type.rs"]
mod component_type;
#[path = "wit/folders.rs"]
mod folders;
#[path = "wit/frozen.rs"]
mod frozen;
#[path = "wit/guests.rs"]
mod guests;
#[path = "wit/inherited.rs"]
mod inherited;
#[path = "wit/portable.rs"]
mod portable;
#[path = "wit/published.rs"]
mod published;
#[path = "wit/worlds.rs"]
mod worlds;
