//! What fetching a tool costs, beside the plain programs, in one run: `cargo bench --bench download`.
//!
//! - `unpack.rs`: a release archive of a tool unpacked and moved into place, beside `tar xzf`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark prints and looks at files"
)]

#[path = "../table.rs"]
mod table;
mod unpack;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("{}", table::machine());
    unpack::run();
}
