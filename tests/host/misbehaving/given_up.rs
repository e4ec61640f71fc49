//! Callers that go away at every point of a call.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use annexe::{Condition, Extension, Host, delegate::SharedWorktree, types::ServerId};

use super::{Does, Editor, beside, builder, until};
use crate::guest::{self, Place};

/// Begins a call, lets the runtime take so many steps, and drops it unless it is done by then.
async fn drop_after<T>(call: impl Future<Output = T>, steps: usize) -> Option<T> {
    let mut call = Box::pin(call);
    for _ in 0..steps {
        let polled = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        if let Poll::Ready(answer) = polled {
            return Some(answer);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// What the caller of a verb sees while it waits for the worktree's own end.
async fn call(
    extension: &Extension,
    verb: &str,
    worktree: &SharedWorktree,
) -> Result<Vec<String>, annexe::CallError> {
    let server = ServerId::new(verb, "Rust");
    let answer = extension.language_server_command(server, worktree.clone());
    Ok(answer.await?.args)
}

/// How often the extension's instance was called before, by its own count, and started again, by its health.
struct Seen {
    calls: usize,
    restarts: u64,
}

/// Checks that the extension answers right after a call of which it may have seen nothing, something or all:
/// its instance is the same, or a fresh one where it was lost in the middle.
async fn check_answers(
    extension: &Extension,
    worktree: &SharedWorktree,
    seen: &mut Seen,
    made: usize,
) {
    let answer = call(extension, "count", worktree).await.unwrap();
    let calls: usize = answer[0].parse().unwrap();
    let health = extension.health();
    if health.restarts > seen.restarts {
        assert_eq!(health.restarts, seen.restarts + 1);
        assert!(calls <= made, "a fresh instance: {calls}");
    } else {
        assert!(
            (seen.calls + 1..=seen.calls + 1 + made).contains(&calls),
            "{calls}"
        );
    }
    assert_eq!(health.state, Condition::Ready);
    assert_eq!((health.faults, health.queued_calls), (0, 0));
    // What the calls were lent came back, however they ended.
    until(|| Arc::strong_count(worktree) == 1).await;
    *seen = Seen {
        calls,
        restarts: health.restarts,
    };
}

/// 0, 1, 2 and so on, later in greater strides.
fn steps() -> impl Iterator<Item = usize> {
    (0..32).chain((5..).map(|power| 1 << power))
}

fn host(editor: Arc<Editor>) -> Host {
    builder(|limits| limits.guest_time = Duration::from_secs(60))
        .delegate(editor)
        .build()
        .unwrap()
}

/// Drops the caller of a verb at every step until the call completes.
async fn check_dropped(version: &str, verb: &str) {
    let host = host(Editor::new(Does::AnswerAfter(5)));
    let place = Place::new();
    let worktree = place.worktree();
    let extension = guest::start(&host, version, &place).await;
    let mut seen = Seen {
        calls: 0,
        restarts: 0,
    };
    for steps in steps() {
        let done = drop_after(call(&extension, verb, &worktree), steps).await;
        if let Some(answer) = &done {
            answer.as_ref().unwrap();
        }
        check_answers(&extension, &worktree, &mut seen, 1).await;
        if done.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_call_that_computes_may_be_given_up_anywhere() {
    for version in ["0.0.6", "0.7.0"] {
        // It takes some interrupts, each of which is a step.
        check_dropped(version, "answer:8000000").await;
    }
}

#[tokio::test]
async fn a_call_that_sleeps_may_be_given_up_anywhere() {
    check_dropped("0.7.0", "sleep:3").await;
}

#[tokio::test]
async fn a_call_that_waits_for_the_editor_may_be_given_up_anywhere() {
    for version in ["0.0.6", "0.7.0"] {
        check_dropped(version, "settings-language:Rust").await;
    }
}

#[tokio::test]
async fn a_call_that_waits_for_another_may_be_given_up_anywhere() {
    let host = host(Editor::new(Does::AnswerAfter(5)));
    let place = Place::new();
    let worktree = place.worktree();
    let extension = guest::start(&host, "0.7.0", &place).await;
    let mut calls = 0;
    for steps in 0.. {
        let first = call(&extension, "settings-language:Rust", &worktree);
        let second = drop_after(call(&extension, "count", &worktree), steps);
        let (first, second) = tokio::join!(first, second);
        // The one in front never notices.
        assert_eq!(first.unwrap().len(), 1);
        calls += 1;
        if let Some(answer) = second {
            calls += 1;
            assert_eq!(answer.unwrap(), [calls.to_string()]);
            break;
        }
        let counted: usize = call(&extension, "count", &worktree).await.unwrap()[0]
            .parse()
            .unwrap();
        assert!(
            (calls + 1..=calls + 2).contains(&counted),
            "{counted} after {calls}"
        );
        calls = counted;
        until(|| Arc::strong_count(&worktree) == 1).await;
    }
    let health = extension.health();
    assert_eq!((health.faults, health.restarts), (0, 0));
}

#[tokio::test]
async fn a_call_that_never_ends_may_be_given_up_beside_others() {
    let host = host(Editor::new(Does::NeverAnswer));
    let place = Place::new();
    let worktree = place.worktree();
    let extension = guest::start(&host, "0.7.0", &place).await;
    let mut seen = Seen {
        calls: 0,
        restarts: 0,
    };
    for verb in ["loop", "sleep:600000", "settings-language:Rust"] {
        for steps in [0, 1, 2, 3, 10] {
            let given_up = drop_after(call(&extension, verb, &worktree), steps);
            assert!(beside(&host, given_up).await.is_none());
            check_answers(&extension, &worktree, &mut seen, 1).await;
        }
    }
    assert!(seen.restarts > 0);
}
