//! The store as a whole: registries are published into folders, read from there, and installed from
//! with guests that are called. What goes wrong is made to go wrong: damaged and hostile archives,
//! dropped futures, killed processes, full disks, servers that misbehave.
#![expect(
    clippy::disallowed_methods,
    reason = "a test sets up and damages files as a stranger would"
)]
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "these are tests, whose helpers are no test functions"
)]

mod activation;
mod audit;
mod child;
mod contributions;
mod dev;
mod disable;
mod events;
mod history;
mod install;
mod interrupt;
mod languages;
mod live;
mod log;
mod manifests;
mod outage;
mod packed;
mod place;
mod probation;
mod refuse;
mod servers;
mod space;
#[path = "../support/mod.rs"]
mod support;
mod update;
mod withdrawal;
