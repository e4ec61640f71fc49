//! Guests that misbehave where the host enters them beside a call: when they start, and when it asks them for
//! memory, be it for a call's arguments or for the answer of a host operation.

use std::time::Duration;

use annexe::{CallError, HostError, LimitExceeded};

use super::{Text, check_limit, check_trap, check_unreadable, host, start};
use crate::guest::Place;

const TIME: Duration = Duration::from_millis(50);

/// What a guest may do in there, in which `$deeper` recurses for ever.
const LOOP: &str = "(loop $again (br $again))";
const TRAP: &str = "unreachable";
const RECURSE: &str = "(drop (call $deeper (i32.const 0)))";
const DEEPER: &str = "
    (func $deeper (param i32) (result i32)
        (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
";

/// A guest that does this where it is asked for memory for a call's only argument, of one byte, or only for
/// the answer of the host operation that it calls.
fn asked_for_memory(body: &str, in_host_call: bool) -> Text {
    let when = match in_host_call {
        false => "(i32.eq (local.get $size) (i32.const 1))",
        true => "(global.get $armed)",
    };
    Text {
        items: DEEPER,
        realloc: format!("(if {when} (then {body}))").leak(),
        answer: match in_host_call {
            false => "",
            true => "(global.set $armed (i32.const 1)) (call $ask)",
        },
        ..Text::default()
    }
}

#[tokio::test]
async fn what_happens_where_memory_is_asked_for_is_the_guests_fault() {
    let host = host(|limits| limits.guest_time = TIME);
    for in_host_call in [false, true] {
        let text = |body| asked_for_memory(body, in_host_call);
        check_limit(&host, &text(LOOP), LimitExceeded::GuestTime(TIME), "0.05 s").await;
        check_trap(&host, &text(TRAP), "unreachable", "realloc").await;
        check_trap(&host, &text(RECURSE), "call stack exhausted", "deeper").await;
        let beyond = "(return (i32.const -16))";
        check_unreadable(&host, &text(beyond), "realloc return: beyond end of memory").await;
        // It may not call its host in there.
        check_unreadable(
            &host,
            &text("(call $ask)"),
            "cannot leave component instance",
        )
        .await;
    }
}

#[tokio::test]
async fn memory_that_a_host_answer_needs_counts_as_the_guests() {
    // It holds all it may, and the host's answer needs more.
    let host = host(|limits| limits.memory_bytes = 4 << 20);
    let text = Text::answering(
        "(drop (memory.grow (i32.const 63)))
        (global.set $next (i32.const 4194303))
        (call $ask)",
    );
    check_limit(&host, &text, LimitExceeded::Memory(4 << 20), "4 MiB").await;
}

#[tokio::test]
async fn what_happens_at_the_start_is_an_error_and_no_extension() {
    let host = host(|limits| {
        limits.guest_time = TIME;
        limits.memory_bytes = 1 << 20;
        limits.handles = 10;
    });
    let limits = [
        (LOOP, LimitExceeded::GuestTime(TIME)),
        (
            "(br_if 0 (i32.ne (memory.grow (i32.const 99)) (i32.const -1))) unreachable",
            LimitExceeded::Memory(1 << 20),
        ),
        (
            "(loop $again (drop (call $stdout)) (br $again))",
            LimitExceeded::Handles(10),
        ),
    ];
    let place = Place::new();
    for (init, limit) in limits {
        let text = Text {
            init,
            ..Text::default()
        };
        let error = start(&host, &text, &place).await.unwrap_err();
        assert!(error.to_string().contains(limit.setting()), "{error}");
        let HostError::Start(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error, CallError::Limit(limit));
    }
    for (init, words) in [(TRAP, "unreachable"), (RECURSE, "call stack exhausted")] {
        let text = Text {
            items: DEEPER,
            init,
            ..Text::default()
        };
        match start(&host, &text, &place).await.unwrap_err() {
            HostError::Start(CallError::Start {
                message, backtrace, ..
            }) => {
                assert!(message.contains(words), "{message}");
                assert!(!backtrace.is_empty());
            }
            error => panic!("{error:?}"),
        }
    }
    // The host serves others.
    start(&host, &Text::default(), &place).await.unwrap();
}
