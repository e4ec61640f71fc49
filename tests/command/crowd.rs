//! Eight processes at a time on one store and one compiled cache, with extensions from everywhere they can come from.
//!
//! `ANNEXE_STRESS_SECONDS` says how long they go on, in place of a few commands each, and
//! `ANNEXE_STRESS_SEED` what they do.

mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Value, json};

use self::sources::{OF_ZED, Sources};
use crate::support::{
    place::{Place, Ran},
    server::background::Server,
};

const PROCESSES: u64 = 8;
const COMMANDS_OF_EACH: u32 = 9;

/// The extensions that have a component.
const WITH_COMPONENT: [&str; 2] = ["echo", "other"];

/// A command that one of the processes runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Install,
    Import,
    Update,
    Remove,
    Rollback,
    Pin,
    Unpin,
    List,
    Call,
    Collect,
    Verify,
}

/// As often as each is to come up.
const MIX: [Operation; 19] = [
    Operation::Install,
    Operation::Install,
    Operation::Install,
    Operation::Install,
    Operation::Install,
    Operation::Import,
    Operation::Import,
    Operation::Update,
    Operation::Update,
    Operation::Remove,
    Operation::Remove,
    Operation::Rollback,
    Operation::Rollback,
    Operation::Pin,
    Operation::Unpin,
    Operation::List,
    Operation::Call,
    Operation::Collect,
    Operation::Verify,
];

impl Operation {
    /// The only reasons for which it may fail: another process was quicker.
    fn excuses(self, id: &str) -> Vec<String> {
        let not_installed = format!("`{id}` is not installed");
        match self {
            Self::Remove | Self::Pin | Self::Unpin => vec![not_installed],
            Self::Call if WITH_COMPONENT.contains(&id) => vec![not_installed],
            // A theme has nothing to be called.
            Self::Call => vec![not_installed, format!("`{id}` has no component")],
            Self::Rollback => {
                vec!["there is nothing to go back to: the history begins here".into()]
            }
            Self::Install
            | Self::Import
            | Self::Update
            | Self::List
            | Self::Collect
            | Self::Verify => Vec::new(),
        }
    }
}

/// What the processes came to.
#[derive(Debug, Default)]
struct Tally {
    /// Of each operation how many were done, and how many could not be.
    operations: BTreeMap<Operation, (u32, u32)>,
    /// The generations that commands say they have made.
    generations: Vec<u64>,
    /// Changes that were made for certain.
    changes: u64,
    /// Changes that were made unless there was nothing to change.
    perhaps: u64,
    /// How many commands had to wait for another.
    waits: u32,
}

