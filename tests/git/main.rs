//! Extensions of Git repositories: real repositories, read by the machine's own `git` over http with a credential, over
//! ssh's own protocol, and from a folder.
#![cfg(all(unix, feature = "cli"))]
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test lays out files, and fails by panicking"
)]

mod build;
mod ending;
mod hostile;
mod install;
mod lockfile;
mod repository;
mod server;
mod sshd;
#[path = "../support/mod.rs"]
mod support;
mod update;
