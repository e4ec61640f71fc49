//! How long it takes from a saved file to the new build answering a call, beside the bare `cargo build` and
//! the bare compilation of the same change, in one run: `cargo bench --bench dev`.
//!
//! The extension is the sample `lldb` (a component of some 220 KB), built for release. In each round one line
//! of it changes; both sides build that change in turn, each into a folder of its own, with the same flags.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark prints, looks at files, and ends where it cannot measure"
)]

#[path = "../table.rs"]
#[allow(dead_code, reason = "no ratio is measured here")]
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use annexe::{
    CacheConfiguration, CallResources, ExtensionStore, Host, StoreConfiguration,
    builder::{BuildConfiguration, Builder, Profile},
    dev::DevEvent,
    store::{NoReporter, RunningExtensions},
    types::ExtensionId,
};
use serde_json::json;
use tokio::sync::mpsc;

/// How often the line changes.
const ROUNDS: usize = 16;

/// The longest that the way from a saved file to an answer may be over the bare build.
const MOST_OVER: Duration = Duration::from_millis(100);

/// The file that changes, and the words in it that are replaced by others.
const CHANGED: (&str, &str) = ("src/lib.rs", "this extension has the locator");

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let [ours, theirs] = ["ours", "bare"].map(|name| folder.join(name).join("lldb"));
    for sources in [&ours, &theirs] {
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("extensions/lldb"),
            sources,
        );
    }
    let bare = Bare::new(&theirs);
    if !bare.can_build() {
        println!("skipped: the sample `lldb` cannot be built here");
        return;
    }
    println!(
        "{}; debounce {} ms",
        table::machine(),
        annexe::dev::QUIET.as_millis()
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(&folder, &ours, &bare));
}

async fn run(folder: &Path, sources: &Path, bare: &Bare) {
    let cache = CacheConfiguration::new(folder.join("cache"), folder.join("cache.key"));
    let host = Host::builder().cache(cache).build().unwrap();
    let store = ExtensionStore::open(StoreConfiguration::new(folder.join("store")), host).unwrap();
    let live = store.live(Arc::new(NoReporter));
    let builder = Builder::new(BuildConfiguration {
        folder: folder.join("build"),
    });
    let (tell, mut events) = mpsc::unbounded_channel();
    let dev = store
        .dev(sources, builder)
        .profile(Profile::Release)
        .live(live.clone());
    let task = tokio::spawn(dev.run(move |event| drop(tell.send(event))));
    served(&mut events).await;

    let (mut ours, mut cargos, mut compiles) = (Vec::new(), Vec::new(), Vec::new());
    let (mut noticed, mut built, mut rest_of) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let words = format!("round {round}: it has the locator");
        // Neither side begins while the other's build is written to disk, nor is always the second one.
        rest().await;
        let bare_first = round % 2 == 0;
        let mut measured = bare_first.then(|| bare.change(&words));
        rest().await;
        let began = Instant::now();
        while events.try_recv().is_ok() {}
        change(sources, &words);
        let phases = phases(&mut events).await;
        until_answer(&live, &words).await;
        let ended = Instant::now();
        ours.push(ended - began);
        noticed.push(phases.building - began);
        built.push(phases.compiled - phases.building);
        rest_of.push(ended - phases.compiled);
        if measured.is_none() {
            rest().await;
            measured = Some(bare.change(&words));
        }
        let (cargo, compile) = measured.unwrap();
        cargos.push(cargo);
        compiles.push(compile);
    }
    task.abort();

    let both = cargos.iter().zip(&compiles);
    let both: Vec<Duration> = both.map(|(one, other)| *one + *other).collect();
    // Cargo takes longer one time and shorter the next, and whoever is first in a round waits for the disk: of
    // the two sides, each was as often the first.
    let over =
        table::median(ours.clone()).as_secs_f64() - table::median(both.clone()).as_secs_f64();
    println!("one changed line, median of {ROUNDS}");
    row("bare: cargo build --release", table::median(cargos));
    row("bare: compiling the component", table::median(compiles));
    row("bare: both", table::median(both));
    row(
        "annexe: from the saved file to the answer",
        table::median(ours),
    );
    row("  until the change is noticed", table::median(noticed));
    row("  until cargo has built", table::median(built));
    row("  until the answer", table::median(rest_of));
    let verdict = if over <= MOST_OVER.as_secs_f64() {
        "met"
    } else {
        "missed"
    };
    println!(
        "{:<58} {:>7.1} ms  target <= {} {verdict}",
        "over, difference of the medians",
        over * 1e3,
        table::microseconds(MOST_OVER)
    );
}

