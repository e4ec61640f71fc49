//! A server that serves something other than what was published.

use annexe::{
    Hint as _,
    registry::{Error, Sources, format::index_path},
    store::{ChangeOptions, StoreError},
};

use super::{
    expected::{Call, Expected, Where},
    served::{ServedPlace, configured, requests, sources},
};
use crate::{
    place::{ID, id},
    support::server::{Fault, Server},
};

/// Serves other bytes in the place of each new archive.
async fn serve_archives(name: &str, words: &[&str], change: impl Fn(&mut Vec<u8>)) {
    let served = ServedPlace::new().await;
    for path in served.paths(Where::Archive) {
        let mut archive = std::fs::read(served.place.registry_dir().join(&path)).unwrap();
        change(&mut archive);
        let answer = Fault::Answer(200, String::new(), archive);
        served.server.fail(&path, vec![answer; 99]);
    }
    served.all_in_vain(Where::Archive, false, words, name).await;
    served.assert_unharmed_in_the_cold(name).await;
    served.all_in_peace(name).await;
}

#[tokio::test]
async fn an_archive_of_other_content_or_length_harms_nothing() {
    let words = ["the archive of", "has the sha256", "and should have"];
    serve_archives("other content", &words, |archive| {
        let middle = archive.len() / 2;
        archive[middle] ^= 1;
    })
    .await;
    let words = ["the archive of", "bytes, and should have"];
    serve_archives("a byte more", &words, |archive| archive.push(0)).await;
    serve_archives("a byte less", &words, |archive| {
        archive.pop();
    })
    .await;
    serve_archives("nothing at all", &words, Vec::clear).await;
}

/// The index file of what is installed, as it is published now.
fn index(served: &ServedPlace) -> String {
    let path = served.place.registry_dir().join(index_path(&id(ID)));
    std::fs::read_to_string(path).unwrap()
}

fn serve_index(served: &ServedPlace, content: &str) {
    let answer = Fault::status(200, content);
    served.server.fail(&index_path(&id(ID)), vec![answer; 99]);
}

/// The first lines of the index file of what is installed: of the version installed, and of a newer one.
fn lines(served: &ServedPlace) -> (String, String) {
    let index = index(served);
    let (seen, new) = index.split_once('\n').unwrap();
    (seen.to_owned(), new.to_owned())
}

const OWN: &str = "{\"v\":1,\"id\":\"echo-server\",";

#[tokio::test]
async fn a_published_line_that_has_changed_harms_nothing() {
    for (fault, from, to) in [
        ("another size", "\"size\":", "\"size\":1"),
        ("no JSON", OWN, "{\"v\":1,,"),
        ("another id", OWN, "{\"v\":1,\"id\":\"another\","),
    ] {
        let served = ServedPlace::new().await;
        let (seen, new) = lines(&served);
        assert!(seen.contains(from), "{seen}");
        serve_index(&served, &format!("{}\n{new}", seen.replace(from, to)));
        let words = ["has changed line", "of the index of `echo-server`"];
        let (call, comes) = (Call::Upgrade, Expected::Error);
        served.call_in_vain(call, comes, &words, fault).await;
        let (call, comes) = (Call::Update, Expected::Skipped);
        served.call_in_vain(call, comes, &words, fault).await;
        for call in [Call::Install, Call::Sync] {
            served.call_in_vain(call, Expected::Done, &[], fault).await;
        }
        served.assert_unharmed_in_the_cold(fault).await;
        served.all_in_peace(fault).await;
    }
}

#[tokio::test]
async fn a_new_line_that_cannot_be_read_or_is_anothers_harms_nothing() {
    for (fault, other) in [
        ("no JSON", "{\"v\":1,,"),
        ("another id", "{\"v\":1,\"id\":\"another\","),
    ] {
        let served = ServedPlace::new().await;
        let (seen, new) = lines(&served);
        assert!(new.starts_with(OWN), "{new}");
        serve_index(&served, &format!("{seen}\n{}", new.replace(OWN, other)));
        let error = served.call(Call::Upgrade).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains("`echo-server`"), "{fault}: {message}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("could not be read"), "{fault}: {hint}");
        let outcome = served.call(Call::Update).await.unwrap();
        assert_eq!(outcome.generation, None, "{fault}");
        served.assert_unharmed(&served.place.store(), fault).await;
        // What was no line of it is not held against the one that takes its place.
        served.all_in_peace(fault).await;
    }
}

