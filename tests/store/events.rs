//! What a store's listener hears: of changes, of running extensions and of what becomes of them.

use std::sync::{Arc, Mutex};

use annexe::{
    CallError, Store,
    delegate::{ExtensionEvent, Unrecorded},
    store::{
        AllowAll, ChangeOptions, ChangeStep, Event, EventReceiver, ExtensionStore, Listener,
        Lockfile, StoreConfiguration, events,
    },
    types::ExtensionId,
};

use crate::{
    child::Installer,
    place::{ID, Package, Place, guest_of, id, make_writable},
};

/// The name of an event in the form that it has as JSON: of the step, of what the extension does, of the reload.
fn name(event: &Event) -> String {
    let event = serde_json::to_value(event).unwrap();
    let name = |key: &str| event[key].as_str().map(str::to_owned);
    match name("event").as_deref() {
        Some("output") => format!("output {}", event["line"].as_str().unwrap()),
        Some("installation") => format!("installation {}", event["status"]),
        Some("access") => format!("access {}", event["refused_by"]),
        Some(other) => other.to_owned(),
        None => name("step")
            .or_else(|| name("reload"))
            .unwrap_or_else(|| name("kind").unwrap()),
    }
}

/// Keeps the names of what it hears.
#[derive(Default)]
struct Names(Mutex<Vec<String>>);

impl Names {
    /// What was heard since the last time, each once where it came several times in a row.
    fn take(&self) -> Vec<String> {
        let mut names = std::mem::take(&mut *self.0.lock().unwrap());
        names.dedup();
        names
    }
}

impl Listener for Names {
    fn hear(&self, event: &Event) {
        self.0.lock().unwrap().push(name(event));
    }
}

/// The names of the next events, until one of a name has come.
async fn until(events: &mut EventReceiver, last: &str) -> Vec<String> {
    let mut names = Vec::new();
    while names.last().is_none_or(|name| name != last) {
        names.push(name(&events.next().await.unwrap()));
    }
    names.dedup();
    names
}

/// The steps of an installation from a folder, which a host sees for the first time.
const STEPS: [&str; 10] = [
    "resolved",
    "ready",
    "fetching",
    "verified",
    "unpacked",
    "compiling",
    "compiled",
    "ready",
    "installed",
    "committed",
];

#[tokio::test(flavor = "multi_thread")]
async fn one_listener_hears_the_change_the_extension_and_the_reload_in_their_order() {
    let place = Place::with(&["1.0.0"]);
    let (sender, mut heard) = events(1000);
    let store = place.store().with_listener(Arc::new(sender));
    place.install(&store, "*").await.unwrap();
    assert_eq!(until(&mut heard, "committed").await, STEPS);

    let live = store.live();
    let extension = live.start(&id(ID)).await.unwrap();
    place.ask(&extension, "print:hello").await.unwrap();
    place.ask(&extension, "status:downloading").await.unwrap();
    drop(extension);
    let names = until(&mut heard, "installation \"downloading\"").await;
    let expected = ["started", "output hello", "answered"];
    let at = |name: &str| names.iter().position(|it| it == name);
    assert!(expected.map(at).is_sorted(), "{names:?}");
    assert!(expected.iter().all(|it| at(it).is_some()), "{names:?}");

    let watch = live.watch().unwrap();
    place.publish(&Package::new("2.0.0").wasm(guest_of("0.7.0")));
    let other = place.path("other");
    let finished = Installer::spawn(&place, &other, &["=2.0.0"]).finish();
    assert!(finished.ends_with("unchanged=false"), "{finished}");
    let names = until(&mut heard, "swapped").await;
    // The steps of the other process are its own to tell.
    assert_eq!(names[names.len() - 2..], ["started", "swapped"]);
    assert!(!names.iter().any(|name| name == "installed"), "{names:?}");

    // When all that could tell of something is gone, so is the stream.
    drop((watch, live, store));
    while heard.next().await.is_some() {}
}

