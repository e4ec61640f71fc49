//! The scenarios, each struck at one call after the other.

use std::{
    fmt::Write as _,
    num::NonZero,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use nix::errno::Errno;

use super::{
    aftermath::{Expected, texts},
    backends,
    place::{Cache, Place, remove, warm_cache},
    scenario::{self, Scenario},
    tracer::Fate,
};

const FATES: [Fate; 3] = [
    Fate::Killed,
    Fate::Fails(Errno::ENOSPC),
    Fate::Fails(Errno::EIO),
];

/// How many points of a scenario are tried for each fate where not all are.
const SAMPLE: usize = 4;

/// How many failures are told.
const MOST_TOLD: usize = 20;

/// What has been tried, and what was wrong.
#[derive(Default)]
struct Tally {
    /// For each of [`FATES`].
    tried: [AtomicUsize; FATES.len()],
    /// How many of the errors kept the command from what was asked of it.
    mattered: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

#[test]
fn whatever_call_is_the_last_one_nothing_installed_is_lost() {
    let asked_for = std::env::var("ANNEXE_CRASH").unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    // In memory, where there is room: the faults are made, so no disk needs to be waited for.
    let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let memory = memory.unwrap();
    // What servers of an earlier run said, whose addresses the system gives again.
    remove_if_there(&warm_cache().join("index"));
    let probe = Place::new(&memory.path().join("probe"), Cache::Warm);
    if let Err(error) = probe.traced(&["list"], None) {
        crate::support::skip(
            "ptrace",
            format!("this process may not trace another: {error}"),
        );
        return;
    }
    let is_chosen = |scenario: &&Scenario| match &*asked_for {
        "" | "all" => true,
        names => names.split(',').any(|name| name == scenario.name),
    };
    let all = || scenario::ALL.iter().chain(backends::ALL);
    let chosen: Vec<&Scenario> = all().filter(is_chosen).collect();
    let names: Vec<_> = all().map(|scenario| scenario.name).collect();
    assert!(
        !chosen.is_empty(),
        "ANNEXE_CRASH is `all` or some of {names:?}, with commas between"
    );

    let tally = Tally::default();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(scenario) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let is_sample = asked_for.is_empty();
            let folder = match scenario.cache {
                Cache::Warm => memory.path(),
                // Code may not be run from everything in memory.
                Cache::Cold => folder.path(),
            };
            strike_all(scenario, folder, is_sample, &tally);
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });

    let [killed, full, broken] = tally.tried.map(AtomicUsize::into_inner);
    let mattered = tally.mattered.into_inner();
    println!(
        "killed at {killed} points, ENOSPC at {full}, EIO at {broken}; {mattered} of these errors mattered"
    );
    let wrong = tally.wrong.into_inner().unwrap();
    for one in wrong.iter().take(MOST_TOLD) {
        println!("\n{one}");
    }
    assert!(mattered > 0, "no call was made to fail");
    assert!(
        wrong.is_empty(),
        "{} points went wrong; the first {MOST_TOLD} are above",
        wrong.len()
    );
}

fn remove_if_there(folder: &Path) {
    if folder.exists() {
        remove(folder);
    }
}

/// Strikes one scenario at all its calls, or at a sample.
fn strike_all(scenario: &Scenario, folder: &Path, is_sample: bool, tally: &Tally) {
    let name = scenario.name;
    let mut place = Place::new(&folder.join(name), scenario.cache);
    scenario.prepare(&mut place);
    place.begin_again();
    let before = texts(&place, scenario);
    let (traced, ran) = place.traced(scenario.arguments, None).unwrap();
    assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
    let expected = Expected {
        scenario,
        before,
        after: texts(&place, scenario),
    };
    let listed = place.listed().unwrap();
    let listed: Vec<_> = listed.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(listed, scenario.after, "{name}");

    let points = traced.calls.len();
    let mut line = format!("{name}: {points} points");
    for (at, fate) in FATES.into_iter().enumerate() {
        // Other fates meet other points.
        let step = if is_sample {
            points.div_ceil(SAMPLE)
        } else {
            1
        };
        let first = 1 + at * step / FATES.len();
        let mut tried = 0;
        for number in (first..).step_by(step) {
            place.begin_again();
            let struck = place.traced(scenario.arguments, Some((number, fate)));
            let (traced, ran) = struck.unwrap();
            // The threads do not always make the same number of calls.
            let Some(call) = &traced.struck else { break };
            tried += 1;
            if ran.code == Some(1) {
                tally.mattered.fetch_add(1, Ordering::Relaxed);
            }
            let wrong = expected.wrong(&place, fate, &traced, &ran);
            if !wrong.is_empty() {
                let wrong = wrong.join("\n  ");
                let told = format!("{name}, point {number}, {fate} at {call}:\n  {wrong}");
                tally.wrong.lock().unwrap().push(told);
            }
        }
        tally.tried[at].fetch_add(tried, Ordering::Relaxed);
        // Writing to a string cannot fail.
        let _ = write!(line, ", {fate} at {tried}");
    }
    println!("{line}");
}
