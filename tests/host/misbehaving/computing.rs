//! Guests that take time, memory, tables and stack.

use std::time::Duration;

use annexe::{CallError, HostError, LimitExceeded};

use super::{Text, check_limit, check_trap, host, start};
use crate::guest::Place;

const TIME: Duration = Duration::from_millis(50);

#[tokio::test]
async fn an_endless_loop_is_stopped() {
    let host = host(|limits| limits.guest_time = TIME);
    let text = Text::answering("(loop $again (br $again))");
    check_limit(&host, &text, LimitExceeded::GuestTime(TIME), "0.05 s").await;
}

#[tokio::test]
async fn an_endless_loop_of_host_calls_is_stopped() {
    let host = host(|limits| limits.guest_time = TIME);
    for call in [
        "(call $platform (i32.const 1024))",
        "(global.set $next (i32.const 16384)) (call $ask)",
        "(call $drop-stream (call $stdout))",
    ] {
        let text: &'static str = format!("(loop $again {call} (br $again))").leak();
        let limit = LimitExceeded::GuestTime(TIME);
        check_limit(&host, &Text::answering(text), limit, "0.05 s").await;
    }
}

#[tokio::test]
async fn a_memory_bomb_is_stopped() {
    let host = host(|limits| limits.memory_bytes = 32 << 20);
    let text = Text::answering(
        "(loop $more
            (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
        unreachable",
    );
    check_limit(&host, &text, LimitExceeded::Memory(32 << 20), "32 MiB").await;
}

#[tokio::test]
async fn a_table_bomb_is_stopped() {
    let host = host(|limits| limits.table_elements = 10_000);
    let text = Text {
        items: "(table $bomb 1 funcref)",
        answer: "(loop $more (br_if $more (i32.ne
            (table.grow $bomb (ref.null func) (i32.const 100)) (i32.const -1))))
            unreachable",
        ..Text::default()
    };
    check_limit(&host, &text, LimitExceeded::TableElements(10_000), "10000").await;
}

#[tokio::test]
async fn many_small_memories_and_tables_are_refused_at_the_start() {
    let host = host(|_| {});
    let place = Place::new();
    let table = [
        ("(memory 1)", 32, LimitExceeded::Memories(32)),
        ("(table 1 funcref)", 64, LimitExceeded::Tables(64)),
    ];
    for (item, count, limit) in table {
        // The guest has a memory already.
        let text = Text {
            items: item.repeat(count + 1).leak(),
            ..Text::default()
        };
        let error = start(&host, &text, &place).await.unwrap_err();
        assert!(error.to_string().contains(limit.setting()), "{error}");
        assert!(error.to_string().contains(&count.to_string()), "{error}");
        let HostError::Start(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error, CallError::Limit(limit));
    }
}

#[tokio::test]
async fn deep_recursion_is_stopped() {
    let text = Text {
        items: "(func $deeper (param i32) (result i32)
            (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))",
        answer: "(drop (call $deeper (i32.const 0)))",
        ..Text::default()
    };
    check_trap(&host(|_| {}), &text, "call stack exhausted", "deeper").await;
}

#[tokio::test]
async fn a_trap_is_named() {
    let table = [
        ("unreachable", "unreachable"),
        (
            "(drop (i32.load (i32.const -1)))",
            "out of bounds memory access",
        ),
        (
            "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
            "divide by zero",
        ),
    ];
    for (answer, words) in table {
        check_trap(
            &host(|_| {}),
            &Text::answering(answer),
            words,
            "suggest-docs-packages",
        )
        .await;
    }
}
