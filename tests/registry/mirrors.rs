//! The same registry in several places: when the next one is asked, and what it may not do.

use std::fs;

use annexe::{
    Hint as _,
    registry::{Access, Error, Location, Registry, RegistryConfiguration, SourceError, Sources},
};

use crate::{
    place::{Place, fetch, line, served, toml, versions},
    support::{
        files,
        server::{Fault, Server},
    },
};

const INDEX: &str = "index/to/ml/toml";

/// A registry and a copy of it on another server.
async fn mirrored() -> (Place, Server, tempfile::TempDir, Server) {
    let (place, main, _registry) = served().await;
    main.forget();
    let copy = tempfile::tempdir().unwrap();
    files::copy(&place.registry(), copy.path());
    let mirror = Server::start(copy.path()).await;
    (place, main, copy, mirror)
}

fn access() -> Access {
    let mut access = Access::default();
    access.http = Server::options();
    access
}

async fn open(main: &Server, mirror: Location, access: Access) -> Result<Registry, Error> {
    let configuration = RegistryConfiguration {
        name: Some("test".into()),
        location: main.location(),
        mirrors: vec![mirror],
    };
    Sources::new(vec![configuration], access)
        .registry("test")
        .await
}

#[tokio::test]
async fn a_mirror_serves_what_the_main_location_cannot() {
    let passing = || vec![Fault::status(500, "oops"); 3];
    for faults in [
        passing(),
        vec![Fault::status(429, "slowly"); 3],
        vec![Fault::status(403, "<Error>InvalidAccessKeyId</Error>")],
        vec![Fault::status(401, "who?")],
        vec![Fault::status(407, "who?")],
        vec![Fault::status(451, "forbidden here")],
        vec![Fault::Close; 3],
        vec![Fault::CutAfter(20); 3],
    ] {
        let (place, main, _copy, mirror) = mirrored().await;
        let registry = open(&main, mirror.location(), access()).await.unwrap();
        assert_eq!(registry.location(), format!("{}/", main.base));
        assert!(mirror.requests().is_empty());
        main.fail(INDEX, faults.clone());
        assert_eq!(versions(&registry.index(&toml()).await.unwrap()), ["1.0.0"]);
        assert_eq!(mirror.requests(), ["config.json", INDEX]);
        main.fail("catalogue.jsonl", faults.clone());
        assert_eq!(registry.catalogue().await.unwrap().lines.len(), 1);
        main.fail(&place.archive_path(), faults.clone());
        assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);
        main.fail("config.json", faults);
        open(&main, mirror.location(), access()).await.unwrap();
    }
}

#[tokio::test]
async fn a_folder_is_a_mirror_too_and_helps_offline() {
    let (place, main, copy, _mirror) = mirrored().await;
    let mut access = access();
    access.offline = true;
    let folder = Location::Folder(copy.path().into());
    let registry = open(&main, folder, access).await.unwrap();
    registry.index(&toml()).await.unwrap();
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);
    assert!(main.requests().is_empty());
}

#[tokio::test]
async fn what_the_main_location_says_there_is_not_no_mirror_serves() {
    let (place, main, _copy, mirror) = mirrored().await;
    let registry = open(&main, mirror.location(), access()).await.unwrap();
    fs::remove_file(place.file(INDEX)).unwrap();
    assert!(registry.index(&toml()).await.unwrap_err().is_not_found());
    assert!(mirror.requests().is_empty());
}

#[tokio::test]
async fn a_mirror_does_not_say_what_there_is_not() {
    let (_fixture, main, copy, mirror) = mirrored().await;
    let registry = open(&main, mirror.location(), access()).await.unwrap();
    fs::remove_file(copy.path().join(INDEX)).unwrap();
    main.go_down();
    // Twice: the second time the mirror is asked first.
    for _ in 0..2 {
        let error = registry.index(&toml()).await.unwrap_err();
        let Error::Source(SourceError::Status { location, .. }) = &error else {
            panic!("{error}")
        };
        assert!(location.starts_with(&main.base) && error.is_temporary());
    }
}

#[tokio::test]
async fn a_location_that_is_down_is_asked_after_the_others() {
    let (_fixture, main, _copy, mirror) = mirrored().await;
    let registry = open(&main, mirror.location(), access()).await.unwrap();
    main.go_down();
    registry.index(&toml()).await.unwrap();
    let asked = main.requests().len();
    for _ in 0..5 {
        registry.index(&toml()).await.unwrap();
    }
    assert_eq!(main.requests().len(), asked);
}

