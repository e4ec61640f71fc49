//! The cost of the bridges between an editor and a language server or a debug adapter, and of becoming a context server,
//! beside a direct pipe, in one run:
//! `cargo bench --bench bridge`.
//!
//! The server is this program, played over the variable [`ROLE`]: it answers `initialize` and gives back what it gets. The
//! same frames go over a direct pipe, over the bridge (`annexe lsp bench -- …`), and over a relay that reads headers and
//! copies bodies and knows nothing else: what any bridge must do.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark prints and starts programs"
)]

mod client;
mod roles;
mod start;
#[path = "../table.rs"]
mod table;
mod tools;
mod traffic;

/// The variable that says which part this program plays: none is the benchmark.
const ROLE: &str = "ANNEXE_BENCH_ROLE";

fn main() {
    if let Ok(role) = std::env::var(ROLE) {
        return roles::play(&role);
    }
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("{}", table::machine());
    start::run();
    tools::run();
    traffic::run();
}