/// Keeps all events, beside a channel that they go to as well.
struct Both<L>(Names, L);

impl<L: Listener> Listener for Both<L> {
    fn hear(&self, event: &Event) {
        self.0.hear(event);
        self.1.hear(event);
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_how_many_events_it_has_missed() {
    let place = Place::with(&["1.0.0"]);
    let (sender, mut heard) = events(2);
    let both = Arc::new(Both(Names::default(), sender));
    let store = place.store().with_listener(both.clone());
    place.install(&store, "*").await.unwrap();
    let told = std::mem::take(&mut *both.0.0.lock().unwrap());
    assert!(told.len() > 4, "{told:?}");
    for name_told in &told[..2] {
        assert_eq!(name(&heard.next().await.unwrap()), *name_told);
    }
    store.pin(&[id(ID)], true).await.unwrap();
    // What comes after stands behind what was lost.
    let extension = store.start(&id(ID)).await.unwrap();
    let Some(Event::Missed { count }) = heard.next().await else {
        panic!("nothing was missed");
    };
    assert_eq!(count, told.len() as u64 - 2);
    assert_eq!(name(&heard.next().await.unwrap()), "committed");
    assert_eq!(name(&heard.next().await.unwrap()), "started");
    drop((extension, store, both));
    assert!(heard.next().await.is_none());
}

#[tokio::test]
async fn a_listener_of_one_change_takes_the_place_of_the_stores() {
    let place = Place::with(&["1.0.0"]);
    let [wide, own] = [(); 2].map(|()| Arc::new(Names::default()));
    let store = place.store().with_listener(wide.clone());
    let changing = store.clone().with_listener(own.clone());
    place.install(&changing, "*").await.unwrap();
    let own_names = own.take();
    assert_eq!(own_names[own_names.len() - 2..], ["installed", "committed"]);
    assert!(wide.take().is_empty());
    // The store that the other was made of still has its own.
    place.publish(&Package::new("1.1.0"));
    place.update(&store).await.unwrap();
    store.start(&id(ID)).await.unwrap();
    assert!(own.take().is_empty());
    let wide = wide.take();
    assert_eq!(
        wide[wide.len() - 3..],
        ["installed", "committed", "started"]
    );
}

/// Keeps what it hears of changes, with what it is about.
#[derive(Default)]
struct Steps(Mutex<Vec<(String, ChangeStep)>>);

impl Listener for Steps {
    fn hear(&self, event: &Event) {
        if let Event::Change { subject, step } = event {
            self.0.lock().unwrap().push((subject.clone(), step.clone()));
        }
    }
}

#[tokio::test]
async fn each_change_that_is_made_is_told_with_what_it_brought_and_took_out() {
    let place = Place::with(&["1.0.0", "1.1.0"]);
    let heard = Arc::new(Steps::default());
    let store = place.store().with_listener(heard.clone());
    place.install(&store, "=1.0.0").await.unwrap();
    place.install(&store, "=1.1.0").await.unwrap();
    heard.0.lock().unwrap().clear();
    let told = |id: &str, step: ChangeStep| (id.to_owned(), step);
    let committed = |generation, reason: &str| {
        let reason = reason.to_owned();
        told("", ChangeStep::Committed { generation, reason })
    };
    let installed = |generation| told(ID, ChangeStep::Installed { generation });
    let removed = |version: &str| {
        let version = version.parse().unwrap();
        told(ID, ChangeStep::Removed { version })
    };
    let take = || std::mem::take(&mut *heard.0.lock().unwrap());

    store.pin(&[id(ID)], true).await.unwrap();
    assert_eq!(take(), [committed(3, &format!("pin {ID} 1.1.0"))]);
    // Nothing changes, and a change that fails is told by its result alone.
    store.pin(&[id(ID)], true).await.unwrap();
    store.remove(&[id("none")]).await.unwrap_err();
    assert_eq!(take(), []);
    store.rollback(Some(1)).await.unwrap();
    assert_eq!(take(), [installed(4), committed(4, "roll back to 1")]);
    store.remove_with_work(&[id(ID)]).await.unwrap();
    let words = format!("remove {ID} 1.0.0");
    assert_eq!(take(), [removed("1.0.0"), committed(5, &words)]);
    store.rollback(None).await.unwrap();
    assert_eq!(take(), [installed(6), committed(6, "roll back to 1")]);

    // What a lockfile lacks is taken out.
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    options.consent = &AllowAll;
    let empty = Store::open(StoreConfiguration::new(place.path("empty"))).unwrap();
    let lockfile = Lockfile::of(&empty.generation().unwrap());
    store.sync(&lockfile, &options).await.unwrap();
    let told = take();
    assert_eq!(told[0], removed("1.0.0"));
    let done = |step: &ChangeStep| matches!(step, ChangeStep::Committed { generation: 7, .. });
    assert!(told.len() == 2 && done(&told[1].1), "{told:?}");
}

#[tokio::test]
async fn a_change_that_cannot_be_followed_is_told_and_followed_as_soon_as_it_can_be() {
    let place = Place::with(&["1.0.0"]);
    let (sender, mut heard) = events(1000);
    let store = place.store().with_listener(Arc::new(sender));
    place.install(&store, "*").await.unwrap();
    let live = store.live();
    live.start(&id(ID)).await.unwrap();
    place.publish(&Package::new("2.0.0"));
    place.update(&place.store()).await.unwrap();
    // Nothing that is watched: only another try can find that it is whole again.
    let file = place.store_dir().join("generations/2.json");
    let whole = std::fs::read(&file).unwrap();
    make_writable(&file);
    std::fs::write(&file, "{").unwrap();
    tokio::time::pause();
    let _watch = live.watch().unwrap();
    for _ in 0..3 {
        until(&mut heard, "not-followed").await;
    }
    std::fs::write(&file, whole).unwrap();
    let names = until(&mut heard, "swapped").await;
    assert!(names.len() < 10, "{names:?}");
}

/// Panics at all it hears, and wants to hear everything.
struct Shocked;

impl Listener for Shocked {
    fn hear(&self, _: &Event) {
        panic!("as it was told to");
    }

    fn wants_host_calls(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn a_listener_that_panics_changes_nothing() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store().with_listener(Arc::new(Shocked));
    place.install(&store, "*").await.unwrap();
    let live = store.live();
    let extension = live.start(&id(ID)).await.unwrap();
    place.ask(&extension, "status:downloading").await.unwrap();
    place.publish(&Package::new("2.0.0"));
    place.update(&store).await.unwrap();
    assert_eq!(live.refresh().await.unwrap().len(), 1);
    let health = live.health();
    assert_eq!((health[0].1.faults, health[0].1.restarts), (0, 0));
    place.assert_intact(&store, "2.0.0").await;
}

/// A book that cannot be written in.
struct Full(Names);

impl Listener for Full {
    fn hear(&self, event: &Event) {
        self.0.hear(event);
    }

    fn record(&self, extension: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        assert_eq!(extension.as_str(), ID);
        assert!(matches!(access, ExtensionEvent::Access { .. }));
        Err(Unrecorded::new("the book is full"))
    }
}

#[tokio::test]
async fn what_a_listener_cannot_record_is_refused() {
    let place = Place::with(&["1.0.0"]);
    place.install(&place.store(), "*").await.unwrap();
    let full = Arc::new(Full(Names::default()));
    let store: ExtensionStore = place.store().with_listener(full.clone());
    let extension = store.start(&id(ID)).await.unwrap();
    // That the server may be started is recorded too.
    let error = place.ask(&extension, "echo").await.unwrap_err();
    let CallError::NotStarted { .. } = &error else {
        panic!("{error:?}");
    };
    let names = full.0.take();
    assert!(names.contains(&"access \"audit\"".to_owned()), "{names:?}");
    assert!(!names.contains(&"host-call".to_owned()), "{names:?}");
}
