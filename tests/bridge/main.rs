//! `annexe lsp` between an editor and a language server that both misbehave as real ones do: floods, order, endings,
//! cancellation, settings. The editor is the test, the server is this very binary, and between them runs the real
//! command; all that it writes to the editor is read as messages, and anything else fails the test.
#![cfg(all(unix, feature = "cli"))]
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test lays out files as a user would, and fails by panicking"
)]

mod beginning;
mod changes;
mod editor;
mod ends;
mod fetching;
mod first_answer;
mod flood;
mod frames;
mod life;
mod orphans;
mod passing;
mod programs;
mod refusals;
mod sections;
mod settings;
mod stand_in;
mod starting;
#[path = "../support/mod.rs"]
mod support;
mod who_brings;
