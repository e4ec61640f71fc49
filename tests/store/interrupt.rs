//! Installations that are interrupted, and several at the same time.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use annexe::{
    CodeOrigin,
    store::{Event, Listener},
};
use tokio::sync::Notify;

use crate::{
    child::Installer,
    place::{Events, ID, Place, id, make_writable},
};

/// Tells when so many steps have been reported.
struct After {
    steps: AtomicUsize,
    reached: Notify,
}

impl Listener for After {
    fn hear(&self, _: &Event) {
        if self.steps.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.reached.notify_one();
        }
    }
}

#[tokio::test]
async fn a_dropped_installation_leaves_the_old_version_or_the_new() {
    let place = Place::with(&["1.0.0", "2.0.0"]);
    let store = place.store();
    place.install(&store, "^1").await.unwrap();
    let mut dropped = 0;
    for steps in 1.. {
        let after = Arc::new(After {
            steps: steps.into(),
            reached: Notify::new(),
        });
        let done = tokio::select! {
            biased;
            () = after.reached.notified() => false,
            receipt = place.install_reporting(&store, "^2", after.clone()) => {
                receipt.unwrap();
                true
            }
        };
        if done {
            break;
        }
        dropped += 1;
        // At once, while what was dropped may still be at work on another thread.
        let version = store.installed(&id(ID)).unwrap().version.to_string();
        assert!(["1.0.0", "2.0.0"].contains(&version.as_str()));
        place.assert_answers(&store).await;
        place.install(&store, "^1").await.unwrap();
        place.assert_intact(&store, "1.0.0").await;
        // Otherwise nothing would be fetched the next time.
        forget_tree_of_second(&place);
    }
    assert!(dropped >= 5, "{dropped}");
    place.assert_intact(&store, "2.0.0").await;
}

/// Removes every tree but the current one.
fn forget_tree_of_second(place: &Place) {
    let current = place.store().installed(&id(ID)).unwrap().tree.to_string();
    for tree in fs::read_dir(place.store_dir().join("trees")).unwrap() {
        let tree = tree.unwrap();
        if tree.file_name().to_str() != Some(&current) {
            make_writable(&tree.path());
            fs::remove_dir_all(tree.path()).unwrap();
        }
    }
}

#[tokio::test]
async fn a_killed_process_leaves_a_store_that_works() {
    let warm = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let versions = ["1.0.0", "2.0.0", "3.0.0"];
    for steps in 0..18 {
        let place = Place::with(&versions);
        let cold = place.path("cold");
        // Once in a while in the middle of a compilation.
        let cache = if steps % 5 == 4 { &cold } else { &warm };
        let mut installer = Installer::spawn(&place, cache, &["^1", "^2", "^3"]);
        let last = (0..steps).map_while(|_| installer.step()).last();
        installer.kill();

        let store = place.store();
        let installed = store.generation().unwrap().extensions;
        if installed.contains_key(&id(ID)) {
            place.assert_answers(&store).await;
        }
        let receipt = place.install(&store, "^2").await.unwrap();
        assert_eq!(receipt.installed.version.to_string(), "2.0.0", "{last:?}");
        place.assert_intact(&store, "2.0.0").await;
    }
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept_by_the_next_change_and_not_by_reading() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let left = place.store_dir().join("staging/change-aB3dE6");
    fs::create_dir_all(left.join("tree")).unwrap();
    fs::write(left.join("tree/extension.wasm"), "x").unwrap();
    drop(store);
    let store = place.store();
    store.verify().await.unwrap();
    assert!(left.exists());
    store.pin(&[id(ID)], true).await.unwrap();
    place.assert_clean();
}

#[tokio::test]
async fn two_processes_install_the_same_once() {
    let place = Place::with(&["1.0.0"]);
    let cold = place.path("cold");
    let both = [(); 2].map(|()| Installer::spawn(&place, &cold, &["*"]));
    let ends = both.map(Installer::finish);
    // The one that compiled need not be the one that is first to change the store then.
    for words in [
        "done Compiled",
        "done Cached",
        "unchanged=true",
        "unchanged=false",
    ] {
        let count = ends.iter().filter(|end| end.contains(words)).count();
        assert_eq!(count, 1, "{words}: {ends:?}");
    }
    assert_eq!(place.store().generation().unwrap().number, 1);
    place.assert_intact(&place.store(), "1.0.0").await;
}

#[tokio::test]
async fn two_tasks_with_stores_of_their_own_install_the_same_once() {
    let place = Place::with(&["1.0.0"]);
    let cold = place.path("cold");
    let stores = [place.store_with_cache(&cold), place.store_with_cache(&cold)];
    let (one, other) = tokio::join!(
        place.install(&stores[0], "*"),
        place.install(&stores[1], "*"),
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.unchanged != other.unchanged);
    let (first, second) = if one.unchanged {
        (other, one)
    } else {
        (one, other)
    };
    // The one that compiled need not be the one that is first to change the store then.
    let is_compiled = |code: &Option<CodeOrigin>| matches!(code, Some(CodeOrigin::Compiled { .. }));
    let codes = [&first.code, &second.code];
    assert_eq!(codes.iter().filter(|code| is_compiled(code)).count(), 1);
    assert!(codes.contains(&&Some(CodeOrigin::Cached)), "{codes:?}");
    assert_eq!(first.installed, second.installed);
    place.assert_intact(&stores[0], "1.0.0").await;
}

#[tokio::test]
async fn reading_waits_for_no_change() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let lock = fs::File::open(place.store_dir().join("store.lock")).unwrap();
    lock.lock().unwrap();
    place.assert_answers(&place.store()).await;
    store.manifest(&id(ID)).unwrap();

    let events = Arc::new(Events::default());
    let mut install = Box::pin(place.install_reporting(&store, "*", events.clone()));
    while !events.names().contains(&"Waiting".into()) {
        tokio::select! {
            biased;
            _ = &mut install => panic!("the lock is held"),
            () = tokio::task::yield_now() => {}
        }
    }
    lock.unlock().unwrap();
    assert!(install.await.unwrap().unchanged);
}
