//! HTTP requests that the host makes for an extension.

use super::*;
use crate::server::Fault;

#[tokio::test]
async fn every_version_that_has_it_sends_method_header_and_body_and_gets_headers_and_body() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let host = network.host(network.options());
    for version in guest::since("0.1.0") {
        network.server.forget();
        let extension = guest::start(&host, version, &network.place).await;
        let url = network.url("page");
        let answer = network.ask(&extension, &format!("http:{url}")).await;
        assert_eq!(answer[0], "hello", "{version}");
        let has_length = answer.iter().any(|line| line == "content-length: 5");
        assert!(has_length, "{version}: {answer:?}");
        let chunks = network.ask(&extension, &format!("http-stream:{url}")).await;
        assert_eq!(chunks, ["hello", "1"], "{version}");
        let answer = network
            .ask(&extension, &format!("http:{url} POST follow-3 body"))
            .await;
        assert_eq!(answer[0], "hello", "{version}");
    }
    let sent = network.server.bodies();
    assert_eq!(sent.len(), guest::since("0.1.0").count());
    assert!(
        sent.iter()
            .all(|(request, body)| request == "POST page" && body == "body")
    );
}

#[tokio::test]
async fn every_method_reaches_the_server_with_what_is_sent_along() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let extension = network.guest(network.options()).await;
    let url = network.url("page");
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        network.server.forget();
        let verb = format!("http:{url} {method} no-follow body");
        let answer = network.ask(&extension, &verb).await;
        let body = if method == "HEAD" { "" } else { "hello" };
        assert_eq!(answer[0], body, "{method}");
        let [head] = network.server.heads().try_into().unwrap();
        assert!(head.starts_with(&format!("{method} ")), "{head}");
        assert!(head.contains("x-guest: conformance\r\n"), "{head}");
        assert!(head.contains("content-length: 4\r\n"), "{head}");
    }
    let sent = network.server.bodies();
    assert_eq!(sent.len(), 6);
    assert!(sent.iter().all(|(_, body)| body == "body"), "{sent:?}");
}

#[tokio::test]
async fn a_stream_comes_in_pieces_of_at_most_eight_kibibytes_and_is_not_bound_by_memory() {
    let network = Network::new().await;
    let body = "0123456789abcdef".repeat(1 << 12);
    network.serve("large", &body);
    let extension = network.guest(network.options()).await;
    let verb = format!("http-stream:{}", network.url("large"));
    let [answer, chunks] = network.ask(&extension, &verb).await.try_into().unwrap();
    assert_eq!(answer, body);
    assert!(chunks.parse::<usize>().unwrap() >= 8, "{chunks}");
}

#[tokio::test]
async fn a_status_from_400_is_an_error_of_fetch_in_the_words_of_zed_and_no_error_of_a_stream() {
    let network = Network::new().await;
    let extension = network.guest(network.options()).await;
    let url = network.url("missing");
    let words = network.refused(&extension, &format!("http:{url}")).await;
    assert!(
        words.contains(&format!("failed to fetch '{url}': status code 404")),
        "{words}"
    );
    let answer = network.ask(&extension, &format!("http-stream:{url}")).await;
    assert_eq!(answer[0], "no such file");
}

#[tokio::test]
async fn a_redirect_is_followed_as_the_extension_says() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let extension = network.guest(network.options()).await;
    let url = network.url("moved");
    let lead = |times| vec![Fault::redirect("/sub/page"); times];
    network.server.fail("moved", lead(2));
    let answer = network
        .ask(&extension, &format!("http:{url} GET follow-3"))
        .await;
    assert_eq!(answer[0], "hello");
    // Not followed: the answer is the redirect itself.
    let answer = network
        .ask(&extension, &format!("http:{url} GET no-follow"))
        .await;
    assert!(
        answer.contains(&"location: /sub/page".to_owned()),
        "{answer:?}"
    );

    network
        .server
        .fail("round", vec![Fault::redirect("/sub/round"); 50]);
    let url = network.url("round");
    let words = network
        .refused(&extension, &format!("http:{url} GET follow-3"))
        .await;
    assert!(words.contains("there are more than 3"), "{words}");
    let words = network
        .refused(&extension, &format!("http:{url} GET follow-all"))
        .await;
    assert!(words.contains("cannot be followed"), "{words}");
}

#[tokio::test]
async fn what_fails_in_passing_is_tried_again_and_what_is_sent_is_sent_once() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let extension = network.guest(network.options()).await;
    let url = network.url("page");
    let busy = "Retry-After: 0\r\n".to_owned();
    network
        .server
        .fail("page", [Fault::Answer(503, busy, Vec::new()), Fault::Close]);
    let answer = network.ask(&extension, &format!("http:{url}")).await;
    assert_eq!(answer[0], "hello");
    assert_eq!(network.server.requests().len(), 3);

    network.server.forget();
    network.server.fail("page", [Fault::status(503, "")]);
    let words = network
        .refused(&extension, &format!("http:{url} POST no-follow body"))
        .await;
    assert!(words.contains("status code 503"), "{words}");
    assert_eq!(network.server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_no_guest_can_take_or_that_never_ends_is_an_error() {
    let network = Network::new().await;
    network.serve("large", vec![b'x'; (16 << 20) + 1]);
    network.serve("slow", vec![b'x'; 1000]);
    let mut options = network.options();
    options.http.small_file_timeout = Duration::from_millis(500);
    let extension = network.guest(options).await;
    let words = network
        .refused(&extension, &format!("http:{}", network.url("large")))
        .await;
    assert!(words.contains("longer than 16 MiB"), "{words}");
    network.server.fail("slow", [Fault::Trickle]);
    let words = network
        .refused(&extension, &format!("http:{}", network.url("slow")))
        .await;
    assert!(words.contains("took longer than 0.5 s"), "{words}");
    network.server.fail("slow", vec![Fault::CutAfter(10); 3]);
    let words = network
        .refused(&extension, &format!("http:{}", network.url("slow")))
        .await;
    assert!(words.contains("was interrupted"), "{words}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_an_error_with_a_way_out() {
    let network = Network::new().await;
    let extension = network.guest(network.options()).await;
    for (url, expected) in [
        ("ftp://example.org/", "is not the address of a web server"),
        ("nonsense", "is not an address"),
        ("http://127.0.0.1:9/", "check the network"),
    ] {
        let words = network.refused(&extension, &format!("http:{url}")).await;
        assert!(words.contains(expected), "{url}: {words}");
    }
}

#[tokio::test]
async fn a_token_of_the_person_never_goes_with_what_an_extension_asks_for() {
    let network = Network::new().await;
    network.serve("page", "hello");
    let mut options = network.options();
    let base = network.server.base.parse().unwrap();
    options.http.credentials.insert(&base, "secret").unwrap();
    let extension = network.guest(options).await;
    let url = network.url("page");
    network.ask(&extension, &format!("http:{url}")).await;
    network.ask(&extension, &format!("http-stream:{url}")).await;
    network.ask(&extension, &format!("download:{url}")).await;
    assert_eq!(network.server.authorizations(), []);
}
