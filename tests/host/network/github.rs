//! Releases on GitHub.

use super::*;
use crate::support::server::Fault;

/// Newest first, as GitHub lists them.
const RELEASES: &str = r#"[
    {"tag_name":"draft","draft":true,"assets":[]},
    {"tag_name":"v3-beta","prerelease":true,"assets":[]},
    {"tag_name":"v2-beta","prerelease":true,"assets":[{"name":"b","browser_download_url":"http://x/b"}]},
    {"tag_name":"v2","prerelease":false,"assets":[]},
    {"tag_name":"v1","assets":[{"name":"a.gz","browser_download_url":"http://x/a.gz","size":7}]}
]"#;

#[tokio::test]
async fn every_version_gets_the_newest_release_that_fits_its_options_and_one_by_its_tag() {
    let network = Network::new().await;
    network.serve("repos/o/n/releases", RELEASES);
    let first =
        r#"{"tag_name":"v1","assets":[{"name":"a.gz","browser_download_url":"http://x/a.gz"}]}"#;
    network.serve("repos/o/tagged/releases/tags/v1", first);
    let mut options = network.options();
    options.github.lifetime = Duration::from_secs(3600);
    let host = network.host(options);
    for version in guest::VERSIONS {
        let extension = guest::start(&host, version, &network.place).await;
        for (verb, expected) in [
            ("github:o/n", &["v2"][..]),
            ("github:o/n require-assets", &["v1", "a.gz http://x/a.gz"]),
            ("github:o/n pre-release", &["v3-beta"]),
            (
                "github:o/n require-assets pre-release",
                &["v2-beta", "b http://x/b"],
            ),
        ] {
            assert_eq!(
                network.ask(&extension, verb).await,
                expected,
                "{version} {verb}"
            );
        }
        if guest::has(version, "0.1.0") {
            let release = network.ask(&extension, "github-tag:o/tagged v1").await;
            assert_eq!(release, ["v1", "a.gz http://x/a.gz"], "{version}");
        }
    }
}

#[tokio::test]
async fn pages_are_turned_until_a_release_fits() {
    let network = Network::new().await;
    let first = r#"[{"tag_name":"v2","prerelease":true,"assets":[]}]"#;
    let link = "Link: <https://x/?page=2>; rel=\"next\", <https://x/?page=9>; rel=\"last\"\r\n";
    let page = Fault::Answer(200, link.into(), first.into());
    network.server.fail("repos/o/n/releases", vec![page; 2]);
    network.serve(
        "repos/o/n/releases?page=2",
        r#"[{"tag_name":"v1","assets":[]}]"#,
    );
    let extension = network.guest(network.options()).await;
    assert_eq!(network.ask(&extension, "github:o/n").await, ["v1"]);
    let words = network
        .refused(&extension, "github:o/n require-assets")
        .await;
    assert!(
        words.contains("`o/n` has no release with files that is not a pre-release"),
        "{words}"
    );
}

#[tokio::test]
async fn a_limit_says_when_it_ends_and_nothing_is_asked_until_then() {
    let network = Network::new().await;
    let hour = std::time::SystemTime::now() + Duration::from_secs(3600);
    let reset = hour
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let limited = format!("x-ratelimit-remaining: 0\r\nx-ratelimit-reset: {reset}\r\n");
    let until = annexe::Timestamp::of(hour).to_string();
    let extension = network.guest(network.options()).await;
    network
        .server
        .fail_all(Fault::Answer(403, limited, Vec::new()));
    for _ in 0..3 {
        let words = network.refused(&extension, "github:o/n").await;
        // To the minute: the two clocks are read at two moments.
        assert!(words.contains(&until[..16]), "{words}");
        assert!(words.contains("set GITHUB_TOKEN"), "{words}");
    }
    let words = network.refused(&extension, "github-tag:o/n v1").await;
    assert!(words.contains("limit of requests"), "{words}");
    assert_eq!(network.server.requests().len(), 1);
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says_so_soon() {
    let network = Network::new().await;
    network.serve("repos/o/n/releases", RELEASES);
    let busy = Fault::Answer(429, "Retry-After: 0\r\n".into(), Vec::new());
    network.server.fail("repos/o/n/releases", [busy]);
    let extension = network.guest(network.options()).await;
    assert_eq!(network.ask(&extension, "github:o/n").await, ["v2"]);
}

#[tokio::test]
async fn each_refusal_has_its_words_and_its_way_out() {
    let network = Network::new().await;
    network.serve("repos/o/n/releases", RELEASES);
    let extension = network.guest(network.options()).await;
    for (fault, expected, hint) in [
        (
            Fault::status(404, ""),
            "the latest release of `o/n` does not exist",
            "be private",
        ),
        (Fault::status(401, ""), "answered 401", "may want a token"),
        (
            Fault::status(500, "oops"),
            "answered 500",
            "try again later",
        ),
        (Fault::status(403, "blocked"), "answered 403", "blocked"),
        (Fault::status(200, "<html>"), "is not a release", "sign in"),
        (
            Fault::redirect("/sub/repos/o/n/releases"),
            "more than 5",
            "set up wrongly",
        ),
        (Fault::Close, "cannot be reached", "check the network"),
        (Fault::Stall, "cannot be reached", "check the network"),
    ] {
        network.server.fail_all(fault);
        let words = network.refused(&extension, "github:o/n").await;
        assert!(words.contains(expected), "{words}");
        assert!(words.contains(hint), "{words}");
    }
    network.server.come_back();
    network.server.forget();
    for name in ["nonsense", "a/b/c", "../x", "o/..", "o/n?x", "/n", "o/"] {
        let words = network.refused(&extension, &format!("github:{name}")).await;
        assert!(words.contains("is not the name of a repository"), "{words}");
    }
    assert_eq!(network.server.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn the_token_goes_to_github_and_nowhere_else() {
    let network = Network::new().await;
    let other = Network::new().await;
    other.serve("repos/o/n/releases", RELEASES);
    network.serve("repos/o/n/releases", RELEASES);
    let mut options = network.options();
    let base = network.server.base.parse().unwrap();
    options.http.credentials.insert(&base, "secret").unwrap();
    let extension = network.guest(options).await;
    network.ask(&extension, "github:o/n").await;
    let elsewhere = Fault::redirect(&other.url("repos/o/n/releases"));
    network.server.fail("repos/o/n/releases", [elsewhere]);
    network.ask(&extension, "github:o/n").await;
    let with_token = ("repos/o/n/releases".to_owned(), "Bearer secret".to_owned());
    assert_eq!(network.server.authorizations(), vec![with_token; 2]);
    assert_eq!(other.server.authorizations(), []);
}
