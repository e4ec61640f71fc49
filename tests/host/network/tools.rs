//! What the user says of tools: where they are fetched from, and which are held where they are.

use annexe::{
    AddressRule, HeldTools,
    capability::{Capability, Grants},
    digest::Sha256Digest,
};

use super::*;
use crate::support::server::Fault;

const WISHED: &str = "https://github.com/o/n/releases/download/v1/tool";

impl Network {
    /// Settings under which the server is a mirror of GitHub, and at a private address that nothing else allows.
    fn mirrored(&self) -> ServiceOptions {
        let mut options = self.options();
        options.http.private.clear();
        options.github.api = None;
        let to = format!("{}/mirror/", self.server.base);
        let rule = AddressRule::parse("https://github.com/", &to).unwrap();
        options.tools.download = vec![rule];
        options
    }

    /// The requests for files below a path.
    fn asked_below(&self, start: &str) -> Vec<String> {
        let mut requests = self.server.requests();
        requests.retain(|request| request.contains(start));
        requests
    }
}

#[tokio::test]
async fn every_version_downloads_from_a_mirror_and_both_addresses_are_told() {
    let network = Network::new().await;
    network.serve("mirror/o/n/releases/download/v1/tool", "tool");
    let host = network.host(network.mirrored());
    for version in guest::VERSIONS {
        let extension = guest::start(&host, version, &network.place).await;
        let verb = format!("download:{WISHED} uncompressed {version}/tool");
        network.ask(&extension, &verb).await;
        let file = network.place.work_dir().join(version).join("tool");
        assert_eq!(std::fs::read_to_string(file).unwrap(), "tool");
    }
    let downloaded = network.events.of("downloaded");
    let download = &downloaded[0]["download"];
    assert_eq!(download["url"], WISHED);
    let real = network.url("mirror/o/n/releases/download/v1/tool");
    assert_eq!(download["final_url"], real);
    let hosts: Vec<_> = (network.events.of("access").iter())
        .map(|it| it["request"]["host"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(hosts[..2], ["github.com", "127.0.0.1"]);
}

#[tokio::test]
async fn where_it_really_goes_is_judged_too() {
    let network = Network::new().await;
    network.serve("mirror/o/n/releases/download/v1/tool", "tool");
    let download = |host: &str| Capability::DownloadFile {
        host: host.into(),
        path: vec!["**".into()],
    };
    let started = async |options: ServiceOptions, grants: Grants| {
        let builder = guest::builder().observer(network.events.clone());
        let host = builder.services(options).grants(grants);
        guest::start(&host.build().unwrap(), "0.7.0", &network.place).await
    };
    // A wish that is not granted, and a mirror that is denied.
    for grants in [
        Grants::none().with([download("127.0.0.1")]),
        Grants::all().without([download("127.0.0.1")]),
    ] {
        let extension = started(network.mirrored(), grants).await;
        let words = network
            .refused(&extension, &format!("download:{WISHED}"))
            .await;
        assert!(
            words.contains("is not granted") || words.contains("denied"),
            "{words}"
        );
    }
    assert_eq!(network.asked_below("mirror"), [""; 0]);
    // What is granted to the extension is GitHub alone: the user has named the mirror.
    let grants = Grants::none().with([download("github.com")]);
    let extension = started(network.mirrored(), grants).await;
    network.ask(&extension, &format!("download:{WISHED}")).await;
    // Nothing leads to a cloud's metadata.
    let mut options = network.mirrored();
    let rule = AddressRule::parse("https://github.com/", "http://169.254.169.254/").unwrap();
    options.tools.download = vec![rule];
    let extension = started(options, Grants::all()).await;
    let words = network
        .refused(&extension, &format!("download:{WISHED}"))
        .await;
    assert!(words.contains("never asked"), "{words}");
}

#[tokio::test]
async fn a_token_goes_to_its_own_server_alone() {
    let network = Network::new().await;
    network.serve("mirror/o/n/releases/download/v1/tool", "tool");
    network.serve("else", "else");
    let mut options = network.mirrored();
    options.http.private = vec!["127.0.0.1".parse().unwrap()];
    let mirror = network.server.base.parse().unwrap();
    options.http.credentials.insert(&mirror, "secret").unwrap();
    let extension = network.guest(options).await;
    network.ask(&extension, &format!("download:{WISHED}")).await;
    network
        .ask(&extension, &format!("download:{}", network.url("else")))
        .await;
    let sent = network.server.authorizations();
    let of = |path: &str| -> Vec<_> {
        let sent = sent.iter().filter(|(asked, _)| asked.contains(path));
        sent.map(|(_, token)| token.as_str()).collect()
    };
    assert!(of("mirror/").iter().all(|token| token.contains("secret")));
    assert!(!of("mirror/").is_empty(), "{sent:?}");
    // What an extension asks for by itself has none.
    assert!(
        of("else").iter().all(|token| !token.contains("secret")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_held_release_is_the_newest_on_every_version_and_no_other_is_taken() {
    let network = Network::new().await;
    let held = r#"{"tag_name":"v1","assets":[{"name":"a","browser_download_url":"http://x/a"}]}"#;
    network.serve("repos/o/n/releases/tags/v1", held);
    let mut options = network.options();
    options.tools.hold.hold_release("O/n", "v1").unwrap();
    let host = network.host(options);
    for version in guest::VERSIONS {
        let extension = guest::start(&host, version, &network.place).await;
        assert_eq!(
            network.ask(&extension, "github:o/n").await,
            ["v1", "a http://x/a"]
        );
        if guest::has(version, "0.1.0") {
            let words = network.refused(&extension, "github-tag:o/n v2").await;
            assert!(
                words.contains("`v2` of `o/n` is not taken: it is held at `v1`"),
                "{words}"
            );
        }
        let other = "https://github.com/o/n/releases/download/v2/tool";
        let words = network
            .refused(&extension, &format!("download:{other}"))
            .await;
        assert!(words.contains("held at `v1`"), "{words}");
    }
    assert!(
        network
            .asked_below("/releases")
            .iter()
            .all(|it| it.contains("tags/v1"))
    );
}

#[tokio::test]
async fn a_held_release_is_judged_where_a_server_or_a_rule_leads() {
    let network = Network::new().await;
    let other = "https://github.com/o/n/releases/download/v2/tool";
    let redirect = Fault::redirect(other);
    network.server.always("tool", redirect);
    let mut options = network.options();
    options.tools.hold.hold_release("o/n", "v1").unwrap();
    let rule = AddressRule::parse("https://mirror.example/", "https://github.com/").unwrap();
    options.tools.download = vec![rule];
    let extension = network.guest(options).await;
    for url in [
        network.url("tool"),
        "https://mirror.example/o/n/releases/download/v2/tool".into(),
        "https://codeload.github.com/o/n/tar.gz/refs/tags/v2".into(),
        "https://api.github.com/repos/o/n/tarball/v2".into(),
    ] {
        let words = network
            .refused(&extension, &format!("download:{url}"))
            .await;
        assert!(words.contains("held at `v1`"), "{url}: {words}");
    }
    assert_eq!(network.asked_below("tool").len(), 1);
}

#[tokio::test]
async fn a_held_package_is_the_newest_without_npm_and_a_held_file_is_the_only_one() {
    let network = Network::new().await;
    network.serve("tool", "other");
    let mut options = network.options();
    options.node.npm = Some("/no/such/npm".into());
    let mut held = HeldTools::default();
    held.hold_package("pyright", "1.1.380").unwrap();
    let url = network.url("tool");
    held.hold_download(&url, Sha256Digest::of(b"held")).unwrap();
    options.tools.hold = held;
    let host = network.host(options);
    for version in guest::VERSIONS {
        let extension = guest::start(&host, version, &network.place).await;
        if guest::has(version, "0.0.3") {
            assert_eq!(
                network.ask(&extension, "npm-latest:pyright").await,
                ["1.1.380"]
            );
        }
        let words = network
            .refused(&extension, "npm-install:pyright@1.1.381")
            .await;
        assert!(words.contains("`pyright@1.1.381` is not taken"), "{words}");
        let words = network
            .refused(&extension, &format!("download:{url}"))
            .await;
        assert!(words.contains("is not taken: it is held at"), "{words}");
    }
    assert_eq!(network.written(), [""; 0]);
    network.serve("tool", "held");
    let extension = guest::start(&host, "0.7.0", &network.place).await;
    network.ask(&extension, &format!("download:{url}")).await;
}
