//! A download as an extension asks for it, beside `curl | sha256sum`, which writes nothing: from the same
//! server, by turns. And the peak memory of a process that makes one, by its size.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use annexe::{
    CacheConfiguration, Extension, Host, Identity, delegate::LocalWorktree, types::ServerId,
};

use crate::{
    server,
    table::{median, ratio, timed},
};

const BYTES: usize = 256 << 20;
const ROUNDS: usize = 9;

/// At least 0.9 times the speed, as a ratio of times.
const TARGET: f64 = 1.0 / 0.9;

/// How much more a large download may take, of what a small one does.
const MEMORY_TARGET: f64 = 1.1;

/// The argument with which this program measures itself: an address follows.
const PEAK: &str = "--peak-of-download";

pub(crate) fn run() {
    let base = server::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = runtime();
    let extension = runtime.block_on(extension(folder.path()));
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let url = format!("{base}/{BYTES}");
    for round in 0..ROUNDS {
        let mut sides = [true, false];
        sides.rotate_left(round % 2);
        for is_ours in sides {
            if is_ours {
                let verb = format!("download:{url} uncompressed file");
                let (time, ()) = timed(|| runtime.block_on(ask(&extension, folder.path(), &verb)));
                let file = folder.path().join("work/file");
                let length = std::fs::metadata(&file).expect("the file").len();
                assert_eq!(length, BYTES as u64);
                std::fs::remove_file(&file).expect("removed");
                ours.push(time);
            } else {
                let pipe = format!("curl --silent --fail {url} | sha256sum");
                let mut command = Command::new("sh");
                command.args(["-c", &pipe]);
                let (time, output) = timed(|| command.output().expect("`sh`"));
                assert!(output.status.success() && output.stdout.len() > 64);
                bare.push(time);
            }
        }
    }
    println!(
        "\na download of {} MiB by an extension: ours, `curl | sha256sum`",
        BYTES >> 20
    );
    let what = "fetched, hashed and written; fetched and hashed";
    ratio(what, median(ours), median(bare), TARGET);
    memory(&base);
}

/// Measures this process, where it was told to.
pub(crate) fn measured_itself() -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != PEAK);
    let (Some(_), Some(url)) = (arguments.next(), arguments.next()) else {
        return false;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    runtime().block_on(async {
        let extension = extension(folder.path()).await;
        let verb = format!("download:{url} uncompressed file");
        ask(&extension, folder.path(), &verb).await;
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap_or("0 kB").trim().trim_end_matches(" kB"));
    true
}

fn memory(base: &str) {
    println!("\npeak memory of a process that starts an extension which downloads");
    let peak = |mebibytes: usize| {
        let program = std::env::current_exe().expect("this program");
        let url = format!("{base}/{}", mebibytes << 20);
        let output = Command::new(program).args([PEAK, &url]).output();
        let output = output.expect("this program again").stdout;
        let kibibytes: f64 = String::from_utf8_lossy(&output)
            .trim()
            .parse()
            .unwrap_or(0.0);
        kibibytes / 1024.0
    };
    let (small, large) = (peak(1), peak(256));
    let ratio = large / small;
    let verdict = if ratio <= MEMORY_TARGET {
        "met"
    } else {
        "missed"
    };
    println!("{:<58} {small:>6.1} MiB", "1 MiB");
    println!(
        "{:<58} {large:>6.1} MiB  ratio {ratio:.2}  target <= {MEMORY_TARGET:.2} {verdict}",
        "256 MiB"
    );
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn extension(folder: &Path) -> Extension {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let cache = CacheConfiguration::new(cache.join("cache"), cache.join("cache-key"));
    let mut services = annexe::ServiceOptions::default();
    // The server is on this machine.
    services.http.private = vec!["127.0.0.0/8".parse().expect("a rule")];
    let host = Host::builder().cache(cache).services(services);
    let host = host.build().expect("a host");
    let guest = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/guests/prebuilt/api-0.7.0.wasm"
    );
    let wasm = std::fs::read(guest).expect("the guest");
    let component = host.compile(wasm).await.expect("compiled");
    let id = "guest".parse().expect("an id");
    let identity = Identity::new(id, folder.join("work"));
    host.start(&component, identity).await.expect("started")
}

async fn ask(extension: &Extension, folder: &Path, verb: &str) {
    let worktree = LocalWorktree::new(1, folder, Vec::new());
    let server = ServerId::new(verb, "Rust");
    let asked = extension.language_server_command(server, Arc::new(worktree));
    asked.await.expect("an answer");
}
