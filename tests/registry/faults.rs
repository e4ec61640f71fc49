//! What becomes of a request when the server, or the way to it, misbehaves.

use std::{fs, time::Duration};

use annexe::{
    Hint as _,
    digest::Sha256Digest,
    registry::{Error, HttpOptions, Registry, SourceError, format::LineProblem},
};

use crate::{
    place::{fetch, served, toml},
    support::server::{Fault, Server},
};

#[tokio::test]
async fn a_refusal_is_told_with_the_servers_words_made_safe() {
    let (_fixture, server, registry) = served().await;
    let body = "<Error>\u{1b}[31mInvalidAccessKeyId</Error>";
    server.fail("index/to/ml/toml", [Fault::status(403, body)]);
    let error = registry.index(&toml()).await.unwrap_err();
    let Error::Source(SourceError::Status {
        status: 403,
        answer,
        ..
    }) = &error
    else {
        panic!("{error}")
    };
    assert_eq!(answer, "<Error>\\u{1b}[31mInvalidAccessKeyId</Error>");
    assert!(!error.is_temporary());
}

/// Zed's registry in April 2026: a key was revoked, and each download was redirected to a store that
/// answered 403 with a page of XML, which was taken for the archive.
#[tokio::test]
async fn a_redirect_to_a_refusal_is_a_refusal_and_nothing_of_it_is_taken() {
    let (place, server, registry) = served().await;
    let store = Server::start(&place.registry()).await;
    let page = "<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code></Error>";
    let path = place.archive_path();
    store.fail(&path, [Fault::status(403, page)]);
    server.fail(&path, [Fault::redirect(&format!("{}/{path}", store.base))]);
    let mut content = Vec::new();
    let archive = (&place.line).into();
    let fetching = registry.fetch(&archive, &mut content, &|_, _| {});
    let error = fetching.await.unwrap_err();
    let Error::Source(SourceError::Status {
        status: 403,
        answer,
        ..
    }) = &error
    else {
        panic!("{error}")
    };
    assert!(answer.contains("InvalidAccessKeyId") && content.is_empty());
    assert!(error.hint().unwrap().contains("does not let you read this"));
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let (_fixture, server, registry) = served().await;
    let index = "index/to/ml/toml";
    let retry_after = Fault::Answer(503, "Retry-After: 86400\r\n".into(), Vec::new());
    for faults in [
        vec![Fault::status(500, "oops"), retry_after],
        vec![Fault::Close, Fault::Close],
        vec![Fault::CutAfter(20), Fault::CutAfter(0)],
        vec![Fault::Stall],
    ] {
        server.fail(index, faults);
        registry.index(&toml()).await.unwrap();
    }

    server.forget();
    server.fail(
        index,
        [
            Fault::status(500, "1"),
            Fault::status(500, "2"),
            Fault::status(500, "3"),
        ],
    );
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(
        error.is_temporary() && error.to_string().ends_with(": 3"),
        "{error}"
    );
    // That something on the way forbids it does not say that there is none.
    server.fail(index, [Fault::status(451, "")]);
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(!error.is_not_found(), "{error}");
    server.fail(index, [Fault::status(410, "")]);
    assert!(registry.index(&toml()).await.unwrap_err().is_not_found());
    assert_eq!(
        server
            .requests()
            .iter()
            .filter(|path| *path == index)
            .count(),
        5
    );
}

#[tokio::test]
async fn redirects_are_followed_but_not_in_circles() {
    let (_fixture, server, registry) = served().await;
    let to = |path: &str| Fault::redirect(&format!("{}/{path}", server.base));
    server.fail("config.json", [to("index/to/ml/toml")]);
    server.fail(
        "index/to/ml/toml",
        [to("catalogue.jsonl"), to("config.json")],
    );
    // A redirect to another file: followed, and what lies there is looked at.
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(matches!(error, Error::NotAnIndex { .. }), "{error}");

    let circle = to("config.json");
    server.fail("config.json", vec![circle; 20]);
    let error = server.open().await.unwrap_err();
    assert!(
        matches!(error, Error::Source(SourceError::Redirect { .. })),
        "{error}"
    );
    assert!(error.hint().is_some());
    assert!(server.requests().len() < 15, "a circle is not tried again");
}

