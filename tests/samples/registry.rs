//! The built-in registry, and the same files served in other ways.

use std::{path::Path, sync::Arc};

use annexe::{
    delegate::NoDelegate,
    registry::{Location, Registry, RegistryId},
};

use crate::{sample, support::server::nginx::Nginx};

async fn install_all(location: &Location) {
    let folder = tempfile::tempdir().unwrap();
    let store = sample::store(folder.path(), Arc::new(NoDelegate));
    let registry = Registry::open(location).await.unwrap();
    let ids = sample::published_ids();
    for id in &ids {
        let id = id.parse().unwrap();
        let receipt = store
            .install(&registry, &id, &"*".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(receipt.installed.id, id);
        // Without a name in a configuration, a registry is known by where it is.
        let registry = receipt.installed.origin.registry();
        assert_eq!(registry, Some(RegistryId::of_location(location).as_str()));
        if receipt.installed.api.is_some() {
            assert!(receipt.installed.adapter.is_some());
            store.start(&id).await.unwrap();
        }
    }
    assert_eq!(store.generation().unwrap().extensions.len(), ids.len());
}

#[tokio::test]
async fn the_samples_install_from_the_built_in_registry() {
    install_all(&Location::Embedded).await;
}

#[tokio::test]
async fn the_samples_install_from_a_folder() {
    install_all(&Location::Folder(sample::registry_folder())).await;
}

#[tokio::test]
async fn the_samples_install_from_nginx() {
    let Some(server) = Nginx::start(&sample::registry_folder()) else {
        return;
    };
    install_all(&server.url.parse().unwrap()).await;
}

#[test]
fn every_sample_is_tested_by_a_file_of_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for id in sample::ids() {
        let module = id.replace('-', "_");
        assert!(main.contains(&format!("mod {module};\n")), "{id}");
        let text = std::fs::read_to_string(folder.join(format!("{module}.rs"))).unwrap();
        assert!(text.contains(&format!("\"{id}\"")), "{id}");
    }
}

#[test]
fn every_sample_has_a_short_readme_and_a_licence_and_all_are_small() {
    let mut bytes = 0;
    for id in sample::published_ids() {
        let archives = sample::registry_folder().join("archives").join(&id);
        let mut count = 0;
        for version in std::fs::read_dir(archives).unwrap() {
            for archive in std::fs::read_dir(version.unwrap().path()).unwrap() {
                let archive = archive.unwrap().path();
                bytes += std::fs::metadata(&archive).unwrap().len();
                count += 1;
                let folder = tempfile::tempdir().unwrap();
                let file = std::fs::File::open(&archive).unwrap();
                annexe::archive::unpack(file, folder.path(), &annexe::archive::Limits::default())
                    .unwrap();
                assert!(folder.path().join("LICENSE").is_file(), "{id}");
                let readme = std::fs::read_to_string(folder.path().join("README.md")).unwrap();
                assert!((8..=16).contains(&readme.lines().count()), "{id}");
                assert!(readme.contains("Licence: Apache-2.0."), "{id}");
            }
        }
        assert_eq!(count, sample::packages(&id).len(), "{id}");
    }
    assert!(bytes < 2 << 20, "{bytes} bytes");
}

#[test]
fn every_sample_in_another_language_has_a_readme_and_a_licence_and_is_sources_only() {
    for id in sample::ids() {
        let folder = sample::folder(&id);
        if !sample::is_foreign(&id) {
            continue;
        }
        assert!(folder.join("LICENSE").is_file(), "{id}");
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(readme.contains("Licence: Apache-2.0."), "{id}");
        // What an author builds in the folder is not committed.
        let ignored = std::fs::read_to_string(folder.join(".gitignore")).unwrap();
        assert!(ignored.contains("/extension.wasm\n"), "{id}");
        let archives = sample::registry_folder().join("archives").join(&id);
        assert!(!archives.exists(), "{id}");
    }
}
