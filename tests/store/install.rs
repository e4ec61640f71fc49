//! Installing, updating, going back and removing.

use std::{fs, path::Path, sync::Arc};

use annexe::{
    CodeOrigin, Hint as _,
    capability::Capability,
    manifest::Provides,
    store::{Action, ExtensionStore, StoreError, Warning},
};

use crate::place::{Events, ID, Package, Place, id, make_writable, names};

#[tokio::test]
async fn an_extension_is_installed_and_called() {
    let place = Place::new();
    let capability =
        "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"echo\"\nargs = [\"*\"]\n";
    let line = place.publish(&Package::new("1.0.0").add_to_manifest(capability));
    let store = place.store_with_cache(&place.path("cold"));
    assert_eq!(store.generation().unwrap().number, 0);

    let events = Arc::new(Events::default());
    let receipt = place
        .install_reporting(&store, "*", events.clone())
        .await
        .unwrap();
    assert_eq!(
        events.names(),
        [
            "Resolved",
            "Ready",
            "Fetching",
            "Verified",
            "Unpacked",
            "Compiling",
            "Compiled",
            "Ready",
            "Installed",
            "Committed"
        ]
    );
    assert!(matches!(receipt.code, Some(CodeOrigin::Compiled { .. })));
    assert_eq!(receipt.cache.entries, 1);
    assert_eq!(receipt.archive_bytes, line.digest().unwrap().size);
    assert_eq!(
        receipt.unpacked_bytes,
        line.archive.as_ref().unwrap().unpacked
    );
    assert_eq!((receipt.previous, receipt.unchanged), (None, false));
    assert!(receipt.warnings.is_empty());

    let installed = store.installed(&id(ID)).unwrap();
    assert_eq!(installed, receipt.installed);
    assert_eq!(installed.version, line.version);
    assert_eq!(installed.api, line.api);
    assert_eq!(installed.adapter.as_deref(), Some("since_v0_0_1"));
    assert_eq!(installed.origin.registry(), Some("test"));
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
    place.assert_intact(&store, "1.0.0").await;
    assert!(place.work_dir(&store).is_dir());
}

#[tokio::test]
async fn a_store_opened_anew_knows_and_starts_what_is_installed() {
    let place = Place::with(&["1.0.0"]);
    place.install(&place.store(), "*").await.unwrap();
    place.assert_intact(&place.store(), "1.0.0").await;
    // Without what was compiled, from the tree.
    let store = place.store_with_cache(&place.path("cold"));
    assert_eq!(store.host().cache_size().unwrap().entries, 0);
    place.assert_intact(&store, "1.0.0").await;
    assert_eq!(store.host().cache_size().unwrap().entries, 1);
}

#[tokio::test]
async fn what_is_installed_and_not_used_costs_nothing() {
    let place = Place::with(&["1.0.0"]);
    place.install(&place.store(), "*").await.unwrap();
    let store = place.store_with_cache(&place.path("cold"));
    store.generation().unwrap();
    store.installed(&id(ID)).unwrap();
    store.manifest(&id(ID)).unwrap();
    assert_eq!(store.host().cache_size().unwrap().entries, 0);
    assert!(!place.work_dir(&store).exists());
}

#[tokio::test]
async fn what_is_installed_is_not_fetched_again() {
    let place = Place::new();
    let line = place.publish(&Package::new("1.0.0"));
    let store = place.store();
    let first = place.install(&store, "*").await.unwrap();
    fs::remove_file(place.archive(&line)).unwrap();

    let events = Arc::new(Events::default());
    let second = place
        .install_reporting(&store, "^1", events.clone())
        .await
        .unwrap();
    assert_eq!(
        events.names(),
        ["Resolved", "Ready", "Compiling", "Compiled", "Ready"]
    );
    assert!(second.unchanged);
    assert_eq!(second.installed, first.installed);
    assert_eq!(second.code, Some(CodeOrigin::Cached));
    assert_eq!(second.unpacked_bytes, first.unpacked_bytes);
    assert_eq!(store.generation().unwrap().number, 1);
}

