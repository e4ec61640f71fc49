//! Installing, updating, going back and removing.

use std::fs;

use annexe::{
    CodeOrigin,
    capability::Capability,
    manifest::Provides,
    store::{StoreError, Warning},
};

use crate::yard::{Events, ID, Package, Yard, id, make_writable, names};

#[tokio::test]
async fn an_extension_is_installed_and_called() {
    let yard = Yard::new();
    let capability =
        "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"echo\"\nargs = [\"*\"]\n";
    let line = yard.publish(&Package::new("1.0.0").add_to_manifest(capability));
    let store = yard.store_with_cache(&yard.path("cold"));
    assert_eq!(store.generation().unwrap().number, 0);

    let events = Events::default();
    let receipt = yard.install_reporting(&store, "*", &events).await.unwrap();
    assert_eq!(
        events.names(),
        [
            "Resolved",
            "Fetching",
            "Verified",
            "Unpacked",
            "Compiling",
            "Compiled",
            "Installed"
        ]
    );
    assert!(matches!(receipt.origin, Some(CodeOrigin::Compiled { .. })));
    assert_eq!(receipt.cache.entries, 1);
    assert_eq!(receipt.archive_bytes, line.archive.size);
    assert_eq!(receipt.unpacked_bytes, line.archive.unpacked);
    assert_eq!((receipt.previous, receipt.unchanged), (None, false));
    assert!(receipt.warnings.is_empty());

    let installed = store.installed(&id(ID)).unwrap();
    assert_eq!(installed, receipt.installed);
    assert_eq!(installed.version, line.version);
    assert_eq!(installed.api, line.api);
    assert_eq!(installed.adapter.as_deref(), Some("since_v0_0_1"));
    assert_eq!(installed.registry, "test");
    assert_eq!(installed.provides, [Provides::LanguageServers]);
    assert!(matches!(
        installed.capabilities[..],
        [Capability::ProcessExec { .. }]
    ));
    let generation = store.generation().unwrap();
    assert_eq!(
        (generation.number, generation.reason.as_str()),
        (1, "install echo-server 1.0.0")
    );
    assert_eq!(generation.extensions.len(), 1);
    assert_eq!(store.manifest(&id(ID)).unwrap().manifest.name, "Echo");
    yard.assert_intact(&store, "1.0.0").await;
    assert!(store.work_dir(&id(ID)).is_dir());
}

#[tokio::test]
async fn a_store_opened_anew_knows_and_starts_what_is_installed() {
    let yard = Yard::with(&["1.0.0"]);
    yard.install(&yard.store(), "*").await.unwrap();
    yard.assert_intact(&yard.store(), "1.0.0").await;
    // Without what was compiled, from the tree.
    let store = yard.store_with_cache(&yard.path("cold"));
    assert_eq!(store.host().cache_size().unwrap().entries, 0);
    yard.assert_intact(&store, "1.0.0").await;
    assert_eq!(store.host().cache_size().unwrap().entries, 1);
}

#[tokio::test]
async fn what_is_installed_and_not_used_costs_nothing() {
    let yard = Yard::with(&["1.0.0"]);
    yard.install(&yard.store(), "*").await.unwrap();
    let store = yard.store_with_cache(&yard.path("cold"));
    store.generation().unwrap();
    store.installed(&id(ID)).unwrap();
    store.manifest(&id(ID)).unwrap();
    assert_eq!(store.host().cache_size().unwrap().entries, 0);
    assert!(!store.work_dir(&id(ID)).exists());
}

#[tokio::test]
async fn what_is_installed_is_not_fetched_again() {
    let yard = Yard::new();
    let line = yard.publish(&Package::new("1.0.0"));
    let store = yard.store();
    let first = yard.install(&store, "*").await.unwrap();
    fs::remove_file(yard.archive(&line)).unwrap();

    let events = Events::default();
    let second = yard.install_reporting(&store, "^1", &events).await.unwrap();
    assert_eq!(events.names(), ["Resolved", "Compiling", "Compiled"]);
    assert!(second.unchanged);
    assert_eq!(second.installed, first.installed);
    assert_eq!(second.origin, Some(CodeOrigin::Cached));
    assert_eq!(second.unpacked_bytes, first.unpacked_bytes);
    assert_eq!(store.generation().unwrap().number, 1);
}

