//! How fast extensions start and answer, beside the bare engine, in one run: `cargo bench`.
//!
//! Every figure is a ratio or a difference of medians; the two sides of each are measured in turn,
//! round by round, so that what else the machine does hits both. The bare engine (`bare.rs`) is what a
//! careful embedder would write for one world by hand: the same settings, the same authentication of
//! the compiled code, no queue, no limits beyond memory, no second version.
//!
//! `ANNEXE_BENCH_COMPONENTS` names a folder of `.wasm` files to start in place of the prebuilt guests.
//! Components in `target/foreign/` (made by `.ci/build-foreign`) get a table of their own.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark prints and looks at files"
)]

mod bare;
mod calls;
mod foreign;
mod load;
mod memory;
#[path = "../table.rs"]
mod table;
mod turns;

use std::path::{Path, PathBuf};

fn main() {
    if let Some(side) = std::env::var_os("ANNEXE_BENCH_MEMORY") {
        return memory::measure(&side.to_string_lossy());
    }
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{}\n", table::machine());
    load::run(folder.path());
    calls::run(folder.path());
    memory::run();
    foreign::run(folder.path());
}

/// The components to start: those of a folder, or the prebuilt guests.
fn components() -> Vec<PathBuf> {
    let named = std::env::var_os("ANNEXE_BENCH_COMPONENTS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join("tests/guests/prebuilt"));
    wasm_files(&folder)
}

fn wasm_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The guest built with the newest API.
fn newest_guest() -> Vec<u8> {
    std::fs::read(root().join("tests/guests/prebuilt/api-0.7.0.wasm")).expect("the prebuilt guest")
}

/// A runtime as a small editor would have it.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
