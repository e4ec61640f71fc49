//! Adapters that cannot be had or do not behave, and what the editor hears of it.

use serde_json::{Value, json};

use crate::{
    client::Client,
    stand_in::{StandIn, install, wait_for_end},
    support::place::Place,
};

/// The editor is told why there is no session, three times over, and leaves.
fn fails(mut client: Client, words: &[&str]) {
    client.initialize();
    let launch = client.request("launch", json!({ "request": "launch" }));
    let shown = client.wait("an important output", |message| {
        message["event"] == "output" && message["body"]["category"] == "important"
    });
    let answer = client.answer(launch);
    assert_eq!(
        (&answer["success"], &answer["command"]),
        (&json!(false), &json!("launch"))
    );
    let error = &answer["body"]["error"];
    assert_eq!(error["showUser"], true, "{answer}");
    assert_eq!(error["format"], "{text}");
    for words in words {
        for text in [
            &shown["body"]["output"],
            &answer["message"],
            &error["variables"]["text"],
        ] {
            assert!(text.as_str().unwrap().contains(words), "{words}: {text}");
        }
    }
    client.event("terminated");
    // It is refused all else, and let go.
    let threads = client.request("threads", json!({}));
    assert_eq!(client.answer(threads)["success"], false);
    client.call("disconnect", json!({}));
    let ended = client.ended();
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn one_that_ends_refuses_or_babbles_is_told() {
    for (behaviour, words) in [
        ("ends", &["has ended", "I cannot go on"][..]),
        ("dies", &["has ended", "the debugger is gone"]),
        ("refuses", &["has refused `initialize`: not today"]),
        (
            "babbles",
            &[
                "has written what is not a message",
                "hello, I am no adapter",
            ],
        ),
    ] {
        let stand_in = StandIn::new(behaviour);
        let client = stand_in.client();
        match behaviour {
            // Their exit code is the adapter's.
            "ends" | "dies" | "babbles" => ends(client, words),
            _ => fails(client, words),
        }
    }
}

/// As [`fails`], of one that has run.
fn ends(mut client: Client, words: &[&str]) {
    client.initialize();
    let launch = client.request("launch", json!({ "request": "launch" }));
    let answer = client.answer(launch);
    assert_eq!(answer["success"], false);
    let text = answer["message"].as_str().unwrap();
    assert!(words.iter().all(|words| text.contains(words)), "{text}");
    client.shown(words[0]);
    client.event("terminated");
    client.call("disconnect", json!({}));
    assert_ne!(client.ended().code, 0);
}

#[test]
fn one_that_is_not_installed_is_named_with_the_way_out() {
    let place = Place::new();
    install(&place, "one", "0.7.0", &["fail"]);
    let client = |name: &str| {
        let mut command = place.command();
        command.args(["dap", name]);
        Client::start(command)
    };
    fails(
        client("nobody"),
        &[
            "no installed extension brings the debug adapter `nobody`",
            "annexe search",
        ],
    );
    fails(
        client("one"),
        &[
            "`one` is not a debug adapter, but an extension",
            "its debug adapter is `fail`",
        ],
    );
    // What the extension says, which fails with the session's name.
    let mut failing = client("fail");
    failing.initialize();
    let launch = failing.request("launch", json!({ "name": "mine" }));
    let answer = failing.answer(launch);
    assert!(
        answer["message"].as_str().unwrap().contains("mine"),
        "{answer}"
    );
    place.ok(["disable", "one"]);
    fails(client("fail"), &["is disabled", "annexe enable one"]);
}

#[test]
fn several_that_bring_one_are_told_and_the_configuration_decides() {
    let place = Place::new();
    install(&place, "one", "0.7.0", &["fail"]);
    install(&place, "two", "0.7.0", &["fail"]);
    let client = |more: &[&str]| {
        let mut command = place.command();
        command.args(["dap", "fail"]).args(more);
        Client::start(command)
    };
    fails(
        client(&[]),
        &[
            "several installed extensions",
            "`debug_adapters.fail = \"one\"`",
        ],
    );
    for more in [&["--extension", "two"][..], &[]] {
        let mut client = client(more);
        client.initialize();
        let launch = client.request("launch", json!({ "name": "mine" }));
        let answer = client.answer(launch);
        assert!(
            answer["message"].as_str().unwrap().contains("mine"),
            "{answer}"
        );
        place.configure("[debug_adapters]\nfail = \"one\"\n");
    }
}

#[test]
fn a_program_that_is_not_there_and_an_address_nobody_listens_at_are_told() {
    let place = Place::new();
    let missing = "start:/nowhere/adapter";
    install(&place, "one", "0.7.0", &[missing, "plain"]);
    let client = |name: &str| {
        let mut command = place.command();
        command.args(["dap", "--offline", name]);
        Client::start(command)
    };
    fails(
        client(missing),
        &["`/nowhere/adapter` is not there", "`dap."],
    );
    let mut reaching = client("plain");
    reaching.initialize();
    let connection = json!({ "host": "127.0.0.1", "port": 1, "timeout": 100 });
    let launch = reaching.request("launch", json!({ "tcp_connection": connection }));
    let answer = reaching.answer(launch);
    let text = answer["message"].as_str().unwrap();
    assert!(
        text.contains("cannot be reached at 127.0.0.1:1 within 0.1 s"),
        "{text}"
    );
    let mut wrong = client("plain");
    wrong.initialize();
    let launch = wrong.request("launch", json!({ "tcp_connection": { "port": "a" } }));
    let text = wrong.answer(launch)["message"].to_string();
    assert!(
        text.contains("`tcp_connection` in the configuration is not an address"),
        "{text}"
    );
    // A mark that leads elsewhere.
    let mut marked = client("plain");
    marked.initialize();
    let mark = json!({ "host": "192.0.2.1", "port": 9 });
    let launch = marked.request("launch", json!({ "__annexe": mark }));
    let text = marked.answer(launch)["message"].to_string();
    assert!(text.contains("is not an address of this machine"), "{text}");
}

#[test]
fn one_that_dies_in_the_session_fails_what_waits_and_says_its_last_words() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.begun();
    let hanging = client.request("die", json!({}));
    let shown = client.shown("I was told to");
    assert_eq!(shown["body"]["category"], "important");
    assert_eq!(client.answer(hanging)["success"], false);
    client.event("terminated");
    client.call("disconnect", json!({}));
    assert_eq!(client.ended().code, 128 + 6);
    let log = stand_in.place.ok(["log", "one"]);
    assert!(log.contains("ended: signal: 6"), "{log}");
}

