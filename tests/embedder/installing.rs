//! Plugins of the editor in a registry and a store, as those of every other family.

use std::path::Path;

use annexe::types::VersionRequirement;
use annexe::{
    CallError, Extension, ExtensionId, ExtensionStore, Host, StoreConfiguration,
    registry::{Location, Registry, Sources, publish},
    store::{AllowAll, ChangeOptions, Consent, DenyAddedPermissions, StoreError},
};
use semver::Version;

use crate::{
    editor::run,
    place::{Place, halving_module, module, plugin},
    support::publish::Package,
};

fn id() -> ExtensionId {
    "scribe".parse().unwrap()
}

/// Publishes a version of `scribe`, whose line says which family and API it is of.
fn publish(folder: &Path, version: &str, wasm: &[u8], family: &str, api: &str) {
    let (family, api) = (family.to_owned(), api.parse().unwrap());
    Package::of("scribe", "Scribe", version, "")
        .wasm(wasm.to_owned())
        .line(move |line| {
            line.family.clone_from(&family);
            line.api = Some(Version::clone(&api));
        })
        .publish(&folder.join("registry"));
}

struct Shop {
    place: Place,
    store: ExtensionStore,
    registry: Registry,
}

impl Shop {
    /// With version 1.0.0 of `scribe`, of API 1.0.0, published.
    async fn new() -> Self {
        let place = Place::new();
        let folder = place.folder.path();
        publish::init(&folder.join("registry"), "quills").unwrap();
        publish(folder, "1.0.0", &plugin("1.0.0"), "quill", "1.0.0");
        Self {
            store: store(folder, place.host.clone()),
            registry: registry(folder).await,
            place,
        }
    }

    fn folder(&self) -> &Path {
        self.place.folder.path()
    }

    async fn install(&self) -> Result<(), StoreError> {
        install(&self.store, &self.registry).await
    }

    async fn update(&self) -> Vec<String> {
        self.update_with(&AllowAll).await.unwrap()
    }

    async fn update_with(&self, consent: &dyn Consent) -> Result<Vec<String>, StoreError> {
        let sources = Sources::from(registry(self.folder()).await);
        let mut options = ChangeOptions::new(&sources);
        options.consent = consent;
        let outcome = self.store.update(&[id()], &options).await?;
        let versions = outcome.receipts.iter();
        Ok(versions
            .map(|receipt| receipt.installed.version.to_string())
            .collect())
    }

    async fn start(&self) -> Extension {
        self.store.start(&id()).await.unwrap()
    }
}

fn store(folder: &Path, host: Host) -> ExtensionStore {
    ExtensionStore::open(StoreConfiguration::new(folder.join("store")), host).unwrap()
}

async fn registry(folder: &Path) -> Registry {
    let location = Location::Folder(folder.join("registry"));
    Registry::open(&location).await.unwrap()
}

async fn install(store: &ExtensionStore, registry: &Registry) -> Result<(), StoreError> {
    let any = VersionRequirement::STAR;
    (store.install(registry, &id(), &any).await).map(drop)
}

#[tokio::test]
async fn a_plugin_is_installed_and_updated_across_the_versions_of_its_api() {
    let shop = Shop::new().await;
    shop.install().await.unwrap();
    let installed = shop.store.installed(&id()).unwrap();
    assert_eq!(
        (&*installed.family, installed.adapter.as_deref()),
        ("quill", Some("since_v1_0_0"))
    );
    let one = shop.start().await;
    assert_eq!(run(&one, "hello", "world").await.unwrap(), "hello");

    publish(shop.folder(), "2.0.0", &plugin("2.0.0"), "quill", "2.0.0");
    assert_eq!(shop.update().await, ["2.0.0"]);
    let two = shop.start().await;
    assert_eq!(two.adapter(), "since_v2_0_0");
    assert_eq!(run(&two, "hello", "world").await.unwrap(), "world");
    assert_eq!(run(&one, "hello", "world").await.unwrap(), "hello");

    shop.store.rollback(None).await.unwrap();
    let back = shop.start().await;
    assert_eq!(back.adapter(), "since_v1_0_0");
}

#[tokio::test]
async fn running_plugins_follow_an_update() {
    let shop = Shop::new().await;
    shop.install().await.unwrap();
    let running = shop.store.live();
    let one = running.start(&id()).await.unwrap();
    let trapped = run(&one, "trap", "").await.unwrap_err();
    assert!(matches!(trapped, CallError::Trap { .. }), "{trapped:?}");
    assert_eq!(run(&one, "hello", "").await.unwrap(), "hello");
    publish(shop.folder(), "2.0.0", &plugin("2.0.0"), "quill", "2.0.0");
    shop.update().await;
    running.refresh().await.unwrap();
    let two = running.start(&id()).await.unwrap();
    assert_eq!(run(&two, "hello", "world").await.unwrap(), "world");
}

#[tokio::test]
async fn a_version_of_an_api_that_no_world_serves_is_passed_over() {
    let shop = Shop::new().await;
    publish(shop.folder(), "3.0.0", &plugin("2.0.0"), "quill", "3.0.0");
    install(&shop.store, &registry(shop.folder()).await)
        .await
        .unwrap();
    assert_eq!(
        shop.store.installed(&id()).unwrap().version.to_string(),
        "1.0.0"
    );
}

#[tokio::test]
async fn a_line_that_says_another_family_is_not_believed() {
    let shop = Shop::new().await;
    for (version, wasm, family) in [
        ("1.1.0", plugin("1.0.0"), "abacus"),
        ("1.2.0", module(), "quill"),
    ] {
        publish(shop.folder(), version, &wasm, family, "1.0.0");
        let refused = install(&shop.store, &registry(shop.folder()).await)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("API family"), "{refused}");
    }
}

#[tokio::test]
async fn a_host_without_the_family_installs_nothing_of_it() {
    let shop = Shop::new().await;
    let plain = store(
        &shop.folder().join("plain"),
        Host::builder().build().unwrap(),
    );
    let refused = install(&plain, &shop.registry).await.unwrap_err();
    let words = format!("{refused:?}");
    assert!(
        words.contains("a family this host does not know"),
        "{words}"
    );
}

#[tokio::test]
async fn a_core_module_is_installed_and_started_from_the_cache() {
    let shop = Shop::new().await;
    publish(shop.folder(), "2.0.0", &module(), "abacus", "1.0.0");
    install(&shop.store, &registry(shop.folder()).await)
        .await
        .unwrap();
    let frame = shop.start().await;
    assert_eq!(
        (frame.family(), frame.adapter()),
        ("abacus", "since_v1_0_0")
    );
}

#[tokio::test]
async fn a_new_function_of_the_host_is_asked_about_in_core_modules_too() {
    let shop = Shop::new().await;
    publish(shop.folder(), "2.0.0", &module(), "abacus", "1.0.0");
    install(&shop.store, &registry(shop.folder()).await)
        .await
        .unwrap();
    publish(shop.folder(), "2.1.0", &halving_module(), "abacus", "1.0.0");
    let refused = shop.update_with(&DenyAddedPermissions).await.unwrap_err();
    let StoreError::NotAllowed { changes } = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(changes[0].added_permissions.functions, ["abacus-1.halve"]);
    assert_eq!(shop.update().await, ["2.1.0"]);

    // What asks for less, or for the same, is asked about no more.
    publish(shop.folder(), "2.2.0", &module(), "abacus", "1.0.0");
    let updated = shop.update_with(&DenyAddedPermissions).await;
    assert_eq!(updated.unwrap(), ["2.2.0"]);
}
