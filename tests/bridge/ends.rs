//! The ends of a session, from either side, and their exit codes.

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    frames::framed,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

fn begun(behaviour: Behaviour) -> (Place, Editor) {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, behaviour));
    editor.begin(json!({ "capabilities": {} }));
    // The server has said all that it says by itself.
    editor.heard("workspace/didChangeConfiguration");
    (place, editor)
}

#[test]
fn shutdown_and_exit_in_one_breath_are_answered() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    let shutdown = framed(r#"{"jsonrpc":"2.0","method":"shutdown","params":null,"id":70}"#);
    let exit = framed(r#"{"jsonrpc":"2.0","method":"exit","params":null}"#);
    editor.write(shutdown + &exit);
    editor.close();
    assert_eq!(editor.answer(&json!(70))["result"], Value::Null);
    let ended = editor.ended();
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn exit_alone_is_a_failure() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    editor.notify("exit", Value::Null);
    let ended = editor.ended();
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn the_end_of_input_is_a_failure() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    editor.close();
    let ended = editor.ended();
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn what_is_not_a_message_ends_the_session_and_is_told() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    editor.write("hello?\n");
    let ended = editor.ended();
    assert!(ended.shown().contains("`hello?`"), "{ended:?}");
    assert_eq!(ended.code, 1);
}

#[test]
fn a_server_that_ends_instead_of_its_first_answer_is_told_of_with_its_last_words() {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Ends));
    let answer = editor.call("initialize", json!({ "capabilities": {} }));
    let error = answer["error"]["message"].as_str().unwrap();
    assert!(error.contains("there is no licence"), "{error}");
    assert!(error.contains("stand-in") && error.contains('7'), "{error}");
    let ended = editor.ended();
    assert_eq!(ended.shown(), error);
    assert_eq!(ended.code, 7);
    assert!(ended.errors.contains("there is no licence\n"), "{ended:?}");
}

#[test]
fn a_server_that_ends_later_is_told_of_once_with_its_last_words() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    let words = "first line\nthread 'main' panicked\n\n";
    editor.notify("test/words", json!({ "words": words, "code": 3 }));
    let ended = editor.ended();
    assert!(
        ended.shown().contains("thread 'main' panicked"),
        "{ended:?}"
    );
    assert!(!ended.shown().contains("first line"), "{ended:?}");
    assert_eq!(ended.code, 3);
    assert!(ended.errors.contains(words), "{ended:?}");
}

#[test]
fn requests_that_a_server_leaves_behind_do_not_hold_up_its_end() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    editor.request("test/never", json!({}));
    editor.heard("test/never");
    editor.notify("test/words", json!({ "words": "", "code": 0 }));
    let ended = editor.ended();
    // Even with success: nobody has asked it to end.
    assert!(ended.shown().contains("stand-in"), "{ended:?}");
    assert_eq!(ended.code, 0);
}

#[test]
fn a_server_that_a_signal_ends_has_the_code_that_shells_give_it() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    editor.notify("test/die", json!({}));
    let ended = editor.ended();
    assert!(ended.shown().contains("signal"), "{ended:?}");
    assert_eq!(ended.code, 128 + 9);
}

#[test]
fn a_server_that_has_heard_shutdown_may_end_without_a_word() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    editor.call("shutdown", Value::Null);
    editor.notify("test/words", json!({ "words": "bye\n", "code": 0 }));
    let ended = editor.ended();
    assert_eq!(ended.code, 0);
    let shown = ended
        .rest
        .iter()
        .filter(|it| it["method"] == "window/showMessage");
    assert_eq!(shown.count(), 0);
}

#[test]
fn a_server_s_standard_error_passes_as_it_came() {
    let (_place, mut editor) = begun(Behaviour::Plain);
    let words = format!("{}\nno end of line", "ü".repeat(20_000));
    editor.notify("test/words", json!({ "words": words }));
    editor.heard("test/words");
    let ended = editor.finish();
    assert!(ended.errors.contains(&words), "{ended:?}");
}
