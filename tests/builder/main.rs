//! Building extensions from their sources, with the cargo and the rustc of this machine. The packages are
//! written by the tests, and most of them depend on nothing, so that no network is needed; where the target
//! is not installed, the tests that compile are skipped by name.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests look at the file system behind the library's back, and fail by panicking"
)]

#[cfg(feature = "cli")]
mod command;
mod component;
mod dev;
mod layouts;
mod lock;
mod missing;
mod place;
#[cfg(feature = "cli")]
mod samples;
#[cfg(unix)]
mod stopping;
#[path = "../support/mod.rs"]
mod support;
