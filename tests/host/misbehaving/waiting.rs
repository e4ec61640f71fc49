//! Guests that wait for what does not come, and hosts that fail while a guest waits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use annexe::{
    CallError, Condition, ExtensionId, LimitExceeded,
    delegate::{
        DelegateError, ExtensionEvent, ExtensionObserver, SharedWorktree, WorktreeDelegate,
    },
    types::ServerId,
};
use async_trait::async_trait;
use futures_util::future::join_all;

use super::{
    Does, Editor, Text, beside, builder, check, check_limit, count, host, misbehave, start,
};
use crate::guest::{self, Place, ask};

const TIME: Duration = Duration::from_millis(50);

/// Within which a busy machine makes two calls as well.
const LONG: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_host_operation_that_never_ends_is_given_up() {
    let host = builder(|limits| limits.host_time = TIME)
        .delegate(Editor::new(Does::NeverAnswer))
        .build()
        .unwrap();
    let text = Text::answering("(call $ask)");
    check_limit(&host, &text, LimitExceeded::HostTime(TIME), "0.05 s").await;
}

#[tokio::test]
async fn what_needs_nothing_of_an_instance_that_waits_is_answered_aside() {
    let editor = Editor::new(Does::NeverAnswer);
    let host = builder(|limits| limits.host_time = LONG)
        .delegate(editor)
        .build()
        .unwrap();
    let place = Place::new();
    let extension = start(&host, &Text::answering("(call $ask)"), &place).await;
    let extension = extension.unwrap();
    let aside = async {
        super::until(|| extension.health().state == Condition::Waiting).await;
        // Each on the second instance, which is fresh.
        [
            count(&extension).await.unwrap(),
            count(&extension).await.unwrap(),
        ]
    };
    let (error, counts) = tokio::join!(misbehave(&extension), aside);
    let limit = LimitExceeded::HostTime(LONG);
    assert_eq!(error.unwrap_err(), CallError::Limit(limit));
    assert_eq!(counts, [1, 2]);
}

#[tokio::test]
async fn a_panic_in_a_service_is_the_fault_of_that_call_alone() {
    let host = builder(|_| {})
        .delegate(Editor::new(Does::Panic))
        .build()
        .unwrap();
    check(&host, &Text::answering("(call $ask)"), |error| {
        let expected = CallError::Host {
            message: "the editor panics on purpose".into(),
        };
        assert!(error.to_string().contains("the host failed"), "{error}");
        *error == expected
    })
    .await;
}

/// A worktree that panics wherever it is asked something.
struct Broken;

#[async_trait]
impl WorktreeDelegate for Broken {
    fn id(&self) -> u64 {
        panic!("no id: {}", 7)
    }

    fn root_path(&self) -> String {
        panic!("no root")
    }

    async fn read_text_file(&self, _: &str) -> Result<String, DelegateError> {
        tokio::task::yield_now().await;
        panic!("no text")
    }

    async fn which(&self, _: &str) -> Option<String> {
        std::panic::panic_any(7)
    }

    async fn shell_env(&self) -> Vec<(String, String)> {
        panic!("no environment")
    }
}

#[tokio::test]
async fn every_method_of_a_worktree_may_panic() {
    let mut supervision = annexe::Supervision::default();
    supervision.faults = 100;
    let host = builder(|_| {}).supervision(supervision).build().unwrap();
    for version in ["0.0.6", "0.6.0"] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for (verb, words) in [
            ("id", "no id: 7"),
            ("root", "no root"),
            ("read:file", "no text"),
            ("which:file", "it panicked"),
            ("echo", "no environment"),
        ] {
            let broken: SharedWorktree = Arc::new(Broken);
            let call =
                extension.language_server_command(ServerId::new(verb, "Rust"), broken.clone());
            let error = beside(&host, call).await.unwrap_err();
            let message = words.into();
            assert_eq!(error, CallError::Host { message }, "{version} {verb}");
            assert_eq!(Arc::strong_count(&broken), 1, "it is given back");
            assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
        }
    }
}

/// An observer that panics at everything it hears, once it is told to.
#[derive(Default)]
struct Shocked(AtomicBool);

impl ExtensionObserver for Shocked {
    fn observe(&self, _: &ExtensionId, _: &ExtensionEvent) {
        assert!(!self.0.load(Ordering::SeqCst), "shocked");
    }

    fn wants_host_calls(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn an_observer_that_panics_harms_no_extension() {
    let observer = Arc::new(Shocked::default());
    observer.0.store(true, Ordering::SeqCst);
    let host = builder(|_| {}).observer(observer).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    for round in 1..=2 {
        assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
        ask(&extension, &place, "print:words").await.unwrap();
        ask(&extension, &place, "echo").await.unwrap();
        let error = ask(&extension, &place, "trap").await.unwrap_err();
        assert!(matches!(error, CallError::Trap { .. }), "{error:?}");
        assert_eq!(extension.health().faults, round);
    }
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
}

#[tokio::test]
async fn calls_that_wait_behind_a_trap_are_answered_by_a_fresh_instance() {
    let host = host(|_| {});
    let place = Place::new();
    let extension = start(&host, &Text::answering("unreachable"), &place).await;
    let extension = extension.unwrap();
    assert_eq!(count(&extension).await.unwrap(), 1);
    let calls = (0..7).map(|number| {
        let extension = extension.clone();
        async move {
            match number {
                2 | 5 => misbehave(&extension).await,
                _ => count(&extension).await,
            }
        }
    });
    let answers = join_all(calls).await;
    let counts: Vec<_> = answers.iter().map(|answer| answer.clone().ok()).collect();
    let expected = [Some(2), Some(3), None, Some(1), Some(2), None, Some(1)];
    assert_eq!(counts, expected);
    for number in [2, 5] {
        assert!(matches!(answers[number], Err(CallError::Trap { .. })));
    }
    assert_eq!(extension.health().restarts, 2);
}
