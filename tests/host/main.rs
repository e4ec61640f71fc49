//! Live extensions, driven through the public API: the guests are built with the published crates.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test lays out files as an editor's user would, prints what it found, and fails by panicking"
)]

#[path = "../server/archives.rs"]
mod archives;
mod by_name;
mod debug_adapter;
mod editor;
mod exports;
mod fitting;
mod gates;
mod guest;
mod labels;
mod language_server;
mod lifecycle;
mod limits;
mod matrix;
mod misbehaving;
mod network;
#[path = "../server/nginx.rs"]
mod nginx;
mod npm;
#[path = "../npm/mod.rs"]
mod npm_registry;
mod output;
mod pipe;
mod process;
mod recording;
mod sandbox;
#[path = "../server/mod.rs"]
mod server;
mod soak;
mod starting;
mod supervision;
mod worktree;