impl Tally {
    fn take(&mut self, other: Self) {
        for (operation, (done, excused)) in other.operations {
            let count = self.operations.entry(operation).or_default();
            count.0 += done;
            count.1 += excused;
        }
        self.generations.extend(other.generations);
        self.changes += other.changes;
        self.perhaps += other.perhaps;
        self.waits += other.waits;
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^= number >> 31;
        usize::try_from(number % limit as u64).unwrap()
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// One store, and one compiled cache, which is cold.
struct Crowd {
    place: Place,
    sources: Sources,
}

impl Crowd {
    fn new() -> (Self, Server) {
        let place = Place::new();
        let (sources, server) = Sources::new(&place);
        (Self { place, sources }, server)
    }

    fn cache(&self) -> PathBuf {
        self.place.path("cache")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.place.command();
        command.args(arguments);
        command.env("ANNEXE_CACHE", self.cache());
        Ran::of(command)
    }

    /// Runs a command that must succeed, with `--json`.
    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// What one process does.
    fn work(&self, mut random: Random, until: Option<Instant>) -> Tally {
        let mut tally = Tally::default();
        let goes_on = |round| match until {
            Some(until) => Instant::now() < until,
            None => round < COMMANDS_OF_EACH,
        };
        for _ in (0..).take_while(|round| goes_on(*round)) {
            let operation = *random.of(&MIX);
            self.operate(operation, &mut random, &mut tally);
        }
        tally
    }

    fn operate(&self, operation: Operation, random: &mut Random, tally: &mut Tally) {
        let id = *random.of(&match operation {
            Operation::Install => self.sources.installable(),
            _ => self.sources.all(),
        });
        let requirement = *random.of(&["", "@^1", "@=1.0.0", "@=1.1.0", "@=2.0.0"]);
        let install = self.sources.request(id, requirement);
        let import = self.sources.import();
        let keep = (random.below(12) + 1).to_string();
        let arguments: &[&str] = match operation {
            Operation::Install => &["install", &install, "--json"],
            Operation::Import => &import,
            Operation::Update => &["update", "--json"],
            Operation::Remove => &["remove", id],
            Operation::Rollback => &["rollback", "--json"],
            Operation::Pin => &["pin", id],
            Operation::Unpin => &["unpin", id],
            Operation::List => &["list", "--json"],
            Operation::Call => &["call", id, "language-server-command", "echo", "--json"],
            Operation::Collect => &["gc", "--keep", &keep],
            Operation::Verify => &["verify", "--json"],
        };
        let ran = self.run(arguments);
        let count = tally.operations.entry(operation).or_default();
        tally.waits += u32::from(ran.stderr.contains("waiting for "));
        if ran.code != 0 {
            let mut excuses = operation.excuses(id).into_iter();
            let is_excused = excuses.any(|words| ran.stderr.contains(&words));
            assert!(ran.code == 1 && is_excused, "{arguments:?}: {ran:?}");
            count.1 += 1;
            return;
        }
        count.0 += 1;
        let answer = || serde_json::from_str::<Value>(&ran.stdout).unwrap();
        match operation {
            Operation::Install => {
                tally.changes += u64::from(answer()[0]["unchanged"] == false);
            }
            Operation::Import => {
                let receipts = answer()["receipts"].as_array().unwrap().len();
                tally.changes += u64::from(receipts > 0);
            }
            Operation::Update => {
                let generation = answer()["generation"].as_u64();
                tally.changes += u64::from(generation.is_some());
                tally.generations.extend(generation);
            }
            Operation::Rollback => {
                tally.changes += 1;
                tally.generations.push(answer()["number"].as_u64().unwrap());
            }
            Operation::Remove => tally.changes += 1,
            Operation::Pin | Operation::Unpin => tally.perhaps += 1,
            Operation::List | Operation::Call | Operation::Collect | Operation::Verify => {}
        }
    }

    /// Every change is there that was said to be made, unless it was collected.
    fn check_history(&self, tally: &Tally) {
        let history = self.json(&["history"]);
        let history: Vec<u64> = history.as_array().unwrap().iter().map(number).collect();
        let last = history.first().copied().unwrap_or(0);
        let first = history.last().copied().unwrap_or(0);
        let chain: Vec<u64> = (first..=last).rev().filter(|number| *number > 0).collect();
        assert_eq!(history, chain, "the history has no gaps");

        let mut generations = tally.generations.clone();
        generations.sort_unstable();
        let count = generations.len();
        generations.dedup();
        assert_eq!(generations.len(), count, "no number was given twice");
        assert!(generations.iter().all(|number| *number <= last));
        let collected = generations.iter().filter(|number| **number < first);
        let collects = tally.operations.get(&Operation::Collect);
        assert!(collected.count() == 0 || collects.is_some_and(|count| count.0 > 0));
        // Numbers count the changes: had one been made over another, there were fewer.
        let possible = tally.changes..=tally.changes + tally.perhaps;
        assert!(possible.contains(&last), "{last} is not in {possible:?}");
        self.check_steps(&history);
    }

    /// Each change has changed what it says it has, and nothing that another has done besides.
    fn check_steps(&self, history: &[u64]) {
        let mut seeing = BTreeSet::new();
        for step in history.windows(2) {
            let [after, before] = [step[0], step[1]].map(|number| self.generation(number));
            assert_eq!(after["parent"], before["number"]);
            seeing.extend(installed(&after, OF_ZED).map(version_and_digest));
            let reason = after["reason"].as_str().unwrap();
            if reason.starts_with("roll back") {
                continue;
            }
            for id in self.sources.all() {
                let is_named = reason.split(' ').any(|word| word == id);
                let (now, then) = (installed(&after, id), installed(&before, id));
                assert_eq!(now != then, is_named, "{id}: {reason}\n{then:?}\n{now:?}");
            }
        }
        self.check_seen(&seeing);
    }

    fn generation(&self, number: u64) -> Value {
        let path = format!("generations/{number}.json");
        let content = std::fs::read(self.place.store().join(path)).unwrap();
        serde_json::from_slice(&content).unwrap()
    }

    fn check_installed(&self) {
        let verification = self.json(&["verify"]);
        for kind in ["problems", "leftovers"] {
            assert_eq!(verification[kind], json!([]), "{verification}");
        }
        for installed in self.json(&["list"]).as_array().unwrap() {
            let id = installed["id"].as_str().unwrap();
            if !WITH_COMPONENT.contains(&id) {
                let info = self.json(&["info", id]);
                assert_eq!(info["installed"]["offers"]["themes"], json!([]), "{info}");
                continue;
            }
            let answer = self.json(&["call", id, "language-server-command", "echo"]);
            assert_eq!(answer["args"], json!(["echo", "Rust"]));
        }
    }

    /// All archives are noted that were installed of a registry which does not say what they should be, each once.
    fn check_seen(&self, seeing: &BTreeSet<(String, String)>) {
        let Ok(content) = std::fs::read(self.place.store().join("seen-archives.json")) else {
            assert!(seeing.is_empty(), "{seeing:?}");
            return;
        };
        let seen: Value = serde_json::from_slice(&content).unwrap();
        let seen = seen["zed"][OF_ZED].as_array().unwrap().iter();
        let seen: Vec<_> = seen.map(version_and_digest).collect();
        let versions: BTreeSet<_> = seen.iter().map(|(version, _)| version).collect();
        assert_eq!(versions.len(), seen.len(), "{seen:?}");
        assert!(seeing.iter().all(|it| seen.contains(it)), "{seen:?}");
    }

    fn check_leftovers(&self) {
        self.place.assert_clean();
        let mut left = Vec::new();
        for folder in [self.place.store(), self.cache()] {
            temporary_files(&folder, &mut left);
        }
        assert!(left.is_empty(), "{left:?}");
    }
}

fn number(generation: &Value) -> u64 {
    generation["number"].as_u64().unwrap()
}

/// What a generation says of one extension.
fn installed<'a>(generation: &'a Value, id: &str) -> Option<&'a Value> {
    let mut extensions = generation["extensions"].as_array().unwrap().iter();
    extensions.find(|installed| installed["id"] == id)
}

