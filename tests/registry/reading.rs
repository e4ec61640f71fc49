//! What is read from a registry that is as it should be, or is none.

use std::fs;

use annexe::{
    Hint as _,
    registry::{ConfigError, Error, Location, Registry, SourceError, format::MAX_CATALOGUE_BYTES},
};

use crate::{
    place::{Place, fetch, line, served, toml, versions},
    support::server::{Fault, Server},
};

#[tokio::test]
async fn an_installation_takes_three_requests() {
    let (place, server, registry) = served().await;
    assert_eq!(registry.name(), "test");
    let index = registry.index(&toml()).await.unwrap();
    assert_eq!(versions(&index), ["1.0.0"]);
    assert_eq!(
        fetch(&registry, &index.versions[0].line).await.unwrap(),
        place.archive
    );
    assert_eq!(
        server.requests(),
        ["config.json", "index/to/ml/toml", &place.archive_path()]
    );
}

#[tokio::test]
async fn a_folder_and_a_file_address_serve_the_same() {
    let place = Place::new();
    let address = format!("file://{}", place.registry().display());
    for location in [Location::Folder(place.registry()), address.parse().unwrap()] {
        let registry = Registry::open(&location).await.unwrap();
        let index = registry.index(&toml()).await.unwrap();
        assert_eq!(
            fetch(&registry, &index.versions[0].line).await.unwrap(),
            place.archive
        );
        assert_eq!(registry.catalogue().await.unwrap().lines[0].name, "TOML");
    }
}

#[tokio::test]
async fn the_embedded_registry_opens_and_its_archives_are_what_it_says() {
    let registry = Registry::open(&Location::Embedded).await.unwrap();
    assert_eq!(registry.name(), "annexe");
    let catalogue = registry.catalogue().await.unwrap();
    assert!(catalogue.skipped.is_empty());
    for listed in &catalogue.lines {
        let index = registry.index(&listed.id).await.unwrap();
        assert!(index.skipped.is_empty(), "{}", listed.id);
        for known in &index.versions {
            fetch(&registry, &known.line).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_unknown_extension_is_told_with_its_neighbours() {
    let (_fixture, server, registry) = served().await;
    let error = registry.index(&"tmol".parse().unwrap()).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        format!("the registry `{}/` has no extension `tmol`", server.base)
    );
    assert_eq!(error.hint().unwrap(), "did you mean `toml`?");
}

#[tokio::test]
async fn where_no_registry_is_that_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let error = Registry::open(&Location::Folder(empty.path().into()))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NoRegistry { .. }), "{error}");
    let server = Server::start(empty.path()).await;
    let error = server.open().await.unwrap_err();
    assert!(matches!(error, Error::NoRegistry { .. }), "{error}");
}

#[tokio::test]
async fn another_format_is_refused_by_name() {
    let place = Place::new();
    fs::write(
        place.file("config.json"),
        br#"{"format":2,"registry":"test"}"#,
    )
    .unwrap();
    let error = Registry::open(&Location::Folder(place.registry()))
        .await
        .unwrap_err();
    let Error::Config { source, .. } = &error else {
        panic!("{error}")
    };
    assert!(matches!(
        source,
        ConfigError::UnsupportedFormat {
            found: 2,
            supported: 1
        }
    ));
}

#[tokio::test]
async fn lines_of_a_later_form_and_a_torn_end_do_not_hinder() {
    let place = Place::new();
    let path = place.file("index/to/ml/toml");
    let mut content = String::from("{\"v\":2,\"id\":\"toml\",\"invented\":true}\n");
    content += &fs::read_to_string(&path).unwrap();
    let torn = serde_json::to_string(&line("toml", "1.1.0", b"")).unwrap();
    content += &torn[..90];
    fs::write(&path, content).unwrap();
    let index = place.open().await.index(&toml()).await.unwrap();
    assert_eq!(versions(&index), ["1.0.0"]);
    assert_eq!(index.skipped.total(), 2);
}

#[tokio::test]
async fn files_beyond_any_sound_size_are_not_read() {
    let (place, server, _registry) = served().await;
    fs::write(place.file("config.json"), vec![b' '; 1 << 20]).unwrap();
    for error in [
        server.open().await.unwrap_err(),
        Registry::open(&Location::Folder(place.registry()))
            .await
            .unwrap_err(),
    ] {
        assert!(
            matches!(error, Error::Source(SourceError::TooLarge { .. })),
            "{error}"
        );
    }
    // Without a size announced the limit holds just as well.
    server.fail("config.json", [Fault::EndAfter(1 << 20)]);
    let error = server.open().await.unwrap_err();
    assert!(
        matches!(error, Error::Source(SourceError::TooLarge { .. })),
        "{error}"
    );
}

/// Writes a configuration in which the catalogue has these files.
fn split_catalogue(place: &Place, files: &[String]) {
    let path = place.file("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config["catalogue"] = files.into();
    fs::write(path, config.to_string()).unwrap();
}

#[tokio::test]
async fn a_catalogue_has_64_files_at_most() {
    let place = Place::new();
    let mut files = vec![String::from("catalogue.jsonl")];
    for number in 1..64 {
        files.push(format!("catalogue-{number}.jsonl"));
        fs::write(place.file(&files[number]), "").unwrap();
    }
    split_catalogue(&place, &files);
    let catalogue = place.open().await.catalogue().await.unwrap();
    assert_eq!(catalogue.lines.len(), 1);

    files.push("catalogue.jsonl".into());
    split_catalogue(&place, &files);
    let error = Registry::open(&Location::Folder(place.registry()))
        .await
        .unwrap_err();
    let Error::Config { source, .. } = &error else {
        panic!("{error}")
    };
    assert!(
        matches!(source, ConfigError::CatalogueFiles { count: 65 }),
        "{source}"
    );
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn the_catalogues_files_have_one_limit_together() {
    let place = Place::new();
    let first = fs::metadata(place.file("catalogue.jsonl")).unwrap().len();
    split_catalogue(&place, &["catalogue.jsonl".into(), "rest.jsonl".into()]);
    // By itself it would do, and a file with holes costs no space.
    let rest = fs::File::create(place.file("rest.jsonl")).unwrap();
    rest.set_len(MAX_CATALOGUE_BYTES - first + 1).unwrap();
    let error = place.open().await.catalogue().await.unwrap_err();
    let Error::Source(SourceError::TooLarge { limit_bytes, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!(limit_bytes, MAX_CATALOGUE_BYTES - first);
}