#[tokio::test]
async fn an_update_keeps_the_work_directory_and_the_old_files() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let old = place.install(&store, "*").await.unwrap().installed;
    let running = store.start(&id(ID)).await.unwrap();
    fs::write(place.work_dir(&store).join("downloaded"), "x").unwrap();

    place.publish(&Package::new("1.1.0"));
    let receipt = place.install(&store, "*").await.unwrap();
    assert_eq!(receipt.previous.unwrap().to_string(), "1.0.0");
    assert_ne!(receipt.installed.tree, old.tree);
    assert_eq!(
        store.generation().unwrap().reason,
        "update echo-server 1.0.0 to 1.1.0"
    );
    assert!(place.work_dir(&store).join("downloaded").exists());
    assert_eq!(
        fs::read_to_string(store.tree(&old).join("README.md")).unwrap(),
        "version 1.0.0"
    );
    place.call(&running).await;
    place.assert_intact(&store, "1.1.0").await;
}

#[tokio::test]
async fn going_back_to_an_earlier_version_fetches_nothing() {
    let place = Place::new();
    let line = place.publish(&Package::new("1.0.0"));
    let store = place.store();
    let first = place.install(&store, "*").await.unwrap().installed;
    place.publish(&Package::new("2.0.0"));
    place.install(&store, "*").await.unwrap();
    fs::remove_file(place.archive(&line)).unwrap();

    let receipt = place.install(&store, "^1").await.unwrap();
    assert_eq!(receipt.previous.unwrap().to_string(), "2.0.0");
    assert_eq!(receipt.installed.tree, first.tree);
    place.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn a_damaged_tree_is_noticed_and_repaired() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let installed = place.install(&store, "*").await.unwrap().installed;
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
    let cold = place.store_with_cache(&place.path("cold"));
    let error = cold.start(&id(ID)).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.hint().unwrap().contains("install it again"));

    let receipt = place.install(&cold, "*").await.unwrap();
    assert!(!receipt.unchanged);
    assert_eq!(
        cold.generation().unwrap().reason,
        "reinstall echo-server 1.0.0"
    );
    place.assert_intact(&cold, "1.0.0").await;
    assert_eq!(names(&tree), before);
}

#[tokio::test]
async fn an_extension_without_a_component_is_installed_and_not_started() {
    let place = Place::new();
    place.publish(&Package::theme("1.0.0"));
    let store = place.store();
    let events = Arc::new(Events::default());
    let receipt = place
        .install_reporting(&store, "*", events.clone())
        .await
        .unwrap();
    assert_eq!(
        events.names(),
        [
            "Resolved",
            "Ready",
            "Fetching",
            "Verified",
            "Unpacked",
            "Ready",
            "Installed",
            "Committed"
        ]
    );
    assert_eq!(receipt.code, None);
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
    let place = Place::new();
    let folder = place.path("old");
    fs::create_dir(&folder).unwrap();
    let manifest = br#"{"name":"Old","version":"1.0.0","themes":{"Dark":"themes/dark.json"}}"#;
    fs::write(folder.join("extension.json"), manifest).unwrap();
    fs::create_dir(folder.join("themes")).unwrap();
    fs::write(folder.join("themes/dark.json"), "{}").unwrap();
    let files = ["extension.json", "themes/dark.json"].map(|file| file.parse().unwrap());
    let mut archive = Vec::new();
    let packed = annexe::archive::pack(&folder, &files, &mut archive).unwrap();
    place.publish(&Package::theme("1.0.0").archive(archive).line(move |line| {
        line.schema = 0;
        line.archive.as_mut().unwrap().unpacked = packed.unpacked_bytes;
    }));
    let store = place.store();
    let receipt = place.install(&store, "*").await.unwrap();
    assert_eq!(
        (receipt.installed.id.as_str(), receipt.installed.schema),
        (ID, 0)
    );
    assert_eq!(store.manifest(&id(ID)).unwrap().manifest.id.as_str(), ID);
}

#[tokio::test]
async fn a_removed_extension_keeps_its_work_directory_unless_asked() {
    let place = Place::new();
    let line = place.publish(&Package::new("1.0.0"));
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.assert_answers(&store).await;

    let removed = store.remove(&[id(ID)]).await.unwrap();
    assert_eq!(removed[0].version, line.version);
    let generation = store.generation().unwrap();
    assert_eq!(
        (generation.number, generation.reason.as_str()),
        (2, "remove echo-server 1.0.0")
    );
    assert!(generation.extensions.is_empty());
    assert!(place.work_dir(&store).is_dir());
    for error in [
        store.remove(&[id(ID)]).await.unwrap_err(),
        store.start(&id(ID)).await.unwrap_err(),
        store.component(&id(ID)).await.unwrap_err(),
        store.manifest(&id(ID)).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::NotInstalled { .. }), "{error}");
    }

    // Its files are still there.
    fs::remove_file(place.archive(&line)).unwrap();
    place.install(&store, "*").await.unwrap();
    place.assert_intact(&store, "1.0.0").await;
    store.remove_with_work(&[id(ID)]).await.unwrap();
    assert!(!place.work_dir(&store).exists());
    place.assert_clean();
}

