//! A long mix of calls with faults at random: no answer is lost or doubled, and memory stays flat.
//!
//! `ANNEXE_SOAK_CALLS` sets how many calls are made, `ANNEXE_SOAK_SEED` brings a run back.

mod mix;

use std::sync::Arc;

use annexe::{CallError, Limits, types::ServerId};

use crate::guest::{self, Place};

/// Each of them asks the system for something.
const CALLS_OF_ONE: u64 = 5_000;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.replace('_', "").parse().unwrap())
}

/// How many calls, and the seed, which is printed.
fn run(calls: u64) -> (u64, u64) {
    let calls = setting("ANNEXE_SOAK_CALLS").unwrap_or(calls);
    let seed = setting("ANNEXE_SOAK_SEED").unwrap_or(1);
    println!("{calls} calls, ANNEXE_SOAK_SEED={seed}");
    (calls, seed)
}

/// The memory of this process that no file stands behind, in bytes; `None` where the system does not tell.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = text.lines().find(|line| line.starts_with("Anonymous:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}

/// Checks that the memory is what it was, give or take a twentieth. A short run is too short for an allocator
/// to have come to rest, and may take a little more.
fn check_flat(calls: u64, before: Option<u64>, after: Option<u64>) {
    if let (Some(before), Some(after)) = (before, after) {
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        println!(
            "memory: {:.2} MiB before, {:.2} MiB after",
            mebibytes(before),
            mebibytes(after)
        );
        let more = match calls {
            ..100_000 => 2 << 20,
            _ => before / 20,
        };
        assert!(after <= before + more, "it grew");
    }
}

#[tokio::test]
#[ignore = "another test runs it in a process of its own, whose memory is its own"]
async fn one_extension() {
    let (calls, _) = run(CALLS_OF_ONE);
    let mut limits = Limits::default();
    // What a call left behind would fill this soon.
    limits.handles = 50;
    let host = guest::builder().limits(limits).build().unwrap();
    let place = Place::new();
    std::fs::write(place.worktree_dir().join("file"), "a text").unwrap();
    let extension = guest::start(&host, "0.6.0", &place).await;
    let worktree = place.worktree();
    let resources = annexe::CallResources {
        worktree: Some(worktree.clone()),
        ..place.resources()
    };
    let mut before = None;
    for number in 0..calls {
        if number == calls / 2 {
            before = memory();
        }
        let verb = [
            "read:file",
            "read:missing",
            "list",
            "write:out",
            "file:missing",
            "fail:x",
        ][(number % 6) as usize];
        let server = ServerId::new(verb, "Rust");
        let answer = extension
            .language_server_command(server, worktree.clone())
            .await;
        let expected = match number % 6 {
            0 => Some("a text"),
            2 | 3 => None,
            _ => {
                assert!(matches!(answer, Err(CallError::Guest { .. })), "{answer:?}");
                continue;
            }
        };
        let args = answer.unwrap().args;
        assert!(expected.is_none_or(|expected| args == [expected]));
        if number % 60 == 0 {
            let docs = serde_json::json!(["docs", "one"]);
            let indexed = extension.call_by_name("index-docs", docs, &resources);
            indexed.await.unwrap();
        }
    }
    check_flat(calls, before, memory());
    let health = extension.health();
    assert_eq!((health.faults, health.restarts), (0, 0));
    assert_eq!(Arc::strong_count(&worktree), 2, "the test's own two");
}

/// Runs a test of this module in a process of its own, and prints what that prints.
fn alone(name: &str) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("soak::{name}"),
            "--ignored",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    print!("{stdout}");
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{stderr}"
    );
}

#[test]
fn calls_that_lend_and_open_leave_memory_and_handles_flat() {
    alone("one_extension");
}

#[test]
fn no_answer_is_lost_or_doubled_and_memory_stays_flat_whatever_goes_wrong() {
    alone("mix::many_extensions");
}
