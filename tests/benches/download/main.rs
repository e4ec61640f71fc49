//! What fetching a tool costs, beside the plain programs, in one run: `cargo bench --bench download`.
//!
//! - `service.rs`: a download as an extension asks for it, beside `curl | sha256sum`.
//! - `unpack.rs`: a release archive of a tool unpacked and moved into place, beside `tar xzf`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark prints and looks at files"
)]

mod server;
mod service;
#[path = "../table.rs"]
mod table;
mod unpack;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if service::measured_itself() {
        return;
    }
    println!("{}", table::machine());
    service::run();
    unpack::run();
}
