//! What the suites share. Each brings it in with `#[path = "../support/mod.rs"] mod support;`.
//!
//! - `skip`: tells that a test is not run, which may count as failed;
//! - `place`: a user's folders, and the command run among them;
//! - `publish`: extensions to publish, and registries to publish them in;
//! - `guests`: the prebuilt guests, a host for them, and guests made on the spot;
//! - `server`: a web server that misbehaves, a real one, and archives to serve;
//! - `npm`: a registry of npm packages;
//! - `files`: folders, copied and compared;
//! - `git`: a Git repository;
//! - `toolchain`: the compiler of this machine;
//! - `zed`: a registry that speaks Zed's interface.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "each suite uses a part of it; it looks at files behind the library's back, and a helper that fails fails its test"
)]

pub mod files;
pub mod git;
pub mod guests;
pub mod npm;
#[cfg(feature = "cli")]
pub mod place;
pub mod publish;
pub mod server;
mod skip;
pub mod toolchain;
pub mod zed;

pub use self::skip::skip;