#[tokio::test]
async fn a_redirect_to_another_host_does_not_lead_to_a_private_address() {
    let (_fixture, server, _registry) = served().await;
    let mut options = Server::options();
    options.private.clear();
    // The user has named it, wherever it is.
    let registry = server.open_with(&options).await.unwrap();
    let index = "index/to/ml/toml";
    let is_refused = |error: Error, never: bool| {
        match &error {
            Error::Source(SourceError::Private { .. }) => assert!(!never, "{error}"),
            Error::Source(SourceError::Forbidden { .. }) => assert!(never, "{error}"),
            _ => panic!("{error}"),
        }
        assert_eq!(error.kind(), annexe::ErrorKind::Refused);
        assert!(error.hint().is_some() && !error.is_temporary());
    };
    for (to, never) in [
        ("http://10.0.0.1/x", false),
        ("http://[::1]:9/", false),
        ("http://localhost:9/", false),
        ("http://169.254.169.254/latest/meta-data/", true),
        ("http://[::ffff:169.254.169.254]/", true),
    ] {
        server.forget();
        server.fail(index, [Fault::redirect(to)]);
        is_refused(registry.index(&toml()).await.unwrap_err(), never);
        assert_eq!(server.requests(), [index], "{to} is not tried again");
    }
    server.fail(
        index,
        [Fault::redirect(&format!("{}/{index}", server.base))],
    );
    registry.index(&toml()).await.unwrap();

    let mut access = annexe::registry::Access::default();
    access.http = Server::options();
    access.http.private = vec!["*".parse().unwrap()];
    let metadata = "http://169.254.169.254/registry".parse().unwrap();
    let opened = Registry::open_with(&metadata, &access).await;
    is_refused(opened.unwrap_err(), true);
}

#[tokio::test]
async fn an_error_page_is_not_taken_for_an_index() {
    let (_fixture, server, registry) = served().await;
    server.fail(
        "index/to/ml/toml",
        [
            Fault::status(200, "<html>\n<body>Sign in</body>\n</html>\n"),
            // Without a newline they look like what an append that was cut off leaves.
            Fault::status(200, "<html><body>Sign in</body></html>"),
            Fault::status(200, "{\"message\":\"Not Found\"}"),
        ],
    );
    for _ in 0..3 {
        let error = registry.index(&toml()).await.unwrap_err();
        let Error::NotAnIndex { reason, .. } = &error else {
            panic!("{error}")
        };
        assert!(matches!(reason, LineProblem::Broken { .. }), "{error}");
        assert!(error.hint().unwrap().contains("another file"));
    }
    registry.index(&toml()).await.unwrap();
}

#[tokio::test]
async fn an_error_page_is_an_empty_catalogue_and_hinders_nothing_else() {
    let (_fixture, server, registry) = served().await;
    let page = Fault::status(200, "<html><body>Sign in</body></html>");
    server.fail("catalogue.jsonl", vec![page; 2]);
    let catalogue = registry.catalogue().await.unwrap();
    assert!(catalogue.lines.is_empty());
    let skipped: Vec<_> = catalogue.skipped.iter().collect();
    assert!(
        matches!(&skipped[..], [one] if matches!(one.reason, LineProblem::Broken { .. })),
        "{skipped:?}"
    );
    let error = registry.index(&"tmol".parse().unwrap()).await.unwrap_err();
    assert!(
        matches!(&error, Error::UnknownExtension { nearest, .. } if nearest.is_empty()),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_sends_a_byte_now_and_then_is_given_up() {
    let (_fixture, server, _registry) = served().await;
    let mut options = HttpOptions::default();
    options.small_file_timeout = Duration::from_millis(200);
    // Far from the limit between two bytes, and never tried again: the limit is for all tries.
    server.fail("config.json", vec![Fault::Trickle; 9]);
    let error = server.open_with(&options).await.unwrap_err();
    let Error::Source(SourceError::TooSlow { limit, location }) = &error else {
        panic!("{error}")
    };
    assert_eq!(*limit, options.small_file_timeout);
    assert_eq!(*location, format!("{}/config.json", server.base));
    assert!(
        error.to_string().ends_with("took longer than 0.2 s"),
        "{error}"
    );
    assert!(error.is_temporary() && error.hint().is_some());
}

/// Set in the process that [`no_proxy_is_read_from_the_environment_unless_asked`] starts.
const PROXIED: &str = "ANNEXE_TEST_PROXIED";

#[tokio::test]
#[ignore = "it is no test: another one runs it as another process"]
async fn where_the_environment_names_a_proxy() {
    if std::env::var_os(PROXIED).is_none() {
        return;
    }
    let (_fixture, server, _registry) = served().await;
    Registry::open(&server.base.parse().unwrap()).await.unwrap();
    let mut options = Server::options();
    options.system_proxy = true;
    let error = server.open_with(&options).await.unwrap_err();
    assert!(
        matches!(error, Error::Source(SourceError::Unreachable { .. })),
        "{error}"
    );
}

#[test]
fn no_proxy_is_read_from_the_environment_unless_asked() {
    // A port that was free a moment ago: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--ignored", "--exact"])
        .arg("faults::where_the_environment_names_a_proxy")
        .env(PROXIED, "yes");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &proxy);
    }
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        child.env_remove(name);
    }
    let output = child.output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(words.contains("1 passed"), "{words}");
}

