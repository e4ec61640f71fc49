//! Several registries: which of them is asked for what.

use std::{collections::BTreeMap, path::Path};

use annexe::{
    Hint as _,
    registry::{
        Access, Catalogues, Error, Location, Match, Query, Registry, RegistryConfiguration,
        SourceError, Sources, fetch_url, publish,
    },
    types::ExtensionId,
};

use crate::{
    place::{Place, line, served, toml, versions},
    support::server::{Fault, Server},
};

/// Another registry called `other`, with `toml` in 9.0.0 and one extension `other-…` of its own.
fn other() -> Place {
    let place = Place::new();
    std::fs::remove_dir_all(place.registry()).unwrap();
    publish::init(&place.registry(), "other").unwrap();
    for (id, version) in [("toml", "9.0.0"), ("other-one", "1.0.0")] {
        place.add(&line(id, version, &place.archive)).unwrap();
    }
    place
}

fn named(name: &str, server: &Server) -> RegistryConfiguration {
    RegistryConfiguration {
        name: Some(name.into()),
        ..server.location().into()
    }
}

fn access() -> Access {
    let mut access = Access::default();
    access.http = Server::options();
    access
}

fn id(text: &str) -> ExtensionId {
    text.parse().unwrap()
}

async fn two() -> ((Place, Server), (Place, Server)) {
    let (place, server, _registry) = served().await;
    server.forget();
    let second = other();
    let second_server = Server::start(&second.registry()).await;
    ((place, server), (second, second_server))
}

#[tokio::test]
async fn the_first_registry_that_has_an_extension_serves_it() {
    let ((_f, first), (_g, second)) = two().await;
    let sources = Sources::new(
        vec![first.location().into(), second.location().into()],
        access(),
    );
    let listing = sources.find(&toml(), None).await.unwrap();
    assert_eq!(listing.registry.name(), "test");
    assert_eq!(versions(&listing.index), ["1.0.0"]);
    assert!(second.requests().is_empty(), "it was not needed");

    let listing = sources.find(&id("other-one"), None).await.unwrap();
    assert_eq!(listing.registry.name(), "other");
    sources.find(&id("other-one"), None).await.unwrap();
    let opened = first
        .requests()
        .iter()
        .filter(|it| *it == "config.json")
        .count();
    assert_eq!(opened, 1);
}

/// Embedders run these on other threads.
#[tokio::test]
async fn everything_that_waits_can_move_between_threads() {
    fn is_send<T: Send>(_waiting: T) {}
    let registry = Registry::open(&Location::Embedded).await.unwrap();
    let sources = Sources::from(registry.clone());
    let (ids, wanted) = ([toml()], BTreeMap::new());
    is_send(registry.indexes(&ids));
    is_send(registry.catalogue());
    is_send(sources.indexes(&wanted));
    is_send(sources.find(&ids[0], None));
    let (access, mut content) = (Access::default(), Vec::<u8>::new());
    let reference = (&line("toml", "1.0.0", b"")).into();
    is_send(registry.fetch(&reference, &mut content, &|_, _| {}));
    let url = "https://example.org/x".parse().unwrap();
    is_send(fetch_url(&url, &access, 9, &mut content, &|_, _| {}));
}

#[tokio::test]
async fn a_registry_is_opened_once_whoever_comes_at_the_same_time() {
    let ((_f, first), _second) = two().await;
    let sources = Sources::new(vec![named("test", &first)], access());
    let asking = (0..8).map(|_| {
        let sources = sources.clone();
        tokio::spawn(async move { sources.find(&toml(), Some("test")).await.map(drop) })
    });
    for one in asking.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    let opened = first
        .requests()
        .iter()
        .filter(|it| *it == "config.json")
        .count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn an_unreachable_registry_never_makes_another_one_serve_an_extension() {
    let ((_f, first), (_g, second)) = two().await;
    let sources = Sources::new(
        vec![first.location().into(), second.location().into()],
        access(),
    );
    first.go_down();
    let error = sources.find(&toml(), None).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Source(SourceError::Status { status: 503, .. })
        ),
        "{error}"
    );
    first.come_back();
    sources.find(&toml(), None).await.unwrap();
    first.go_down();
    assert!(
        sources
            .find(&id("other-one"), None)
            .await
            .unwrap_err()
            .is_temporary()
    );
    assert!(second.requests().is_empty());
}

