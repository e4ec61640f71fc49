//! Every command of `annexe help` against what is not the user's: a folder that is no store, a store of another user's
//! or that others can write to, a store that can only be read, and a project folder that a stranger has prepared. What is
//! to be refused is refused in words, nothing is started that was planted, and nothing is changed.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out files as a stranger would, and fails by panicking"
)]

mod commands;
mod digest;
mod foreign;
mod inside;
mod no_store;
mod project;
mod readable;
mod started;
#[path = "../support/mod.rs"]
mod support;
mod template;
mod user_files;
