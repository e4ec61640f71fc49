//! The life of an extension: its queue, its callers that go away, its end, its runtime, its output.

use std::{sync::Arc, time::Duration};

use annexe::{CallError, Limits};
use futures_util::future::join_all;

use crate::guest::{self, Place, Recorder, VERSIONS, ask};

/// Waits until something is so; the test's own harness ends a wait that never does.
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn state_lasts_between_calls_and_belongs_to_one_extension() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let component = host.compile(guest::wasm(version)).await.unwrap();
        let first = host
            .start(&component, place.identity("first"))
            .await
            .unwrap();
        let second = host
            .start(&component, place.identity("second"))
            .await
            .unwrap();
        for count in ["1", "2", "3"] {
            assert_eq!(
                ask(&first, &place, "count").await.unwrap(),
                [count],
                "{version}"
            );
        }
        assert_eq!(
            ask(&second, &place, "count").await.unwrap(),
            ["1"],
            "{version}"
        );
        assert_eq!(
            ask(&first.clone(), &place, "count").await.unwrap(),
            ["4"],
            "{version}: clones are one"
        );
    }
}

#[tokio::test]
async fn calls_are_answered_in_the_order_they_were_made() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.6.0", &place).await;
    let calls = (0..100).map(|_| ask(&extension, &place, "count"));
    let counts: Vec<_> = join_all(calls)
        .await
        .into_iter()
        .map(|count| count.unwrap().remove(0))
        .collect();
    let expected: Vec<_> = (1..=100).map(|count| count.to_string()).collect();
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn more_calls_than_may_wait_are_refused_at_once() {
    let mut limits = Limits::default();
    limits.queued_calls = 3;
    let host = guest::builder().limits(limits).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    let answers = join_all((0..10).map(|_| ask(&extension, &place, "count"))).await;
    for (number, answer) in answers.into_iter().enumerate() {
        if number < 3 {
            assert_eq!(answer.unwrap(), [(number + 1).to_string()]);
        } else {
            let error = answer.unwrap_err();
            assert!(error.to_string().contains("queued_calls"), "{error}");
            assert_eq!(error, CallError::QueueFull { waiting: 3 });
        }
    }
    // There is room again.
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["4"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_extension_usable() {
    let mut limits = Limits::default();
    limits.guest_time = Duration::from_millis(100);
    let host = guest::builder().limits(limits).build().unwrap();
    for version in ["0.0.1", "0.6.0", "0.7.0"] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        // Before the call began, while it waits, and while it computes.
        for (verb, after) in [
            ("sleep:50", 0),
            ("sleep:50", 20),
            ("loop", 0),
            ("loop", 20),
            ("trap", 0),
        ] {
            let patience = async {
                if after > 0 {
                    tokio::time::sleep(Duration::from_millis(after)).await;
                }
            };
            tokio::select! {
                biased;
                answer = ask(&extension, &place, verb) => panic!("{version} {verb}: {answer:?}"),
                () = patience => {}
            }
            ask(&extension, &place, "count").await.unwrap();
            ask(&extension, &place, "echo").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_guest_that_loops_leaves_timers_to_others_even_on_one_thread() {
    let mut limits = Limits::default();
    limits.guest_time = Duration::from_millis(200);
    let host = guest::builder().limits(limits).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    // The timer is looked at each time the guest is interrupted, not only when it is stopped.
    tokio::select! {
        biased;
        answer = ask(&extension, &place, "loop") => panic!("the guest held the thread to its end: {answer:?}"),
        () = tokio::time::sleep(Duration::from_millis(20)) => {}
    }
}

#[tokio::test]
async fn an_extension_is_unloaded_with_its_last_handle() {
    let recorder = Arc::new(Recorder::default());
    let host = guest::builder().delegate(recorder.clone()).build().unwrap();
    let place = Place::new();
    let component = host.compile(guest::wasm("0.6.0")).await.unwrap();
    let idle = Arc::strong_count(&recorder);
    let extension = host
        .start(&component, place.identity("guest"))
        .await
        .unwrap();
    let clone = extension.clone();
    assert!(
        Arc::strong_count(&recorder) > idle,
        "a running extension holds the delegate"
    );
    drop(extension);
    assert_eq!(ask(&clone, &place, "count").await.unwrap(), ["1"]);
    drop(clone);
    until(|| Arc::strong_count(&recorder) == idle).await;

    // A worktree is given back with the call, and what was queued is answered before the end.
    let worktree = place.worktree();
    let extension = host
        .start(&component, place.identity("guest"))
        .await
        .unwrap();
    extension
        .language_server_command("echo".into(), worktree.clone())
        .await
        .unwrap();
    assert_eq!(Arc::strong_count(&worktree), 1);
    extension
        .language_server_command("trap".into(), worktree.clone())
        .await
        .unwrap_err();
    assert_eq!(Arc::strong_count(&worktree), 1);
    drop(host);
    assert_eq!(
        ask(&extension, &place, "count").await.unwrap(),
        ["1"],
        "an extension keeps its engine"
    );
}

#[test]
fn an_extension_whose_runtime_is_gone_is_closed() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let place = Place::new();
    let host = guest::host();
    let first = runtime();
    let extension = first.block_on(guest::start(&host, "0.6.0", &place));
    drop(first);
    let error = runtime()
        .block_on(ask(&extension, &place, "count"))
        .unwrap_err();
    assert_eq!(error, CallError::Closed);
    // The host serves the next runtime.
    let second = runtime();
    second.block_on(async {
        let extension = guest::start(&host, "0.6.0", &place).await;
        assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
    });
}

#[cfg(feature = "cli")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn extensions_run_side_by_side_on_a_runtime_of_several_threads() {
    let mut limits = Limits::default();
    limits.guest_time = Duration::from_millis(200);
    let host = guest::builder().limits(limits).build().unwrap();
    let started = VERSIONS.into_iter().enumerate().map(|(number, version)| {
        let host = host.clone();
        tokio::spawn(async move {
            let place = Place::new();
            let extension = guest::start(&host, version, &place).await;
            for count in 1..=50 {
                assert_eq!(
                    ask(&extension, &place, "count").await.unwrap(),
                    [count.to_string()],
                    "{version}"
                );
            }
            let fault = ["trap", "loop", "stack"][number % 3];
            ask(&extension, &place, fault).await.unwrap_err();
            assert_eq!(
                ask(&extension, &place, "count").await.unwrap(),
                ["1"],
                "{version}"
            );
        })
    });
    for task in join_all(started).await {
        task.unwrap();
    }
}

#[tokio::test]
async fn a_component_is_compiled_once_and_mapped_after_that() {
    let folder = tempfile::tempdir().unwrap();
    let cache =
        || annexe::CacheConfiguration::new(folder.path().join("cache"), folder.path().join("key"));
    let place = Place::new();
    let host = annexe::Host::builder().cache(cache()).build().unwrap();
    let wasm = guest::wasm("0.0.1");
    let component = host.compile(wasm.clone()).await.unwrap();
    assert!(matches!(
        component.origin(),
        annexe::CodeOrigin::Compiled { .. }
    ));
    let again = annexe::Host::builder().cache(cache()).build().unwrap();
    assert_eq!(
        again.compile(wasm).await.unwrap().origin(),
        annexe::CodeOrigin::Cached
    );
    let mapped = again
        .compiled(&component.digest(), "extension", component.api())
        .unwrap();
    let extension = again.start(&mapped, place.identity("guest")).await.unwrap();
    assert_eq!(ask(&extension, &place, "version").await.unwrap(), ["0.0.1"]);
    assert_eq!(again.cache_size().unwrap().entries, 1);

    // What runs goes on when the cache is cleared, even through a new instance.
    again.clear_cache().unwrap();
    assert!(
        again
            .compiled(&component.digest(), "extension", component.api())
            .is_none()
    );
    ask(&extension, &place, "trap").await.unwrap_err();
    assert_eq!(ask(&extension, &place, "version").await.unwrap(), ["0.0.1"]);
}
