//! How many requests the store makes and how long its changes take, beside the bare network and the bare
//! engine, in one run: `cargo bench --bench store`; with `-- list`, what listing costs alone.
//!
//! The web server is on this machine and answers late, as one would that is 50 ms away (`server.rs`): what
//! is measured is how often the store waits for it, and what it does meanwhile. It runs on the same
//! processors as the store; its work is in both sides of each ratio.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark prints and looks at files"
)]

mod bare;
mod bundle;
mod effort;
mod figures;
mod install;
mod list;
mod memory;
mod place;
mod publisher;
mod server;
#[path = "../../support/mod.rs"]
mod support;
mod sync;
#[path = "../table.rs"]
mod table;
mod update;
mod zed;

use std::{path::Path, time::Duration};

/// How far away the web server is: the time from a request to the first byte of its answer.
const ROUND_TRIP: Duration = Duration::from_millis(50);

fn main() {
    if let Some(base) = std::env::var_os("ANNEXE_BENCH_MEMORY") {
        return memory::measure(&base.to_string_lossy());
    }
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if std::env::args().any(|argument| argument == "list") {
        return list::run();
    }
    if std::env::args().any(|argument| argument == "zed") {
        return zed::run();
    }
    if std::env::args().any(|argument| argument == "bundle") {
        return bundle::run();
    }
    println!(
        "{}; the web server is {} ms away",
        table::machine(),
        ROUND_TRIP.as_millis()
    );
    list::run();
    update::run();
    zed::run();
    install::run();
    sync::run();
    bundle::run();
    memory::run();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A runtime as a small editor would have it.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