#[tokio::test]
async fn last_months_index_takes_nothing_back() {
    let served = ServedPlace::new().await;
    let seen = served.place.path("index");
    let install = async |requirement: &str, sources: &Sources| {
        let requests = [requests(ID, requirement)];
        let store = served.place.store();
        store
            .install_all(&requests, &ChangeOptions::new(sources))
            .await
    };
    install("*", &sources(&served.server, &seen)).await.unwrap();
    served.go_back_a_month();
    // A process that knows what was served before, and one that has forgotten it.
    for seen in [seen, served.place.path("forgotten")] {
        let before = served.place.store().generation().unwrap();
        let stale = |error: &StoreError| {
            let StoreError::Registry(told) = error else {
                panic!("{error:?}")
            };
            assert!(matches!(**told, Error::Stale { .. }), "{error:?}");
            let message = error.to_string();
            let words = "serves an older index of `echo-server` than it did at 20";
            assert!(
                message.contains(words) && message.contains(&served.server.base),
                "{message}"
            );
            assert!(error.hint().is_some() && error.is_temporary());
        };
        for requirement in ["*", ">=1"] {
            let outcome = install(requirement, &sources(&served.server, &seen)).await;
            stale(&outcome.unwrap_err());
        }
        let asked = sources(&served.server, &seen);
        let options = ChangeOptions::new(&asked);
        match served.place.store().update(&[], &options).await {
            Err(error) => stale(&error),
            Ok(outcome) => {
                assert_eq!(outcome.generation, None);
                let mut kept = outcome.skipped.iter();
                let kept = kept.find(|kept| kept.id == id(ID)).unwrap();
                assert!(
                    kept.reason.to_string().contains("serves an older index"),
                    "{kept:?}"
                );
                assert!(kept.is_worth_telling());
            }
        }
        let store = served.place.store();
        assert_eq!(store.generation().unwrap(), before);
        served.place.assert_intact(&store, "2.0.0").await;
        served
            .place
            .assert_intact(
                &served.place.store_with_cache(&served.place.path("cold")),
                "2.0.0",
            )
            .await;
        served.server.come_back();
        install("*", &sources(&served.server, &seen)).await.unwrap();
        served.go_back_a_month();
    }

    // Whoever asks for an earlier version gets it, where nobody knows better.
    let asked = sources(&served.server, &served.place.path("forgotten again"));
    install("^1, <2", &asked).await.unwrap();
    served
        .place
        .assert_intact(&served.place.store(), "1.0.0")
        .await;
}

#[tokio::test]
async fn archives_may_lie_elsewhere_and_no_secret_goes_along() {
    let served = ServedPlace::new().await;
    let elsewhere = Server::start(&served.place.registry_dir()).await;
    for path in served.paths(Where::Archive) {
        let redirect = Fault::redirect(&format!("{}/{path}", elsewhere.base));
        served.server.fail(&path, vec![redirect; 99]);
    }
    let mut access = Server::access(&served.place.path("index"));
    let address = served.server.base.parse().unwrap();
    access
        .http
        .credentials
        .insert(&address, "the-token")
        .unwrap();
    let sources = Sources::new(vec![configured(&served.server)], access);
    let options = ChangeOptions::new(&sources);
    let store = served.place.store();
    let outcome = store.update(&[], &options).await.unwrap();
    assert!(outcome.generation.is_some());
    served.place.assert_intact(&store, "2.0.0").await;
    let told = served.server.authorizations();
    assert!(told.iter().all(|(_, sent)| sent == "Bearer the-token"));
    assert!(told.iter().any(|(path, _)| path.starts_with("archives/")));
    assert_eq!(elsewhere.requests().len(), 1);
    assert_eq!(elsewhere.authorizations(), []);
}
