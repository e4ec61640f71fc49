use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::{
    base::hint::{ErrorKind, Hint as _},
    network::http::exchange::{Exchange, Request, RequestError},
    package::capability::NamedAddresses,
};

/// Answers every request with this head, and counts them.
async fn serve(head: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            counter.fetch_add(1, SeqCst);
            let answer =
                format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, asked)
}

/// Options that allow some private addresses.
fn allowing(rules: &[&str]) -> HttpOptions {
    HttpOptions {
        private: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
        ..HttpOptions::default()
    }
}

/// An exchange for which names stand for these addresses, each time for the next list of them.
fn exchange(options: HttpOptions, names: &[(&str, &[&[&str]])]) -> Exchange {
    let lists = |lists: &[&[&str]]| -> Vec<Vec<SocketAddr>> {
        let address = |text: &&str| SocketAddr::new(text.parse().unwrap(), 0);
        let list = |list: &&[&str]| list.iter().map(address).collect();
        lists.iter().map(list).collect()
    };
    let names = names
        .iter()
        .map(|(name, all)| (name.to_string(), lists(all)));
    let names: BTreeMap<_, _> = names.collect();
    let asked = AtomicUsize::new(0);
    Exchange::with_lookup(
        &options,
        Arc::new(move |name| {
            let all = &names[name.trim_end_matches('.')];
            let list = all[asked.fetch_add(1, SeqCst).min(all.len() - 1)].clone();
            Box::pin(async move { Ok(list) })
        }),
    )
    .unwrap()
}

async fn send(
    exchange: &Exchange,
    url: &str,
    permission: &Permission,
) -> Result<u16, RequestError> {
    let mut request = Request::get(url.parse().unwrap());
    request.permission = permission.clone();
    let sending = exchange.send(request, 5, |_| Ok(Permission::PUBLIC));
    sending.await.map(|response| response.status().as_u16())
}