#[tokio::test]
async fn an_update_keeps_the_work_directory_and_the_old_files() {
    let yard = Yard::with(&["1.0.0"]);
    let store = yard.store();
    let old = yard.install(&store, "*").await.unwrap().installed;
    let running = store.start(&id(ID)).await.unwrap();
    fs::write(store.work_dir(&id(ID)).join("downloaded"), "x").unwrap();

    yard.publish(&Package::new("1.1.0"));
    let receipt = yard.install(&store, "*").await.unwrap();
    assert_eq!(receipt.previous.unwrap().to_string(), "1.0.0");
    assert_ne!(receipt.installed.tree, old.tree);
    assert_eq!(
        store.generation().unwrap().reason,
        "update echo-server 1.0.0 to 1.1.0"
    );
    assert!(store.work_dir(&id(ID)).join("downloaded").exists());
    assert_eq!(
        fs::read_to_string(store.tree(&old).join("README.md")).unwrap(),
        "version 1.0.0"
    );
    yard.call(&running).await;
    yard.assert_intact(&store, "1.1.0").await;
}

#[tokio::test]
async fn going_back_to_an_earlier_version_fetches_nothing() {
    let yard = Yard::new();
    let line = yard.publish(&Package::new("1.0.0"));
    let store = yard.store();
    let first = yard.install(&store, "*").await.unwrap().installed;
    yard.publish(&Package::new("2.0.0"));
    yard.install(&store, "*").await.unwrap();
    fs::remove_file(yard.archive(&line)).unwrap();

    let receipt = yard.install(&store, "^1").await.unwrap();
    assert_eq!(receipt.previous.unwrap().to_string(), "2.0.0");
    assert_eq!(receipt.installed.tree, first.tree);
    yard.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn a_damaged_tree_is_noticed_and_repaired() {
    let yard = Yard::with(&["1.0.0"]);
    let store = yard.store();
    let installed = yard.install(&store, "*").await.unwrap().installed;
    let tree = store.tree(&installed);
    assert!(fs::metadata(&tree).unwrap().permissions().readonly());
    assert!(
        fs::metadata(tree.join("extension.wasm"))
            .unwrap()
            .permissions()
            .readonly()
    );

    let before = names(&tree);
    make_writable(&tree);
    fs::write(tree.join("extension.wasm"), b"\0asm").unwrap();
    fs::remove_file(tree.join("README.md")).unwrap();
    let cold = yard.store_with_cache(&yard.path("cold"));
    let error = cold.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.hint().unwrap().contains("install it again"));

    let receipt = yard.install(&cold, "*").await.unwrap();
    assert!(!receipt.unchanged);
    assert_eq!(
        cold.generation().unwrap().reason,
        "reinstall echo-server 1.0.0"
    );
    yard.assert_intact(&cold, "1.0.0").await;
    assert_eq!(names(&tree), before);
}

#[tokio::test]
async fn an_extension_without_a_component_is_installed_and_not_started() {
    let yard = Yard::new();
    yard.publish(&Package::theme("1.0.0"));
    let store = yard.store();
    let events = Events::default();
    let receipt = yard.install_reporting(&store, "*", &events).await.unwrap();
    assert_eq!(
        events.names(),
        ["Resolved", "Fetching", "Verified", "Unpacked", "Installed"]
    );
    assert_eq!(receipt.origin, None);
    assert_eq!(receipt.installed.api, None);
    assert!(store.component(&id(ID)).await.unwrap().is_none());
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::NoComponent { .. }), "{error}");
    assert!(
        store
            .tree(&receipt.installed)
            .join("themes/dark.json")
            .is_file()
    );
}

