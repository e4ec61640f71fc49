//! Sockets: the newest guest alone opens any.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use annexe::{
    ExtensionId,
    sandbox::{Sandbox, SocketPolicy, SocketUse, Sockets},
};

use super::Fixture;
use crate::guest::words;

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// What the newest guest is answered.
async fn try_all(sockets: Sockets, verbs: &[String]) -> Vec<Result<Vec<String>, String>> {
    let fixture = Fixture::new();
    let mut sandbox = Sandbox::default();
    sandbox.sockets = sockets;
    let extension = fixture.start("0.7.0", &sandbox).await;
    let mut answers = Vec::new();
    for verb in verbs {
        let answer = fixture.ask(&extension, verb).await;
        answers.push(match answer {
            Ok(answer) => Ok(answer),
            refused => Err(words(refused)),
        });
    }
    answers
}

fn verbs(allowed: SocketAddr, other: SocketAddr) -> [String; 5] {
    [
        format!("connect:{}", allowed.port()),
        format!("connect:{}", other.port()),
        "listen:0".into(),
        format!("datagram:{}", other.port()),
        "look-up:localhost".into(),
    ]
}

#[tokio::test]
async fn sockets_are_denied_or_connect_to_what_is_named() {
    let ((_allowed, allowed), (_other, other)) = (listener(), listener());
    let verbs = verbs(allowed, other);
    for answer in try_all(Sockets::Denied, &verbs).await {
        answer.unwrap_err();
    }
    let mut answers = try_all(Sockets::Connect(vec![allowed]), &verbs)
        .await
        .into_iter();
    assert_eq!(answers.next().unwrap().unwrap(), ["connected"]);
    for answer in answers {
        answer.unwrap_err();
    }
}

/// Allows one address, and writes down what it is asked.
struct Policy {
    allowed: SocketAddr,
    names: bool,
    asked: Mutex<Vec<(String, SocketAddr, SocketUse)>>,
}

impl SocketPolicy for Policy {
    fn allows(&self, extension: &ExtensionId, address: SocketAddr, socket_use: SocketUse) -> bool {
        let mut asked = self.asked.lock().unwrap();
        asked.push((extension.to_string(), address, socket_use));
        address == self.allowed
    }

    fn allows_name_lookup(&self) -> bool {
        self.names
    }
}

#[tokio::test]
async fn a_policy_is_asked_with_the_address_and_what_for() {
    let ((_allowed, allowed), (_other, other)) = (listener(), listener());
    for names in [false, true] {
        let policy = Arc::new(Policy {
            allowed,
            names,
            asked: Mutex::default(),
        });
        let answers = try_all(Sockets::Policy(policy.clone()), &verbs(allowed, other)).await;
        let is_allowed: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(
            is_allowed,
            [true, false, false, false, names],
            "{answers:?}"
        );
        let ask = |address, socket_use| ("guest".to_owned(), address, socket_use);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        assert_eq!(
            *policy.asked.lock().unwrap(),
            [
                ask(allowed, SocketUse::TcpConnect),
                ask(other, SocketUse::TcpConnect),
                ask(any, SocketUse::TcpBind),
                ask(other, SocketUse::UdpSend),
            ]
        );
    }
}
