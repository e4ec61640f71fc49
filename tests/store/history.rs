//! Going back, what there is to go back to, and what becomes of the rest.

use std::{fs, sync::Arc};

use annexe::{
    Hint as _,
    store::{ExtensionStore, StoreError},
};

use crate::place::{Events, ID, Package, Place, id, make_writable, names};

fn version(store: &ExtensionStore) -> String {
    store.installed(&id(ID)).unwrap().version.to_string()
}

/// A store that has lived through three versions.
async fn three(place: &Place) -> ExtensionStore {
    let store = place.store();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        place.publish(&Package::new(version));
        place.install(&store, "*").await.unwrap();
    }
    store
}

#[tokio::test]
async fn going_back_twice_undoes_two_changes_and_fetches_nothing() {
    let place = Place::new();
    let store = three(&place).await;
    fs::remove_dir_all(place.registry_dir()).unwrap();
    let work = place.work_dir(&store).join("kept");
    place.assert_answers(&store).await;
    fs::write(&work, "x").unwrap();

    let first = store.rollback(None).await.unwrap();
    assert_eq!((version(&store).as_str(), first.number), ("1.1.0", 4));
    let second = store.rollback(None).await.unwrap();
    assert_eq!(
        (version(&store).as_str(), second.restores),
        ("1.0.0", Some(1))
    );
    let error = store.rollback(None).await.unwrap_err();
    assert!(matches!(error, StoreError::NothingBefore), "{error}");
    assert!(error.hint().is_some());
    place.assert_intact(&store, "1.0.0").await;
    assert!(work.is_file());

    // Forwards again, by number; nothing is lost by going back.
    store.rollback(Some(3)).await.unwrap();
    place.assert_intact(&store, "1.2.0").await;
    let error = store.rollback(Some(99)).await.unwrap_err();
    assert!(
        matches!(error, StoreError::NoGeneration { number: 99 }),
        "{error}"
    );
    let numbers: Vec<u64> = store
        .history()
        .unwrap()
        .iter()
        .map(|one| one.number)
        .collect();
    assert_eq!(numbers, [6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_new_change_after_going_back_is_undone_to_what_was_gone_back_to() {
    let place = Place::new();
    let store = three(&place).await;
    store.rollback(Some(1)).await.unwrap();
    place.install(&store, "=1.2.0").await.unwrap();
    store.rollback(None).await.unwrap();
    assert_eq!(version(&store), "1.0.0");
}

#[tokio::test]
async fn what_is_damaged_is_not_gone_back_to() {
    let place = Place::new();
    let store = three(&place).await;
    let before = store.history().unwrap().remove(1);
    let tree = store.tree(&before.extensions[&id(ID)]);
    make_writable(&tree);
    fs::write(tree.join("README.md"), "changed").unwrap();
    let error = store.rollback(None).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    place.assert_intact(&store, "1.2.0").await;
    let verified = store.verify().await.unwrap();
    assert_eq!(verified.problems.len(), 1);
    assert!(!verified.problems[0].current);
    assert_eq!(verified.problems[0].generation, Some(2));
}

#[tokio::test]
async fn collecting_keeps_what_runs_and_the_way_back_that_was_asked_for() {
    let place = Place::new();
    let store = three(&place).await;
    place.assert_answers(&store).await;
    let work = place.work_dir(&store).join("kept");
    fs::write(&work, "x").unwrap();
    let trees = || names(&place.store_dir().join("trees")).len();
    assert_eq!(trees(), 3);
    let nothing = store.collect(3).await.unwrap();
    assert_eq!(
        (nothing.generations, nothing.trees, nothing.bytes),
        (0, 0, 0)
    );

    let collected = store.collect(2).await.unwrap();
    assert_eq!((collected.generations, collected.trees), (1, 1));
    assert!(collected.bytes > 0);
    let mut numbers = names(&place.store_dir().join("generations"));
    assert_eq!(numbers, ["2.json", "3.json"]);
    let verified = store.verify().await.unwrap();
    assert!(
        verified.problems.is_empty() && verified.leftovers.is_empty(),
        "{verified:?}"
    );
    store.rollback(None).await.unwrap();
    place.assert_intact(&store, "1.1.0").await;
    let error = store.rollback(None).await.unwrap_err();
    assert!(matches!(error, StoreError::NothingBefore), "{error}");

    // The version that this one would come back to is kept as well.
    store.collect(0).await.unwrap();
    numbers = names(&place.store_dir().join("generations"));
    assert_eq!(numbers, ["4.json"]);
    assert!(work.is_file());
    place.assert_intact(&store, "1.1.0").await;
}

#[tokio::test]
async fn what_was_collected_is_fetched_again() {
    let place = Place::new();
    let store = three(&place).await;
    store.remove(&[id(ID)]).await.unwrap();
    store.collect(1).await.unwrap();
    assert_eq!(names(&place.store_dir().join("trees")), [""; 0]);
    let events = Arc::new(Events::default());
    place
        .install_reporting(&store, "=1.0.0", events.clone())
        .await
        .unwrap();
    assert!(events.names().contains(&"Unpacked".into()));
    place.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn what_an_interrupted_change_has_left_is_found_and_collected() {
    let place = Place::new();
    let store = three(&place).await;
    let store_dir = place.store_dir();
    fs::copy(
        store_dir.join("generations/3.json"),
        store_dir.join("generations/7.json"),
    )
    .unwrap();
    fs::create_dir(store_dir.join("trees").join("0".repeat(64))).unwrap();
    // A process that another test is starting holds this one's locks until it is another program.
    let mut verified = store.verify().await.unwrap();
    for _ in 0..100 {
        if !verified.leftovers.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        verified = store.verify().await.unwrap();
    }
    assert!(verified.problems.is_empty(), "{verified:?}");
    assert_eq!(verified.leftovers.len(), 2);
    store.collect(10).await.unwrap();
    assert!(store.verify().await.unwrap().leftovers.is_empty());
    place.assert_intact(&store, "1.2.0").await;
}

#[tokio::test]
async fn verifying_finds_what_is_damaged_and_installing_again_repairs_it() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let installed = place.install(&store, "*").await.unwrap().installed;
    assert!(store.verify().await.unwrap().problems.is_empty());
    let tree = store.tree(&installed);
    make_writable(&tree);
    fs::remove_file(tree.join("README.md")).unwrap();
    let verified = store.verify().await.unwrap();
    let [problem] = &verified.problems[..] else {
        panic!("{verified:?}");
    };
    assert!(problem.current);
    assert!(problem.error.hint().unwrap().contains("install it again"));
    place.install(&store, "=1.0.0").await.unwrap();
    assert!(store.verify().await.unwrap().problems.is_empty());
}

#[tokio::test]
async fn nothing_is_collected_behind_a_generation_that_cannot_be_read() {
    let place = Place::new();
    let store = three(&place).await;
    let broken = place.store_dir().join("generations/2.json");
    let whole = fs::read(&broken).unwrap();
    fs::write(&broken, "{").unwrap();
    let error = store.collect(10).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    let numbers = names(&place.store_dir().join("generations"));
    assert_eq!(numbers, ["1.json", "2.json", "3.json"]);
    fs::write(&broken, whole).unwrap();
    assert_eq!(store.collect(1).await.unwrap().generations, 2);
    place.assert_intact(&store, "1.2.0").await;
}