#[tokio::test]
async fn a_manifest_of_the_old_form_is_called_what_the_index_calls_it() {
    let yard = Yard::new();
    let folder = yard.path("old");
    fs::create_dir(&folder).unwrap();
    let manifest = br#"{"name":"Old","version":"1.0.0","themes":{"Dark":"themes/dark.json"}}"#;
    fs::write(folder.join("extension.json"), manifest).unwrap();
    fs::create_dir(folder.join("themes")).unwrap();
    fs::write(folder.join("themes/dark.json"), "{}").unwrap();
    let files = ["extension.json", "themes/dark.json"].map(|file| file.parse().unwrap());
    let mut archive = Vec::new();
    let packed = annexe::archive::pack(&folder, &files, &mut archive).unwrap();
    yard.publish(&Package::theme("1.0.0").archive(archive).line(move |line| {
        line.schema = 0;
        line.archive.unpacked = packed.unpacked_bytes;
    }));
    let store = yard.store();
    let receipt = yard.install(&store, "*").await.unwrap();
    assert_eq!(
        (receipt.installed.id.as_str(), receipt.installed.schema),
        (ID, 0)
    );
    assert_eq!(store.manifest(&id(ID)).unwrap().manifest.id.as_str(), ID);
}

#[tokio::test]
async fn a_removed_extension_keeps_its_work_directory_unless_asked() {
    let yard = Yard::new();
    let line = yard.publish(&Package::new("1.0.0"));
    let store = yard.store();
    yard.install(&store, "*").await.unwrap();
    yard.assert_answers(&store).await;

    let removed = store.remove(&id(ID)).await.unwrap();
    assert_eq!(removed.version, line.version);
    let generation = store.generation().unwrap();
    assert_eq!(
        (generation.number, generation.reason.as_str()),
        (2, "remove echo-server 1.0.0")
    );
    assert!(generation.extensions.is_empty());
    assert!(store.work_dir(&id(ID)).is_dir());
    for error in [
        store.remove(&id(ID)).await.unwrap_err(),
        store.start(&id(ID)).await.unwrap_err(),
        store.component(&id(ID)).await.unwrap_err(),
        store.manifest(&id(ID)).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::NotInstalled { .. }), "{error}");
    }

    // Its files are still there.
    fs::remove_file(yard.archive(&line)).unwrap();
    yard.install(&store, "*").await.unwrap();
    yard.assert_intact(&store, "1.0.0").await;
    store.remove_with_work(&id(ID)).await.unwrap();
    assert!(!store.work_dir(&id(ID)).exists());
    yard.assert_clean();
}

#[tokio::test]
async fn an_id_that_is_not_installed_gets_the_nearest_that_is() {
    let yard = Yard::with(&["1.0.0"]);
    let store = yard.store();
    let error = store.installed(&id("echo-sevrer")).unwrap_err();
    assert_eq!(error.to_string(), "`echo-sevrer` is not installed");
    assert_eq!(error.hint().unwrap(), "install it first");
    yard.install(&store, "*").await.unwrap();
    let error = store.installed(&id("echo-sevrer")).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `echo-server`?");
}

#[tokio::test]
async fn what_a_person_should_know_is_a_warning() {
    let yard = Yard::with(&["1.0.0"]);
    yard.publish(&Package::new("1.1.0").line(|line| line.provides = vec!["themes".into()]));
    yard.publish(&Package::new("2.0.0").line(|line| line.api = Some("99.0.0".parse().unwrap())));
    let store = yard.store();
    let events = Events::default();
    let receipt = yard.install_reporting(&store, "*", &events).await.unwrap();
    assert_eq!(receipt.installed.version.to_string(), "1.1.0");
    let [Warning::PassedOver(_), Warning::Provides { .. }] = &receipt.warnings[..] else {
        panic!("{:?}", receipt.warnings);
    };
    assert!(
        receipt.warnings[0]
            .to_string()
            .starts_with("2.0.0 needs extension API 99.0.0")
    );
    assert_eq!(
        receipt.warnings[1].to_string(),
        "the index announces themes, but the extension provides language-servers"
    );
    assert!(events.names().contains(&"Warning".into()));
}
