//! Registries as a whole: published into a folder, read from it and over HTTP from a server that
//! misbehaves in every way seen in the wild.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test sets up and damages files as a stranger would, and fails by panicking"
)]

#[path = "registry/cache.rs"]
mod cache;
#[path = "registry/credentials.rs"]
mod credentials;
#[path = "registry/direct.rs"]
mod direct;
#[path = "registry/faults.rs"]
mod faults;
#[path = "registry/fixture.rs"]
mod fixture;
#[path = "registry/mirrors.rs"]
mod mirrors;
#[path = "registry/publishing.rs"]
mod publishing;
#[path = "registry/reading.rs"]
mod reading;
#[path = "registry/rollback.rs"]
mod rollback;
#[path = "server/mod.rs"]
mod server;
#[path = "registry/sources.rs"]
mod sources;
#[path = "registry/update.rs"]
mod update;