#[tokio::test]
async fn an_extension_is_looked_for_where_it_came_from_and_nowhere_else() {
    let ((_f, first), (_g, second)) = two().await;
    let both = vec![named("test", &first), named("other", &second)];
    let sources = Sources::new(both, access());
    let listing = sources.find(&toml(), Some("other")).await.unwrap();
    assert_eq!(versions(&listing.index), ["9.0.0"]);
    assert!(
        first.requests().is_empty(),
        "a configured name tells without opening"
    );
    let error = sources
        .find(&id("other-one"), Some("test"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the registry `test` has no extension `other-one`"
    );

    let error = sources.find(&toml(), Some("third")).await.unwrap_err();
    let Error::NoSuchRegistry { name, known } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (name.as_str(), known.join(" ").as_str()),
        ("third", "test other")
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains("add it to the configuration")
    );
}

#[tokio::test]
async fn registries_without_a_configured_name_are_known_by_their_location_alone() {
    let ((_f, first), (_g, second)) = two().await;
    let unnamed = vec![first.location().into(), second.location().into()];
    let sources = Sources::new(unnamed, access());
    let address = format!("{}/", second.base);
    assert_eq!(sources.registry(&address).await.unwrap().name(), "other");
    for label in ["other", "third"] {
        let error = sources.registry(label).await.unwrap_err();
        assert!(
            matches!(&error, Error::NoSuchRegistry { known, .. } if known.len() == 2),
            "{error}"
        );
    }
    assert!(
        first.requests().is_empty(),
        "none is opened to learn its name"
    );
}

#[tokio::test]
async fn a_registry_is_known_by_its_configured_name_whatever_it_calls_itself() {
    let ((_f, first), _second) = two().await;
    let sources = Sources::new(vec![named("mine", &first)], access());
    for bound in [None, Some("mine")] {
        let listing = sources.find(&toml(), bound).await.unwrap();
        assert_eq!(listing.registry.id().as_str(), "mine");
        assert_eq!(listing.registry.name(), "test", "what it calls itself");
        listing.registry.catalogue().await.unwrap();
    }
    let error = sources.find(&toml(), Some("test")).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchRegistry { .. }), "{error}");
}

#[tokio::test]
async fn where_no_registry_has_it_all_are_named_and_all_are_searched_for_what_is_near() {
    let ((_f, first), (_g, second)) = two().await;
    let both = vec![named("test", &first), named("other", &second)];
    let sources = Sources::new(both, access());
    let error = sources.find(&id("other-on"), None).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        "none of the registries `test`, `other` has an extension `other-on`"
    );
    assert_eq!(error.hint().unwrap(), "did you mean `other-one`?");

    let none = Sources::new(Vec::new(), Access::default());
    let error = none.find(&toml(), None).await.unwrap_err();
    assert_eq!(error.hint().unwrap(), "add a registry to the configuration");
}

