//! The ends of sessions: whoever ends first, nothing is left running.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::{
    client::Client,
    stand_in::{StandIn, wait_for_end},
};

fn pid(client: &mut Client) -> u32 {
    let body = client.call("who", json!({}));
    u32::try_from(body["pid"].as_u64().unwrap()).unwrap()
}

#[test]
fn a_session_that_the_editor_ends_is_a_success_and_one_that_it_leaves_is_not() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.begun();
    let adapter = pid(&mut client);
    client.call("disconnect", json!({}));
    assert_eq!(client.ended().code, 0);
    wait_for_end(adapter);

    let mut client = stand_in.begun();
    let adapter = pid(&mut client);
    client.close();
    let heard = client.wait("the bridge's own goodbye", |message| {
        message["event"] == "heard" && message["body"]["command"] == "disconnect"
    });
    assert_eq!(heard["body"]["arguments"]["terminateDebuggee"], true);
    assert_eq!(client.ended().code, 1);
    wait_for_end(adapter);
}

#[test]
fn one_that_has_finished_may_go_before_the_editor() {
    let stand_in = StandIn::new("plain");
    let mut client = stand_in.begun();
    client.call("finish", json!({}));
    client.event("terminated");
    client.call("disconnect", json!({}));
    let ended = client.ended();
    assert_eq!(ended.code, 0, "{ended:?}");
    let is_second = |it: &serde_json::Value| it["event"] == "terminated";
    assert!(!ended.rest.iter().any(is_second), "{ended:?}");
}

#[test]
fn an_adapter_that_hears_nothing_ends_with_the_bridge_and_all_that_it_has_started() {
    let stand_in = StandIn::new("deaf,leaves");
    for signal in [
        Some(Signal::TERM),
        Some(Signal::HUP),
        Some(Signal::KILL),
        None,
    ] {
        let mut client = stand_in.begun();
        let adapter = pid(&mut client);
        match signal {
            Some(signal) => {
                let bridge = Pid::from_raw(i32::try_from(client.id()).unwrap()).unwrap();
                kill_process(bridge, signal).unwrap();
            }
            None => client.close(),
        }
        let ended = client.ended();
        let child = ended
            .errors
            .lines()
            .find_map(|line| line.strip_prefix("child "));
        let child: u32 = child.unwrap().trim().parse().unwrap();
        for process in [adapter, child] {
            wait_for_end(process);
        }
    }
}

#[test]
fn a_preparation_is_given_up_with_the_session() {
    let place = crate::support::place::Place::new();
    // An adapter that listens nowhere is waited for.
    crate::stand_in::install(&place, "one", "0.7.0", &["plain"]);
    for closes in [false, true] {
        let mut command = place.command();
        command.args(["dap", "plain"]);
        let mut client = Client::start(command);
        client.initialize();
        let connection = json!({ "host": "127.0.0.1", "port": 1, "timeout": 600_000 });
        client.request("launch", json!({ "tcp_connection": connection }));
        if closes {
            client.close();
        } else {
            client.call("disconnect", json!({}));
        }
        assert_eq!(client.ended().code, i32::from(closes));
    }
}
