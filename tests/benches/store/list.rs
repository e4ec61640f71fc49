//! Listing 1,400 installed extensions, beside the command saying its version: what reading the store costs.

use std::{
    fs,
    io::{PipeWriter, Read as _, Write as _, pipe},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use annexe::store::{ChangeOptions, InstallRequest};
use annexe::types::VersionRequirement;

use crate::{
    figures::{head, verdict},
    place::Place,
    publisher::{self, NAME},
    runtime,
    table::{median, microseconds, timed},
};

const INSTALLED: usize = 1_400;
const ROUNDS: usize = 41;

/// The most time and memory that listing may take over saying the version.
const MOST_TIME: Duration = Duration::from_millis(10);
const MOST_KIBIBYTES: u64 = 6_000_000 / 1024;

/// The bytes that a pipe holds.
const PIPE_BYTES: usize = 64 << 10;

pub(crate) fn run() {
    let place = Place::new();
    fill(&place);
    let title = format!("the command, with {INSTALLED} extensions installed");
    head(&title, "list", "--version");
    let (mut lists, mut versions) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Each is as often the first of a round.
        let both: [&str; 2] = match round % 2 {
            0 => ["list", "--version"],
            _ => ["--version", "list"],
        };
        for argument in both {
            let (time, output) = timed(|| command(&place, argument).output().expect("started"));
            assert!(output.status.success());
            match argument {
                "list" => {
                    // With the head of the table.
                    let lines = output.stdout.iter().filter(|byte| **byte == b'\n').count();
                    assert_eq!(lines, INSTALLED + 1);
                    lists.push(time);
                }
                _ => versions.push(time),
            }
        }
    }
    let (list, version) = (median(lists), median(versions));
    let over = list.saturating_sub(version);
    println!(
        "{:<58} {:>10} {:>10}  over {:>9}  target <= {} {}",
        "time of the process",
        microseconds(list),
        microseconds(version),
        microseconds(over),
        microseconds(MOST_TIME),
        verdict(over <= MOST_TIME)
    );
    let (Some(list), Some(version)) = (memory(&place, "list"), memory(&place, "--version")) else {
        println!("memory cannot be measured here: it needs /proc");
        return;
    };
    let over = list.resident.saturating_sub(version.resident);
    println!(
        "{:<58} {:>6} KiB {:>6} KiB  over {over:>5} KiB  target <= {MOST_KIBIBYTES} KiB {}",
        "memory, the pages of the program's file too",
        list.resident,
        version.resident,
        verdict(over <= MOST_KIBIBYTES)
    );
    println!(
        "{:<58} {:>6} KiB {:>6} KiB  over {:>5} KiB",
        "of it private",
        list.private,
        version.private,
        list.private.saturating_sub(version.private)
    );
}

/// The memory of a process in KiB: its own, and the most it has had with the pages of files, which the system maps
/// sixteen at a time, shares between processes and takes back when it likes.
#[derive(Clone, Copy, PartialEq)]
struct Memory {
    private: u64,
    resident: u64,
}

fn command(place: &Place, argument: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_annexe"));
    command
        .arg(argument)
        .env("HOME", place.path("home"))
        .env("ANNEXE_STORE", place.path("store"))
        .env("ANNEXE_CONFIG", place.path("config.toml"))
        .env("ANNEXE_CACHE", place.path("compiled"))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Installs as a user would, in one change.
fn fill(place: &Place) {
    let registry = place.path("registry");
    publisher::init(&registry);
    let id = |number: usize| format!("extension-{number:04}");
    for number in 0..INSTALLED {
        publisher::theme(&id(number), "1.0.0").publish(&registry);
    }
    let wanted: Vec<InstallRequest> = (0..INSTALLED)
        .map(|number| InstallRequest::Extension {
            id: id(number).parse().expect("an id"),
            requirement: VersionRequirement::STAR,
        })
        .collect();
    let sources = place.sources(&registry.display().to_string(), NAME);
    let installing = ChangeOptions::new(&sources);
    let store = place.store();
    let outcome = runtime().block_on(store.install_all(&wanted, &installing));
    assert_eq!(outcome.expect("installed").receipts.len(), INSTALLED);
}

/// The memory of a command that has done all but to write its answer: the pipe it writes to is full.
fn memory(place: &Place, argument: &str) -> Option<Memory> {
    let (mut reader, writer) = pipe().ok()?;
    let child = blocked(place, argument, writer)?;
    let memory = settled(child.id());
    let reading = thread::spawn(move || reader.read_to_end(&mut Vec::new()));
    let output = child.wait_with_output().ok()?;
    assert!(output.status.success());
    reading.join().ok()?.ok()?;
    memory
}

fn blocked(place: &Place, argument: &str, mut writer: PipeWriter) -> Option<Child> {
    writer.write_all(&vec![b'\n'; PIPE_BYTES]).ok()?;
    command(place, argument).stdout(writer).spawn().ok()
}

/// The memory of a process once that has not changed for a while.
fn settled(process: u32) -> Option<Memory> {
    let mut last = None;
    let mut looks = 0;
    while looks < 20 {
        thread::sleep(Duration::from_millis(20));
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line?.split_whitespace().next()?.parse().ok()
        };
        let now = Some(Memory {
            private: field("RssAnon:")?,
            resident: field("VmHWM:")?,
        });
        looks = if last == now { looks + 1 } else { 0 };
        last = now;
    }
    last
}
