//! Extensions that stop again and again: suspended, with their last fault, until they are tried again.

use std::time::Duration;

use annexe::{CallError, Condition, Extension, Host, Supervision};
use futures_util::future::join_all;

use super::{Does, Editor, Text, beside, builder, count, misbehave, start};
use crate::guest::Place;

const BACKOFF: Duration = Duration::from_secs(10);

fn host(editor: std::sync::Arc<Editor>) -> Host {
    let mut supervision = Supervision::default();
    supervision.faults = 2;
    supervision.backoff = BACKOFF;
    supervision.longest_backoff = 3 * BACKOFF;
    let builder = builder(|limits| limits.host_time = Duration::from_millis(50));
    builder
        .supervision(supervision)
        .delegate(editor)
        .build()
        .unwrap()
}

/// Checks that calls are refused for so long, after so many faults, of which this was the last.
async fn check_suspended(
    extension: &Extension,
    faults: u32,
    retry_after: Duration,
    last: &CallError,
) {
    let expected = CallError::Suspended {
        faults,
        retry_after,
        fault: Box::new(last.clone()),
    };
    let before = extension.health();
    let error = count(extension).await.unwrap_err();
    assert_eq!(error, expected);
    assert!(!error.is_fault(), "it was not even tried");
    assert!(error.to_string().contains(&last.to_string()), "{error}");
    assert_eq!(error.backtrace(), last.backtrace());
    let health = extension.health();
    assert_eq!(health.state, Condition::Suspended { retry_after });
    assert_eq!(health.last_fault.unwrap().error, *last);
    assert_eq!((health.faults, health.calls), (before.faults, before.calls));
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_traps_again_and_again_is_suspended_and_tried_again() {
    let host = host(Editor::new(Does::Answer));
    let place = Place::new();
    let text = Text::answering("unreachable");
    let extension = start(&host, &text, &place).await.unwrap();
    for _ in 0..2 {
        misbehave(&extension).await.unwrap_err();
    }
    assert_eq!(extension.health().state, Condition::Stopped);
    // The next is one too many; so is each trial after it.
    for (faults, factor) in [(3, 1), (4, 2), (5, 3), (6, 3)] {
        let last = misbehave(&extension).await.unwrap_err();
        assert!(matches!(last, CallError::Trap { .. }), "{last:?}");
        check_suspended(&extension, faults, factor * BACKOFF, &last).await;
        tokio::time::advance(factor * BACKOFF).await;
    }
    // A trial that ends well brings the whole budget back.
    assert_eq!(count(&extension).await.unwrap(), 1);
    for _ in 0..2 {
        misbehave(&extension).await.unwrap_err();
    }
    assert_eq!(count(&extension).await.unwrap(), 1);
    assert_eq!(extension.health().faults, 8);
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_when_an_extension_is_suspended_are_answered_at_once() {
    let host = host(Editor::new(Does::Answer));
    let place = Place::new();
    let text = Text::answering("unreachable");
    let extension = start(&host, &text, &place).await.unwrap();
    let calls = join_all((0..8).map(|_| misbehave(&extension)));
    let answers = beside(&host, calls).await;
    let last = answers[2].clone().unwrap_err();
    for (number, answer) in answers.into_iter().enumerate() {
        match answer.unwrap_err() {
            CallError::Trap { .. } if number < 3 => {}
            CallError::Suspended {
                faults: 3, fault, ..
            } if number >= 3 => {
                assert_eq!(*fault, last);
            }
            error => panic!("{number}: {error:?}"),
        }
    }
    let health = extension.health();
    assert_eq!((health.faults, health.calls, health.restarts), (3, 3, 2));

    extension.reset();
    assert_eq!(extension.health().state, Condition::Stopped);
    assert_eq!(count(&extension).await.unwrap(), 1);
    assert_eq!(extension.health().state, Condition::Ready);
    for _ in 0..2 {
        misbehave(&extension).await.unwrap_err();
    }
    assert_eq!(
        count(&extension).await.unwrap(),
        1,
        "the whole budget is back"
    );
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_cannot_start_again_is_suspended_too() {
    let editor = Editor::new(Does::Answer);
    let host = host(editor.clone());
    let place = Place::new();
    // Its start traps where the editor refuses to answer.
    let text = Text {
        init: "(call $ask) (if (i32.load8_u (i32.const 1024)) (then unreachable))",
        answer: "unreachable",
        ..Text::default()
    };
    let extension = start(&host, &text, &place).await.unwrap();
    misbehave(&extension).await.unwrap_err();
    editor.now(Does::Refuse);
    let first = count(&extension).await.unwrap_err();
    assert!(matches!(first, CallError::Start { .. }), "{first:?}");
    editor.now(Does::Panic);
    let last = count(&extension).await.unwrap_err();
    assert!(matches!(last, CallError::Host { .. }), "{last:?}");
    check_suspended(&extension, 3, BACKOFF, &last).await;
    editor.now(Does::Answer);
    extension.reset();
    assert_eq!(count(&extension).await.unwrap(), 1);
    let health = extension.health();
    assert_eq!((health.faults, health.calls), (3, 4));
    assert_eq!(
        health.restarts, 1,
        "one instance was lost, and one came back"
    );
}
