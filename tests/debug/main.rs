//! `annexe dap` between an editor and a debug adapter: the test is the editor, the adapter is a script that does what its
//! variable says, or a real one, and between them runs the real command.
#![cfg(all(unix, feature = "cli"))]
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test lays out files as a user would, and fails by panicking"
)]

mod client;
mod commands;
mod course;
mod ends;
mod failures;
#[path = "../bridge/frames.rs"]
mod frames;
mod gates;
mod nvim_dap;
mod real;
mod stand_in;
#[path = "../support/mod.rs"]
mod support;
