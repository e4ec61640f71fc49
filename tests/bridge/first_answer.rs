//! What a server writes before it answers `initialize`, or in its place.

use serde_json::json;

use crate::{
    editor::Editor,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

#[test]
fn a_server_may_log_before_its_first_answer() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Logs));
    let answer = editor.begin(json!({ "capabilities": {} }));
    assert_eq!(answer["result"]["serverInfo"]["name"], "stand-in");
    for text in ["one", "two"] {
        let log = editor.called("window/logMessage");
        assert_eq!(log["params"]["message"], text);
    }
    // Nothing is missed for that: it is asked for settings as any other.
    let question =
        json!({ "id": "q", "method": "workspace/configuration", "params": { "items": [{}] } });
    assert_eq!(editor.asked(&question)["result"], json!([null]));
    editor.finish();
}

#[test]
fn a_server_s_refusal_passes_as_it_came() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Refuses));
    let answer = editor.call("initialize", json!({ "capabilities": {} }));
    assert_eq!(
        answer["error"],
        json!({ "code": -32803, "message": "not today", "data": { "retry": false } })
    );
    editor.notify("exit", json!(null));
    assert_eq!(editor.ended().code, 1);
}

#[test]
fn what_is_not_a_message_does_not_reach_the_editor_and_is_told() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Babbles));
    let answer = editor.call("initialize", json!({ "capabilities": {} }));
    let error = answer["error"]["message"].as_str().unwrap();
    assert!(error.contains("`npm WARN deprecated`"), "{error}");
    let ended = editor.ended();
    assert!(ended.shown().contains("`npm WARN deprecated`"), "{ended:?}");
    assert_ne!(ended.code, 0);
}
