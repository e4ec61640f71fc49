//! A dev extension and what is installed under its id.

use annexe::{
    Hint as _,
    store::{SkipReason, StoreError},
};

use super::{Kept, Sources, builder, version_anew};
use crate::place::{ID, Package, Place, guest_of, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_dev_extension_shadows_what_is_installed_and_gives_it_back_as_it_was() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let before = store.generation().unwrap();
    assert_eq!(version_anew(&place).await, "0.0.1");
    let note = place.work_dir(&store).join("note");
    std::fs::write(&note, "kept").unwrap();

    let sources = Sources::of_api(&place, "0.7.0");
    let mut kept = Kept::start(&place, &store, &sources);
    kept.served().await;
    assert_eq!(version_anew(&place).await, "0.7.0");
    assert_eq!(store.manifest(&id(ID)).unwrap().manifest.version, "0.1.0");
    assert_eq!(std::fs::read_to_string(&note).unwrap(), "kept");
    assert_eq!(store.generation().unwrap(), before);

    let stopped = place.store().stop_dev(&id(ID)).await.unwrap();
    assert_eq!(stopped.restored.unwrap().to_string(), "1.0.0");
    kept.end().await.unwrap();
    assert_eq!(version_anew(&place).await, "0.0.1");
    assert_eq!(std::fs::read_to_string(&note).unwrap(), "kept");
    assert_eq!(store.generation().unwrap(), before);
    assert_eq!(
        std::fs::read_dir(place.store_dir().join("dev"))
            .unwrap()
            .count(),
        0
    );
    let error = store.stop_dev(&id(ID)).await.unwrap_err();
    assert!(
        matches!(error, StoreError::NoDevExtension { .. }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_killed_serves_on_and_can_be_taken_up_or_stopped() {
    let place = Place::new();
    let store = place.store();
    let sources = Sources::of_api(&place, "0.7.0");
    let mut kept = Kept::start(&place, &store, &sources);
    kept.served().await;
    let extension = store.dev_extension(&id(ID)).unwrap().unwrap();
    assert_eq!(extension.kept_live_by, Some(std::process::id()));
    // A second one is refused, from whatever folder.
    let second = store
        .dev(&sources.folder, builder(&place))
        .once(|_| {})
        .await;
    let error = second.unwrap_err();
    assert!(
        error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
    kept.kill().await;

    let extension = store.dev_extension(&id(ID)).unwrap().unwrap();
    assert!(extension.kept_live_by.is_none() && extension.build.is_some());
    assert_eq!(version_anew(&place).await, "0.7.0");
    // What it was in the middle of is cleared away.
    let left = place
        .store_dir()
        .join("dev")
        .join(ID)
        .join("builds/incomplete-aB3dE6");
    std::fs::create_dir(&left).unwrap();
    sources.set_api("0.3.0");
    let mut kept = Kept::start(&place, &store, &sources);
    assert_eq!(kept.served().await, "0.3.0");
    assert!(!left.exists());
    kept.kill().await;
    store.stop_dev(&id(ID)).await.unwrap();
    assert!(store.dev_extensions().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_what_is_installed_leave_a_dev_extension_alone() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let sources = Sources::of_api(&place, "0.7.0");
    let dev = store.dev(&sources.folder, builder(&place));
    dev.once(|_| {}).await.unwrap();
    place.publish(&Package::new("2.0.0").wasm(guest_of("0.2.0")));
    let outcome = place.update(&store).await.unwrap();
    assert!(
        matches!(outcome.skipped[0].reason, SkipReason::Dev),
        "{outcome:?}"
    );
    assert_eq!(
        store.installed(&id(ID)).unwrap().version.to_string(),
        "1.0.0"
    );
    let error = store.remove(&[id(ID)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Dev { .. }), "{error}");
    let error = store.refuse_dev_extensions().unwrap_err();
    assert!(error.to_string().contains(ID), "{error}");
    store.collect(1).await.unwrap();
    assert_eq!(version_anew(&place).await, "0.7.0");
    assert!(store.verify().await.unwrap().problems.is_empty());
    let offers = store.contributions().await.unwrap();
    assert_eq!(offers.extensions[0].active.version().to_string(), "0.1.0");

    // Another version may be installed below it.
    place.install(&store, "=2.0.0").await.unwrap();
    assert_eq!(version_anew(&place).await, "0.7.0");
    store.stop_dev(&id(ID)).await.unwrap();
    assert_eq!(version_anew(&place).await, "0.2.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_told_and_repaired_by_the_next_build_or_by_stopping() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let sources = Sources::of_api(&place, "0.7.0");
    let once = || store.dev(&sources.folder, builder(&place)).once(|_| {});
    let record = place.store_dir().join("dev").join(format!("{ID}.json"));

    let extension = once().await.unwrap();
    let tree = store.dev_tree(&id(ID), &extension.build.unwrap());
    std::fs::remove_file(tree.join("README.md")).unwrap_or_else(|_| {
        // A read-only folder keeps its files.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&tree, mode).unwrap();
        std::fs::remove_file(tree.join("README.md")).unwrap();
    });
    let problems = store.verify().await.unwrap().problems;
    assert!(
        matches!(problems[0].error, StoreError::DamagedDev { .. }),
        "{problems:?}"
    );
    once().await.unwrap();
    assert!(store.verify().await.unwrap().problems.is_empty());

    std::fs::write(&record, "{").unwrap();
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::BrokenDev { .. }), "{error}");
    assert!(error.hint().unwrap().contains("--stop"), "{error}");
    once().await.unwrap();
    assert_eq!(version_anew(&place).await, "0.7.0");

    std::fs::write(&record, "{\"format\":1}").unwrap();
    store.stop_dev(&id(ID)).await.unwrap();
    assert_eq!(version_anew(&place).await, "0.0.1");
}
