//! Extensions start when they are needed, and not before.

use std::fs;

use annexe::{
    ExtensionOptions, Host, StoreConfiguration,
    manifest::Trigger,
    store::{Activated, ExtensionStore, LiveExtensions, NoReporter},
};

use crate::{
    stopping,
    yard::{ID, Package, Yard, id},
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

fn live(store: &ExtensionStore) -> LiveExtensions {
    store.live(std::sync::Arc::new(NoReporter))
}

#[tokio::test]
async fn an_extension_starts_when_it_is_needed_and_once() {
    let yard = Yard::with(&["1.0.0"]);
    let store = yard.store();
    yard.install(&store, "*").await.unwrap();
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
        yard.call(&activated.extensions[0]).await;
    }
    let calls = live.get(&id(ID)).unwrap().health().calls;
    assert_eq!(calls, 3, "one extension all along");
}

#[tokio::test]
async fn what_is_needed_follows_the_store() {
    let yard = Yard::with(&["1.0.0"]);
    let store = yard.store();
    let live = live(&store);
    assert!(live.needed_for(&rust()).await.unwrap().is_empty());
    yard.install(&store, "*").await.unwrap();
    assert_eq!(live.needed_for(&rust()).await.unwrap(), [id(ID)]);
    let text = Package::new("1.1.0").manifest.replace("Rust", "Zig");
    let mut package = Package::new("1.1.0");
    package.manifest = text;
    yard.publish(&package);
    yard.update(&store).await.unwrap();
    assert!(live.needed_for(&rust()).await.unwrap().is_empty());
    let zig = Trigger::Language("Zig".into());
    assert_eq!(live.needed_for(&zig).await.unwrap(), [id(ID)]);
}

#[tokio::test]
async fn what_an_earlier_program_has_installed_is_read_from_its_manifest() {
    let yard = Yard::with(&["1.0.0"]);
    let store = yard.store();
    yard.install(&store, "*").await.unwrap();
    let generation = yard.store_dir().join("generations/1.json");
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
    let yard = Yard::new();
    let mut package = Package::new("1.0.0");
    package.wasm = None;
    yard.publish(&package);
    let store = yard.store();
    yard.install(&store, "*").await.unwrap();
    assert!(live(&store).needed_for(&rust()).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_that_cannot_start_keeps_no_other_from_it() {
    let yard = Yard::with(&["1.0.0"]);
    let broken = Package::new("1.0.0").called("broken");
    yard.publish(&broken.wasm(stopping::component()));
    let store = yard.store();
    for name in [ID, "broken"] {
        let registry = yard.registry().await;
        let any = "*".parse().unwrap();
        store
            .install(&registry, &id(name), &any, &NoReporter)
            .await
            .unwrap();
    }
    let activated = live(&store).activate(&rust()).await.unwrap();
    assert_eq!(ids(&activated), [ID]);
    assert_eq!(activated.failed.len(), 1);
    assert_eq!(activated.failed[0].0, id("broken"));
}

#[tokio::test]
async fn only_what_must_starts_with_the_host() {
    let yard = Yard::with(&["1.0.0"]);
    let registry = yard.registry().await;
    for (on_startup, expected) in [(false, vec![]), (true, vec![ID])] {
        let mut options = ExtensionOptions::default();
        options.on_startup = on_startup;
        let host = Host::builder().options_of(id(ID), options).build().unwrap();
        let configuration = StoreConfiguration::new(yard.store_dir());
        let store = ExtensionStore::open(configuration, host).unwrap();
        let any = "*".parse().unwrap();
        store
            .install(&registry, &id(ID), &any, &NoReporter)
            .await
            .unwrap();
        assert_eq!(ids(&live(&store).start_up().await.unwrap()), expected);
    }
}
