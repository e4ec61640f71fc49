//! Extensions that fetch a tool, end to end: they are installed from the registry that comes with the command,
//! asked for their tool's command, and that command is started and must answer.
#![cfg(all(feature = "cli", unix))]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out files as a user would, and fails by panicking"
)]

mod at_once;
mod bundled;
mod clangd;
mod interrupted;
mod language_server;
mod locked;
mod machine;
mod public_registry;
mod recorded;
mod releases;
mod secure;
#[path = "../support/mod.rs"]
mod support;
mod typescript;
mod yaml;
