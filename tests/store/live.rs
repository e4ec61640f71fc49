//! Running extensions that follow what is installed, called all the while.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use annexe::{
    CallResources, Extension,
    delegate::LocalWorktree,
    store::{NoReporter, Reload, RunningExtensions},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    install::registry_named,
    place::{ID, Package, Place, guest_of, id},
    support::guests::stopping,
};

/// The same files of another registry are granted other things, and write elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_files_from_elsewhere_take_the_place_of_what_runs() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let live = store.live(Arc::new(NoReporter));
    let first = live.start(&id(ID)).await.unwrap();
    let worktree = place.path("worktree");
    let before = ask(&first, worktree.clone(), "echo").await["command"].clone();

    let other = registry_named("other", &Package::new("1.0.0"));
    other.install(&store, "*").await.unwrap();
    let followed = live.refresh().await.unwrap();
    assert!(
        matches!(&followed[..], [Reload::Swapped { .. }]),
        "{followed:?}"
    );
    let now = live.get(&id(ID)).unwrap();
    assert_ne!(ask(&now, worktree.clone(), "echo").await["command"], before);
    // Whoever holds the other one has it where it was.
    assert_eq!(ask(&first, worktree, "echo").await["command"], before);
    assert!(live.refresh().await.unwrap().is_empty());
}

/// Asks an extension for a server's command.
pub async fn ask(extension: &Extension, worktree: PathBuf, server: &str) -> Value {
    let worktree = LocalWorktree::new(1, worktree, Vec::new());
    let resources = CallResources {
        worktree: Some(Arc::new(worktree)),
        ..CallResources::default()
    };
    let answer = extension.call_by_name("language-server-command", json!([server]), &resources);
    answer.await.unwrap()
}

/// Four tasks that call what runs, without a pause, until they are told to end.
pub struct Callers {
    ended: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
    tasks: tokio::task::JoinSet<()>,
}

impl Callers {
    pub fn start(live: &RunningExtensions, place: &Place) -> Self {
        let (ended, calls) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (live, worktree) = (live.clone(), place.path("worktree"));
            let (ended, calls) = (ended.clone(), calls.clone());
            tasks.spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    let extension = live.get(&id(ID)).expect("it runs all the time");
                    ask(&extension, worktree.clone(), "version").await;
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self {
            ended,
            calls,
            tasks,
        }
    }

    /// Waits until some calls more have been answered.
    pub async fn go_on(&self) {
        let enough = self.calls.load(Ordering::Relaxed) + 8;
        while self.calls.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
    }

    pub async fn end(mut self) {
        self.ended.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_takes_the_place_of_what_runs_and_no_call_is_lost() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let live = store.live(Arc::new(NoReporter));
    let first = live.start(&id(ID)).await.unwrap();
    // A call that is under way ends on the instance it began on.
    let (extension, worktree) = (first.clone(), place.path("worktree"));
    let slow = tokio::spawn(async move { ask(&extension, worktree, "sleep:300").await });
    let callers = Callers::start(&live, &place);
    callers.go_on().await;

    place.publish(&Package::new("2.0.0").wasm(guest_of("0.7.0")));
    place.update(&store).await.unwrap();
    callers.go_on().await;
    let followed = live.refresh().await.unwrap();
    let [Reload::Swapped { from, to, .. }] = &followed[..] else {
        panic!("{followed:?}");
    };
    assert_eq!(
        (from.to_string(), to.to_string()),
        ("1.0.0".into(), "2.0.0".into())
    );
    callers.go_on().await;
    let now = live.get(&id(ID)).unwrap();
    assert_eq!(
        ask(&now, place.path("worktree"), "version").await["args"],
        json!(["0.7.0"])
    );
    assert!(slow.await.unwrap()["command"].is_string());
    // Whoever holds the old one has it as long as that.
    assert_eq!(
        ask(&first, place.path("worktree"), "version").await["args"],
        json!(["0.0.1"])
    );
    assert!(live.refresh().await.unwrap().is_empty());

    // What does not start takes nothing's place.
    place.publish(&Package::new("3.0.0").wasm(stopping::component()));
    place.update(&store).await.unwrap();
    assert!(live.refresh().await.unwrap().is_empty());
    assert_eq!(
        store.installed(&id(ID)).unwrap().version.to_string(),
        "2.0.0"
    );
    callers.go_on().await;
    callers.end().await;

    store.remove(&[id(ID)], &NoReporter).await.unwrap();
    let followed = live.refresh().await.unwrap();
    assert!(
        matches!(followed[..], [Reload::Removed { .. }]),
        "{followed:?}"
    );
    assert!(live.get(&id(ID)).is_none());
    assert_eq!(
        ask(&now, place.path("worktree"), "version").await["args"],
        json!(["0.7.0"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_installs_is_followed() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let live = store.live(Arc::new(NoReporter));
    live.start(&id(ID)).await.unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    let watch = live
        .watch(move |followed| drop(tell.send(followed)))
        .unwrap();
    let callers = Callers::start(&live, &place);
    for (version, api) in [("2.0.0", "0.7.0"), ("2.1.0", "0.4.0")] {
        place.publish(&Package::new(version).wasm(guest_of(api)));
        // A store of its own, as another process has one.
        place.update(&place.store()).await.unwrap();
        let followed = told.recv().await.unwrap();
        let Reload::Swapped { to, .. } = &followed else {
            panic!("{followed:?}");
        };
        assert_eq!(to.to_string(), version);
        let now = live.get(&id(ID)).unwrap();
        assert_eq!(
            ask(&now, place.path("worktree"), "version").await["args"],
            json!([api])
        );
        callers.go_on().await;
    }
    place.store().rollback(None, &NoReporter).await.unwrap();
    let followed = told.recv().await.unwrap();
    assert!(
        matches!(&followed, Reload::Swapped { to, .. } if to.to_string() == "2.0.0"),
        "{followed:?}"
    );
    callers.end().await;
    drop(watch);
    place.store().remove(&[id(ID)], &NoReporter).await.unwrap();
    assert!(live.get(&id(ID)).is_some(), "nobody follows any more");
}