fn version_and_digest(of: &Value) -> (String, String) {
    let text = |key: &str| of[key].as_str().unwrap().to_owned();
    (text("version"), text("sha256"))
}

fn temporary_files(folder: &Path, left: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if [".tmp", "change-", "git-"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            left.push(path);
        } else if path.is_dir() {
            temporary_files(&path, left);
        }
    }
}

/// A number that a variable of the environment gives.
fn given(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

/// Says that all is over when it is dropped, after a failure too.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn eight_processes_at_a_time_lose_nothing_and_break_nothing() {
    let seconds = given("ANNEXE_STRESS_SECONDS");
    let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let seed = given("ANNEXE_STRESS_SEED").unwrap_or_else(|| seconds.map_or(1, |_| now()));
    println!("seed {seed}");
    let (crowd, _server) = Crowd::new();
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut tally = Tally::default();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let crowd = &crowd;
        let is_over = Over(&is_over);
        let is_heard = is_over.0;
        scope.spawn(move || crowd.sources.change(&crowd.place, is_heard));
        let processes: Vec<_> = (0..PROCESSES)
            .map(|process| {
                let random = Random(seed.wrapping_mul(PROCESSES).wrapping_add(process));
                scope.spawn(move || crowd.work(random, until))
            })
            .collect();
        for process in processes {
            tally.take(process.join().unwrap());
        }
    });
    for (operation, (done, excused)) in &tally.operations {
        println!("{operation:?}: {done} done, {excused} came too late");
    }
    println!("{} waited for another", tally.waits);
    crowd.check_history(&tally);
    crowd.check_installed();
    crowd.check_leftovers();
}