/// Its `config.json` says `annexe`, and nobody believes it.
#[tokio::test]
async fn the_name_a_registry_gives_itself_makes_it_no_other() {
    let place = Place::new();
    std::fs::remove_dir_all(place.registry()).unwrap();
    publish::init(&place.registry(), "annexe").unwrap();
    place.add(&line("toml", "9.0.0", &place.archive)).unwrap();
    let server = Server::start(&place.registry()).await;
    let address = format!("{}/", server.base);
    let sources = Sources::new(vec![server.location().into()], access());
    let listing = sources.find(&toml(), None).await.unwrap();
    assert_eq!(listing.registry.id().as_str(), address);
    assert_eq!(listing.registry.name(), "annexe");
    assert!(sources.knows(&address) && !sources.knows("annexe"));
    let wanted = BTreeMap::from([(toml(), "annexe".into())]);
    let found = sources.indexes(&wanted).await;
    assert!(matches!(
        found[&toml()],
        Err(Error::Shared(ref error)) if matches!(**error, Error::NoSuchRegistry { .. })
    ));

    // Nor does a name that it is given, and beside the built-in one it changes nothing.
    server.forget();
    let configurations = vec![named("annexe", &server), Location::Embedded.into()];
    let sources = Sources::new(configurations, access());
    let error = sources.find(&toml(), None).await.unwrap_err();
    assert!(matches!(error, Error::Identity(_)), "{error}");
    let taplo = id("taplo");
    let listing = sources.find(&taplo, Some("annexe")).await.unwrap();
    assert!(listing.registry.id().is_embedded());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_makes_a_registry_no_other() {
    let ((_f, first), (_g, second)) = two().await;
    for path in ["config.json", "index/to/ml/toml"] {
        first.fail(path, [Fault::redirect(&format!("{}/{path}", second.base))]);
    }
    let sources = Sources::new(vec![first.location().into()], access());
    let listing = sources.find(&toml(), None).await.unwrap();
    assert_eq!(versions(&listing.index), ["9.0.0"]);
    assert_eq!(listing.registry.id().as_str(), format!("{}/", first.base));
}

#[tokio::test]
async fn one_registry_that_is_open_already_is_a_source_too() {
    let place = Place::new();
    let sources = Sources::from(place.open().await);
    assert!(!sources.is_offline());
    assert_eq!(
        sources.find(&toml(), None).await.unwrap().registry.name(),
        "test"
    );
    let folder = place.registry().canonicalize().unwrap();
    let id = folder.to_str().unwrap();
    sources.find(&toml(), Some(id)).await.unwrap();
    // What it calls itself is nobody's identity.
    for label in ["test", "annexe"] {
        assert!(sources.find(&toml(), Some(label)).await.is_err());
    }
    let mut access = Access::default();
    access.offline = true;
    let embedded = Registry::open_with(&Location::Embedded, &access)
        .await
        .unwrap();
    assert!(Sources::from(embedded).is_offline());
    assert!(Sources::new(Vec::new(), access).is_offline());
}

#[tokio::test]
async fn each_registry_is_asked_once_for_all_that_came_from_it() {
    let ((_f, first), (_g, second)) = two().await;
    let cache = tempfile::tempdir().unwrap();
    let sources = |cache: &Path| {
        let both = vec![named("test", &first), named("other", &second)];
        Sources::new(both, Server::access(cache))
    };
    let mut wanted: BTreeMap<ExtensionId, String> = BTreeMap::new();
    wanted.insert(toml(), "test".into());
    wanted.insert(id("other-one"), "other".into());
    wanted.insert(id("gone"), "third".into());
    for _ in 0..2 {
        first.forget();
        second.forget();
        let found = sources(cache.path()).indexes(&wanted).await;
        assert_eq!(found[&toml()].as_ref().unwrap().registry.name(), "test");
        assert_eq!(
            found[&id("other-one")].as_ref().unwrap().registry.name(),
            "other"
        );
        let error = found[&id("gone")].as_ref().unwrap_err();
        assert!(
            error
                .hint()
                .unwrap()
                .contains("add it to the configuration")
        );
    }
    for server in [&first, &second] {
        assert_eq!(server.requests(), ["config.json", "catalogue.jsonl"]);
    }
    first.go_down();
    let found = sources(cache.path()).indexes(&wanted).await;
    assert!(found[&toml()].as_ref().unwrap_err().is_temporary());
    assert!(found[&id("other-one")].is_ok());
}

#[tokio::test]
async fn what_cannot_be_asked_is_searched_as_it_was_and_what_is_unknown_is_told() {
    let ((_f, first), (_g, second)) = two().await;
    let cache = tempfile::tempdir().unwrap();
    let catalogues = async || {
        let both = vec![named("first", &first), named("second", &second)];
        let sources = Sources::new(both, Server::access(cache.path()));
        sources.catalogues().await
    };
    let query = Query {
        words: vec!["toml".into()],
        ..Query::default()
    };
    let found = |catalogues: &Catalogues| -> Vec<String> {
        let found = catalogues.search(&query).into_iter();
        found
            .filter(|it| it.matched == Match::Id)
            .map(|it| format!("{} {}", it.registry, it.line.version))
            .collect()
    };
    first.go_down();
    let known = catalogues().await;
    assert_eq!(found(&known), ["second 9.0.0"]);
    assert_eq!(known.failed[0].0, "first");
    first.come_back();
    let known = catalogues().await;
    assert_eq!(found(&known), ["first 1.0.0", "second 9.0.0"]);
    assert!(known.failed.is_empty());

    first.go_down();
    second.go_down();
    let known = catalogues().await;
    assert_eq!(found(&known), ["first 1.0.0", "second 9.0.0"]);
    let outdated = known.read.iter().map(|it| it.outdated.as_ref().unwrap());
    assert!(outdated.into_iter().all(Error::is_temporary));
}
