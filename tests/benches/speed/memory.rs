//! Private memory of extensions that run and do nothing, each side in a process of its own.

use std::{path::Path, process::Command};

use crate::{bare::Bare, load, newest_guest, runtime};

const INSTANCES: usize = 100;

/// Prints what one more idle extension costs on each side.
pub(crate) fn run() {
    println!("\nprivate memory of an idle extension, of {INSTANCES} from one component");
    let side = |side: &str| -> Option<f64> {
        let this = std::env::current_exe().ok()?;
        let output = Command::new(this)
            .env("ANNEXE_BENCH_MEMORY", side)
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    match (side("annexe"), side("bare")) {
        (Some(ours), Some(bare)) => {
            let over = ours - bare;
            let verdict = if over <= 64.0 { "met" } else { "missed" };
            println!(
                "annexe {ours:.1} KiB, bare {bare:.1} KiB: {over:.1} KiB over, target <= 64 KiB {verdict}"
            );
        }
        _ => println!("cannot be measured here: it needs /proc/self/smaps_rollup"),
    }
}

/// One side, in the process that [`run`] has started: prints KiB for each instance.
pub(crate) fn measure(side: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = runtime();
    let identity = load::identity(folder.path());
    let wasm = newest_guest();
    let kibibytes = if side == "annexe" {
        let host = load::host(folder.path());
        let component = runtime.block_on(host.compile(wasm)).expect("compiled");
        growth(|| {
            runtime
                .block_on(host.start(&component, identity.clone()))
                .expect("started")
        })
    } else {
        let bare = Bare::new(&folder.path().join("bare"));
        let component = bare.map(&bare.compile("guest", &wasm));
        let linked = bare
            .linker(&component)
            .instantiate_pre(&component)
            .expect("linked");
        growth(|| runtime.block_on(bare.start(&linked, &identity.work_dir)))
    };
    if let Some(kibibytes) = kibibytes {
        println!("{kibibytes}");
    }
}

/// The growth of private memory by an instance; the first ones are not counted.
fn growth<T>(mut start: impl FnMut() -> T) -> Option<f64> {
    let mut kept: Vec<T> = (0..10).map(|_| start()).collect();
    let before = private()?;
    kept.extend((0..INSTANCES).map(|_| start()));
    let after = private()?;
    drop(kept);
    Some((after - before) / INSTANCES as f64)
}

/// The private memory of this process in KiB.
fn private() -> Option<f64> {
    let rollup = std::fs::read_to_string(Path::new("/proc/self/smaps_rollup")).ok()?;
    let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
    Some(
        lines
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
            .sum(),
    )
}