#[tokio::test]
async fn a_mirror_serves_where_the_main_location_is_behind_but_not_what_is_older_itself() {
    let (place, main, copy, mirror) = mirrored().await;
    let old = fs::read(place.file(INDEX)).unwrap();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    let new = fs::read(place.file(INDEX)).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let access = Server::access(cache.path());
    let registry = open(&main, mirror.location(), access).await.unwrap();
    assert_eq!(registry.index(&toml()).await.unwrap().versions.len(), 2);

    fs::write(place.file(INDEX), &old).unwrap();
    let error = registry.index(&toml()).await.unwrap_err();
    let Error::Stale { location, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*location, format!("{}/", main.base));
    assert_eq!(mirror.requests(), ["config.json", INDEX]);

    fs::write(copy.path().join(INDEX), &new).unwrap();
    assert_eq!(registry.index(&toml()).await.unwrap().versions.len(), 2);
}

#[tokio::test]
async fn a_mirror_of_another_registry_is_refused() {
    let (_fixture, main, copy, mirror) = mirrored().await;
    let config = fs::read_to_string(copy.path().join("config.json")).unwrap();
    fs::write(
        copy.path().join("config.json"),
        config.replace("\"test\"", "\"evil\""),
    )
    .unwrap();
    let registry = open(&main, mirror.location(), access()).await.unwrap();
    main.go_down();
    let error = registry.index(&toml()).await.unwrap_err();
    let Error::OtherName {
        location,
        expected,
        actual,
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(*location, format!("{}/", mirror.base));
    assert_eq!((expected.as_str(), actual.as_str()), ("test", "evil"));
    let error = open(&main, mirror.location(), access()).await.unwrap_err();
    assert!(matches!(error, Error::OtherName { .. }), "{error}");
}

#[tokio::test]
async fn an_archive_that_is_cut_off_goes_on_at_the_mirror_from_where_it_was() {
    let (place, main, copy, mirror) = mirrored().await;
    // The mirror keeps its archives elsewhere.
    let config = fs::read_to_string(copy.path().join("config.json")).unwrap();
    let template = config.replace("archives/{id}/{version}/{sha256}.tar.gz", "a/{sha256}");
    assert_ne!(template, config);
    fs::write(copy.path().join("config.json"), template).unwrap();
    let there = format!("a/{}", place.line.digest().unwrap().sha256);
    fs::create_dir(copy.path().join("a")).unwrap();
    fs::rename(
        copy.path().join(place.archive_path()),
        copy.path().join(&there),
    )
    .unwrap();

    let registry = open(&main, mirror.location(), access()).await.unwrap();
    main.fail(
        &place.archive_path(),
        [
            Fault::CutAfter(200_000),
            Fault::Close,
            Fault::Close,
            Fault::Close,
        ],
    );
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);
    assert_eq!(
        mirror.requests(),
        ["config.json".to_owned(), format!("{there} bytes=200000-")]
    );

    // Nobody has the rest: the main location's word is told.
    let (place, main, _copy, mirror) = mirrored().await;
    let registry = open(&main, mirror.location(), access()).await.unwrap();
    for server in [&main, &mirror] {
        server.fail(&place.archive_path(), vec![Fault::CutAfter(1000); 9]);
    }
    let error = fetch(&registry, &place.line).await.unwrap_err();
    assert!(
        matches!(error, Error::Interrupted { received: 3000, .. }),
        "{error}"
    );
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_page_instead_of_an_archive_leads_to_the_mirror_and_a_wrong_archive_does_not() {
    let (place, main, _copy, mirror) = mirrored().await;
    let registry = open(&main, mirror.location(), access()).await.unwrap();
    main.fail(
        &place.archive_path(),
        [Fault::status(200, "<html>We are sorry</html>")],
    );
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);

    // What was written cannot be taken back.
    let mut wrong = place.archive.clone();
    wrong[300_000] ^= 1;
    let answer = Fault::Answer(200, String::new(), wrong);
    main.fail(&place.archive_path(), [answer]);
    let error = fetch(&registry, &place.line).await.unwrap_err();
    let Error::DigestMismatch { location, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*location, format!("{}/", main.base));
    assert!(error.hint().is_some());
}
