//! What was answered before: what started yesterday starts today.

use annexe::capability::{Capability, Grants};

use super::*;
use crate::support::server::Fault;

const RELEASES: &str =
    r#"[{"tag_name":"v1","assets":[{"name":"a.gz","browser_download_url":"http://x/a.gz"}]}]"#;

fn network_with_releases(network: &Network) {
    network.serve("repos/o/n/releases", RELEASES);
}

#[tokio::test]
async fn an_answer_costs_no_request_within_its_lifetime_and_one_conditional_request_after_it() {
    let network = Network::new().await;
    network_with_releases(&network);
    let mut options = network.options();
    options.github.lifetime = Duration::from_secs(3600);
    let extension = network.guest(options).await;
    for _ in 0..3 {
        assert_eq!(network.ask(&extension, "github:o/n").await[0], "v1");
    }
    assert_eq!(network.server.requests(), ["repos/o/n/releases"]);
    // Another host of the same user: the answer is on the disk.
    let extension = network.guest(network.options()).await;
    assert_eq!(network.ask(&extension, "github:o/n").await[0], "v1");
    assert_eq!(network.server.requests().len(), 2);
    assert_eq!(network.server.unchanged(), ["repos/o/n/releases"]);
}

#[tokio::test]
async fn where_nobody_can_be_asked_the_last_good_answer_is_given_and_whoever_observes_is_told_why()
{
    let network = Network::new().await;
    network_with_releases(&network);
    let extension = network.guest(network.options()).await;
    network.ask(&extension, "github:o/n").await;
    let limited = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 99999999999\r\n".to_owned();
    for (fault, why) in [
        (Fault::status(500, "oops"), "500"),
        (Fault::Close, "cannot be reached"),
        (Fault::Stall, "cannot be reached"),
        (
            Fault::status(200, "<html>sign in</html>"),
            "is not a release",
        ),
        (
            Fault::Answer(429, "Retry-After: 600\r\n".into(), Vec::new()),
            "limit of requests",
        ),
        (Fault::Answer(403, limited, Vec::new()), "limit of requests"),
    ] {
        network.server.fail_all(fault);
        // Limits are remembered by a host: each has its own.
        let extension = network.guest(network.options()).await;
        assert_eq!(
            network.ask(&extension, "github:o/n").await[0],
            "v1",
            "{why}"
        );
        let told = network.events.of("last-good");
        let told = told.last().unwrap();
        assert_eq!(told["what"], "the latest release of `o/n`");
        assert!(told["why"].as_str().unwrap().contains(why), "{told}");
    }
}

/// A firewall's page.
fn page(status: u16) -> Fault {
    let head = "Content-Type: text/html; charset=utf-8\r\n";
    Fault::Answer(status, head.into(), b"<html>blocked</html>".to_vec())
}

