//! Making a machine without a network hold what a bundle has, beside `tar` and compiling.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use annexe::{
    registry::{Access, Sources},
    store::{Bundle, BundleOptions, ChangeOptions},
};

use crate::{
    ROUND_TRIP, bare,
    effort::metered,
    figures::{head, plain_bare},
    place::Place,
    publisher, runtime,
    server::Server,
    sync::{EXTENSIONS, components, lockfile, sync},
    table::{ratio, timed},
};

const ROUNDS: usize = 5;

pub(crate) fn run() {
    let shelf = Place::new();
    let registry = shelf.path("registry");
    publisher::init(&registry);
    let components = components();
    let packages = components.iter().enumerate();
    let packages =
        packages.map(|(number, wasm)| publisher::server(&format!("server-{number}"), wasm.clone()));
    let lines: Vec<_> = packages.map(|package| package.publish(&registry)).collect();
    let lockfile = lockfile(&lines);
    let server = Server::start(&registry, ROUND_TRIP);
    let maker = Place::new();
    sync(&maker, &maker.path(""), &server, &lockfile);
    let file = maker.path("bundle.tar");
    write(&maker, &lockfile, &file);

    let (mut synced, mut unpacked, mut compiled) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        synced.push(from_bundle(&Place::new(), &file));
        unpacked.push(untar(&Place::new(), &file));
        compiled.push(metered(|| bare::compile(&components)).time);
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let least = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default();
    let compiling = least(compiled) / u32::try_from(processors).unwrap_or(1);
    let unpacking = least(unpacked);
    let title = format!("a bundle of {EXTENSIONS} extensions with components, nothing compiled");
    head(&title, "annexe", "bare");
    plain_bare(
        "`tar -xf` alone, of the bundle and the archives in it",
        unpacking,
    );
    let label = format!("compiling alone: one processor's time / {processors}");
    plain_bare(&label, compiling);
    ratio(
        "sync, beside both together",
        least(synced),
        unpacking + compiling,
        1.4,
    );
}

fn write(place: &Place, lockfile: &annexe::store::Lockfile, file: &Path) {
    let sources = Sources::new(Vec::new(), Access::default());
    let folder = place.path("parts");
    std::fs::create_dir(&folder).expect("a folder");
    let options = BundleOptions::new(&sources, &folder);
    let store = place.store();
    let gathered = runtime().block_on(store.gather_bundle(lockfile, &options));
    let target = std::fs::File::create(file).expect("a file");
    gathered.expect("gathered").write(target).expect("written");
}

/// How long a new process takes to make an empty store what the bundle has.
fn from_bundle(place: &Place, file: &Path) -> Duration {
    let mut access = Access::default();
    access.offline = true;
    let sources = Sources::new(Vec::new(), access);
    let store = place.store();
    let (time, outcome) = timed(|| {
        let bundle = Arc::new(Bundle::open(file).expect("a bundle"));
        let options = ChangeOptions::new(&sources);
        runtime().block_on(store.sync_bundle(bundle, &options))
    });
    assert_eq!(outcome.expect("synced").receipts.len(), EXTENSIONS);
    time
}

/// How long `tar` takes to unpack the bundle, and each archive in it.
fn untar(place: &Place, file: &Path) -> Duration {
    let folder = place.path("unpacked");
    std::fs::create_dir(&folder).expect("a folder");
    let script = "tar -xf \"$1\" && find . -name '*.tar.gz' | while read -r it; do mkdir \"$it.files\" && tar -xzf \"$it\" -C \"$it.files\" || exit 1; done";
    let (time, status) = timed(|| {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg("sh").arg(file);
        command.current_dir(&folder).status()
    });
    assert!(status.expect("a shell").success());
    time
}
