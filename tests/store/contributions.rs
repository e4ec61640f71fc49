//! What the installed extensions offer, and who keeps a name that several bring.

use std::fs;

use annexe::{
    Hint as _,
    declarative::ConflictKind,
    store::{ExtensionStore, Receipt, Warning},
    types::{ExtensionId, VersionRequirement},
};

use crate::place::{Package, Place, id, make_writable};

/// A theme's extension of another id.
fn theme(name: &'static str, version: &str, file: &str) -> Package {
    let mut package = Package::theme(version).line(move |line| line.id = id(name));
    package.manifest = package.manifest.replace("echo-server", name);
    package.files = vec![("themes/dark.json".into(), file.as_bytes().to_vec())];
    package
}

const DARK: &str = "{\"name\": \"F\", \"themes\": [{\"name\": \"Dark\", \"appearance\": \"dark\", \"style\": {}}]}";

async fn install(place: &Place, store: &ExtensionStore, name: &str) -> Receipt {
    let registry = place.registry().await;
    store
        .install(&registry, &id(name), &VersionRequirement::STAR)
        .await
        .unwrap()
}

#[tokio::test]
async fn everything_installed_offers_its_files_and_an_update_changes_no_winner() {
    let place = Place::new();
    place.publish(&theme("one", "1.0.0", DARK));
    place.publish(&theme("two", "1.0.0", DARK));
    let store = place.store();
    assert!(store.contributions().await.unwrap().extensions.is_empty());
    let first = install(&place, &store, "two").await;
    assert_eq!(first.installed.since, None);
    install(&place, &store, "one").await;

    let offers = store.contributions().await.unwrap();
    let ids: Vec<&str> = offers
        .extensions
        .iter()
        .map(|offered| offered.active.id().as_str())
        .collect();
    assert_eq!(ids, ["one", "two"]);
    let offered = &offers.extensions[0];
    let family = &offered.declarative.themes[0];
    assert_eq!(family.themes[0].name, "Dark");
    assert!(family.path.below(&offered.folder).is_file());
    let [conflict] = &offers.conflicts[..] else {
        panic!("{:?}", offers.conflicts)
    };
    assert_eq!(
        (conflict.kind, conflict.name.as_str()),
        (ConflictKind::Theme, "Dark")
    );

    place.publish(&theme("two", "1.1.0", DARK));
    let update = install(&place, &store, "two").await;
    assert_eq!(update.installed.since, Some(first.installed.installed));
    assert_eq!(
        update.installed.first_installed(),
        first.installed.installed
    );
    let again = install(&place, &store, "two").await;
    assert!(again.unchanged);
}

#[tokio::test]
async fn one_that_cannot_be_read_hides_no_other() {
    let place = Place::new();
    place.publish(&theme("one", "1.0.0", DARK));
    place.publish(&theme("two", "1.0.0", DARK));
    let store = place.store();
    let one = install(&place, &store, "one").await;
    install(&place, &store, "two").await;
    let tree = store.tree(&one.installed);
    make_writable(&tree);
    fs::remove_file(tree.join("extension.toml")).unwrap();

    let offers = store.contributions().await.unwrap();
    assert_eq!(offers.extensions.len(), 1);
    assert_eq!(*offers.unreadable[0].active.id(), id("one"));
    assert!(offers.unreadable[0].error.hint().is_some());
    assert!(offers.conflicts.is_empty());
}

#[tokio::test]
async fn what_is_broken_is_installed_and_told() {
    let place = Place::new();
    place.publish(&theme(
        "one",
        "1.0.0",
        "{\"name\": \"F\", \"themes\": [\n7, 8]}",
    ));
    let store = place.store();
    let receipt = install(&place, &store, "one").await;
    let [warning @ Warning::Broken { errors: 2, .. }] = &receipt.warnings[..] else {
        panic!("{:?}", receipt.warnings)
    };
    assert_eq!(
        warning.to_string(),
        "`themes/dark.json` line 2, column 1: `themes[0]` must be a table, not a number; and 1 more error"
    );
    let id: ExtensionId = id("one");
    assert_eq!(store.installed(&id).unwrap().id, id);
}