/// The bare side: cargo and the engine, called directly.
struct Bare {
    sources: PathBuf,
    engine: wasmtime::Engine,
}

impl Bare {
    fn new(sources: &Path) -> Self {
        let mut configuration = wasmtime::Config::new();
        configuration.epoch_interruption(true);
        Self {
            sources: sources.to_path_buf(),
            engine: wasmtime::Engine::new(&configuration).unwrap(),
        }
    }

    fn can_build(&self) -> bool {
        self.cargo()
            .stderr(Stdio::inherit())
            .status()
            .is_ok_and(|it| it.success())
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .args([
                "build",
                "--lib",
                "--release",
                "--locked",
                "--target",
                "wasm32-wasip2",
            ])
            .arg("--target-dir")
            .arg(self.sources.with_file_name("target"))
            .env("RUSTC_WRAPPER", "")
            .current_dir(&self.sources)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        cargo
    }

    /// Builds a change; gives the times of cargo and of the engine.
    fn change(&self, words: &str) -> (Duration, Duration) {
        change(&self.sources, words);
        let (cargo, status) = table::timed(|| self.cargo().status());
        assert!(status.unwrap().success());
        let wasm = self
            .sources
            .with_file_name("target/wasm32-wasip2/release/lldb.wasm");
        let wasm = fs::read(wasm).unwrap();
        let (compile, component) =
            table::timed(|| wasmtime::component::Component::new(&self.engine, &wasm));
        component.unwrap();
        (cargo, compile)
    }
}

/// Writes other words into the file, in one step.
fn change(sources: &Path, words: &str) {
    let (path, original) = CHANGED;
    let template = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("extensions/lldb")
        .join(path);
    let text = fs::read_to_string(template).unwrap();
    assert!(text.contains(original));
    fs::write(sources.join(path), text.replace(original, words)).unwrap();
}

async fn until_answer(live: &RunningExtensions, words: &str) {
    let id: ExtensionId = "lldb".parse().unwrap();
    let task = json!({"label": "", "command": "", "args": [], "env": [], "cwd": null});
    loop {
        if let Some(extension) = live.get(&id) {
            let resources = CallResources::default();
            let arguments = json!(["none", task]);
            let call = extension.call_by_name("run-dap-locator", arguments, &resources);
            let error = call.await.unwrap_err().to_string();
            if error.contains(words) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// When a build began, and when cargo was done.
struct Phases {
    building: Instant,
    compiled: Instant,
}

/// Follows a build until it is in service.
async fn phases(events: &mut mpsc::UnboundedReceiver<DevEvent>) -> Phases {
    let now = Instant::now();
    let (mut building, mut compiled) = (now, now);
    loop {
        match events.recv().await {
            Some(DevEvent::Building { .. }) => building = Instant::now(),
            Some(DevEvent::Line(line)) if line.contains("Finished") => compiled = Instant::now(),
            Some(DevEvent::Serving(_)) => return Phases { building, compiled },
            Some(DevEvent::Failed { error, .. }) => panic!("{error:?}"),
            Some(_) => {}
            None => panic!("it has ended"),
        }
    }
}

async fn served(events: &mut mpsc::UnboundedReceiver<DevEvent>) {
    loop {
        match events.recv().await {
            Some(DevEvent::Serving(_)) => return,
            Some(DevEvent::Failed { error, .. }) => panic!("{error:?}"),
            Some(_) => {}
            None => panic!("it has ended"),
        }
    }
}

async fn rest() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

fn row(what: &str, time: Duration) {
    println!("{what:<58} {:>10}", table::microseconds(time));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != "target" {
                copy(&entry.path(), &target);
            }
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
