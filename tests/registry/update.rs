//! What is new of many extensions, in as few requests as there is news.

use std::{fs, time::Duration};

use annexe::{
    Hint as _,
    digest::Sha256Digest,
    registry::{
        Error,
        format::{CatalogueLine, index_path},
    },
    types::ExtensionId,
};

use crate::{
    place::{Place, line, versions},
    support::server::{Fault, Server},
};

/// A registry with so many extensions beside `toml`, on a server, and their ids. Their archives are
/// of no matter, so they are not published one by one.
async fn many(count: usize) -> (Place, Server, Vec<ExtensionId>) {
    let place = Place::new();
    let mut ids = vec!["toml".parse().unwrap()];
    let mut catalogue = fs::read_to_string(place.file("catalogue.jsonl")).unwrap();
    let known: CatalogueLine = serde_json::from_str(&catalogue).unwrap();
    for number in 0..count {
        let line = line(&format!("number-{number}"), "1.0.0", &place.archive);
        let content = serde_json::to_string(&line).unwrap() + "\n";
        let path = place.file(&index_path(&line.id));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &content).unwrap();
        let listed = CatalogueLine {
            id: line.id.clone(),
            index: Some(Sha256Digest::of(content.as_bytes())),
            ..known.clone()
        };
        catalogue += &(serde_json::to_string(&listed).unwrap() + "\n");
        ids.push(line.id);
    }
    fs::write(place.file("catalogue.jsonl"), catalogue).unwrap();
    let server = Server::start(&place.registry()).await;
    (place, server, ids)
}

#[tokio::test]
async fn two_requests_and_one_for_each_extension_with_news() {
    let (place, server, ids) = many(40).await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    assert_eq!(registry.indexes(&ids).await.len(), 41);
    assert_eq!(server.requests().len(), 43);

    server.forget();
    let registry = server.open_cached(cache.path()).await.unwrap();
    let found = registry.indexes(&ids).await;
    assert!(
        ids.iter()
            .all(|id| versions(found[id].as_ref().unwrap()) == ["1.0.0"])
    );
    assert_eq!(server.requests(), ["config.json", "catalogue.jsonl"]);
    assert_eq!(server.unchanged(), server.requests());

    for id in ["number-7", "number-23"] {
        place.add(&line(id, "1.1.0", &place.archive)).unwrap();
    }
    server.forget();
    let found = registry.indexes(&ids).await;
    assert_eq!(
        versions(found[&ids[8]].as_ref().unwrap()),
        ["1.0.0", "1.1.0"]
    );
    let mut requests = server.requests();
    requests.sort();
    assert_eq!(
        requests,
        [
            "catalogue.jsonl",
            "index/nu/mb/number-23",
            "index/nu/mb/number-7"
        ]
    );
}

#[tokio::test]
async fn what_the_catalogue_does_not_know_is_asked_for() {
    let (place, server, ids) = many(1).await;
    fs::write(place.file("catalogue.jsonl"), "{\"v\":9}\n").unwrap();
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    for _ in 0..2 {
        let found = registry.indexes(&ids).await;
        assert!(found.values().all(Result::is_ok));
    }
    assert_eq!(server.requests().len(), 1 + 2 * 3);
    fs::remove_file(place.file("catalogue.jsonl")).unwrap();
    let asked = [ids[0].clone(), "tomll".parse().unwrap()];
    let found = registry.indexes(&asked).await;
    assert!(found[&asked[0]].is_ok());
    assert!(found[&asked[1]].as_ref().unwrap_err().is_not_found());
}

#[tokio::test]
async fn without_a_cache_the_catalogue_is_not_read() {
    let (_fixture, server, ids) = many(2).await;
    let registry = server.open().await.unwrap();
    server.forget();
    assert!(registry.indexes(&ids).await.values().all(Result::is_ok));
    assert_eq!(server.requests().len(), 3);
    assert!(registry.indexes(&[]).await.is_empty());
}

#[tokio::test]
async fn an_unknown_extension_and_one_that_fails_do_not_hinder_the_others() {
    let (_fixture, server, mut ids) = many(2).await;
    ids.push("tomll".parse().unwrap());
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    server.fail("index/nu/mb/number-0", [Fault::status(403, "no")]);
    let found = registry.indexes(&ids).await;
    assert!(found[&ids[0]].is_ok() && found[&ids[2]].is_ok());
    let refused = found[&ids[1]].as_ref().unwrap_err();
    assert!(refused.hint().unwrap().contains("does not let you"));
    let unknown = found[&ids[3]].as_ref().unwrap_err();
    assert_eq!(unknown.hint().unwrap(), "did you mean `toml`?");
    let catalogues = server
        .requests()
        .iter()
        .filter(|it| *it == "catalogue.jsonl")
        .count();
    assert_eq!(catalogues, 1);
}

#[tokio::test]
async fn a_server_that_is_down_is_not_asked_for_each_extension() {
    let (_fixture, server, ids) = many(20).await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    server.go_down();
    server.forget();
    let found = registry.indexes(&ids).await;
    assert_eq!(found.len(), 21);
    for error in found.into_values().map(Result::unwrap_err) {
        assert!(
            matches!(error, Error::Shared(_)) && error.is_temporary(),
            "{error}"
        );
        assert!(error.to_string().contains("answered 503") && error.hint().is_some());
    }
    assert_eq!(server.requests(), ["catalogue.jsonl"; 3]);
}

#[tokio::test]
#[ignore = "it measures; run it by hand with --nocapture"]
async fn a_thousand_extensions() {
    let (_fixture, server, ids) = many(1000).await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    let mut times = Vec::<Duration>::new();
    for _ in 0..4 {
        let start = std::time::Instant::now();
        assert!(registry.indexes(&ids).await.values().all(Result::is_ok));
        times.push(start.elapsed());
    }
    println!("{times:?}, {} requests", server.requests().len());
}
