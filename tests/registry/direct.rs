//! Archives at an address of their own.

use std::fs;

use annexe::{
    Hint as _,
    digest::Sha256Digest,
    registry::{Access, SourceError, fetch_url},
};
use url::Url;

use crate::{
    place::{Place, served},
    support::server::{Fault, Server},
};

type Outcome = Result<(Sha256Digest, u64, Vec<u8>), SourceError>;

async fn fetched(server: &Server, path: &str, limit_bytes: u64) -> Outcome {
    let url: Url = format!("{}/{path}", server.base).parse().unwrap();
    let mut access = Access::default();
    access.http = Server::options();
    let mut content = Vec::new();
    let (digest, size) = fetch_url(&url, &access, limit_bytes, &mut content, &|_, _| {}).await?;
    Ok((digest, size, content))
}

#[tokio::test]
async fn what_is_at_an_address_comes_with_its_digest_and_size() {
    let (place, server, _registry) = served().await;
    let path = place.archive_path();
    let size = place.archive.len() as u64;
    let expected = (
        place.line.digest().unwrap().sha256,
        size,
        place.archive.clone(),
    );
    assert_eq!(fetched(&server, &path, size).await.unwrap(), expected);
    // A page is what is there: the caller knows what it wants.
    server.fail(&path, [Fault::status(200, "<html>Sign in</html>")]);
    assert_eq!(fetched(&server, &path, size).await.unwrap().1, 20);
    for faults in [
        vec![Fault::status(503, "")],
        vec![Fault::CutAfter(300_000), Fault::CutAfter(200_000)],
    ] {
        server.fail(&path, faults);
        assert_eq!(fetched(&server, &path, size).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_had_as_a_whole_is_refused() {
    let (place, server, _registry) = served().await;
    let path = place.archive_path();
    let size = place.archive.len();
    let limit = size as u64 - 1;
    let error = fetched(&server, &path, limit).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    server.fail(&path, [Fault::EndAfter(size)]);
    let unsized_error = fetched(&server, &path, limit).await.unwrap_err();
    assert!(
        matches!(unsized_error, SourceError::TooLarge { .. }),
        "{unsized_error}"
    );

    server.fail(&path, vec![Fault::CutAfter(1000); 9]);
    let cut = fetched(&server, &path, limit + 1).await.unwrap_err();
    assert!(matches!(cut, SourceError::Interrupted { .. }), "{cut}");

    // The beginning of one file and the end of another are no file.
    server.fail(&path, [Fault::CutAfter(300_000)]);
    let mut other = place.archive.clone();
    other[0] ^= 1;
    let (begun, answer) = (
        Fault::CutAfter(300_000),
        Fault::Answer(200, String::new(), other),
    );
    server.fail(&path, [begun, answer]);
    let changed = fetched(&server, &path, limit + 1).await.unwrap_err();
    assert!(matches!(changed, SourceError::Changed { .. }), "{changed}");

    fs::remove_file(place.file(&path)).unwrap();
    assert!(
        fetched(&server, &path, limit)
            .await
            .unwrap_err()
            .is_not_found()
    );
    for error in [error, unsized_error, cut, changed] {
        assert!(error.hint().is_some(), "{error}");
    }
}

#[tokio::test]
async fn offline_and_other_schemes_are_refused_unasked() {
    let place = Place::new();
    let server = Server::start(&place.registry()).await;
    let mut access = Access::default();
    let file: Url = "file:///etc/passwd".parse().unwrap();
    let error = fetch_url(&file, &access, 9, &mut Vec::new(), &|_, _| {})
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Scheme { .. }) && error.hint().is_some());
    access.offline = true;
    let url: Url = format!("{}/config.json", server.base).parse().unwrap();
    let error = fetch_url(&url, &access, 9999, &mut Vec::new(), &|_, _| {})
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Offline { .. }), "{error}");
    assert_eq!(error.hint().unwrap(), "run it once without `--offline`");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn plain_http_from_another_machine_is_refused_unless_that_is_agreed_to() {
    let (place, server, _registry) = served().await;
    let path = place.archive_path();
    let size = place.archive.len() as u64;
    let mut access = Access::default();
    access.http = Server::options();
    let fetch = async |url: &str, access: &Access| {
        let url: Url = url.parse().unwrap();
        let fetched = fetch_url(&url, access, size, &mut Vec::new(), &|_, _| {}).await;
        fetched.unwrap_err()
    };
    for url in [
        "http://192.0.2.2:8765/x.tar.gz",
        "http://me:word@127.0.0.2.example/x.tar.gz",
        "http://[2001:db8::1]/x.tar.gz",
        "HTTP://localhost.example/x.tar.gz",
        "http://0x7f000001.example/x.tar.gz",
    ] {
        let error = fetch(url, &access).await;
        assert!(matches!(error, SourceError::Insecure { .. }), "{error}");
        assert!(error.hint().unwrap().contains("--insecure"), "{error}");
        assert!(!error.to_string().contains("word"), "{error}");
    }
    // This machine is no other machine, until it leads to one.
    fetched(&server, &path, size).await.unwrap();
    server.always(&path, Fault::redirect("http://192.0.2.2:8765/x.tar.gz"));
    let address = format!("{}/{path}", server.base);
    let error = fetch(&address, &access).await;
    assert!(matches!(error, SourceError::Insecure { .. }), "{error}");
    assert!(error.to_string().contains("192.0.2.2"), "{error}");
}
