//! Whom tokens and passwords are told, and whom they are not.

use annexe::{
    Hint as _,
    registry::{Access, Error, HttpOptions, Location, Registry, SourceError},
};

use crate::{
    fixture::{Fixture, fetch, served, toml},
    server::{Fault, Server},
};

/// Settings with a token for the server's origin.
fn options(server: &Server) -> HttpOptions {
    let mut options = Server::options();
    let address = server.base.parse().unwrap();
    options.credentials.insert(&address, "the-token").unwrap();
    options
}

/// The server's address with a name and a password in it.
fn with_password(server: &Server) -> Location {
    let address = server.base.replace("http://", "http://me:the-word@");
    address.parse().unwrap()
}

fn paths(authorizations: Vec<(String, String)>, expected: &str) -> Vec<String> {
    let check = |(path, sent): (String, String)| {
        assert_eq!(sent, expected);
        path
    };
    authorizations.into_iter().map(check).collect()
}

#[tokio::test]
async fn a_token_goes_with_every_request_to_its_origin_and_to_no_other() {
    let (fixture, server, _registry) = served().await;
    let registry = server.open_with(&options(&server)).await.unwrap();
    registry.index(&toml()).await.unwrap();
    fetch(&registry, &fixture.line).await.unwrap();
    let told = paths(server.authorizations(), "Bearer the-token");
    assert_eq!(
        told,
        ["config.json", "index/to/ml/toml", &fixture.archive_path()]
    );

    let other = Server::start(&fixture.registry()).await;
    other.open_with(&options(&server)).await.unwrap();
    assert!(other.authorizations().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_the_token_and_one_to_another_drops_it() {
    let (fixture, server, _registry) = served().await;
    let other = Server::start(&fixture.registry()).await;
    // The same host with another port, and another host with the same port.
    let host = other.base.replace("127.0.0.1", "localhost");
    let same_port = server.base.replace("127.0.0.1", "localhost");
    let index = "index/to/ml/toml";
    let me = Registry::open_with(&with_password(&server), &access(Server::options())).await;
    let token = server.open_with(&options(&server)).await;
    for (registry, sent) in [(me, "Basic bWU6dGhlLXdvcmQ="), (token, "Bearer the-token")] {
        let registry = registry.unwrap();
        for base in [&other.base, &host] {
            server.forget();
            server.fail(index, [Fault::redirect(&format!("{base}/{index}"))]);
            registry.index(&toml()).await.unwrap();
            assert_eq!(paths(server.authorizations(), sent), [index]);
            assert!(other.authorizations().is_empty() && !other.requests().is_empty());
        }
        server.forget();
        server.fail(index, [Fault::redirect(&format!("{same_port}/{index}"))]);
        registry.index(&toml()).await.unwrap();
        assert_eq!(server.requests(), [index; 2]);
        assert_eq!(paths(server.authorizations(), sent), [index]);

        server.forget();
        server.fail(index, [Fault::redirect("/sub/catalogue.jsonl")]);
        registry.index(&toml()).await.unwrap_err();
        assert_eq!(
            paths(server.authorizations(), sent),
            [index, "catalogue.jsonl"]
        );

        // Away and back again: what is dropped stays dropped.
        server.forget();
        server.fail(index, [Fault::redirect(&format!("{}/{index}", other.base))]);
        other.fail(
            index,
            [Fault::redirect(&format!("{}/catalogue.jsonl", server.base))],
        );
        registry.index(&toml()).await.unwrap_err();
        assert_eq!(paths(server.authorizations(), sent), [index]);
    }
}

#[tokio::test]
async fn a_redirect_that_comes_to_an_origin_with_a_token_does_not_bring_it_along() {
    let (fixture, server, _registry) = served().await;
    let other = Server::start(&fixture.registry()).await;
    let registry = server.open_with(&options(&other)).await.unwrap();
    let index = "index/to/ml/toml";
    server.fail(index, [Fault::redirect(&format!("{}/{index}", other.base))]);
    registry.index(&toml()).await.unwrap();
    assert!(server.authorizations().is_empty() && other.authorizations().is_empty());
}

#[tokio::test]
async fn nothing_secret_goes_over_plain_http_to_another_machine() {
    // An address for documentation: nobody is there, and nobody is asked.
    let plain: Location = "http://192.0.2.1/registry".parse().unwrap();
    let mut options = Server::options();
    let address = "http://192.0.2.1".parse().unwrap();
    options.credentials.insert(&address, "the-token").unwrap();
    let own = "http://me:the-word@192.0.2.1/".parse().unwrap();
    for (location, options) in [(plain, options), (own, Server::options())] {
        let access = access(options);
        let error = Registry::open_with(&location, &access).await.unwrap_err();
        let Error::Source(SourceError::InsecureCredentials { .. }) = &error else {
            panic!("{error}")
        };
        let words = format!("{error} {error:?} {access:?} {location:?}");
        assert!(
            !words.contains("the-word") && !words.contains("the-token"),
            "{words}"
        );
        assert!(error.hint().unwrap().contains("https"));
        assert!(!error.is_temporary());
    }
}

#[tokio::test]
async fn a_password_is_in_no_name_of_a_cache_and_no_file_of_it() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.registry()).await;
    let cache = tempfile::tempdir().unwrap();
    let access = Server::access(cache.path());
    Registry::open_with(&with_password(&server), &access)
        .await
        .unwrap();
    let folder = std::fs::read_dir(cache.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let content = std::fs::read_to_string(file.path()).unwrap();
    let all = format!("{} {content}", file.path().display());
    assert!(
        all.contains("127.0.0.1") && !all.contains("the-word"),
        "{all}"
    );
}

fn access(options: HttpOptions) -> Access {
    let mut access = Access::default();
    access.http = options;
    access
}