#[tokio::test]
async fn only_what_github_says_of_the_name_is_final() {
    let network = Network::new().await;
    network_with_releases(&network);
    let options = || {
        let mut options = network.options();
        options.http.retry.tries = 1;
        options
    };
    let extension = network.guest(options()).await;
    network.ask(&extension, "github:o/n").await;
    let circle = format!("{}/repos/o/n/releases", network.server.base);
    let json = |status| Fault::status(status, r#"{"message":"so it is"}"#);
    let passing = [
        300, 400, 401, 403, 405, 407, 408, 418, 422, 425, 429, 451, 500, 503, 511,
    ];
    for (fault, is_final) in passing
        .into_iter()
        .flat_map(|status| [(json(status), false), (page(status), false)])
        .chain([
            (Fault::redirect(&circle), false),
            (Fault::redirect("ftp://example.org/"), false),
            (Fault::redirect("//[/"), false),
            // Who wants one to sign in first is often at a private address.
            (Fault::redirect("http://10.0.0.1/login"), false),
            (Fault::redirect("http://169.254.1.1/"), false),
            (Fault::status(200, ""), false),
            (Fault::status(200, r#"{"message":"welcome"}"#), false),
            (Fault::status(204, ""), false),
            // Nothing that GitHub says is a page.
            (page(200), false),
            (page(404), false),
            (Fault::status(404, "blocked by corp"), false),
            (
                Fault::status(410, r#"{"error":"blocked by policy"}"#),
                false,
            ),
            (page(410), false),
            (json(404), true),
            (json(410), true),
        ])
    {
        let shown = match &fault {
            Fault::Answer(status, head, _) => format!("{status} {head}"),
            _ => unreachable!(),
        };
        network.server.fail_all(fault);
        let extension = network.guest(options()).await;
        let answer = found(&extension, &network.place, "github:o/n").await;
        match is_final {
            true => assert!(words(answer).contains("does not exist"), "{shown}"),
            false => assert_eq!(answer.unwrap()[0], "v1", "{shown}"),
        }
    }
    // Without an answer from before, the page is shown for what it is.
    network.server.fail_all(page(404));
    let words = network.refused(&extension, "github:o/other").await;
    assert!(
        words.contains("404") && words.contains("blocked"),
        "{words}"
    );
}

#[tokio::test]
async fn only_that_it_is_not_there_is_final_of_another_server() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let verb = format!("http:{}", network.url("page"));
    let mut options = network.options();
    options.http.retry.tries = 1;
    let extension = network.guest(options).await;
    network.ask(&extension, &verb).await;
    for status in [400, 401, 403, 407, 429, 451, 500, 511] {
        network.server.fail_all(page(status));
        assert_eq!(network.ask(&extension, &verb).await[0], "hello", "{status}");
    }
    for fault in [
        Fault::Close,
        Fault::Stall,
        Fault::CutAfter(2),
        Fault::redirect("ftp://example.org/"),
    ] {
        network.server.fail_all(fault);
        assert_eq!(network.ask(&extension, &verb).await[0], "hello");
    }
    for status in [404, 410] {
        network.server.fail_all(Fault::status(status, ""));
        let words = network.refused(&extension, &verb).await;
        assert!(words.contains(&status.to_string()), "{words}");
    }
}

#[tokio::test]
async fn offline_opens_no_connection_and_answers_what_is_known() {
    let network = Network::new().await;
    network_with_releases(&network);
    network.serve("page", "hello");
    let url = network.url("page");
    let extension = network.guest(network.options()).await;
    network.ask(&extension, "github:o/n").await;
    network.ask(&extension, &format!("http:{url}")).await;
    network.server.forget();
    let mut options = network.options();
    options.offline = true;
    let extension = network.guest(options).await;
    assert_eq!(network.ask(&extension, "github:o/n").await[0], "v1");
    assert_eq!(
        network.ask(&extension, &format!("http:{url}")).await[0],
        "hello"
    );
    for verb in [
        "github:o/other".to_owned(),
        format!("http:{}", network.url("other")),
        format!("http:{url} POST no-follow body"),
        format!("http-stream:{url}"),
        format!("download:{url}"),
    ] {
        let words = network.refused(&extension, &verb).await;
        assert!(words.contains("this is offline"), "{verb}: {words}");
    }
    assert_eq!(network.server.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_that_is_damaged_on_the_disk_is_asked_for_again() {
    let network = Network::new().await;
    network_with_releases(&network);
    let extension = network.guest(network.options()).await;
    network.ask(&extension, "github:o/n").await;
    for file in std::fs::read_dir(network.answers()).unwrap() {
        std::fs::write(file.unwrap().path(), "{").unwrap();
    }
    assert_eq!(network.ask(&extension, "github:o/n").await[0], "v1");
    assert_eq!(network.server.unchanged(), Vec::<String>::new());
}

#[tokio::test]
async fn what_says_that_it_is_not_to_be_stored_is_not() {
    let network = Network::new().await;
    let url = network.url("page");
    let answer = Fault::Answer(200, "Cache-Control: no-store\r\n".into(), b"once".to_vec());
    network.server.fail("page", [answer]);
    let extension = network.guest(network.options()).await;
    let verb = format!("http:{url}");
    assert_eq!(network.ask(&extension, &verb).await[0], "once");
    network.server.go_down();
    assert!(network.refused(&extension, &verb).await.contains("503"));
}

#[tokio::test]
async fn what_is_denied_is_not_told_of_before_and_where_a_server_leads_is_no_denial() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let verb = format!("http:{}", network.url("page"));
    let local = |host: &str| Capability::Http { host: host.into() };
    let start = async |grants: Grants| {
        let host = guest::builder()
            .services(network.options())
            .grants(grants)
            .build()
            .unwrap();
        guest::start(&host, "0.7.0", &network.place).await
    };
    let strict = Grants::none().with([local("127.0.0.1")]);
    let extension = start(strict.clone()).await;
    network.ask(&extension, &verb).await;
    // As a network has it that wants a sign-in.
    let portal = Fault::redirect("http://login.portal.example/");
    network.server.fail_all(portal);
    let extension = start(strict.clone()).await;
    assert_eq!(network.ask(&extension, &verb).await[0], "hello");
    let named = verb.replace("127.0.0.1", "localhost");
    network.server.come_back();
    let both = strict.with([local("localhost")]);
    network.ask(&start(both.clone()).await, &named).await;
    let extension = start(both.without([local("127.0.0.1")])).await;
    let words = network.refused(&extension, &named).await;
    assert!(words.contains("which is denied"), "{words}");
}
