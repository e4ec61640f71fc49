//! What passes as it came: order of keys, numbers, space, long messages, errors, and what the header says.

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    frames::framed,
    settings::set_all,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

fn begun() -> (Place, Editor) {
    let place = Place::new();
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.begin(json!({ "capabilities": {} }));
    (place, editor)
}

/// Has the server write a message.
fn say(editor: &mut Editor, bytes: &str) {
    editor.notify("test/say", json!({ "bytes": bytes }));
}

#[test]
fn three_members_of_initialize_change_and_every_other_byte_stays() {
    let place = Place::new();
    set_all(
        &place,
        &json!({ "initialization_options": { "b": { "theirs": true, "own": 2 } } }),
    );
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.send(
        "{ \"params\" : {\"nested\":{\"method\":\"exit\",\"id\":9}, \"processId\":  null ,\
         \"initializationOptions\":{\"b\":{\"own\":1}},\t\"number\":[1.0e2,-0.0,1e400,12345678901234567890123],\
         \"text\":\"\\u00e9\\/\", \"capabilities\":{\"general\":{\"positionEncodings\":[\"utf-8\"]}}, \"trace\":\"off\"},\
         \"id\" : \"x\\u0041\",\r\n\"unknown\":{},\"jsonrpc\":\"2.0\",\"method\":\"initialize\" }",
    );
    let answer = editor.answer(&json!("xA"));
    assert!(answer.body.contains(r#""id":"xA""#));
    let expected = format!(
        "{{ \"params\" : {{\"nested\":{{\"method\":\"exit\",\"id\":9}}, \"processId\":  {} ,\
         \"initializationOptions\":{{\"b\":{{\"theirs\":true,\"own\":1}}}},\t\"number\":[1.0e2,-0.0,1e400,12345678901234567890123],\
         \"text\":\"\\u00e9\\/\", \"capabilities\":{{\"workspace\":{{\"configuration\":true}},\"general\":{{\"positionEncodings\":[\"utf-8\"]}}}}, \"trace\":\"off\"}},\
         \"id\" : \"x\\u0041\",\r\n\"unknown\":{{}},\"jsonrpc\":\"2.0\",\"method\":\"initialize\" }}",
        editor.process()
    );
    assert_eq!(editor.heard("initialize").body, expected);
    editor.finish();
}

#[test]
fn a_message_is_known_by_its_method_wherever_that_stands() {
    let (_place, mut editor) = begun();
    // As Neovim 0.7 writes it, and as Vim does.
    for body in [
        r#"{"params":{"method":"exit","id":1,"settings":{"a":[{"method":"shutdown"}]}},"id":"7","method":"test/one"}"#,
        r#"{"id":8,"jsonrpc":"2.0","method":"test/two","params":{"method":"exit"}}"#,
        "{ \"params\" : [ \"\\\"method\\\":\\\"exit\\\"\" ] , \"method\" : \"test/three\" }",
    ] {
        let method: Value = serde_json::from_str(body).unwrap();
        editor.send(body);
        assert_eq!(editor.heard(method["method"].as_str().unwrap()).body, body);
    }
    // One of those that are read here, with its method last.
    editor.send(r#"{"params":{"settings":{"a":1}},"method":"workspace/didChangeConfiguration"}"#);
    // The first is what the bridge sends after `initialized`.
    assert_eq!(
        editor.heard("workspace/didChangeConfiguration")["params"]["settings"],
        json!({})
    );
    assert_eq!(
        editor.heard("workspace/didChangeConfiguration").body,
        r#"{"params":{"settings":{"a":1}},"method":"workspace/didChangeConfiguration"}"#
    );
    editor.finish();
}

#[test]
fn five_megabytes_pass_either_way_byte_for_byte() {
    let (_place, mut editor) = begun();
    let text = "let é = \"\\\\\\\"\"; // \u{1F600}\\n".repeat(200_000);
    let body = format!(
        r#"{{"params":{{"textDocument":{{"uri":"file:///x.rs","languageId":"rust","version":1,"text":"{}"}}}},"method":"textDocument/didOpen","jsonrpc":"2.0"}}"#,
        text.replace('"', "\\u0022").replace("\\\\\\", "")
    );
    assert!(body.len() > 5_000_000, "{}", body.len());
    editor.send(&body);
    assert!(editor.heard("textDocument/didOpen").body == body);
    let back = body.replace("textDocument/didOpen", "test/back");
    say(&mut editor, &framed(&back));
    assert!(editor.called("test/back").body == back);
    editor.finish();
}

#[test]
fn headers_may_end_their_lines_as_they_like_and_have_a_type() {
    let (_place, mut editor) = begun();
    let body = |method: &str| format!(r#"{{"method":"test/{method}"}}"#);
    let (one, two, three) = (body("one"), body("two"), body("three"));
    let typed = "Content-Type: application/vscode-jsonrpc; charset=utf-8";
    editor.write(format!("Content-Length: {}\n\n{one}", one.len()));
    editor.write(format!(
        "content-length:{}\r\n{typed}\r\n\r\n{two}",
        two.len()
    ));
    editor.write(format!(
        "{typed}\nCONTENT-LENGTH: {}\n\n{three}",
        three.len()
    ));
    for (name, body) in [("one", one), ("two", two), ("three", three)] {
        assert_eq!(editor.heard(&format!("test/{name}")).body, body);
    }
    for header in [
        "Content-Length: 23\n\n",
        &format!("{typed}\r\nContent-Length: 23\r\n\r\n"),
    ] {
        say(
            &mut editor,
            &format!("{header}{{\"method\":\"test/back\"}} "),
        );
        assert_eq!(
            editor.called("test/back").body,
            "{\"method\":\"test/back\"} "
        );
    }
    editor.finish();
}

#[test]
fn an_error_passes_as_it_came() {
    let (_place, mut editor) = begun();
    let id = editor.request("test/ask-me", json!([]));
    let body = format!(
        r#"{{"error":{{"data":{{"method":"x","n":1.50}},"message":"no such thing","code":-32803}},"id":{id}}}"#
    );
    say(&mut editor, &framed(&body));
    assert_eq!(editor.answer(&id).body, body);
    editor.finish();
}

#[test]
fn an_answer_may_take_its_time() {
    let (_place, mut editor) = begun();
    assert_eq!(
        editor.call("test/late", json!({ "after": 3_000 }))["result"],
        "late"
    );
    editor.finish();
}

#[test]
#[ignore = "it takes a minute, at which other bridges give up"]
fn an_answer_may_take_more_than_a_minute() {
    let (_place, mut editor) = begun();
    assert_eq!(
        editor.call("test/late", json!({ "after": 61_000 }))["result"],
        "late"
    );
    editor.finish();
}

#[test]
fn many_short_messages_keep_their_order() {
    let (_place, mut editor) = begun();
    let all: String = (0..2_000)
        .map(|number| framed(&format!(r#"{{"method":"test/x","params":{number}}}"#)))
        .collect();
    editor.write(all);
    for number in 0..2_000 {
        assert_eq!(editor.heard("test/x")["params"], number);
    }
    editor.finish();
}
