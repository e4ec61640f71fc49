//! The client of Zed's interface: in how few requests it knows what there is, and what it makes of odd answers.

use std::{collections::BTreeMap, time::Duration};

use annexe::{
    registry::{Access, Location, Query, Registry, Sources},
    types::ExtensionId,
};
use serde_json::json;

use crate::support::{
    server::Fault,
    zed::{Published, ZedRegistry},
};

fn version(id: &str, version: &str) -> Published {
    Published::new(id, version, format!("{id} {version}").into_bytes())
}

fn location(registry: &ZedRegistry) -> Location {
    format!("zed+{}", registry.address()).parse().unwrap()
}

/// A registry of so many extensions, and a client whose answers are kept in a folder.
fn many(count: usize) -> (ZedRegistry, tempfile::TempDir, Access) {
    let registry = ZedRegistry::start((0..count).map(|n| {
        let published = version(&format!("extension-{n:04}"), "1.0.0");
        let kind = ["themes", "languages", "snippets"][n % 3];
        published
            .saying("provides", json!([kind]))
            .saying("name", format!("Number {n}"))
    }));
    let kept = tempfile::tempdir().unwrap();
    let mut access = Access::default();
    access.cache = Some(kept.path().join("index"));
    access.served.api = Some(semver::Version::new(0, 0, 1)..=semver::Version::new(0, 7, 0));
    (registry, kept, access)
}

fn words(text: &str) -> Query {
    Query {
        words: vec![text.into()],
        ..Query::default()
    }
}

#[tokio::test]
async fn a_thousand_are_checked_for_updates_in_two_rounds_of_few_requests() {
    let (registry, _kept, access) = many(1_000);
    registry.api.move_away(Duration::from_millis(20));
    let sources = Sources::new(vec![location(&registry).into()], access);
    let of = sources
        .registry(location(&registry).to_string().as_str())
        .await
        .unwrap()
        .id()
        .to_string();
    let wanted: BTreeMap<ExtensionId, String> = (0..1_000)
        .map(|n| (format!("extension-{n:04}").parse().unwrap(), of.clone()))
        .collect();
    let found = sources.indexes(&wanted).await;
    assert_eq!(found.len(), 1_000);
    assert!(
        found
            .values()
            .all(|listing| listing.as_ref().unwrap().index.newest_only)
    );
    assert!(
        registry.api.requests().len() <= 5,
        "{:?}",
        registry.api.requests().len()
    );
    assert!(registry.api.most_connections() <= 3);
    assert!(
        registry
            .api
            .requests()
            .iter()
            .all(|request| request.target.len() < 8_000)
    );
}

#[tokio::test]
async fn what_a_list_of_five_hundred_leaves_out_is_found() {
    let (registry, _kept, access) = many(1_500);
    let sources = Sources::new(vec![location(&registry).into()], access.clone());
    let found = |catalogues: &annexe::registry::Catalogues, query: &Query| {
        let found = catalogues.search(query);
        found.first().map(|found| found.line.id.to_string())
    };
    for number in [0, 499, 700, 1_499] {
        let query = words(&format!("{number}"));
        let catalogues = sources.search(&query).await;
        let expected = Some(format!("extension-{number:04}"));
        assert!(catalogues.failed.is_empty(), "{:?}", catalogues.failed);
        let all = catalogues.search(&query);
        assert!(
            all.iter()
                .any(|it| Some(it.line.id.to_string()) == expected),
            "{number}"
        );
    }
    // One that is of no known kind is in none of the lists.
    registry.publish(version("plain-one", "1.0.0"));
    let query = words("plain-one");
    assert_eq!(
        found(&sources.search(&query).await, &query),
        Some("plain-one".into())
    );

    // Another process asks nothing of what is kept.
    registry.forget();
    let again = Sources::new(vec![location(&registry).into()], access);
    let query = words("extension-0700");
    assert_eq!(
        found(&again.search(&query).await, &query),
        Some("extension-0700".into())
    );
    assert!(
        registry.api.requests().len() <= 1,
        "{:?}",
        registry.api.targets()
    );
}

#[tokio::test]
async fn odd_rows_are_left_out_and_the_others_are_understood() {
    let registry = ZedRegistry::start([
        version("plain", "1.0.0"),
        version("plain", "v2.0")
            .saying("description", json!(null))
            .saying("authors", json!(null))
            .saying("repository", json!(null))
            .saying("provides", json!(null))
            .saying("new_key", json!({"deep": [1]}))
            .saying("wasm_api_version", "not a version"),
        version("plain", "../up"),
        version("plain", "3.0.0").saying("published_at", "2026-08-22T10:00:00.123456+02:00"),
        version("plain", "3.0").saying("published_at", "yesterday"),
        version("plain", "4.0.0").saying("schema_version", -1),
    ]);
    let opened = Registry::open_with(&location(&registry), &Access::default())
        .await
        .unwrap();
    let id = "plain".parse().unwrap();
    let index = opened.index(&id).await.unwrap();
    let versions: Vec<String> = index
        .versions
        .iter()
        .map(|it| it.line.version.to_string())
        .collect();
    assert_eq!(versions, ["1.0.0", "v2.0", "3.0.0"]);
    assert_eq!(index.skipped.total(), 3);
    assert_eq!(index.versions[1].line.api, None);
    assert_eq!(
        index.versions[2].line.published.to_string(),
        "2026-08-22T08:00:00Z"
    );
    let unknown = opened.index(&"plane".parse().unwrap()).await.unwrap_err();
    assert!(
        unknown.to_string().contains("has no extension `plane`"),
        "{unknown}"
    );
}

#[tokio::test]
async fn offline_what_was_kept_is_known_and_nothing_is_asked() {
    let (registry, _kept, access) = many(3);
    let id: ExtensionId = "extension-0001".parse().unwrap();
    let online = Registry::open_with(&location(&registry), &access)
        .await
        .unwrap();
    online.index(&id).await.unwrap();
    online.catalogue().await.unwrap();
    registry.forget();
    let mut access = access;
    access.offline = true;
    let offline = Registry::open_with(&location(&registry), &access)
        .await
        .unwrap();
    assert_eq!(offline.index(&id).await.unwrap().versions.len(), 1);
    assert_eq!(offline.catalogue().await.unwrap().lines.len(), 3);
    let error = offline
        .index(&"extension-0002".parse().unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(error, annexe::registry::Error::Offline { .. }),
        "{error:?}"
    );
    assert_eq!(registry.api.targets(), [""; 0]);
}

#[tokio::test]
async fn one_that_falls_silent_is_not_asked_for_each_extension() {
    let (registry, _kept, mut access) = many(0);
    access.http.retry.tries = 1;
    registry
        .api
        .fail_below("/extensions/extension", Fault::Close);
    let of = location(&registry).to_string();
    let sources = Sources::new(vec![location(&registry).into()], access);
    sources.registry(&of).await.unwrap();
    let wanted: BTreeMap<ExtensionId, String> = (0..300)
        .map(|n| (format!("extension-{n:04}").parse().unwrap(), of.clone()))
        .collect();
    let found = sources.indexes(&wanted).await;
    assert_eq!(found.len(), 300);
    assert!(found.values().all(Result::is_err));
    let asked = registry.api.targets();
    let alone = asked.iter().filter(|target| !target.contains("updates"));
    assert!(alone.count() <= 2, "{asked:?}");
}
