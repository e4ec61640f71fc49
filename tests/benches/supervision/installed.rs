//! The start of a host with 1,400 extensions installed, none of which is used.

use std::{fs, path::Path, process::Command};

use annexe::{
    ExtensionStore, StoreConfiguration,
    manifest::Trigger,
    registry::{Location, Registry},
    store::Installed,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    host, one_thread,
    table::{ratio, timed},
    turns::in_turn,
};

const EXTENSIONS: usize = 1_400;
const ROUNDS: usize = 40;

/// The most private memory, in KiB, over that of a host with nothing installed.
const MOST_KIBIBYTES: f64 = 10.0 * 1024.0;

/// The one file that lists what is installed.
#[derive(Deserialize)]
struct List {
    extensions: Vec<Installed>,
}

pub(crate) fn run(folder: &Path) {
    let runtime = one_thread();
    let full = folder.join("full");
    runtime.block_on(fill(folder, &full));
    let list = full.join("generations/1.json");
    let bytes = fs::metadata(&list).expect("the list").len();
    println!(
        "\n{:<58} {:>10} {:>10}",
        format!(
            "a host with {EXTENSIONS} installed, none used ({} kB of list)",
            bytes / 1000
        ),
        "annexe",
        "bare"
    );
    let (ours, bare) = in_turn(
        ROUNDS,
        || timed(|| runtime.block_on(start(folder, &full))).0,
        || {
            timed(|| {
                let content = fs::read(&list).expect("read");
                let list: List = serde_json::from_slice(&content).expect("parsed");
                assert_eq!(list.extensions.len(), EXTENSIONS);
            })
            .0
        },
    );
    ratio(
        "start, with the list known; reading and parsing the list",
        ours,
        bare,
        1.5,
    );
    let empty = folder.join("empty");
    let [ours, bare] = [&full, &empty].map(|store| facts(store));
    let (Some(ours), Some(bare)) = (ours, bare) else {
        println!("memory cannot be measured here: it needs /proc");
        return;
    };
    let over = ours.kibibytes - bare.kibibytes;
    let verdict = if over <= MOST_KIBIBYTES {
        "met"
    } else {
        "missed"
    };
    println!(
        "private memory over a host with nothing installed: {over:.0} KiB, target <= {MOST_KIBIBYTES:.0} KiB {verdict}"
    );
    println!(
        "threads {} (empty host {}), compiled components mapped {}, in the cache {}",
        ours.threads, bare.threads, ours.mapped, ours.cached
    );
}

/// Opens a store and asks for what a language needs, which nothing does.
async fn start(folder: &Path, store: &Path) {
    let host = host(folder).build().expect("a host");
    let configuration = StoreConfiguration::new(store);
    let store = ExtensionStore::open(configuration, host).expect("a store");
    let live = store.live();
    let started = live.start_up().await.expect("started");
    assert!(started.extensions.is_empty());
    let trigger = Trigger::Language("COBOL".into());
    assert!(live.needed_for(&trigger).await.expect("known").is_empty());
}

/// Installs one extension, and makes a list of many out of its entry.
async fn fill(folder: &Path, store: &Path) {
    let registry = Registry::open(&Location::Embedded).await.expect("opened");
    let other = folder.join("other");
    let opened = ExtensionStore::open(
        StoreConfiguration::new(store),
        host(&other).build().expect("a host"),
    )
    .expect("a store");
    let (id, any) = ("taplo".parse().expect("an id"), "*".parse().expect("all"));
    opened
        .install(&registry, &id, &any)
        .await
        .expect("installed");
    drop(opened);
    let list_file = store.join("generations/1.json");
    let text = fs::read_to_string(&list_file).expect("the list");
    let mut list: Value = serde_json::from_str(&text).expect("JSON");
    let one = list["extensions"][0].clone();
    let many = (0..EXTENSIONS).map(|number| {
        let mut entry = one.clone();
        entry["id"] = json!(format!("taplo-{number:04}"));
        entry
    });
    list["extensions"] = many.collect();
    fs::write(&list_file, list.to_string()).expect("written");
}

/// What a process needs that has started a host.
struct Facts {
    kibibytes: f64,
    threads: usize,
    mapped: usize,
    cached: u64,
}

/// Starts a host in a process of its own.
fn facts(store: &Path) -> Option<Facts> {
    let this = std::env::current_exe().ok()?;
    let output = Command::new(this)
        .env("ANNEXE_BENCH_MEMORY", store)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut words = text.split_whitespace();
    Some(Facts {
        kibibytes: words.next()?.parse().ok()?,
        threads: words.next()?.parse().ok()?,
        mapped: words.next()?.parse().ok()?,
        cached: words.next()?.parse().ok()?,
    })
}

/// In the process that [`facts`] has started: prints what it needs.
pub(crate) fn measure(store: &Path) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = one_thread();
    let host = host(folder.path()).build().expect("a host");
    let opened = ExtensionStore::open(StoreConfiguration::new(store), host).expect("a store");
    let live = opened.live();
    runtime.block_on(async {
        assert!(
            live.start_up()
                .await
                .expect("started")
                .extensions
                .is_empty()
        );
    });
    let threads = fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    runtime.block_on(async {
        let trigger = Trigger::Language("COBOL".into());
        assert!(live.needed_for(&trigger).await.expect("known").is_empty());
    });
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mapped = maps.lines().filter(|line| line.contains(".cwasm")).count();
    let cached = opened.host().cache_size().expect("counted").entries;
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let private: f64 = rollup
        .lines()
        .filter(|line| line.starts_with("Private_"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
        .sum();
    println!("{private} {threads} {mapped} {cached}");
}
