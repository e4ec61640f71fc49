//! The store with a host: starting what is installed, keeping it running, and noting what it does.

pub(super) mod activation;
pub(super) mod context_server;
pub(super) mod debug_adapter;
pub(super) mod extension_store;
pub(super) mod file_servers;
pub(super) mod language_server;
pub(super) mod listening;
pub(super) mod locked;
mod pending;
mod program_of_user;
pub(super) mod recorder;
pub(super) mod running;
pub(super) mod server_log;
pub(super) mod stamp;
pub(super) mod start;
pub(super) mod tool_records;
