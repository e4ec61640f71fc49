//! Registries as a whole: published into a folder, read from it and over HTTP from a server that
//! misbehaves in every way seen in the wild.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test sets up and damages files as a stranger would, and fails by panicking"
)]

mod cache;
mod credentials;
mod direct;
mod faults;
mod freshness;
mod mirrors;
mod outages;
mod place;
mod publishing;
mod reading;
mod rollback;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod update;
mod zed;
