//! Extensions that misbehave: each is stopped within its limit and named, its neighbour is served meanwhile,
//! and the next call is answered by a fresh instance.

mod computing;
mod crash_loop;
mod editor;
mod entering;
mod exact;
mod given_up;
mod holding;
mod passing;
mod proposals;
mod waiting;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use annexe::{CallError, Condition, Extension, Hint as _, Host, HostError, LimitExceeded, Limits};

pub use self::editor::{Does, Editor};
use crate::guest::{self, Place, ask};
pub use crate::support::guests::text::Text;

/// Sets what is not default.
pub fn host(set: impl FnOnce(&mut Limits)) -> Host {
    builder(set).build().unwrap()
}

pub fn builder(set: impl FnOnce(&mut Limits)) -> annexe::HostBuilder {
    let mut limits = Limits::default();
    set(&mut limits);
    guest::builder().limits(limits)
}

/// Starts a guest.
pub async fn start(host: &Host, text: &Text, place: &Place) -> Result<Extension, HostError> {
    let component = host.compile(text.component()).await.unwrap();
    host.start(&component, place.identity("text")).await
}

/// Has a guest do what it was written for; gives how often its instance was called.
pub async fn misbehave(extension: &Extension) -> Result<usize, CallError> {
    let answer = extension.suggest_docs_packages("x".into()).await;
    answer.map(|names| names.len())
}

/// How often the guest's instance was called, this time included.
pub async fn count(extension: &Extension) -> Result<usize, CallError> {
    let answer = extension.suggest_docs_packages(String::new()).await;
    answer.map(|names| names.len())
}

/// Awaits something while another extension of the same host is called again and again, and checks that the
/// other never notices: every call succeeds, and its count goes on.
pub async fn beside<T>(host: &Host, work: impl Future<Output = T>) -> T {
    let place = Place::new();
    let other = guest::start(host, "0.7.0", &place).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let interleaved = async {
        let mut calls = 0;
        loop {
            // One more call after the end, so that there is one however soon that comes.
            let last = is_over.load(Ordering::SeqCst);
            calls += 1;
            let count = ask(&other, &place, "count").await.unwrap();
            assert_eq!(count, [calls.to_string()]);
            if last {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let work = async {
        let answer = work.await;
        is_over.store(true, Ordering::SeqCst);
        answer
    };
    let answer = tokio::join!(work, interleaved).0;
    let health = other.health();
    assert_eq!((health.faults, health.restarts), (0, 0));
    answer
}

/// Has a guest misbehave twice, and checks that it is stopped each time with the fault that is expected, that
/// its health tells so, that its neighbour does not notice, and that a fresh instance answers after it.
pub async fn check(host: &Host, text: &Text, is_expected: impl Fn(&CallError) -> bool) {
    let place = Place::new();
    let extension = start(host, text, &place).await.unwrap();
    let mut calls = 0;
    for round in 1..=2 {
        assert_eq!(count(&extension).await.unwrap(), 1, "a fresh instance");
        assert_eq!(count(&extension).await.unwrap(), 2, "state lasts");
        let error = beside(host, misbehave(&extension)).await.unwrap_err();
        assert!(is_expected(&error), "{error:?}");
        assert!(error.is_fault());
        calls += 3;

        let health = extension.health();
        assert_eq!(health.state, Condition::Stopped);
        assert_eq!((health.faults, health.restarts), (round, round - 1));
        assert_eq!((health.calls, health.queued_calls), (calls, 0));
        assert_eq!(health.memory_bytes, 0, "what it held is gone");
        let fault = health.last_fault.unwrap().error;
        assert_eq!(fault, error);
        let hint = error.hint();
        assert!(
            matches!(error, CallError::Host { .. }) || hint.is_some_and(|hint| !hint.is_empty())
        );
    }
    assert_eq!(count(&extension).await.unwrap(), 1);
    let health = extension.health();
    assert_eq!(health.state, Condition::Ready);
    assert_eq!((health.faults, health.restarts), (2, 2));
    assert!(health.memory_bytes > 0);
}

/// As [`check`], for a guest that is stopped at a limit: its error names the limit, the value and the setting.
pub async fn check_limit(host: &Host, text: &Text, limit: LimitExceeded, value: &str) {
    check(host, text, |error| {
        let message = error.to_string();
        let setting = format!("(limit `{}`)", limit.setting());
        assert!(
            message.contains(value) && message.contains(&setting),
            "{message}"
        );
        *error == CallError::Limit(limit.clone())
    })
    .await;
}

/// As [`check`], for a guest that traps in a function of its own.
pub async fn check_trap(host: &Host, text: &Text, words: &str, function: &str) {
    check(host, text, |error| match error {
        CallError::Trap {
            message, backtrace, ..
        } => {
            let is_it = |line: &str| line.starts_with(function);
            message.contains(words) && backtrace.lines().any(is_it)
        }
        _ => false,
    })
    .await;
}

/// As [`check`], for a guest whose answer or question the host cannot read.
pub async fn check_unreadable(host: &Host, text: &Text, words: &str) {
    check(
        host,
        text,
        |error| matches!(error, CallError::Trap { message, .. } if message.contains(words)),
    )
    .await;
}

/// Waits until something is so; the test's own harness ends a wait that never does.
pub async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}
