//! `annexe mcp` before an agent: the test or an official SDK is the agent, the server is a script or a real one, and what
//! becomes it is the real command.
#![cfg(all(unix, feature = "cli"))]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out files as a user would, and fails by panicking"
)]

mod agent;
mod becoming;
mod commands;
mod gates;
mod refusals;
mod sdk;
mod stand_in;
#[path = "../support/mod.rs"]
mod support;
