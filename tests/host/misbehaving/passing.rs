//! Guests that pass too much over the boundary: answers, questions, handles, output.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use annexe::{
    CallError, ExtensionId, LimitExceeded,
    delegate::{ExtensionEvent, ExtensionObserver},
};

use super::{Text, builder, check, check_limit, check_unreadable, host, misbehave, start, until};
use crate::guest::Place;

/// Answers with a list of so many names at an address.
fn list(at: u32, length: u32) -> Text {
    let answer = format!(
        "(drop (memory.grow (i32.const 64)))
        (i32.store (i32.const 1024) (i32.const 0))
        (i32.store (i32.const 1028) (i32.const {at}))
        (i32.store (i32.const 1032) (i32.const {length}))
        (return (i32.const 1024))"
    );
    Text::answering(answer.leak())
}

#[tokio::test]
async fn a_huge_returned_list_is_stopped() {
    let host = host(|limits| limits.answer_bytes = 1 << 20);
    let limit = LimitExceeded::AnswerBytes(1 << 20);
    // Half a million names without a letter.
    check_limit(&host, &list(65536, 500_000), limit, "1 MiB").await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_the_guests_fault() {
    let host = host(|_| {});
    check_unreadable(&host, &list(65536, u32::MAX), "out of bounds").await;
    check_unreadable(&host, &list(u32::MAX - 3, 8), "out of bounds").await;
    check_unreadable(&host, &list(65537, 8), "not aligned").await;
    check_unreadable(&host, &Text::answering("(return (i32.const -1))"), "").await;
    let kind = "(i32.store8 (i32.const 1024) (i32.const 9)) (return (i32.const 1024))";
    check_unreadable(&host, &Text::answering(kind), "expected").await;
    let no_text = "
        (i32.store8 (i32.const 2000) (i32.const 255))
        (i32.store (i32.const 1024) (i32.const 1))
        (i32.store (i32.const 1028) (i32.const 2000))
        (i32.store (i32.const 1032) (i32.const 1))
        (return (i32.const 1024))";
    check_unreadable(&host, &Text::answering(no_text), "utf-8").await;
}

#[tokio::test]
async fn a_huge_text_to_a_host_call_is_stopped() {
    let host = host(|limits| limits.lifted_bytes = 1 << 20);
    let text = Text::answering(
        "(drop (memory.grow (i32.const 64)))
        (call $set-status
            (i32.const 0) (i32.const 2000000) (i32.const 0) (i32.const 0) (i32.const 0))",
    );
    let limit = LimitExceeded::LiftedBytes(1 << 20);
    check_limit(&host, &text, limit, "1 MiB").await;
    let beyond = "(call $set-status
        (i32.const -16) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 0))";
    check_unreadable(&host, &Text::answering(beyond), "out of bounds").await;
}

#[tokio::test]
async fn a_leak_of_handles_is_stopped() {
    let host = host(|limits| limits.handles = 100);
    let text = Text::answering("(loop $again (drop (call $stdout)) (br $again))");
    check_limit(&host, &text, LimitExceeded::Handles(100), "100").await;
    // Handles that it does not have.
    let text = Text::answering("(call $drop-stream (i32.const 77))");
    check_unreadable(&host, &text, "unknown handle index 77").await;
}

/// Keeps the lengths of lines, and how many were dropped.
#[derive(Default)]
pub struct Output {
    pub lines: Mutex<Vec<usize>>,
    pub dropped: Mutex<u64>,
}

impl ExtensionObserver for Output {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        if extension.as_str() != "text" {
            return;
        }
        match event {
            ExtensionEvent::Output { line, .. } => self.lines.lock().unwrap().push(line.len()),
            ExtensionEvent::OutputDropped { lines } => *self.dropped.lock().unwrap() += lines,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_flood_of_output_is_cut_and_counted_and_stopped() {
    const TIME: Duration = Duration::from_millis(100);
    let flood = |byte: u8| {
        let answer = format!(
            "(memory.fill (i32.const 20000) (i32.const {byte}) (i32.const 1000))
            (loop $again (drop (call $print (i32.const 1000))) (br $again))"
        );
        Text::answering(answer.leak())
    };
    for byte in *b"\nx" {
        let output = Arc::new(Output::default());
        let host = builder(|limits| {
            limits.guest_time = TIME;
            limits.log_lines_per_second = 3;
            limits.log_line_bytes = 10;
        })
        .observer(output.clone())
        .build()
        .unwrap();
        check_limit(&host, &flood(byte), LimitExceeded::GuestTime(TIME), "0.1 s").await;
        if byte == b'\n' {
            // It wrote a thousand lines at once, each of the two times.
            until(|| *output.dropped.lock().unwrap() >= 900).await;
            assert!(output.lines.lock().unwrap().len() >= 3);
        } else {
            // Lines that never end are told when the instance is gone: one each time, cut.
            until(|| output.lines.lock().unwrap().len() >= 2).await;
            assert_eq!(*output.lines.lock().unwrap(), [10, 10]);
        }
    }
}

#[tokio::test]
async fn more_random_bytes_than_may_be_are_refused() {
    let host = host(|limits| limits.random_bytes = 1000);
    let text = Text::answering("(call $random (i64.const -1) (i32.const 1024))");
    check_limit(&host, &text, LimitExceeded::RandomBytes(1000), "1000").await;
}

#[tokio::test]
async fn a_guest_that_copes_with_a_refusal_is_not_stopped() {
    let host = host(|limits| limits.memory_bytes = 1 << 20);
    let text = Text::answering("(drop (memory.grow (i32.const 1000)))");
    let place = Place::new();
    let extension = start(&host, &text, &place).await.unwrap();
    for count in 1..10 {
        assert_eq!(misbehave(&extension).await.unwrap(), count);
    }
    assert_eq!(extension.health().faults, 0);
    // What stops it later is called by its own name.
    let text = Text::answering(
        "(if (i32.eq (global.get $calls) (i32.const 3)) (then unreachable))
        (drop (memory.grow (i32.const 1000)))",
    );
    let extension = start(&host, &text, &place).await.unwrap();
    for _ in 0..2 {
        misbehave(&extension).await.unwrap();
    }
    let error = misbehave(&extension).await.unwrap_err();
    assert!(matches!(error, CallError::Trap { .. }), "{error:?}");
}

#[tokio::test]
async fn a_trap_at_the_third_call_is_followed_by_a_fresh_instance() {
    let host = host(|_| {});
    // `check` calls it twice before.
    let text =
        Text::answering("(if (i32.eq (global.get $calls) (i32.const 3)) (then unreachable))");
    check(
        &host,
        &text,
        |error| matches!(error, CallError::Trap { message, .. } if message.contains("unreachable")),
    )
    .await;
}
