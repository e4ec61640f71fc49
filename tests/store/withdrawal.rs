//! Versions that their registry has withdrawn: yanked or blocked.

use annexe::{
    Hint as _,
    registry::format::StateChange,
    store::{AllowAll, ArchiveLocation, ChangeOptions, InstallRequest, Lockfile, StoreError},
};

use crate::place::{ID, Package, Place, id};

#[tokio::test]
async fn a_blocked_version_is_refused_reported_and_replaced_by_an_update() {
    let place = Place::with(&["1.0.0", "1.1.0"]);
    let store = place.store();
    place.install(&store, "=1.0.0").await.unwrap();
    place.install(&store, "=1.1.0").await.unwrap();
    let lockfile = Lockfile::of(&store.generation().unwrap());
    let installed = store.installed(&id(ID)).unwrap();
    place.declare("1.1.0", StateChange::Blocked);
    assert!(
        store.withdrawn(&installed).unwrap().is_none(),
        "nobody has asked yet"
    );

    // Looking is enough to know: on a dry run too.
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    options.dry_run = true;
    let outcome = store.update(&[], &options).await.unwrap();
    assert_eq!(outcome.receipts[0].installed.version.to_string(), "1.0.0");
    let withdrawn = store.withdrawn(&installed).unwrap().unwrap();
    assert!(withdrawn.blocked);
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::Blocked { .. }), "{error}");
    assert!(error.to_string().contains("it eats files"), "{error}");
    assert!(error.hint().is_some());

    options.dry_run = false;
    store.update(&[], &options).await.unwrap();
    place.assert_intact(&store, "1.0.0").await;
    for error in [
        store.rollback(None).await.unwrap_err(),
        store.sync(&lockfile, &options).await.unwrap_err(),
        place.install(&store, "=1.1.0").await.unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("1.1.0") || error.hint().unwrap().contains("is blocked"),
            "{error}"
        );
    }
    place.assert_intact(&store, "1.0.0").await;
    place.declare("1.1.0", StateChange::Restored);
    place.update(&store).await.unwrap();
    place.assert_intact(&store, "1.1.0").await;
}

#[tokio::test]
async fn a_yanked_version_stays_for_those_who_have_it_locked() {
    let place = Place::with(&["1.0.0", "1.1.0"]);
    let store = place.store();
    place.install(&store, "=1.1.0").await.unwrap();
    let lockfile = Lockfile::of(&store.generation().unwrap());
    place.declare("1.1.0", StateChange::Yanked);

    let other = Place::new();
    let elsewhere = other.store();
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    elsewhere.sync(&lockfile, &options).await.unwrap();
    other.assert_intact(&elsewhere, "1.1.0").await;
    assert_eq!(
        elsewhere.generation().unwrap().digest(),
        store.generation().unwrap().digest()
    );

    let third = Place::new();
    let new = third.store();
    options.lockfile = Some(&lockfile);
    let requests = [InstallRequest::Extension {
        id: id(ID),
        requirement: "*".parse().unwrap(),
    }];
    new.install_all(&requests, &options).await.unwrap();
    third.assert_intact(&new, "1.1.0").await;
    new.remove(&[id(ID)]).await.unwrap();
    options.lockfile = None;
    new.install_all(&requests, &options).await.unwrap();
    third.assert_intact(&new, "1.0.0").await;
}

#[tokio::test]
async fn a_block_stands_until_it_is_taken_back() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let installed = place.install(&store, "*").await.unwrap().installed;
    let index = place.registry_dir().join("index/ec/ho/echo-server");
    let before = std::fs::read(&index).unwrap();
    place.declare("1.0.0", StateChange::Blocked);
    place.update(&store).await.unwrap();
    assert!(store.withdrawn(&installed).unwrap().is_some());
    // A copy that is behind says nothing of it.
    let after = std::fs::read(&index).unwrap();
    std::fs::write(&index, before).unwrap();
    place.update(&store).await.unwrap();
    assert!(store.withdrawn(&installed).unwrap().is_some());
    std::fs::write(&index, after).unwrap();
    place.declare("1.0.0", StateChange::Restored);
    place.update(&store).await.unwrap();
    assert!(store.withdrawn(&installed).unwrap().is_none());
}

#[tokio::test]
async fn what_is_known_of_withdrawals_can_be_learned_again() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let file = place.store_dir().join("withdrawals.json");
    std::fs::write(&file, "{").unwrap();
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(error.hint().unwrap().starts_with("remove it"), "{error}");
    std::fs::remove_file(&file).unwrap();
    place.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn a_yanked_version_is_not_taken_since_another_of_its_number_is_installed() {
    let place = Place::with(&["1.0.0", "1.1.0"]);
    let elsewhere = Place::new();
    let line = elsewhere.publish(&Package::new("1.1.0").file("NOTES.md", "other bytes"));
    let archive = ArchiveLocation::File(elsewhere.archive(&line));
    let store = place.store();
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    options.consent = &AllowAll;
    let requests = [InstallRequest::Archive(archive)];
    store.install_all(&requests, &options).await.unwrap();
    place.declare("1.1.0", StateChange::Yanked);

    let error = place.install(&store, "=1.1.0").await.unwrap_err();
    let hint = error.hint().unwrap();
    assert!(hint.contains("1.1.0 was yanked: it eats files"), "{hint}");
    let requirement = "*".parse().unwrap();
    let explained = store
        .explain(&id(ID), &requirement, &options)
        .await
        .unwrap();
    let verdicts: Vec<String> = (explained.candidates.iter())
        .map(|candidate| format!("{} {}", candidate.line.version, candidate.verdict))
        .collect();
    assert_eq!(
        verdicts,
        ["1.1.0 was yanked: it eats files", "1.0.0 is taken"]
    );
    let outcome = place.install(&store, "*").await.unwrap();
    assert_eq!(outcome.installed.version.to_string(), "1.0.0");
    // From this registry, it stays.
    place.declare("1.1.0", StateChange::Restored);
    place.install(&store, "=1.1.0").await.unwrap();
    place.declare("1.1.0", StateChange::Yanked);
    let receipt = place.install(&store, "*").await.unwrap();
    assert!(receipt.unchanged);
}
