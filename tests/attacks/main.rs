//! A hostile extension: the guest of every version of the API tries one attack after another, with what extensions are
//! granted by default and with next to nothing. Of each the answer is told beforehand, and the whole of what is
//! audited; nothing that was planted runs, and the guest goes on answering.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out files, and fails by panicking"
)]

mod audit;
mod disk;
mod environment;
mod floods;
mod links;
mod network;
mod npm;
mod place;
mod probes;
mod spelling;
mod starting;
#[path = "../support/mod.rs"]
mod support;
mod table;
