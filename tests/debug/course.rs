//! The course of a session: its order, its numbers, and what the adapter hears.

use serde_json::{Value, json};

use crate::{
    client::Client,
    stand_in::{StandIn, install, program},
    support::place::{Place, text},
};

/// The message of this command that the adapter has heard.
fn heard(client: &mut Client, command: &str) -> Value {
    let mut event = client.wait(command, |message| {
        message["event"] == "heard" && message["body"]["command"] == command
    });
    event["body"].take()
}

#[test]
fn initialize_is_answered_before_there_is_an_adapter_and_next_time_with_what_it_can_do() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.client();
    let least = json!({ "supportsConfigurationDoneRequest": true });
    assert_eq!(client.initialize(), least);
    // What comes before the configuration is held, in its order.
    let threads = client.request("threads", json!({}));
    let launch = client.request("launch", json!({ "program": "a" }));
    let breakpoints = client.request("setBreakpoints", json!({ "lines": [1] }));
    let told = client.event("capabilities");
    assert_eq!(
        told["body"]["capabilities"],
        json!({ "supportsStepBack": true })
    );
    client.answer(launch);
    client.answer(threads);
    client.answer(breakpoints);
    let order: Vec<Value> = ["initialize", "launch", "threads", "setBreakpoints"]
        .map(|command| heard(&mut client, command)["seq"].clone())
        .to_vec();
    assert_eq!(order, [1, launch, threads, breakpoints].map(Value::from));
    client.call("disconnect", json!({}));
    assert_eq!(client.ended().code, 0);

    let mut client = stand_in.client();
    let known = json!({ "supportsConfigurationDoneRequest": true, "supportsStepBack": true });
    assert_eq!(client.initialize(), known);
    client.call("disconnect", json!({}));
    assert_eq!(client.ended().code, 0);
    let log = stand_in.place.ok(["log", "one"]);
    for said in [
        "the least capabilities",
        "the capabilities that the adapter had last",
    ] {
        assert!(log.contains(said), "{log}");
    }
}

#[test]
fn a_configuration_without_its_request_gets_it_and_the_editor_s_own_stays() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.client();
    client.initialize();
    // As Helix writes it.
    client.request(
        "attach",
        json!({ "pid": 7, "deep": { "a": 1 }, "tcp_connection": null }),
    );
    let asked = heard(&mut client, "attach");
    let expected = json!({ "request": "attach", "pid": 7, "deep": { "a": 1 } });
    assert_eq!(asked["arguments"], expected);
    // The extension hears what the editor's command says, also against the configuration.
    let mut client = stand_in.client();
    client.initialize();
    let launch = client.request("launch", json!({ "request": "attach" }));
    heard(&mut client, "attach");
    assert_eq!(client.answer(launch)["command"], "launch");
}

#[test]
fn the_end_of_a_configuration_is_confirmed_where_the_adapter_cannot() {
    for (behaviour, comes) in [("plain", false), ("confirms", true), ("nothing", false)] {
        let stand_in = StandIn::new(behaviour);
        let mut client = stand_in.begun();
        client.call("configurationDone", Value::Null);
        client.call("threads", json!({}));
        heard(&mut client, "threads");
        let has_come = client
            .kept
            .iter()
            .any(|it| it["event"] == "heard" && it["body"]["command"] == "configurationDone");
        assert_eq!(has_come, comes, "{behaviour}");
    }
}

#[test]
fn launch_may_be_answered_last_and_initialized_may_come_first() {
    let stand_in = StandIn::new("last,confirms,eager,logs");
    let mut client = stand_in.client();
    client.initialize();
    let launch = client.request("launch", json!({}));
    client.event("initialized");
    client.call("setBreakpoints", json!({}));
    assert!(client.kept.iter().all(|it| it["request_seq"] != launch));
    client.call("configurationDone", Value::Null);
    assert_eq!(client.answer(launch)["success"], true);
    client.call("disconnect", json!({}));
    assert_eq!(client.ended().code, 0);
}

#[test]
fn requests_of_the_adapter_have_the_numbers_of_either_side() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.begun();
    let terminal = json!({ "command": "runInTerminal", "arguments": { "args": ["a"] } });
    for _ in 0..3 {
        client.call("reverse", terminal.clone());
    }
    let mut answered = Vec::new();
    for _ in 0..3 {
        let asked = client.wait("a request", |message| message["type"] == "request");
        assert_eq!(asked["command"], "runInTerminal");
        assert_eq!(asked["arguments"], json!({ "args": ["a"] }));
        let number = asked["seq"].clone();
        client.send(json!({
            "type": "response", "request_seq": number, "command": "runInTerminal",
            "success": true, "body": { "processId": number }
        }));
        let heard = client.wait("an answer at the adapter", |message| {
            message["event"] == "heard" && message["body"]["type"] == "response"
        });
        assert_eq!(heard["body"]["body"]["processId"], number);
        answered.push(heard["body"]["request_seq"].as_i64().unwrap());
    }
    // Its own begin above a hundred, and each message of it has one more.
    assert!(
        answered.is_sorted() && answered.iter().all(|it| *it > 100),
        "{answered:?}"
    );
    // An answer to nothing goes nowhere.
    client.send(json!({ "type": "response", "request_seq": 1, "command": "a", "success": true }));
    client.call("threads", json!({}));
}

#[test]
fn a_session_that_an_adapter_on_tcp_asks_for_reaches_the_same_adapter() {
    let place = Place::new();
    let adapter = place.beside("adapter");
    // What the guest answers for this adapter is the user's program with these words.
    install(&place, "one", "0.7.0", &["plain"]);
    program(&adapter, "slow");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let settings = json!({ "dap": { "plain": {
        "binary": text(&adapter), "args": [format!("listen:{port}")]
    } } });
    let file = place.beside("settings.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    let start = || {
        let mut command = place.command();
        command.args(["dap", "plain"]).env("ANNEXE_SETTINGS", &file);
        Client::start(command)
    };
    let mut parent = start();
    parent.initialize();
    let connection = json!({ "host": "127.0.0.1", "port": port, "timeout": 60_000 });
    parent.request("launch", json!({ "tcp_connection": connection }));
    let asked = heard(&mut parent, "launch");
    assert_eq!(asked["arguments"], json!({ "request": "launch" }));
    let own = parent.call("who", json!({}))["pid"].clone();
    let child = json!({ "command": "startDebugging", "arguments": {
        "request": "attach", "configuration": { "subProcess": 5 }
    } });
    parent.call("reverse", child);
    let asked = parent.wait("a request", |message| message["type"] == "request");
    assert_eq!(asked["command"], "startDebugging");
    let configuration = asked["arguments"]["configuration"].clone();
    assert_eq!(configuration["subProcess"], 5);

    let mut child = start();
    child.initialize();
    child.request("attach", configuration);
    let asked = heard(&mut child, "attach");
    assert_eq!(asked["arguments"], json!({ "subProcess": 5 }));
    assert_eq!(child.call("who", json!({}))["pid"], own);
    child.call("disconnect", json!({}));
    assert_eq!(child.ended().code, 0);
    // The end of a child is not that of its parent.
    assert_eq!(parent.call("who", json!({}))["pid"], own);
    parent.call("disconnect", json!({}));
    assert_eq!(parent.ended().code, 0);
}

#[test]
fn a_flood_reaches_an_editor_that_reads_late() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.begun();
    client.call("flood", json!({ "count": 4_000 }));
    client.call("threads", json!({}));
    let floods = client
        .kept
        .iter()
        .filter(|it| it["body"]["category"] == "stdout");
    assert_eq!(floods.count(), 4_000);
}