/// The address that a request is not sent to, and whether nothing allows it.
fn refused(answer: Result<u16, RequestError>) -> (String, bool) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.hint().is_some());
    match error {
        RequestError::Private { address, .. } => (address.to_string(), false),
        RequestError::Forbidden { address, .. } => (address.to_string(), true),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn an_address_that_is_written_is_judged_in_every_spelling() {
    let (port, asked) = serve("204 No Content").await;
    let plain = exchange(HttpOptions::default(), &[]);
    for (host, address, is_final) in [
        ("127.0.0.1", "127.0.0.1", false),
        ("0x7f.1", "127.0.0.1", false),
        ("2130706433", "127.0.0.1", false),
        ("0", "0.0.0.0", false),
        ("[::1]", "::1", false),
        ("[::ffff:127.0.0.1]", "127.0.0.1", false),
        ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1", false),
        ("10.1.2.3", "10.1.2.3", false),
        ("169.254.169.254", "169.254.169.254", true),
        ("[::ffff:a9fe:a9fe]", "169.254.169.254", true),
        ("[fe80::1]", "fe80::1", true),
        ("metadata.google.internal", "169.254.169.254", true),
    ] {
        let url = format!("http://{host}:{port}/");
        let answer = send(&plain, &url, &Permission::PUBLIC).await;
        assert_eq!(refused(answer), (address.into(), is_final), "{host}");
        // That it is named does not help what is never asked.
        if is_final {
            let answer = send(&plain, &url, &Permission::NAMED).await;
            assert_eq!(refused(answer), (address.into(), true), "{host}");
        }
    }
    assert_eq!(asked.load(SeqCst), 0);
    let url = format!("http://127.1:{port}/");
    let named = |allowed: &[&str], denied: &[&str]| {
        let [allowed, denied] =
            [allowed, denied].map(|all| all.iter().map(|it| it.parse().unwrap()).collect());
        Permission::of(NamedAddresses { allowed, denied })
    };
    let loopback = named(&["127.0.0.1"], &[]);
    for permission in [Permission::NAMED, loopback.clone()] {
        assert_eq!(send(&plain, &url, &permission).await.unwrap(), 204);
    }
    let mapped = format!("http://[::ffff:10.0.0.1]:{port}/");
    let answer = send(&plain, &mapped, &loopback).await;
    assert_eq!(refused(answer).0, "10.0.0.1");
    for rule in ["127.0.0.0/8", "127.0.0.1", "0.0.0.0/0"] {
        let allowing = exchange(allowing(&[rule]), &[]);
        assert_eq!(
            send(&allowing, &url, &Permission::PUBLIC).await.unwrap(),
            204
        );
    }
    // What is denied is denied, whatever allows it and whatever name stands for it.
    let denied = named(&["127.0.0.1"], &["127.0.0.1"]);
    let local: &[&[&str]] = &[&["127.0.0.1"]];
    let any = exchange(allowing(&["*", "127.0.0.0/8"]), &[("name.example", local)]);
    for url in [url.clone(), format!("http://name.example:{port}/")] {
        let error = send(&any, &url, &denied).await.unwrap_err();
        assert!(matches!(error, RequestError::Denied { .. }), "{error}");
        assert!(
            error
                .to_string()
                .ends_with("at the address `127.0.0.1`, which is denied")
        );
    }
    let other = exchange(allowing(&["10.0.0.0/8", "*.corp.example"]), &[]);
    refused(send(&other, &url, &Permission::PUBLIC).await);
}

#[tokio::test]
async fn a_name_is_judged_by_the_addresses_it_has_when_it_is_connected_to() {
    let (port, _) = serve("204 No Content").await;
    let url = format!("http://name.example:{port}/");
    let public = Permission::PUBLIC;
    for (addresses, address, is_final) in [
        (&["127.0.0.1"][..], "127.0.0.1", false),
        (&["::1"], "::1", false),
        (&["169.254.169.254"], "169.254.169.254", true),
        // One that could be allowed is named.
        (&["fe80::1", "10.0.0.1"], "10.0.0.1", false),
    ] {
        let plain = exchange(HttpOptions::default(), &[("name.example", &[addresses])]);
        let answer = send(&plain, &url, &public).await;
        assert_eq!(refused(answer), (address.into(), is_final), "{addresses:?}");
    }
    // Of several, only those are connected to that may be.
    let names: [(_, &[&[&str]]); 1] = [("name.example", &[&["10.0.0.1", "127.0.0.1"]])];
    let some = exchange(allowing(&["127.0.0.0/8"]), &names);
    assert_eq!(send(&some, &url, &public).await.unwrap(), 204);
    // The name stands for another address the next time.
    let names: [(_, &[&[&str]]); 1] = [("name.example", &[&["127.0.0.1"], &["10.0.0.1"]])];
    let rebound = exchange(allowing(&["127.0.0.0/8"]), &names);
    assert_eq!(send(&rebound, &url, &public).await.unwrap(), 204);
    assert_eq!(refused(send(&rebound, &url, &public).await).0, "10.0.0.1");
}

#[tokio::test]
async fn a_host_that_is_named_may_be_at_a_private_address_and_no_other_there() {
    let (port, _) = serve("204 No Content").await;
    let url = |host: &str| format!("http://{host}:{port}/");
    let local: &[&[&str]] = &[&["127.0.0.1"]];
    let names = ["wiki.corp.example", "corp.example", "evil.example"].map(|name| (name, local));
    let by_rule = exchange(allowing(&["*.corp.example"]), &names);
    let mut options = HttpOptions {
        configured: vec![url("WIKI.corp.example").parse().unwrap()],
        ..HttpOptions::default()
    };
    let configured = exchange(options.clone(), &names);
    for exchange in [&by_rule, &configured] {
        let answer = send(exchange, &url("wiki.corp.example."), &Permission::PUBLIC).await;
        assert_eq!(answer.unwrap(), 204);
        for host in ["corp.example", "evil.example"] {
            let answer = send(exchange, &url(host), &Permission::PUBLIC).await;
            assert_eq!(refused(answer).0, "127.0.0.1", "{host}");
        }
    }
    // Another port is another server.
    options.configured = vec!["http://wiki.corp.example:9/".parse().unwrap()];
    let other = exchange(options, &names);
    refused(send(&other, &url("wiki.corp.example"), &Permission::PUBLIC).await);
}

#[tokio::test]
async fn each_redirect_is_judged_by_itself() {
    let named = Permission::NAMED;
    for (head, address, is_final) in [
        (
            "302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/",
            "169.254.169.254",
            true,
        ),
        (
            "307 Temporary\r\nLocation: http://127.0.0.1:9/",
            "127.0.0.1",
            false,
        ),
        (
            "302 Found\r\nLocation: http://evil.example:9/",
            "10.0.0.1",
            false,
        ),
        (
            "302 Found\r\nLocation: //[::ffff:a9fe:a9fe]/",
            "169.254.169.254",
            true,
        ),
    ] {
        let (port, asked) = serve(head).await;
        let plain = exchange(
            HttpOptions::default(),
            &[("evil.example", &[&["10.0.0.1"]])],
        );
        let answer = send(&plain, &format!("http://127.0.0.1:{port}/"), &named).await;
        assert_eq!(refused(answer), (address.into(), is_final), "{head}");
        // A refusal is no trouble on the way, after which it would be tried again.
        assert_eq!(asked.load(SeqCst), 1);
    }
}

#[tokio::test]
async fn a_refusal_says_what_was_asked_and_how_it_can_be_allowed() {
    let plain = exchange(
        HttpOptions::default(),
        &[("name.example", &[&["10.0.0.1"]])],
    );
    let url = "http://me:word@name.example/a?secret";
    let error = send(&plain, url, &Permission::PUBLIC).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`http://name.example/a` is at the private address `10.0.0.1`"
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains("`private = [\"10.0.0.1\"]` under `[http]`"),
        "{error:?}"
    );
    let never = "http://169.254.169.254/".to_owned();
    let error = send(&plain, &never, &Permission::PUBLIC).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`http://169.254.169.254/` is at the address `169.254.169.254`, which is never asked"
    );
}
