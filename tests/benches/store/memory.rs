//! Peak memory of an installation, by the size of the archive, each in a process of its own.

use std::{process::Command, time::Duration};

use annexe::store::{ChangeOptions, InstallRequest};
use annexe::types::VersionRequirement;

use crate::{
    figures::verdict,
    place::Place,
    publisher::{self, NAME, Package},
    runtime,
    server::Server,
};

const ID: &str = "icons";
const MEGABYTE: usize = 1 << 20;

/// How much more the large ones may take, of what the small one does.
const TARGET: f64 = 1.1;

/// Prints the peak memory of a process that installs a small archive, and of those that install large ones.
pub(crate) fn run() {
    println!("\npeak memory of a process that installs one extension without a component");
    let Some(small) = peak(1, MEGABYTE) else {
        println!("cannot be measured here: it needs /proc/self/status");
        return;
    };
    println!("{:<58} {:>6.1} MiB", "an archive of 1 MiB", small);
    for (files, bytes) in [(64, MEGABYTE), (1, 64 * MEGABYTE)] {
        let Some(large) = peak(files, bytes) else {
            println!("cannot be measured here");
            return;
        };
        let ratio = large / small;
        println!(
            "{:<58} {large:>6.1} MiB  {:+.1} MiB, ratio {ratio:.2}  target <= {TARGET:.2} {}",
            format!("one of 64 MiB, {files} in number its files"),
            large - small,
            verdict(ratio <= TARGET)
        );
    }
}

/// The peak memory in MiB of a process that installs an archive with so many files of so many bytes.
fn peak(files: usize, bytes: usize) -> Option<f64> {
    let shelf = Place::new();
    let registry = shelf.path("registry");
    publisher::init(&registry);
    let mut noise = blake3::Hasher::new().finalize_xof();
    let icons = (0..files).map(|number| {
        let mut content = vec![0; bytes];
        noise.fill(&mut content);
        (format!("icons/{number}.svg"), content)
    });
    let theme = "{\"name\": \"Icons\", \"author\": \"A\", \"themes\": []}\n";
    let theme = ("icon_themes/icons.json".into(), theme.into());
    let manifest = "icon_themes = [\"icon_themes/icons.json\"]\n";
    let package = Package {
        files: icons.chain([theme]).collect(),
        ..Package::of(ID, ID, "1.0.0", manifest)
    };
    let line = package.publish(&registry);
    assert!(line.digest().expect("a digest").size >= (files * bytes) as u64);
    let server = Server::start(&registry, Duration::ZERO);
    let this = std::env::current_exe().ok()?;
    let output = Command::new(this)
        .env("ANNEXE_BENCH_MEMORY", &server.base)
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Installs from `base`, in the process that [`run`] has started: prints its peak memory in MiB.
pub(crate) fn measure(base: &str) {
    let place = Place::new();
    let (store, sources) = (place.store(), place.sources(base, NAME));
    let wanted = InstallRequest::Extension {
        id: ID.parse().expect("an id"),
        requirement: VersionRequirement::STAR,
    };
    let options = ChangeOptions::new(&sources);
    let outcome = runtime().block_on(store.install_all(&[wanted], &options));
    assert_eq!(outcome.expect("installed").receipts.len(), 1);
    if let Some(kibibytes) = peak_resident() {
        println!("{}", kibibytes / 1024.0);
    }
}

/// The most memory this process has had, in KiB.
fn peak_resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line?.split_whitespace().next()?.parse().ok()
}
