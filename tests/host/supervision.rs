//! How a host looks after an extension: its health, its second instance, its rest, and who hears of it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use annexe::{
    CallError, Condition, ExtensionOptions, Limits, Supervision,
    delegate::{DelegateError, ExtensionEvent, ExtensionObserver, WorktreeDelegate},
    types::{Completion, ExtensionId},
};
use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Notify;

use crate::guest::{self, Place, ask, since};

/// A worktree whose files take as long to read as the test wants.
struct Slow {
    asked: Notify,
    answered: Notify,
}

impl Slow {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            asked: Notify::new(),
            answered: Notify::new(),
        })
    }
}

#[async_trait]
impl WorktreeDelegate for Slow {
    fn id(&self) -> u64 {
        1
    }

    fn root_path(&self) -> String {
        "/slow".into()
    }

    async fn read_text_file(&self, path: &str) -> Result<String, DelegateError> {
        self.asked.notify_one();
        self.answered.notified().await;
        Ok(path.into())
    }

    async fn which(&self, _: &str) -> Option<String> {
        None
    }

    async fn shell_env(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

fn completion(label: &str) -> Completion {
    serde_json::from_value(json!({ "label": label })).unwrap()
}

#[tokio::test]
async fn labels_do_not_wait_while_the_extension_waits_for_its_host() {
    for version in since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&guest::host(), version, &place).await;
        let slow = Slow::new();
        let waiting = {
            let (extension, slow) = (extension.clone(), slow.clone());
            tokio::spawn(async move {
                let server = annexe::types::ServerId::new("read:a.txt", "Rust");
                extension.language_server_command(server, slow).await
            })
        };
        slow.asked.notified().await;
        assert_eq!(extension.health().state, Condition::Waiting);
        // Answered, though the other call is not: the test would not end otherwise.
        let labels = extension.labels_for_completions("server".into(), vec![completion("one")]);
        let labels = labels.await.unwrap();
        assert!(
            labels[0].as_ref().unwrap().code.starts_with("one|"),
            "{labels:?}"
        );
        assert!(!waiting.is_finished());
        // What may change something is done in its turn.
        let mut count = std::pin::pin!(ask(&extension, &place, "count"));
        for _ in 0..50 {
            assert!(futures_util::FutureExt::now_or_never(&mut count).is_none());
            tokio::task::yield_now().await;
        }
        slow.answered.notify_one();
        assert_eq!(waiting.await.unwrap().unwrap().args, ["a.txt"]);
        assert_eq!(
            count.await.unwrap(),
            ["2"],
            "{version}: labels were made elsewhere"
        );
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_makes_room() {
    let mut limits = Limits::default();
    limits.queued_calls = 2;
    let host = guest::builder().limits(limits).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    let slow = Slow::new();
    let running = {
        let (extension, slow) = (extension.clone(), slow.clone());
        tokio::spawn(async move {
            let server = annexe::types::ServerId::new("read:a.txt", "Rust");
            extension.language_server_command(server, slow).await
        })
    };
    slow.asked.notified().await;
    let worktree = place.worktree();
    for _ in 0..5 {
        // Typed on, and no more interested in the answers.
        let calls = [(); 2].map(|()| {
            let call = extension.language_server_command("echo".into(), worktree.clone());
            let mut call = Box::pin(call);
            assert!(futures_util::FutureExt::now_or_never(&mut call).is_none());
            call
        });
        assert_eq!(extension.health().queued_calls, 2);
        let full = ask(&extension, &place, "count").await.unwrap_err();
        assert_eq!(full, CallError::QueueFull { waiting: 2 });
        drop(calls);
        assert_eq!(extension.health().queued_calls, 0);
        assert_eq!(
            Arc::strong_count(&worktree),
            1,
            "what they were lent is given back at once"
        );
    }
    slow.answered.notify_one();
    running.await.unwrap().unwrap();
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["2"]);
}

#[tokio::test]
async fn an_extension_that_rests_is_put_away_and_comes_back_at_the_next_call() {
    let mut supervision = Supervision::default();
    supervision.idle = Some(Duration::from_millis(20));
    let host = guest::builder().supervision(supervision).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    assert!(extension.health().memory_bytes > 0);
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
    while extension.health().state != Condition::Stopped {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(extension.health().memory_bytes, 0);
    assert_eq!(
        ask(&extension, &place, "count").await.unwrap(),
        ["1"],
        "afresh"
    );
    let health = extension.health();
    assert_eq!((health.restarts, health.faults, health.calls), (0, 0, 2));
}

#[tokio::test]
async fn health_tells_of_faults_restarts_and_what_was_used() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.6.0", &place).await;
    let before = extension.health();
    assert_eq!(before.state, Condition::Ready);
    assert!(before.last_fault.is_none() && before.calls == 0 && before.memory_bytes > 0);
    ask(&extension, &place, "allocate:4").await.unwrap();
    assert!(extension.health().memory_bytes >= before.memory_bytes + (4 << 20));
    assert!(extension.health().guest_time > before.guest_time);
    ask(&extension, &place, "trap").await.unwrap_err();
    let stopped = extension.health();
    assert_eq!(
        (stopped.state, stopped.memory_bytes),
        (Condition::Stopped, 0)
    );
    assert_eq!((stopped.faults, stopped.restarts, stopped.calls), (1, 0, 2));
    let fault = stopped.last_fault.unwrap();
    assert!(matches!(fault.error, CallError::Trap { .. }));
    assert!(!fault.error.backtrace().unwrap().is_empty());
    ask(&extension, &place, "count").await.unwrap();
    let again = extension.health();
    assert_eq!(
        (again.state, again.restarts, again.calls),
        (Condition::Ready, 1, 3)
    );
}

/// Writes down what an extension does, as JSON, and the core dumps.
#[derive(Default)]
struct Witness {
    events: Mutex<Vec<serde_json::Value>>,
    core_dumps: Mutex<Vec<Vec<u8>>>,
}

impl ExtensionObserver for Witness {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        assert_eq!(extension.as_str(), "guest");
        if let ExtensionEvent::Stopped {
            core_dump: Some(dump),
            ..
        } = event
        {
            self.core_dumps.lock().unwrap().push(dump.to_vec());
        }
        let event = serde_json::to_value(event).unwrap();
        self.events.lock().unwrap().push(event);
    }