#[tokio::test]
async fn an_archive_that_is_not_what_the_index_says_is_refused() {
    let (place, server, registry) = served().await;
    let (path, line) = (place.archive_path(), &place.line);
    let answer = |body: &[u8]| [Fault::Answer(200, String::new(), body.to_vec())];

    server.fail(&path, answer(b"<html>We are sorry</html>"));
    let error = fetch(&registry, line).await.unwrap_err();
    assert!(
        matches!(error, Error::SizeMismatch { actual: 25, .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&server.base));
    assert!(error.hint().unwrap().contains("another file"));

    let mut longer = place.archive.clone();
    longer.push(0);
    server.fail(&path, answer(&longer));
    assert!(matches!(
        fetch(&registry, line).await.unwrap_err(),
        Error::SizeMismatch { .. }
    ));

    let mut wrong = place.archive.clone();
    wrong[300_000] ^= 1;
    server.fail(&path, answer(&wrong));
    let error = fetch(&registry, line).await.unwrap_err();
    assert!(error.hint().unwrap().contains("tell the registry's owner"));
    let Error::DigestMismatch {
        expected, actual, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (*expected, *actual),
        (line.digest().unwrap().sha256, Sha256Digest::of(&wrong))
    );

    fs::remove_file(place.file(&path)).unwrap();
    let error = fetch(&registry, line).await.unwrap_err();
    assert!(error.is_not_found() && error.hint().is_some());
}

#[tokio::test]
async fn an_archive_that_the_index_says_is_huge_is_not_even_asked_for() {
    let (place, server, registry) = served().await;
    let limit = annexe::archive::Limits::default().compressed_bytes;
    let before = server.requests().len();
    for size in [limit + 1, u64::MAX] {
        let mut huge = place.line.clone();
        huge.archive.as_mut().unwrap().size = size;
        let error = registry
            .fetch(&(&huge).into(), &mut Vec::new(), &|_, _| {})
            .await
            .unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        let words = error.to_string();
        assert!(words.contains(&size.to_string()) && words.contains(&limit.to_string()));
        assert!(error.hint().is_some() && !error.is_temporary());
    }
    assert_eq!(server.requests().len(), before);
}

#[tokio::test]
async fn an_endless_archive_is_stopped_at_the_first_byte_too_many() {
    let (place, server, registry) = served().await;
    let mut small = place.line.clone();
    small.archive.as_mut().unwrap().size = 100_000;
    // No size announced: only counting helps.
    server.fail(
        &place.archive_path(),
        [Fault::EndAfter(place.archive.len())],
    );
    let mut content = Vec::new();
    let error = registry
        .fetch(&(&small).into(), &mut content, &|_, _| {})
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::SizeMismatch {
                expected: 100_000,
                ..
            }
        ),
        "{error}"
    );
    assert!(content.len() <= 100_000);
}

#[tokio::test]
async fn an_interrupted_archive_is_resumed_where_it_stopped() {
    let (place, server, registry) = served().await;
    let path = place.archive_path();
    server.fail(&path, [Fault::CutAfter(300_000), Fault::CutAfter(200_000)]);
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);
    let resumed = format!("{path} bytes=500000-");
    assert!(
        server.requests().contains(&resumed),
        "{:?}",
        server.requests()
    );
}

#[tokio::test]
async fn without_ranges_an_interrupted_archive_is_read_again() {
    let (place, server, registry) = served().await;
    let faults = [Fault::CutAfter(300_000), Fault::IgnoreRange];
    server.fail(&place.archive_path(), faults);
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);

    // A connection that ends early without having said so is one that was cut.
    server.fail(&place.archive_path(), [Fault::EndAfter(300_000)]);
    assert_eq!(fetch(&registry, &place.line).await.unwrap(), place.archive);
}

#[tokio::test]
async fn an_archive_put_together_from_two_files_is_refused() {
    let (place, server, registry) = served().await;
    let mut other = place.archive.clone();
    other[0] ^= 1;
    fs::write(place.file(&place.archive_path()), &other).unwrap();
    server.fail(&place.archive_path(), [Fault::CutAfter(300_000)]);
    let error = fetch(&registry, &place.line).await.unwrap_err();
    assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_download_that_keeps_stopping_is_given_up() {
    let (place, server, registry) = served().await;
    server.fail(&place.archive_path(), vec![Fault::CutAfter(1000); 9]);
    let error = fetch(&registry, &place.line).await.unwrap_err();
    assert!(error.is_temporary() && error.hint().is_some());
    let Error::Interrupted { received, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(received, 3000);
}
