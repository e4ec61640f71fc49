//! What an editor sends while the server is not there yet.

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    stand_in::{Behaviour, bridge, bridge_to},
    support::place::{Place, wasm},
};

/// The server of an extension that is asked for its command and does not come to an answer.
const HANGING: &str = "sleep:600000";

/// A place with an extension that brings the server.
pub fn place_with(id: &str, server: &str, api: &str) -> Place {
    let place = Place::new();
    install(&place, id, server, api);
    place
}

/// Installs an extension that brings a server.
pub fn install(place: &Place, id: &str, server: &str, api: &str) {
    let folder = place.themes(id, "1.0.0");
    std::fs::copy(wasm(api), folder.join("extension.wasm")).unwrap();
    let manifest = folder.join("extension.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let server = format!("\n[language_servers.\"{server}\"]\nlanguages = [\"Rust\"]\n");
    std::fs::write(&manifest, text + &server).unwrap();
    place.ok(["pack", id]);
    place.ok(["install", &format!("{id}-1.0.0.tar.gz")]);
}

/// An editor whose server is being prepared, for ever.
fn waiting() -> (Place, Editor) {
    let place = place_with("slow", HANGING, "0.6.0");
    let command = bridge_to(&place, Behaviour::Plain, &["lsp", HANGING], &[]);
    let mut editor = Editor::start(command);
    editor.send(r#"{"id":"first","method":"initialize","params":{"capabilities":{}}}"#);
    (place, editor)
}

#[test]
fn requests_before_the_first_one_are_refused() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.notify("textDocument/didOpen", json!({}));
    for method in ["textDocument/hover", "shutdown"] {
        let answer = editor.call(method, json!({}));
        assert_eq!(answer["error"]["code"], -32002, "{method}");
    }
    // It is none the worse for it.
    editor.begin(json!({ "capabilities": {} }));
    let ended = editor.finish();
    let heard = ended.rest.iter().map(|it| it["params"]["method"].clone());
    assert!(
        !heard
            .collect::<Vec<_>>()
            .contains(&json!("textDocument/didOpen"))
    );
}

#[test]
fn exit_before_the_first_request_and_no_request_at_all_are_failures() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.notify("exit", Value::Null);
    let ended = editor.ended();
    assert_eq!((ended.code, ended.rest.len()), (1, 0));
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.close();
    let ended = editor.ended();
    assert_eq!((ended.code, ended.rest.len()), (1, 0));
}

#[test]
fn the_first_request_can_be_taken_back_while_the_server_is_prepared() {
    let (_place, mut editor) = waiting();
    // Of another request: nothing is taken back.
    editor.notify("$/cancelRequest", json!({ "id": "other" }));
    editor.notify("$/cancelRequest", json!({ "id": "first" }));
    let answer = editor.answer(&json!("first"));
    assert_eq!(answer["error"]["code"], -32800);
    assert_eq!(
        editor.call("textDocument/hover", json!({}))["error"]["code"],
        -32002
    );
    editor.notify("exit", Value::Null);
    assert_eq!(editor.ended().code, 1);
}

#[test]
fn shutdown_and_exit_end_a_session_whose_server_is_prepared() {
    let (_place, mut editor) = waiting();
    assert_eq!(editor.call("shutdown", Value::Null)["result"], Value::Null);
    editor.notify("exit", Value::Null);
    assert_eq!(editor.ended().code, 0);
}

#[test]
fn exit_or_the_end_of_input_ends_a_session_whose_server_is_prepared() {
    let (place, mut editor) = waiting();
    editor.notify("exit", Value::Null);
    assert_eq!(editor.ended().code, 1);
    let command = bridge_to(&place, Behaviour::Plain, &["lsp", HANGING], &[]);
    let mut editor = Editor::start(command);
    editor.request("initialize", json!({ "capabilities": {} }));
    editor.close();
    assert_eq!(editor.ended().code, 1);
}

#[test]
fn a_server_gets_all_that_was_sent_while_it_was_prepared_in_its_order() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    let id = editor.request("initialize", json!({ "capabilities": {} }));
    editor.notify("initialized", json!({}));
    for number in 0..50 {
        editor.notify("test/early", json!({ "number": number }));
    }
    editor.answer(&id);
    editor.heard("initialize");
    editor.heard("initialized");
    for number in 0..50 {
        assert_eq!(editor.heard("test/early")["params"]["number"], number);
    }
    editor.finish();
}

#[test]
fn a_second_first_request_is_the_server_s_to_answer() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.begin(json!({ "capabilities": {} }));
    editor.heard("initialize");
    let second = editor.call("initialize", json!({ "processId": 1, "capabilities": {} }));
    assert_eq!(second["result"]["serverInfo"]["name"], "stand-in");
    // It is not the bridge's, which has had its one.
    assert_eq!(editor.heard("initialize")["params"]["processId"], 1);
    editor.finish();
}