#[tokio::test]
async fn an_id_that_is_not_installed_gets_the_nearest_that_is() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let error = store.installed(&id("echo-sevrer")).unwrap_err();
    assert_eq!(error.to_string(), "`echo-sevrer` is not installed");
    assert_eq!(error.hint().unwrap(), "install it first");
    place.install(&store, "*").await.unwrap();
    let error = store.installed(&id("echo-sevrer")).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `echo-server`?");
}

#[tokio::test]
async fn what_a_person_should_know_is_a_warning() {
    let place = Place::with(&["1.0.0"]);
    place.publish(&Package::new("1.1.0").line(|line| line.provides = vec!["themes".into()]));
    place.publish(&Package::new("2.0.0").line(|line| line.api = Some("99.0.0".parse().unwrap())));
    let store = place.store();
    let events = Arc::new(Events::default());
    let receipt = place
        .install_reporting(&store, "*", events.clone())
        .await
        .unwrap();
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

fn reason(store: &ExtensionStore) -> String {
    store.generation().unwrap().reason
}

#[tokio::test]
async fn a_receipt_says_in_a_word_what_was_done() {
    let place = Place::with(&["1.0.0", "1.1.0"]);
    let store = place.store();
    for (requirement, action, expected) in [
        ("=1.0.0", Action::Installed, "install echo-server 1.0.0"),
        ("=1.0.0", Action::Unchanged, "install echo-server 1.0.0"),
        ("*", Action::Updated, "update echo-server 1.0.0 to 1.1.0"),
        (
            "=1.0.0",
            Action::Downgraded,
            "downgrade echo-server 1.1.0 to 1.0.0",
        ),
    ] {
        let receipt = place.install(&store, requirement).await.unwrap();
        assert_eq!(
            (receipt.action(), reason(&store).as_str()),
            (action, expected)
        );
        let warnings: Vec<String> = receipt.warnings.iter().map(ToString::to_string).collect();
        let expected: &[&str] = match action {
            Action::Downgraded => &["1.0.0 is older than 1.1.0, which was installed"],
            _ => &[],
        };
        assert_eq!(warnings, expected, "{action:?}");
    }
    store.remove(&[id(ID)]).await.unwrap();
    let receipt = place.install(&store, "*").await.unwrap();
    assert_eq!(receipt.action(), Action::Installed);
    assert_eq!(reason(&store), "install echo-server 1.1.0");
}

/// A registry of this name, with one version of [`ID`].
pub fn registry_named(name: &str, package: &Package) -> Place {
    let place = Place::new();
    place.publish(package);
    let config = place.registry_dir().join("config.json");
    let content = fs::read_to_string(&config).unwrap();
    fs::write(config, content.replace("\"test\"", &format!("\"{name}\""))).unwrap();
    place
}

#[tokio::test]
async fn the_same_version_from_elsewhere_is_installed_again() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let first = place.install(&store, "*").await.unwrap().installed;

    // The same archive: its files are there already.
    let other = registry_named("other", &Package::new("1.0.0"));
    let events = Arc::new(Events::default());
    let receipt = other
        .install_reporting(&store, "*", events.clone())
        .await
        .unwrap();
    assert_eq!(
        events.names(),
        [
            "Resolved",
            "Ready",
            "Compiling",
            "Compiled",
            "Ready",
            "Warning",
            "Installed",
            "Committed"
        ]
    );
    assert_eq!(receipt.action(), Action::Reinstalled);
    assert_eq!(
        reason(&store),
        "reinstall echo-server 1.0.0 from the registry `other`"
    );
    assert_eq!(receipt.installed.tree, first.tree);
    assert_eq!(
        store.installed(&id(ID)).unwrap().origin.registry(),
        Some("other")
    );
    let [warning @ Warning::OtherOrigin { .. }] = &receipt.warnings[..] else {
        panic!("{:?}", receipt.warnings);
    };
    assert_eq!(
        warning.to_string(),
        "it came from the registry `test` and comes from the registry `other` now"
    );
    let again = other.install(&store, "*").await.unwrap();
    assert_eq!(again.action(), Action::Unchanged);
    assert_eq!(again.warnings, []);

    // Another archive, from a registry that goes by the same name.
    let mut changed = Package::new("1.0.0");
    changed.files = vec![("README.md".into(), b"changed".to_vec())];
    let changed = registry_named("other", &changed);
    let receipt = changed.install(&store, "*").await.unwrap();
    assert_eq!(receipt.action(), Action::Reinstalled);
    assert_eq!(receipt.warnings, []);
    assert_ne!(receipt.installed.tree, first.tree);
    assert_eq!(reason(&store), "reinstall echo-server 1.0.0");
    place.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn build_metadata_makes_no_version_later_or_earlier() {
    let home = Place::new();
    let store = home.store();
    let mut expected = Action::Installed;
    for version in ["1.0.0+b", "1.0.0+a", "1.0.0+c"] {
        let place = registry_named("test", &Package::theme(version));
        let receipt = place.install(&store, "*").await.unwrap();
        assert_eq!(receipt.action(), expected, "{version}");
        assert_eq!(receipt.warnings, [], "{version}");
        expected = Action::Reinstalled;
    }
}

#[tokio::test]
async fn whatever_lies_in_a_trees_place_is_damage_and_is_repaired() {
    let gone: fn(&Path) = |_| {};
    let file: fn(&Path) = |tree| fs::write(tree, "no folder").unwrap();
    let mut damages = vec![gone, file];
    #[cfg(unix)]
    {
        damages.push(|tree| std::os::unix::fs::symlink("nowhere", tree).unwrap());
        damages.push(|tree| {
            let status = std::process::Command::new("mkfifo").arg(tree).status();
            assert!(status.unwrap().success());
        });
    }
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let installed = place.install(&store, "*").await.unwrap().installed;
    let tree = store.tree(&installed);
    // Nothing is compiled there, so the component is looked for in the tree.
    let cold = place.store_with_cache(&place.path("cold"));
    for (number, damage) in damages.into_iter().enumerate() {
        make_writable(&tree);
        fs::remove_dir_all(&tree).unwrap();
        damage(&tree);
        for error in [
            cold.start(&id(ID)).await.unwrap_err(),
            cold.component(&id(ID)).await.unwrap_err(),
            cold.manifest(&id(ID)).unwrap_err(),
        ] {
            assert!(
                matches!(&error, StoreError::Damaged { path, .. } if path.starts_with(&tree)),
                "{number}: {error:?}"
            );
        }
        let receipt = place.install(&store, "*").await.unwrap();
        assert_eq!(receipt.action(), Action::Reinstalled, "{number}");
        assert_eq!(reason(&store), "reinstall echo-server 1.0.0");
        assert!(fs::symlink_metadata(&tree).unwrap().is_dir(), "{number}");
        place.assert_intact(&store, "1.0.0").await;
    }
}

#[tokio::test]
async fn of_many_versions_passed_over_the_greatest_are_told_and_the_rest_counted() {
    let place = Place::new();
    place.publish(&Package::theme("1.0.0"));
    let store = place.store();
    for count in 1..=5u64 {
        let version = format!("{}.0.0", count + 1);
        let unusable =
            Package::theme(&version).line(|line| line.api = Some("99.0.0".parse().unwrap()));
        place.publish(&unusable);
        let receipt = place.install(&store, "*").await.unwrap();
        let told: Vec<u64> = receipt
            .warnings
            .iter()
            .filter_map(|warning| match warning {
                Warning::PassedOver(rejected) => Some(rejected.version.as_semver().major),
                _ => None,
            })
            .collect();
        let expected: Vec<u64> = (2..=count + 1).rev().take(3).collect();
        assert_eq!(told, expected);
        let rest: Vec<String> = receipt.warnings[told.len()..]
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected: &[&str] = match count {
            4 => &["one more version was passed over"],
            5 => &["2 more versions were passed over"],
            _ => &[],
        };
        assert_eq!(rest, expected);
    }
}
