//! A registry that goes back on its word: index files only ever grow.

use std::fs;

use annexe::{
    Hint as _,
    registry::{Error, Registry, clear_cache},
};

use crate::{
    place::{Place, line, served, toml, versions},
    support::server::{Fault, Server},
};

const INDEX: &str = "index/to/ml/toml";

/// A registry with two versions, both of which were seen; the index as it was with one comes along.
async fn seen() -> (Place, Server, Registry, tempfile::TempDir, Vec<u8>) {
    let (place, server, _registry) = served().await;
    let old = fs::read(place.file(INDEX)).unwrap();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    registry.index(&toml()).await.unwrap();
    (place, server, registry, cache, old)
}

#[tokio::test]
async fn last_months_index_is_refused_and_the_newer_one_stays_known() {
    let (place, server, registry, cache, old) = seen().await;
    let new = fs::read(place.file(INDEX)).unwrap();
    for content in [&old[..], b""] {
        fs::write(place.file(INDEX), content).unwrap();
        let error = registry.index(&toml()).await.unwrap_err();
        let Error::Stale {
            id,
            registry: name,
            location,
            ..
        } = &error
        else {
            panic!("{error}")
        };
        assert_eq!((id, name), (&toml(), location));
        assert_eq!(*location, format!("{}/", server.base));
        assert!(
            error
                .to_string()
                .contains("serves an older index of `toml` than it did at 20")
        );
        assert!(
            error
                .hint()
                .unwrap()
                .contains("try again later, or another mirror")
        );
        assert!(error.is_temporary());
    }
    // Nor is there suddenly none, whose id another registry could take.
    fs::remove_file(place.file(INDEX)).unwrap();
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(matches!(error, Error::Stale { .. }), "{error}");
    let mut access = Server::access(cache.path());
    access.offline = true;
    let offline = Registry::open_with(&server.location(), &access)
        .await
        .unwrap();
    assert_eq!(
        versions(&offline.index(&toml()).await.unwrap()),
        ["1.0.0", "1.1.0"]
    );

    fs::write(place.file(INDEX), new).unwrap();
    registry.index(&toml()).await.unwrap();
}

#[tokio::test]
async fn an_index_without_the_line_that_withdraws_a_version_is_refused() {
    let (place, _server, registry, _cache, _old) = seen().await;
    let before = fs::read(place.file(INDEX)).unwrap();
    let mut withdrawn = before.clone();
    withdrawn.extend(
        b"{\"v\":1,\"state\":\"blocked\",\"version\":\"1.1.0\",\"at\":\"2026-11-24T10:00:00Z\"}\n",
    );
    fs::write(place.file(INDEX), withdrawn).unwrap();
    registry.index(&toml()).await.unwrap();
    fs::write(place.file(INDEX), before).unwrap();
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(matches!(error, Error::Stale { .. }), "{error}");
}

#[tokio::test]
async fn a_published_line_that_changed_is_refused_until_what_was_seen_is_forgotten() {
    let (place, server, registry, cache, _old) = seen().await;
    let text = fs::read_to_string(place.file(INDEX)).unwrap();
    let (first, second) = text.split_once('\n').unwrap();
    let changed = second.replace(
        &place.line.digest().unwrap().sha256.to_string(),
        &"0".repeat(64),
    );
    for (content, expected) in [
        (format!("{first}\n{changed}"), 2),
        (format!("{first}\n{changed}{second}"), 2),
        (second.to_owned(), 1),
    ] {
        fs::write(place.file(INDEX), content).unwrap();
        // Asking twice makes it no better.
        for _ in 0..2 {
            let error = registry.index(&toml()).await.unwrap_err();
            let Error::Rewritten { line, location, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!((*line, location), (expected, &format!("{}/", server.base)));
            assert!(error.hint().unwrap().contains("`annexe cache --clear`"));
            assert!(!error.is_temporary());
        }
    }
    clear_cache(cache.path()).unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    assert_eq!(versions(&registry.index(&toml()).await.unwrap()), ["1.1.0"]);
}

#[tokio::test]
async fn an_append_that_was_cut_off_is_neither_older_nor_changed() {
    let (place, server, registry, _cache, old) = seen().await;
    let whole = fs::read(place.file(INDEX)).unwrap();
    let mut torn = whole.clone();
    torn.extend(&old[..50]);
    fs::write(place.file(INDEX), &torn).unwrap();
    assert_eq!(registry.index(&toml()).await.unwrap().skipped.total(), 1);
    place.add(&line("toml", "1.2.0", &place.archive)).unwrap();
    assert_eq!(registry.index(&toml()).await.unwrap().versions.len(), 3);

    // An answer that ends early without having said its size looks like an older file.
    server.fail(INDEX, [Fault::EndAfter(old.len() + 20)]);
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(matches!(error, Error::Stale { .. }), "{error}");
}
