//! What `annexe editor` writes, in the editors themselves, which run without a screen: in an empty home, with what the
//! command writes alone, the right server is started for a file that is opened, in the right folder. The server is a
//! stand-in that says in a diagnostic how it was started; in `real` it is a real one from npm. An editor that is not on
//! this machine is skipped by name.
#![cfg(all(feature = "cli", unix))]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out files as a user would, and fails by panicking"
)]

mod debuggers;
mod desk;
mod emacs;
mod kakoune;
mod neovim;
mod real;
#[path = "../support/mod.rs"]
mod support;
mod vim;
