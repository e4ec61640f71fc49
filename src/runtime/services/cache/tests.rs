//! Answers from before and servers that are slow, on a paused clock.

use std::{
    future::pending,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::time::{Instant, sleep};

use super::*;
use crate::{
    base::types::ExtensionId,
    runtime::delegate::{EventSink, ExtensionObserver},
};

#[derive(Default)]
struct Heard(Mutex<Vec<ExtensionEvent>>);

impl ExtensionObserver for Heard {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Heard {
    /// Why last good answers were given, in order.
    fn why(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let why = events.iter().filter_map(|event| match event {
            ExtensionEvent::LastGood { why, .. } => Some(why.clone()),
            _ => None,
        });
        why.collect()
    }

    /// How often it was told that a server is waited for.
    fn signs(&self) -> usize {
        let events = self.0.lock().unwrap();
        let signs = events
            .iter()
            .filter(|event| matches!(event, ExtensionEvent::Waiting { .. }));
        signs.count()
    }
}

struct Setup {
    services: Arc<Services>,
    heard: Arc<Heard>,
    asked: Arc<AtomicUsize>,
    _work_dir: tempfile::TempDir,
}

impl Setup {
    fn new() -> Self {
        let work_dir = tempfile::tempdir().unwrap();
        let heard = Arc::new(Heard::default());
        let mut services = Services::for_tests(work_dir.path(), |_| {});
        services.sink = EventSink::new("test".parse().unwrap(), Some(heard.clone()));
        Self {
            services: Arc::new(services),
            heard,
            asked: Arc::default(),
            _work_dir: work_dir,
        }
    }

    /// Asks for what `asking` answers, and says how many seconds that took.
    async fn ask(
        &self,
        key: &str,
        asking: impl Future<Output = ServiceResult<Fetched<String>>> + Send + 'static,
    ) -> (ServiceResult<String>, u64) {
        let (answer, took) = self.ask_at("server", key, asking).await;
        (answer, took.as_secs())
    }

    async fn ask_at(
        &self,
        server: &str,
        key: &str,
        asking: impl Future<Output = ServiceResult<Fetched<String>>> + Send + 'static,
    ) -> (ServiceResult<String>, Duration) {
        let begun = Instant::now();
        let question = CacheKey {
            key: key.into(),
            what: "the answer",
            server: server.into(),
            lifetime: Duration::ZERO,
        };
        let asked = self.asked.clone();
        let ask = |_, _| async move {
            asked.fetch_add(1, Relaxed);
            asking.await
        };
        let answer = self.services.cached(question, ask).await;
        (answer, begun.elapsed())
    }

    async fn know(&self, key: &str, value: &str) {
        let value = value.to_owned();
        self.ask(key, async { new(value) }).await.0.unwrap();
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Relaxed)
    }
}

fn new(value: impl Into<String>) -> ServiceResult<Fetched<String>> {
    Ok(Fetched::New(value.into(), None))
}

async fn late(seconds: u64, value: &'static str) -> ServiceResult<Fetched<String>> {
    sleep(Duration::from_secs(seconds)).await;
    new(value)
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_is_waited_for_with_a_sign_each_second() {
    let setup = Setup::new();
    let (answer, seconds) = setup.ask("a", late(50, "first")).await;
    assert_eq!((answer.unwrap().as_str(), seconds), ("first", 50));
    assert!((49..=50).contains(&setup.heard.signs()));
    assert_eq!(setup.heard.why(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_is_waited_for_no_longer_than_patience_lasts_and_arrives_behind() {
    let setup = Setup::new();
    setup.know("a", "old").await;
    let (answer, seconds) = setup.ask("a", late(2, "newer")).await;
    assert_eq!((answer.unwrap().as_str(), seconds), ("newer", 2));
    let (answer, seconds) = setup.ask("a", late(10, "newest")).await;
    assert_eq!((answer.unwrap().as_str(), seconds), ("newer", 3));
    let [why] = setup.heard.why().try_into().unwrap();
    assert!(
        why.contains("`server` has not answered within 3 s"),
        "{why}"
    );
    sleep(Duration::from_secs(20)).await;
    let (answer, _) = setup.ask("a", async { Err(offline()) }).await;
    assert_eq!(answer.unwrap(), "newest");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_silent_is_not_waited_for_again_and_asked_once_for_each_question() {
    let setup = Setup::new();
    for key in ["a", "b"] {
        setup.know(key, "old").await;
    }
    setup.asked();
    for (key, expected) in [("a", 3), ("a", 0), ("b", 0), ("b", 0)] {
        let (answer, seconds) = setup.ask(key, pending()).await;
        assert_eq!(
            (answer.unwrap().as_str(), seconds),
            ("old", expected),
            "{key}"
        );
    }
    tokio::task::yield_now().await;
    assert_eq!(setup.asked(), 2);
    sleep(Duration::from_secs(31)).await;
    let (answer, seconds) = setup.ask("b", pending()).await;
    assert_eq!((answer.unwrap().as_str(), seconds), ("old", 3));
    // What was never answered is waited for even now.
    let (answer, seconds) = setup.ask("c", late(8, "first")).await;
    assert_eq!((answer.unwrap().as_str(), seconds), ("first", 8));
}

#[tokio::test(start_paused = true)]
async fn a_start_that_asks_several_servers_waits_but_a_little_for_each_after_the_first() {
    let setup = Setup::new();
    for key in ["a", "b", "c", "d"] {
        setup.know(key, "old").await;
    }
    let begun = Instant::now();
    for (server, key) in [("one", "a"), ("two", "b"), ("three", "c")] {
        let (answer, _) = setup.ask_at(server, key, pending()).await;
        assert_eq!(answer.unwrap(), "old");
    }
    assert_eq!(begun.elapsed().as_millis(), 4000);
    // One that answers in that time is believed.
    let soon = async {
        sleep(Duration::from_millis(300)).await;
        new("new")
    };
    let (answer, _) = setup.ask_at("four", "d", soon).await;
    assert_eq!(answer.unwrap(), "new");
    let why = setup.heard.why().join("\n");
    assert!(why.contains("`two` has not answered within 0.5 s"), "{why}");
    // What was silent comes to its senses, and nobody waits less for it.
    sleep(Duration::from_secs(31)).await;
    let (answer, _) = setup.ask_at("four", "d", late(2, "newer")).await;
    assert_eq!(answer.unwrap(), "newer");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_at_last_is_waited_for_again() {
    let setup = Setup::new();
    for key in ["a", "b"] {
        setup.know(key, "old").await;
    }
    assert_eq!(setup.ask("a", late(5, "new")).await.1, 3);
    sleep(Duration::from_secs(5)).await;
    let (answer, seconds) = setup.ask("b", late(2, "new")).await;
    assert_eq!((answer.unwrap().as_str(), seconds), ("new", 2));
}

#[tokio::test(start_paused = true)]
async fn two_who_ask_the_same_at_once_ask_once() {
    let setup = Setup::new();
    setup.know("a", "old").await;
    setup.asked();
    let (one, two) = tokio::join!(
        setup.ask("a", late(1, "new")),
        setup.ask("a", late(1, "new"))
    );
    assert_eq!(
        (one.0.unwrap(), two.0.unwrap()),
        ("new".into(), "new".into())
    );
    assert_eq!(setup.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_for_good_is_said_at_once() {
    let setup = Setup::new();
    setup.know("a", "old").await;
    let gone = ServiceError::Fetch {
        url: "x".into(),
        status: 404,
    };
    let (answer, seconds) = setup.ask("a", async { Err(gone) }).await;
    assert!(answer.is_err() && seconds == 0);
    let (answer, _) = setup.ask("a", async { Ok(Fetched::Unchanged) }).await;
    assert_eq!(answer.unwrap(), "old");
}

fn offline() -> ServiceError {
    ServiceError::Offline { what: "it".into() }
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_told_each_second_and_when_it_is_over() {
    let setup = Setup::new();
    let wait = |milliseconds| {
        let waiting = sleep(Duration::from_millis(milliseconds));
        setup.services.tell_while("it", waiting)
    };
    wait(900).await;
    assert!(setup.heard.0.lock().unwrap().is_empty());
    wait(2_500).await;
    let events = setup.heard.0.lock().unwrap();
    let told = events.iter().map(|event| match event {
        ExtensionEvent::Waiting { what, waited } => (what.as_str(), waited.as_secs(), false),
        ExtensionEvent::Waited { what, waited } => (what.as_str(), waited.as_secs(), true),
        other => panic!("{other:?}"),
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [("it", 1, false), ("it", 2, false), ("it", 2, true)]);
}
