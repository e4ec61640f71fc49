//! The first start of an updated version, and what happens where it fails.

use std::sync::{Arc, Mutex};

use annexe::store::{Event, Listener, RolledBack, SkipReason, StoreError};

use crate::{
    place::{ID, Package, Place, guest_of, id},
    support::guests::stopping,
};

#[derive(Default)]
struct Back(Mutex<Vec<RolledBack>>);

impl Listener for Back {
    fn hear(&self, event: &Event) {
        if let Event::RolledBack(back) = event {
            self.0.lock().unwrap().push(back.clone());
        }
    }
}

#[tokio::test]
async fn a_version_that_does_not_start_gives_way_to_the_one_before() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.publish(&Package::new("1.1.0").wasm(stopping::component()));
    place.update(&store).await.unwrap();

    let back = Arc::new(Back::default());
    let listening = store.clone().with_listener(back.clone());
    let extension = listening.start(&id(ID)).await.unwrap();
    place.call(&extension).await;
    let back = std::mem::take(&mut *back.0.lock().unwrap());
    assert_eq!(back.len(), 1);
    assert_eq!(
        (back[0].from.to_string(), back[0].to.to_string()),
        ("1.1.0".into(), "1.0.0".into())
    );
    place.assert_intact(&store, "1.0.0").await;

    let outcome = place.update(&store).await.unwrap();
    assert!(outcome.receipts.is_empty());
    let SkipReason::UpToDate { passed_over } = &outcome.skipped[0].reason else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        passed_over[0].to_string(),
        "1.1.0 did not start on this machine"
    );
    // A later version is a new try; what failed is not forgotten by going back.
    place.publish(&Package::new("1.2.0"));
    place.update(&store).await.unwrap();
    place.assert_intact(&store, "1.2.0").await;
    store.rollback(None).await.unwrap();
    assert_eq!(store.installed(&id(ID)).unwrap().failed.len(), 1);
}

#[tokio::test]
async fn a_version_that_has_started_once_is_on_its_own() {
    let place = Place::with(&["1.0.0"]);
    place.publish(&Package::new("1.1.0").wasm(guest_of("0.7.0")));
    let store = place.store();
    place.install(&store, "=1.0.0").await.unwrap();
    place.install(&store, "=1.1.0").await.unwrap();
    let started = place.store_dir().join("started");
    assert_eq!(crate::place::names(&started).len(), 0);
    place.assert_answers(&store).await;
    assert_eq!(crate::place::names(&started).len(), 1);
    place.assert_intact(&store, "1.1.0").await;
}

#[tokio::test]
async fn without_a_version_before_the_failure_is_told() {
    let place = Place::new();
    place.publish(&Package::new("1.0.0").wasm(stopping::component()));
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let back = Arc::new(Back::default());
    let store = store.with_listener(back.clone());
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::Component { .. }), "{error}");
    assert!(back.0.lock().unwrap().is_empty());
    assert_eq!(store.generation().unwrap().number, 1);

    // Where the one before starts as little, the fault is not the update's.
    let mut next = Package::new("1.1.0").wasm(stopping::component());
    next.files = vec![("README.md".into(), b"next".to_vec())];
    place.publish(&next);
    place.update(&store).await.unwrap();
    store.start(&id(ID)).await.unwrap_err();
    assert_eq!(
        store.installed(&id(ID)).unwrap().version.to_string(),
        "1.1.0"
    );
}

#[tokio::test]
async fn what_comes_back_is_the_last_version_that_has_started() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.assert_answers(&store).await;
    // Two updates before anybody starts it: neither has ever started.
    place.publish(&Package::new("1.1.0").wasm(stopping::component()));
    place.update(&store).await.unwrap();
    let mut other = stopping::component();
    // A section of its own makes it another component.
    other.extend([0, 2, 1, b'x']);
    place.publish(&Package::new("1.2.0").wasm(other));
    place.update(&store).await.unwrap();
    place.assert_answers(&store).await;
    place.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn a_blocked_version_does_not_come_back() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.declare("1.0.0", annexe::registry::format::StateChange::Blocked);
    place.publish(&Package::new("1.1.0").wasm(stopping::component()));
    place.update(&store).await.unwrap();
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::Component { .. }), "{error}");
    assert_eq!(
        store.installed(&id(ID)).unwrap().version.to_string(),
        "1.1.0"
    );
}

#[tokio::test]
async fn what_failed_is_tried_again_only_by_its_number() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.publish(&Package::new("1.1.0").wasm(stopping::component()));
    place.update(&store).await.unwrap();
    place.assert_answers(&store).await;
    let receipt = place.install(&store, "*").await.unwrap();
    assert!(receipt.unchanged, "{receipt:?}");
    let receipt = place.install(&store, "=1.1.0").await.unwrap();
    assert!(receipt.installed.failed.is_empty());
    place.assert_answers(&store).await;
    place.assert_intact(&store, "1.0.0").await;
}