    fn wants_host_calls(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn an_observer_hears_of_host_calls_output_and_faults() {
    for version in guest::VERSIONS {
        let witness = Arc::new(Witness::default());
        let host = guest::builder().observer(witness.clone()).build().unwrap();
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        std::fs::write(place.worktree_dir().join("a.txt"), "text").unwrap();
        ask(&extension, &place, "read:a.txt").await.unwrap();
        ask(&extension, &place, "read:b.txt").await.unwrap_err();
        ask(&extension, &place, "print:hello").await.unwrap();
        ask(&extension, &place, "trap").await.unwrap_err();
        ask(&extension, &place, "count").await.unwrap();
        let events = std::mem::take(&mut *witness.events.lock().unwrap());
        let of =
            |kind: &str| -> Vec<_> { events.iter().filter(|it| it["event"] == kind).collect() };
        let calls = of("host-call");
        assert_eq!(calls.len(), 2, "{version}: {calls:?}");
        for (call, path) in calls.iter().zip(["a.txt", "b.txt"]) {
            assert_eq!(call["operation"], "worktree.read-text-file");
            assert_eq!(call["arguments"], json!({ "path": path }));
            assert!(call["milliseconds"].is_number());
        }
        assert_eq!(calls[0]["result"], "text");
        assert!(calls[1]["error"].is_string());
        let lines = of("output");
        assert_eq!(lines[0]["line"], "hello");
        assert_eq!(
            (&lines[0]["stream"], &lines[1]["stream"]),
            (&json!("output"), &json!("error"))
        );
        let restarts: Vec<_> = of("started")
            .iter()
            .map(|it| it["restarts"].clone())
            .collect();
        assert_eq!(restarts, [0, 1], "{version}");
        let [stopped] = of("stopped")[..] else {
            panic!("{events:?}")
        };
        assert!(stopped["fault"].as_str().unwrap().contains("unreachable"));
        assert!(!stopped["backtrace"].as_str().unwrap().is_empty());
        assert!(
            witness.core_dumps.lock().unwrap().is_empty(),
            "nobody has asked for one"
        );
    }
}

#[tokio::test]
async fn the_hosts_observer_hears_of_an_extension_with_options_of_its_own() {
    let [host_wide, own] = [(); 2].map(|()| Arc::new(Witness::default()));
    let mut options = ExtensionOptions::default();
    options.observer = Some(own.clone());
    let host = guest::builder()
        .observer(host_wide.clone())
        .options_of("guest".parse().unwrap(), options)
        .build()
        .unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.7.0", &place).await;
    ask(&extension, &place, "echo").await.unwrap();
    for witness in [host_wide, own] {
        let events = witness.events.lock().unwrap();
        for kind in ["started", "answered"] {
            assert!(events.iter().any(|it| it["event"] == kind), "{events:?}");
        }
    }
}

#[tokio::test]
async fn a_trap_leaves_a_core_dump_where_somebody_wants_one() {
    let witness = Arc::new(Witness::default());
    let builder = guest::builder().observer(witness.clone());
    let host = builder.core_dumps(true).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    ask(&extension, &place, "trap").await.unwrap_err();
    let dumps = witness.core_dumps.lock().unwrap();
    let [dump] = &dumps[..] else {
        panic!("{}", dumps.len())
    };
    assert!(dump.starts_with(b"\0asm"));
    for section in ["core", "corestack", "guest"] {
        let section = section.as_bytes();
        assert!(dump.windows(section.len()).any(|window| window == section));
    }
}
