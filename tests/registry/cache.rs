//! What is kept of web servers' answers, and work without them.

use std::{fs, path::Path};

use annexe::{
    Hint as _,
    registry::{Error, Location, Registry, clear_cache},
};

use crate::{
    fixture::{Fixture, fetch, line, served, toml, versions},
    server::{Fault, Server, Validators},
};

/// Every file below the cache.
fn files(cache: &Path) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(cache).map(|it| it.flatten().collect::<Vec<_>>());
    let folders = folders.unwrap_or_default().into_iter();
    folders
        .flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten())
        .map(|file| file.path())
        .collect()
}

#[tokio::test]
async fn what_has_not_changed_is_not_transferred_again() {
    for validators in [Validators::ETag, Validators::LastModified] {
        let (fixture, server, _registry) = served().await;
        server.know_again_by(validators);
        let cache = tempfile::tempdir().unwrap();
        let registry = server.open_cached(cache.path()).await.unwrap();
        registry.index(&toml()).await.unwrap();
        registry.catalogue().await.unwrap();
        assert!(server.unchanged().is_empty());

        let registry = server.open_cached(cache.path()).await.unwrap();
        let index = registry.index(&toml()).await.unwrap();
        assert_eq!(versions(&index), ["1.0.0"]);
        assert_eq!(registry.catalogue().await.unwrap().lines.len(), 1);
        let all = ["config.json", "index/to/ml/toml", "catalogue.jsonl"];
        assert_eq!(server.unchanged(), all);

        fixture
            .add(&line("toml", "1.1.0", &fixture.archive))
            .unwrap();
        let index = registry.index(&toml()).await.unwrap();
        assert_eq!(versions(&index), ["1.0.0", "1.1.0"]);
        registry.index(&toml()).await.unwrap();
        assert_eq!(server.unchanged().len(), 4);
    }
}

#[tokio::test]
async fn a_cache_that_is_damaged_in_any_way_is_read_again() {
    let (_fixture, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    let damages: [fn(&mut Vec<u8>); 4] = [
        Vec::clear,
        |content| content.truncate(content.len() - 1),
        |content| *content.last_mut().unwrap() ^= 1,
        |content| content.insert(0, b'x'),
    ];
    for damage in damages {
        let registry = server.open_cached(cache.path()).await.unwrap();
        registry.index(&toml()).await.unwrap();
        let kept = files(cache.path());
        assert_eq!(kept.len(), 2);
        for file in kept {
            let mut content = fs::read(&file).unwrap();
            damage(&mut content);
            fs::write(&file, content).unwrap();
        }
        server.forget();
        let registry = server.open_cached(cache.path()).await.unwrap();
        registry.index(&toml()).await.unwrap();
        assert!(server.unchanged().is_empty());
        // It was replaced: the next one finds it.
        registry.index(&toml()).await.unwrap();
        assert_eq!(server.unchanged(), ["index/to/ml/toml"]);
    }
}

#[tokio::test]
async fn whoever_shares_a_cache_finds_it_sound() {
    let (fixture, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    for patch in 1..=5 {
        let next = line("toml", &format!("1.0.{patch}"), &fixture.archive);
        fixture.add(&next).unwrap();
        let reading = (0..8).map(|_| {
            let (server, cache) = (server.clone(), cache.path().to_owned());
            tokio::spawn(async move {
                let registry = server.open_cached(&cache).await.unwrap();
                registry.index(&toml()).await.unwrap().versions.len()
            })
        });
        for one in reading.collect::<Vec<_>>() {
            assert_eq!(one.await.unwrap(), patch + 1);
        }
    }
    assert_eq!(files(cache.path()).len(), 2, "no temporary file is left");
}

#[tokio::test]
async fn a_cache_that_cannot_be_used_does_not_hinder() {
    let (_fixture, server, _registry) = served().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let registry = server.open_cached(&file).await.unwrap();
    registry.index(&toml()).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[tokio::test]
async fn of_folders_and_archives_nothing_is_kept() {
    let (fixture, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    let access = Server::access(cache.path());
    for location in [Location::Embedded, Location::Folder(fixture.registry())] {
        let registry = Registry::open_with(&location, &access).await.unwrap();
        registry.catalogue().await.unwrap();
    }
    assert!(files(cache.path()).is_empty());
    let registry = server.open_cached(cache.path()).await.unwrap();
    fetch(&registry, &fixture.line).await.unwrap();
    assert_eq!(files(cache.path()).len(), 1);
}

#[tokio::test]
async fn an_error_page_is_not_kept() {
    let (_fixture, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    registry.index(&toml()).await.unwrap();
    let before = files(cache.path()).len();
    let page = Fault::status(200, "<html>Sign in</html>\n");
    server.fail("index/to/ml/toml", [page.clone()]);
    server.fail("catalogue.jsonl", [page]);
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(matches!(error, Error::NotAnIndex { .. }), "{error}");
    registry.catalogue().await.unwrap();
    assert_eq!(files(cache.path()).len(), before);

    let mut access = Server::access(cache.path());
    access.offline = true;
    let registry = Registry::open_with(&server.location(), &access)
        .await
        .unwrap();
    assert_eq!(versions(&registry.index(&toml()).await.unwrap()), ["1.0.0"]);
}

#[tokio::test]
async fn offline_what_was_seen_is_used_and_no_connection_is_opened() {
    let (fixture, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    registry.index(&toml()).await.unwrap();
    server.forget();

    let mut access = Server::access(cache.path());
    access.offline = true;
    let registry = Registry::open_with(&server.location(), &access)
        .await
        .unwrap();
    assert!(registry.is_offline());
    assert_eq!(versions(&registry.index(&toml()).await.unwrap()), ["1.0.0"]);
    let found = registry.indexes(&[toml()]).await;
    assert_eq!(versions(found[&toml()].as_ref().unwrap()), ["1.0.0"]);
    for (error, expected) in [
        (
            registry.index(&"other".parse().unwrap()).await.unwrap_err(),
            "index/ot/he/other",
        ),
        (registry.catalogue().await.unwrap_err(), "catalogue.jsonl"),
        (
            fetch(&registry, &fixture.line).await.unwrap_err(),
            &fixture.archive_path(),
        ),
    ] {
        let Error::Offline { location, path } = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (location.as_str(), path.as_str()),
            (&*format!("{}/", server.base), expected)
        );
        assert_eq!(error.hint().unwrap(), "run it once without `--offline`");
        assert!(!error.is_not_found());
    }
    assert!(server.requests().is_empty());

    assert_eq!(clear_cache(cache.path()).unwrap(), 1);
    let error = Registry::open_with(&server.location(), &access)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Offline { path, .. } if path == "config.json"),
        "{error}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn offline_what_is_on_this_machine_works_as_ever() {
    let fixture = Fixture::new();
    let mut access = annexe::registry::Access::default();
    access.offline = true;
    for location in [Location::Embedded, Location::Folder(fixture.registry())] {
        let registry = Registry::open_with(&location, &access).await.unwrap();
        let catalogue = registry.catalogue().await.unwrap();
        let id = &catalogue.lines[0].id;
        let index = registry.index(id).await.unwrap();
        fetch(&registry, &index.versions[0].line).await.unwrap();
    }
}
