//! What looking after extensions costs, beside the bare engine, in one run: `cargo bench --bench supervision`.
//!
//! - `respawn.rs`: from a trap to the next answer;
//! - `limits.rs`: what all limits together cost a call;
//! - `neighbours.rs`: how long calls of one extension take while another misbehaves;
//! - `secondary.rs`: how long labels wait while their extension waits for its host;
//! - `installed.rs`: the start of a host with 1,400 extensions installed, none of which is used.
//!
//! `bare.rs` of the bench `speed` is the bare side.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    dead_code,
    reason = "a benchmark prints, looks at files, and shares its bare side with another"
)]

#[path = "../speed/bare.rs"]
mod bare;
mod installed;
mod limits;
mod neighbours;
mod respawn;
mod secondary;
#[path = "../table.rs"]
mod table;
#[path = "../speed/turns.rs"]
mod turns;

use std::{path::Path, sync::Arc};

use annexe::{
    CacheConfiguration, Extension, HostBuilder, Identity,
    delegate::{LocalWorktree, SharedWorktree},
};

fn main() {
    if let Some(store) = std::env::var_os("ANNEXE_BENCH_MEMORY") {
        return installed::measure(Path::new(&store));
    }
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{}", table::machine());
    respawn::run(folder.path());
    limits::run(folder.path());
    neighbours::run(folder.path());
    secondary::run(folder.path());
    installed::run(folder.path());
}

/// The guest that all of this is measured with.
fn guest() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join("tests/guests/prebuilt/api-0.6.0.wasm")).expect("the prebuilt guest")
}

/// A host with a compiled cache in `folder`.
fn host(folder: &Path) -> HostBuilder {
    let (cache, key) = (folder.join("cache"), folder.join("key"));
    annexe::Host::builder().cache(CacheConfiguration::new(cache, key))
}

/// Starts the guest under an id.
async fn start(host: &annexe::Host, folder: &Path, id: &str) -> Extension {
    let component = host.compile(guest()).await.expect("compiled");
    let identity = Identity::new(id.parse().expect("an id"), folder.join("work").join(id));
    host.start(&component, identity).await.expect("started")
}

fn worktree(folder: &Path) -> SharedWorktree {
    Arc::new(LocalWorktree::new(1, folder, Vec::new()))
}

/// Has the guest do what a verb says; whether it did.
async fn ask(extension: &Extension, worktree: &SharedWorktree, verb: &str) -> bool {
    let answer = extension.language_server_command(verb.into(), worktree.clone());
    answer.await.is_ok()
}

/// A runtime of one thread, as a small editor would have it.
fn one_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
