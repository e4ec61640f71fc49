//! Guests that run into a limit or trap: named, stopped and started anew, while others go on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use annexe::{CallError, Extension, Hint as _, Host, HostError, LimitExceeded, Limits};

use crate::guest::{self, Place, VERSIONS, ask};

const MEBIBYTE: usize = 1 << 20;

fn host(set: impl FnOnce(&mut Limits)) -> Host {
    let mut limits = Limits::default();
    set(&mut limits);
    guest::builder().limits(limits).build().unwrap()
}

/// Has a guest do what a verb says while another extension of the same host is called again and again,
/// and checks that the other never notices: every call succeeds, and its count goes on.
async fn beside_another(
    host: &Host,
    extension: &Extension,
    place: &Place,
    verb: &str,
) -> CallError {
    let other_place = Place::new();
    let other = guest::start(host, "0.6.0", &other_place).await;
    assert_eq!(ask(&other, &other_place, "count").await.unwrap(), ["1"]);
    let over = Arc::new(AtomicBool::new(false));
    let is_over = over.clone();
    let interleaved = async {
        let mut calls = 1;
        loop {
            // One more call after the end, so that there is one however soon that comes.
            let last = is_over.load(Ordering::SeqCst);
            calls += 1;
            let count = ask(&other, &other_place, "count").await.unwrap();
            assert_eq!(count, [calls.to_string()]);
            if last {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let misbehaving = async {
        let answer = ask(extension, place, verb).await;
        over.store(true, Ordering::SeqCst);
        answer.unwrap_err()
    };
    tokio::join!(misbehaving, interleaved).0
}

/// Checks that a fault is named, leaves others alone, and that the extension answers again afresh.
async fn check_fault(
    host: &Host,
    version: &str,
    verb: &str,
    is_expected: impl Fn(&CallError) -> bool,
) {
    let place = Place::new();
    let extension = guest::start(host, version, &place).await;
    for _ in 0..2 {
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["1"],
            "{version}: a fresh instance"
        );
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["2"],
            "{version}: state lasts"
        );
        let error = beside_another(host, &extension, &place, verb).await;
        assert!(is_expected(&error), "{version} {verb}: {error:?}");
        assert!(
            error.hint().is_some_and(|hint| !hint.is_empty()),
            "{error:?}"
        );
    }
    assert_eq!(
        ask(&extension, &place, "count").await.unwrap(),
        ["1"],
        "{version}"
    );
    assert_eq!(
        ask(&extension, &place, "work-dir").await.unwrap(),
        [place.work_dir().to_string_lossy()]
    );
}

/// One version of each generation of guests: with `chdir` at the start, and without.
const FIRST_AND_LAST: [&str; 2] = ["0.0.1", "0.7.0"];

#[tokio::test]
async fn a_guest_that_loops_spends_its_time_and_is_stopped() {
    let time = Duration::from_millis(50);
    let host = host(|limits| limits.guest_time = time);
    for version in FIRST_AND_LAST {
        check_fault(&host, version, "loop", |error| {
            *error == CallError::Limit(LimitExceeded::GuestTime(time))
        })
        .await;
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_in_all_is_stopped_whether_it_computes_or_waits() {
    let time = Duration::from_millis(200);
    let host = host(|limits| limits.call_time = time);
    for verb in ["loop", "sleep:600000"] {
        check_fault(&host, "0.7.0", verb, |error| {
            *error == CallError::Limit(LimitExceeded::CallTime(time))
        })
        .await;
    }
}

#[tokio::test]
async fn time_spent_waiting_is_not_the_guests_own() {
    let host = host(|limits| limits.guest_time = Duration::from_millis(50));
    for version in FIRST_AND_LAST {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        ask(&extension, &place, "sleep:150").await.unwrap();
        ask(&extension, &place, "sleep:150").await.unwrap();
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["3"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn the_time_of_each_call_is_its_own() {
    // Each call computes for some of its time; together they take more than one may.
    let host = host(|limits| limits.guest_time = Duration::from_millis(400));
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    let started = std::time::Instant::now();
    let mut calls = 0;
    while started.elapsed() < Duration::from_millis(900) {
        calls += 1;
        assert_eq!(
            ask(&extension, &place, "answer:1000000").await.unwrap()[0].len(),
            1_000_000
        );
    }
    assert_eq!(
        ask(&extension, &place, "count").await.unwrap(),
        [(calls + 1).to_string()]
    );
}

#[tokio::test]
async fn a_guest_that_allocates_without_end_is_stopped_at_its_memory() {
    let limit = 32 * MEBIBYTE;
    let host = host(|limits| limits.memory_bytes = limit);
    for version in FIRST_AND_LAST {
        let is_memory =
            |error: &CallError| *error == CallError::Limit(LimitExceeded::Memory(limit));
        check_fault(&host, version, "allocate", is_memory).await;
        check_fault(&host, version, "allocate:64", is_memory).await;

        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let held = ask(&extension, &place, "allocate:8").await.unwrap();
        assert_eq!(held, [(8 * MEBIBYTE).to_string()], "{version}");
    }
}

#[tokio::test]
async fn a_guest_that_traps_is_named_with_its_backtrace() {
    let host = guest::host();
    for version in VERSIONS {
        check_fault(&host, version, "trap", |error| {
            matches!(error, CallError::Trap { message, backtrace, .. } if message.contains("unreachable") && !backtrace.is_empty())
        })
        .await;
    }
}

#[tokio::test]
async fn a_guest_that_exhausts_its_stack_is_named() {
    let host = guest::host();
    for version in FIRST_AND_LAST {
        check_fault(
            &host,
            version,
            "stack",
            |error| matches!(error, CallError::Trap { message, .. } if message.contains("stack")),
        )
        .await;
    }
}

#[tokio::test]
async fn a_guest_that_answers_more_than_it_may_is_stopped() {
    let host = host(|limits| limits.answer_bytes = 64 << 10);
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    assert_eq!(
        ask(&extension, &place, "answer:1000").await.unwrap()[0].len(),
        1000
    );
    let error = beside_another(&host, &extension, &place, "answer:1000000").await;
    assert_eq!(
        error,
        CallError::Limit(LimitExceeded::AnswerBytes(64 << 10))
    );
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
    // What many calls carry together is no matter.
    for _ in 0..200 {
        ask(&extension, &place, "answer:1000").await.unwrap();
    }
}

#[tokio::test]
async fn a_limit_names_itself() {
    let table = [
        (
            LimitExceeded::CallTime(Duration::from_millis(1500)),
            ["call_time", "1.5 s"],
        ),
        (
            LimitExceeded::GuestTime(Duration::from_secs(10)),
            ["guest_time", "10 s"],
        ),
        (
            LimitExceeded::Memory(512 * MEBIBYTE),
            ["memory_bytes", "512 MiB"],
        ),
        (
            LimitExceeded::TableElements(100_000),
            ["table_elements", "100000"],
        ),
    ];
    for (limit, parts) in table {
        let error = CallError::Limit(limit);
        for part in parts {
            assert!(error.to_string().contains(part), "{error} lacks {part}");
        }
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_guest_that_cannot_even_start_in_its_limits_is_an_error_and_no_extension() {
    type Row = (fn(&mut Limits), LimitExceeded, &'static [&'static str]);
    let table: [Row; 6] = [
        (
            |limits| limits.memory_bytes = 64 << 10,
            LimitExceeded::Memory(64 << 10),
            &FIRST_AND_LAST,
        ),
        (
            |limits| limits.table_elements = 1,
            LimitExceeded::TableElements(1),
            &FIRST_AND_LAST,
        ),
        (
            |limits| limits.instances = 0,
            LimitExceeded::Instances(0),
            &FIRST_AND_LAST,
        ),
        (
            |limits| limits.memories = 0,
            LimitExceeded::Memories(0),
            &FIRST_AND_LAST,
        ),
        (
            |limits| limits.tables = 0,
            LimitExceeded::Tables(0),
            &FIRST_AND_LAST,
        ),
        // Guests from 0.7.0 on open nothing at their start.
        (
            |limits| limits.handles = 1,
            LimitExceeded::Handles(1),
            &["0.0.1", "0.6.0"],
        ),
    ];
    for (set, limit, versions) in table {
        let host = host(set);
        for version in versions {
            let place = Place::new();
            let component = host.compile(guest::wasm(version)).await.unwrap();
            let error = host
                .start(&component, place.identity("guest"))
                .await
                .unwrap_err();
            match &error {
                HostError::Start(CallError::Limit(found)) => assert_eq!(*found, limit),
                _ => panic!("{version}: {error:?}"),
            }
            assert!(!error.to_string().is_empty());
        }
    }
}

#[tokio::test]
async fn what_a_call_is_lent_counts_as_a_handle() {
    let host = host(|limits| limits.handles = 0);
    let place = Place::new();
    // Guests from 0.7.0 on open nothing at their start.
    let extension = guest::start(&host, "0.7.0", &place).await;
    let error = ask(&extension, &place, "count").await.unwrap_err();
    assert_eq!(error, CallError::Limit(LimitExceeded::Handles(0)));
}

#[tokio::test]
async fn the_table_of_handles_stays_flat() {
    let host = host(|limits| limits.handles = 50);
    for version in ["0.0.1", "0.0.6", "0.2.0", "0.7.0"] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let resources = place.resources();
        for number in 0..500 {
            let verb = [
                "echo",
                "fail:on purpose",
                "read:missing",
                "write:file",
                "list",
            ][number % 5];
            let answer = ask(&extension, &place, verb).await;
            assert!(
                matches!(answer, Ok(_) | Err(CallError::Guest { .. })),
                "{version} {number}: {answer:?}"
            );
            if guest::has(version, "0.2.0") {
                extension
                    .context_server_command("echo".into(), Arc::new(guest::Project))
                    .await
                    .unwrap();
                let docs = serde_json::json!(["docs", "one"]);
                extension
                    .call_by_name("index-docs", docs, &resources)
                    .await
                    .unwrap();
            }
        }
        let count = if guest::has(version, "0.2.0") {
            "1501"
        } else {
            "501"
        };
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            [count],
            "{version}: one instance all along"
        );
    }
}

#[tokio::test]
async fn ten_thousand_calls_are_served_by_one_instance() {
    let host = guest::host();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    for number in 1..=10_001 {
        let count = ask(&extension, &place, "count").await.unwrap();
        assert_eq!(count, [number.to_string()]);
    }
}
