//! What an extension is on disk: its manifest, its declarative files, its archive, and the API version of its component.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests write what they then read, and a helper that fails fails its test"
)]

mod archive;
mod declarative;
mod function_bounds;
mod manifest;
mod outline;
#[path = "../support/mod.rs"]
mod support;
mod version;
