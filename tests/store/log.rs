//! What is kept of extensions' runs: by embedders, in their processes, whatever happens to the disk.

use std::{fs, sync::Arc};

use annexe::{
    Host,
    delegate::{ExtensionEvent, ExtensionObserver},
    store::{ExtensionStore, StoreConfiguration},
    types::ExtensionId,
};

use crate::place::{ID, Package, Place, guest_of, id};

async fn installed() -> (Place, ExtensionStore) {
    let place = Place::new();
    place.publish(&Package::new("1.0.0").wasm(guest_of("0.7.0")));
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    (place, store)
}

/// Waits until the log has a line with these words.
async fn logged(store: &ExtensionStore, words: &str) {
    let mut followed = store.log(&id(ID)).follow(None).await.unwrap();
    loop {
        let entries = followed.next().await.unwrap();
        if entries.iter().any(|entry| entry.text.contains(words)) {
            return;
        }
    }
}

/// Keeps what it hears.
#[derive(Default)]
struct Heard(std::sync::Mutex<Vec<String>>);

impl ExtensionObserver for Heard {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        let event = serde_json::to_value(event).unwrap();
        let name = event["event"].as_str().unwrap().to_owned();
        self.0.lock().unwrap().push(name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_running_extension_prints_can_be_read_at_once() {
    let (place, store) = installed().await;
    let extension = store.start(&id(ID)).await.unwrap();
    place.ask(&extension, "print:while it runs").await.unwrap();
    logged(&store, "while it runs").await;
    place.ask(&extension, "print:and later").await.unwrap();
    logged(&store, "and later").await;
    drop(extension);
}

#[tokio::test]
async fn faults_are_logged_and_an_observer_of_ones_own_hears_them_too() {
    let (place, store) = installed().await;
    let heard = Arc::new(Heard::default());
    let host = Host::builder().observer(heard.clone()).build().unwrap();
    let store = ExtensionStore::open(StoreConfiguration::new(store.folder()), host).unwrap();
    let live = store.live();
    assert!(live.health().is_empty());
    let extension = live.start(&id(ID)).await.unwrap();
    place.ask(&extension, "trap").await.unwrap_err();
    place.ask(&extension, "echo").await.unwrap();
    let health = live.health();
    assert_eq!(health[0].0, id(ID));
    assert_eq!((health[0].1.faults, health[0].1.restarts), (1, 1));
    assert!(health[0].1.most_memory_bytes >= health[0].1.memory_bytes);
    logged(&store, ", started again").await;
    let log = store.log(&id(ID)).entries(None).unwrap();
    assert!(
        log.iter()
            .any(|it| it.what == "stopped" && it.text.contains("unreachable"))
    );
    assert!(log.iter().any(|it| it.what == "at"));
    let heard = heard.0.lock().unwrap().clone();
    for event in ["started", "stopped", "answered"] {
        assert!(heard.iter().any(|it| it == event), "{heard:?}");
    }
    assert!(!heard.iter().any(|it| it == "host-call"), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_who_write_at_once_lose_no_line_and_no_count() {
    const WRITERS: usize = 4;
    const CALLS: usize = 20;
    let (place, _) = installed().await;
    let place = Arc::new(place);
    let work = (0..WRITERS).map(|writer| {
        let place = place.clone();
        tokio::spawn(async move {
            // A store of its own, as another process has one.
            let store = place.store();
            for call in 0..CALLS {
                let extension = store.start(&id(ID)).await.unwrap();
                let text = format!("print:{writer}-{call}");
                place.ask(&extension, &text).await.unwrap();
            }
        })
    });
    for work in work.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    let store = place.store();
    for writer in 0..WRITERS {
        logged(&store, &format!("{writer}-{}", CALLS - 1)).await;
    }
    // The last extension writes its counts when it has gone.
    while store
        .stats(&id(ID))
        .unwrap()
        .is_none_or(|it| it.calls < (WRITERS * CALLS) as u64)
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let stats = store.stats(&id(ID)).unwrap().unwrap();
    assert_eq!(stats.starts, (WRITERS * CALLS) as u64);
    let log = store.log(&id(ID)).entries(None).unwrap();
    assert!(log.iter().all(|entry| entry.at.is_some()), "{log:?}");
    let printed = log.iter().filter(|entry| entry.what == "stdout").count();
    assert_eq!(printed, WRITERS * CALLS);
    for writer in 0..WRITERS {
        for call in 0..CALLS {
            let text = format!("{writer}-{call}");
            assert!(
                log.iter().any(|it| it.what == "stdout" && it.text == text),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn what_does_not_start_is_logged() {
    let (place, store) = installed().await;
    place.publish(&Package::new("2.0.0").wasm(crate::support::guests::stopping::component()));
    place.update(&store).await.unwrap();
    store.start(&id(ID)).await.unwrap();
    logged(&store, "could not be started").await;
}

#[tokio::test]
async fn a_disk_that_takes_nothing_fails_no_call() {
    let (place, store) = installed().await;
    for name in ["logs", "stats"] {
        fs::write(place.store_dir().join(name), "").unwrap();
    }
    let extension = store.start(&id(ID)).await.unwrap();
    place.ask(&extension, "print:x").await.unwrap();
    place.ask(&extension, "trap").await.unwrap_err();
    place.ask(&extension, "echo").await.unwrap();
    assert!(store.log(&id(ID)).entries(None).is_err());
}