#[test]
fn garbage_of_either_side_ends_the_session() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.begun();
    let process = u32::try_from(client.call("who", json!({}))["pid"].as_u64().unwrap()).unwrap();
    client.request("garbage", json!({}));
    client.shown("has written what is not a message");
    client.event("terminated");
    wait_for_end(process);
    client.call("disconnect", json!({}));
    assert_ne!(client.ended().code, 0);

    let mut client = stand_in.begun();
    let process = u32::try_from(client.call("who", json!({}))["pid"].as_u64().unwrap()).unwrap();
    client.write("Content-Length: 2\r\n\r\n{}");
    client.shown("is not one of DAP");
    wait_for_end(process);
    assert_eq!(client.ended().code, 1);
}

#[test]
fn what_comes_in_the_wrong_order_is_refused() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.client();
    let early = client.request("threads", json!({}));
    assert!(
        client.answer(early)["message"]
            .as_str()
            .unwrap()
            .contains("`initialize` comes first")
    );
    client.initialize();
    let again = client.request("initialize", json!({}));
    assert_eq!(client.answer(again)["success"], false);
    client.call("disconnect", Value::Null);
    assert_eq!(client.ended().code, 0);
}

#[test]
#[ignore = "it takes half a minute"]
fn one_that_never_answers_is_given_up() {
    let stand_in = StandIn::new("silent");
    fails(
        stand_in.client(),
        &["has not answered `initialize` within 30 s"],
    );
}
