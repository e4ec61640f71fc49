//! Extensions start when they are needed, and not before.

use std::fs;

use annexe::{
    ExtensionOptions, Host, StoreConfiguration,
    manifest::Trigger,
    store::{Activated, ExtensionStore, RunningExtensions, StoreError},
};

use crate::{
    place::{ID, Package, Place, id},
    support::guests::{stopping, text::Text},
};

fn rust() -> Trigger {
    Trigger::Language("Rust".into())
}

fn ids(activated: &Activated) -> Vec<&str> {
    let extensions = activated.extensions.iter();
    extensions
        .map(|extension| extension.id().as_str())
        .collect()
}

fn live(store: &ExtensionStore) -> RunningExtensions {
    store.live()
}

#[tokio::test]
async fn an_extension_starts_when_it_is_needed_and_once() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let live = live(&store);
    assert_eq!(live.needed_for(&rust()).await.unwrap(), [id(ID)]);
    assert!(live.get(&id(ID)).is_none(), "nobody has needed it yet");

    let other = Trigger::Language("COBOL".into());
    assert!(live.activate(&other).await.unwrap().extensions.is_empty());
    assert!(live.get(&id(ID)).is_none());

    let server = Trigger::LanguageServer("echo".into());
    for trigger in [rust(), server, rust()] {
        let activated = live.activate(&trigger).await.unwrap();
        assert_eq!(ids(&activated), [ID]);
        place.call(&activated.extensions[0]).await;
    }
    let calls = live.get(&id(ID)).unwrap().health().calls;
    assert_eq!(calls, 3, "one extension all along");
}

#[tokio::test]
async fn what_is_needed_follows_the_store() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let live = live(&store);
    assert!(live.needed_for(&rust()).await.unwrap().is_empty());
    place.install(&store, "*").await.unwrap();
    assert_eq!(live.needed_for(&rust()).await.unwrap(), [id(ID)]);
    let text = Package::new("1.1.0").manifest.replace("Rust", "Zig");
    let mut package = Package::new("1.1.0");
    package.manifest = text;
    place.publish(&package);
    place.update(&store).await.unwrap();
    assert!(live.needed_for(&rust()).await.unwrap().is_empty());
    let zig = Trigger::Language("Zig".into());
    assert_eq!(live.needed_for(&zig).await.unwrap(), [id(ID)]);
}

#[tokio::test]
async fn what_an_earlier_program_has_installed_is_read_from_its_manifest() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let generation = place.store_dir().join("generations/1.json");
    let text = fs::read_to_string(&generation).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let installed = json["extensions"][0].as_object_mut().unwrap();
    let noted = installed.remove("triggers").unwrap();
    assert_eq!(
        noted,
        serde_json::json!(["language:Rust", "language-server:echo"])
    );
    fs::remove_file(&generation).unwrap();
    fs::write(&generation, json.to_string()).unwrap();
    let live = live(&store);
    assert_eq!(live.needed_for(&rust()).await.unwrap(), [id(ID)]);
    assert_eq!(ids(&live.activate(&rust()).await.unwrap()), [ID]);
}

#[tokio::test]
async fn an_extension_without_a_component_is_needed_for_nothing() {
    let place = Place::new();
    let mut package = Package::new("1.0.0");
    package.wasm = None;
    place.publish(&package);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    assert!(live(&store).needed_for(&rust()).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_that_cannot_start_keeps_no_other_from_it() {
    let place = Place::with(&["1.0.0"]);
    let broken = Package::new("1.0.0").called("broken");
    place.publish(&broken.wasm(stopping::component()));
    let store = place.store();
    for name in [ID, "broken"] {
        let registry = place.registry().await;
        let any = "*".parse().unwrap();
        store.install(&registry, &id(name), &any).await.unwrap();
    }
    let activated = live(&store).activate(&rust()).await.unwrap();
    assert_eq!(ids(&activated), [ID]);
    assert_eq!(activated.failed.len(), 1);
    assert_eq!(activated.failed[0].0, id("broken"));
}

#[tokio::test]
async fn only_what_must_starts_with_the_host() {
    let place = Place::with(&["1.0.0"]);
    let registry = place.registry().await;
    for (on_startup, expected) in [(false, vec![]), (true, vec![ID])] {
        let mut options = ExtensionOptions::default();
        options.on_startup = on_startup;
        let host = Host::builder().options_of(id(ID), options).build().unwrap();
        let configuration = StoreConfiguration::new(place.store_dir());
        let store = ExtensionStore::open(configuration, host).unwrap();
        let any = "*".parse().unwrap();
        store.install(&registry, &id(ID), &any).await.unwrap();
        assert_eq!(ids(&live(&store).start_up().await.unwrap()), expected);
    }
}

async fn install(place: &Place, store: &ExtensionStore, names: &[&str]) {
    let registry = place.registry().await;
    for name in names {
        let any = "*".parse().unwrap();
        let installed = store.install(&registry, &id(name), &any).await;
        installed.unwrap();
    }
}

/// An extension whose start never ends by itself.
fn looping() -> Vec<u8> {
    let text = Text {
        init: "(loop $again (br $again))",
        ..Text::default()
    };
    text.component()
}

#[tokio::test]
async fn one_that_takes_long_to_start_holds_up_no_other() {
    let place = Place::with(&["1.0.0"]);
    place.publish(&Package::new("1.0.0").called("looping").wasm(looping()));
    let store = place.store();
    install(&place, &store, &[ID, "looping"]).await;
    let live = live(&store);
    let slow = {
        let live = live.clone();
        tokio::spawn(async move { live.start(&id("looping")).await.map(drop) })
    };
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let extension = live.start(&id(ID)).await.unwrap();
    place.call(&extension).await;
    assert!(live.refresh().await.unwrap().is_empty());
    assert!(!slow.is_finished(), "it has 10 seconds");
    slow.abort();
}

#[tokio::test]
async fn one_that_does_not_start_is_not_tried_for_ever() {
    let place = Place::new();
    place.publish(&Package::new("1.0.0").wasm(stopping::component()));
    let mut supervision = annexe::Supervision::default();
    supervision.faults = 2;
    supervision.backoff = std::time::Duration::MAX;
    let host = Host::builder().supervision(supervision).build().unwrap();
    let configuration = StoreConfiguration::new(place.store_dir());
    let store = ExtensionStore::open(configuration, host).unwrap();
    install(&place, &store, &[ID]).await;
    let live = live(&store);
    for round in 0..2 {
        for _ in 0..3 {
            let error = live.start(&id(ID)).await.unwrap_err();
            assert!(!words(&error).contains("suspended"), "{round}: {error:?}");
        }
        for _ in 0..2 {
            let error = live.start(&id(ID)).await.unwrap_err();
            assert!(words(&error).contains("suspended"), "{error:?}");
        }
        live.reset(&id(ID));
    }
    // Other files are another matter.
    live.start(&id(ID)).await.unwrap_err();
    place.publish(&Package::new("1.1.0"));
    place.update(&store).await.unwrap();
    place.call(&live.start(&id(ID)).await.unwrap()).await;
}

fn words(error: &StoreError) -> String {
    let mut words = error.to_string();
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        words.push_str(&source.to_string());
        error = source;
    }
    words
}
