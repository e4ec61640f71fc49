//! Installing what a lockfile says on a machine that has nothing.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use annexe::types::VersionRequirement;
use annexe::{
    registry::format::VersionLine,
    store::{ChangeOptions, InstallRequest, Lockfile},
};
use wasm_encoder::{CustomSection, Encode as _, Section as _};

use crate::{
    ROUND_TRIP, bare,
    effort::{Effort, metered},
    figures::{beside, faster, head, plain_bare},
    place::Place,
    publisher::{self, NAME},
    root, runtime,
    server::Server,
    table::{median, ratio, timed},
};

pub(crate) const EXTENSIONS: usize = 50;
const ROUNDS: usize = 5;

pub(crate) fn run() {
    let shelf = Place::new();
    let registry = shelf.path("registry");
    publisher::init(&registry);
    let components = components();
    let lines: Vec<VersionLine> = components
        .iter()
        .enumerate()
        .map(|(number, wasm)| publisher::server(&format!("server-{number}"), wasm.clone()))
        .map(|package| package.publish(&registry))
        .collect();
    let lockfile = lockfile(&lines);
    let server = Server::start(&registry, ROUND_TRIP);
    let addresses: Vec<String> = lines
        .iter()
        .map(|line| format!("{}{}", server.base, publisher::archive_path(line)))
        .collect();

    let (mut cold, mut network, mut compile) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let place = Place::new();
        cold.push(metered(|| {
            sync(&place, &place.path(""), &server, &lockfile)
        }));
        network.push(bare::download(&addresses));
        compile.push(metered(|| bare::compile(&components)));
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let spread = |time: Duration| time / u32::try_from(processors).unwrap_or(1);
    let network = median(network);
    let compiling = spread(least(&compile, |effort| effort.time));
    let title = format!("sync of {EXTENSIONS} extensions with components, nothing compiled");
    head(&title, "annexe", "bare");
    plain_bare(
        "the network alone: the same archives, 16 at a time",
        network,
    );
    let label = format!("compiling alone: one processor's time / {processors}");
    plain_bare(&label, compiling);
    let syncing = least(&cold, |effort| effort.time);
    let longer = network.max(compiling);
    ratio("sync, beside the longer of them", syncing, longer, 1.2);
    // A sync uses all processors, so all that other programs do delays it; compiling on one does not.
    let syncing = least(&cold, |effort| {
        effort.time.saturating_sub(spread(effort.elsewhere))
    });
    let compiling = spread(least(&compile, |effort| effort.own));
    let longer = network.max(compiling);
    let label = "the same, without the work of other programs meanwhile";
    ratio(label, syncing, longer, 1.2);
    let (ours, bare) = (
        least(&cold, |effort| effort.own),
        least(&compile, |effort| effort.own),
    );
    beside("processor time: sync, beside compiling alone", ours, bare);

    let compiled = Place::new();
    sync(&compiled, &compiled.path(""), &server, &lockfile);
    let (mut warm, mut singly) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let place = Place::new();
        warm.push(sync(&place, &compiled.path(""), &server, &lockfile));
        let place = Place::new();
        singly.push(one_by_one(&place, &compiled.path(""), &server, &lines));
    }
    let title = format!("sync of {EXTENSIONS} extensions with components, all compiled");
    head(&title, "sync", "one by one");
    faster(
        "as one change, beside one change each",
        median(warm),
        median(singly),
        5.0,
    );
}

/// The least of some measure: what else the machine does only adds to it.
fn least(rounds: &[Effort], measure: impl Fn(&Effort) -> Duration) -> Duration {
    rounds.iter().map(measure).min().unwrap_or_default()
}

/// How long a new process takes to make an empty store what the lockfile says.
pub(crate) fn sync(
    place: &Place,
    compiled: &Path,
    server: &Server,
    lockfile: &Lockfile,
) -> Duration {
    let (store, sources) = (
        place.store_compiling_into(compiled),
        place.sources(&server.base, NAME),
    );
    let options = ChangeOptions::new(&sources);
    let (time, outcome) = timed(|| runtime().block_on(store.sync(lockfile, &options)));
    assert_eq!(outcome.expect("synced").receipts.len(), EXTENSIONS);
    time
}

/// How long a process takes to install the same extensions one after the other. It keeps its connection,
/// and what it knows of the registry's configuration, from one to the next.
fn one_by_one(place: &Place, compiled: &Path, server: &Server, lines: &[VersionLine]) -> Duration {
    let (store, sources) = (
        place.store_compiling_into(compiled),
        place.sources(&server.base, NAME),
    );
    let options = ChangeOptions::new(&sources);
    let runtime = runtime();
    let (time, ()) = timed(|| {
        for line in lines {
            let wanted = InstallRequest::Extension {
                id: line.id.clone(),
                requirement: VersionRequirement::STAR,
            };
            let outcome = runtime.block_on(store.install_all(&[wanted], &options));
            assert_eq!(outcome.expect("installed").receipts.len(), 1);
        }
    });
    time
}

/// The prebuilt guests again and again, each time with a section of its own, so that none is compiled
/// already.
pub(crate) fn components() -> Vec<Vec<u8>> {
    let folder = root().join("tests/guests/prebuilt");
    let mut guests: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the guests")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|it| it == "wasm"))
        .collect();
    guests.sort();
    let guests = guests.iter().cycle().take(EXTENSIONS).enumerate();
    guests
        .map(|(number, path)| {
            let mut wasm = std::fs::read(path).expect("a guest");
            let own = number.to_le_bytes();
            let section = CustomSection {
                name: "number".into(),
                data: own.as_slice().into(),
            };
            wasm.push(section.id());
            section.encode(&mut wasm);
            wasm
        })
        .collect()
}

pub(crate) fn lockfile(lines: &[VersionLine]) -> Lockfile {
    let mut text = String::from("version = 1\n");
    for line in lines {
        let api = line.api.as_ref().expect("a component");
        let digest = line.digest().expect("a digest");
        text.push_str(&format!(
            "[[extension]]\nid = \"{}\"\nversion = \"{}\"\nfamily = \"{}\"\napi = \"{api}\"\n\
             registry = \"{NAME}\"\nsha256 = \"{}\"\nsize = {}\n",
            line.id, line.version, line.family, digest.sha256, digest.size
        ));
    }
    Lockfile::parse(&text).expect("a lockfile")
}
