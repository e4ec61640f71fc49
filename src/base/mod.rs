//! The types and tools that every other wing speaks in: nothing here knows an extension, a registry or an engine.

pub(crate) mod causes;
pub mod digest;
pub(crate) mod fs;
pub(crate) mod hint;
pub(crate) mod json;
pub(crate) mod npm_folder;
pub(crate) mod position;
pub(crate) mod printable;
pub(crate) mod process;
pub(crate) mod search_path;
#[cfg(test)]
#[path = "../../tests/support/skip.rs"]
pub(crate) mod skip;
pub mod suggestion;
pub(crate) mod task;
pub(crate) mod timestamp;
pub mod types;
