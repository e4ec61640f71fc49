//! A server that is reached over TLS, with a certificate of one's own authority.

use super::*;
use crate::support::server::nginx::{Nginx, certificate};

#[tokio::test]
async fn a_redirect_from_https_to_http_is_refused_and_one_within_https_is_followed() {
    let network = Network::new().await;
    network.serve("page", "plain");
    let folder = tempfile::tempdir().unwrap();
    let Some(pem) = certificate(folder.path()) else {
        return;
    };
    std::fs::write(folder.path().join("page"), "secure").unwrap();
    let directives = format!(
        "location = /down {{ return 302 {}; }} location = /within {{ return 302 page; }}",
        network.url("page")
    );
    let Some(secure) = Nginx::start_secure(folder.path(), folder.path(), &directives) else {
        return;
    };
    let mut options = network.options();
    options.http.root_certificates = vec![pem];
    let extension = network.guest(options).await;
    let url = |path: &str| format!("{}{path}", secure.url);
    for path in ["page", "within"] {
        let answer = network
            .ask(&extension, &format!("http:{}", url(path)))
            .await;
        assert_eq!(answer[0], "secure");
        let verb = format!("download:{} uncompressed {path}", url(path));
        network.ask(&extension, &verb).await;
        let file = network.place.work_dir().join(path);
        assert_eq!(std::fs::read_to_string(file).unwrap(), "secure");
    }
    for verb in ["http", "http-stream", "download"] {
        let words = network
            .refused(&extension, &format!("{verb}:{}", url("down")))
            .await;
        assert!(words.contains("leads from `https`"), "{words}");
    }
    assert_eq!(network.written(), ["page", "within"]);
    assert_eq!(network.server.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let network = Network::new().await;
    let folder = tempfile::tempdir().unwrap();
    if certificate(folder.path()).is_none() {
        return;
    }
    std::fs::write(folder.path().join("page"), "secure").unwrap();
    let Some(secure) = Nginx::start_secure(folder.path(), folder.path(), "") else {
        return;
    };
    let extension = network.guest(network.options()).await;
    for verb in ["http", "download"] {
        let words = network
            .refused(&extension, &format!("{verb}:{}page", secure.url))
            .await;
        assert!(words.contains("certificate"), "{words}");
    }

    let mut options = network.options();
    options.http.root_certificates = vec![b"-----BEGIN CERTIFICATE-----\nno\n".to_vec()];
    let extension = network.guest(options).await;
    let words = network
        .refused(&extension, &format!("http:{}page", secure.url))
        .await;
    assert!(words.contains("those added are PEM files"), "{words}");
}
