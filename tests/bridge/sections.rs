//! What a server is answered to `workspace/configuration`.

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    settings::set,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

/// Sections that a server asks for, and what the settings have for them.
fn expected() -> [(Value, Value); 8] {
    let all = all();
    [
        (
            json!({ "section": "yaml" }),
            json!({ "format": { "enable": true } }),
        ),
        // By the whole of its name, and then key by key.
        (json!({ "section": "a.b" }), json!("literal")),
        (json!({ "section": "a.c.d" }), json!("walked")),
        (json!({ "section": "yaml.format.enable" }), json!(true)),
        (json!({ "section": "" }), all.clone()),
        (json!({}), all),
        (json!({ "section": "unknown" }), Value::Null),
        (json!({ "section": "yaml.unknown.more" }), Value::Null),
    ]
}

fn all() -> Value {
    json!({
        "yaml": { "format": { "enable": true } },
        "a.b": "literal",
        "a": { "b": "not this", "c": { "d": "walked" } },
    })
}

fn question(items: impl IntoIterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.into_iter().collect();
    json!({ "jsonrpc": "2.0", "id": "s-1", "method": "workspace/configuration", "params": { "items": items } })
}

fn begun(configuration: Option<bool>) -> (Place, Editor) {
    let place = Place::new();
    set(&place, &all());
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    let workspace = configuration.map_or(json!({}), |it| json!({ "configuration": it }));
    editor.begin(json!({ "capabilities": { "workspace": workspace } }));
    (place, editor)
}

#[test]
fn an_editor_that_cannot_be_asked_is_not_and_the_server_is_answered() {
    for configuration in [None, Some(false)] {
        let (_place, mut editor) = begun(configuration);
        let (items, answers): (Vec<Value>, Vec<Value>) = expected().into_iter().unzip();
        let answer = editor.asked(&question(items));
        assert_eq!(answer["id"], "s-1");
        assert_eq!(answer["result"], Value::from(answers));
        let ended = editor.finish();
        let asked = ended
            .rest
            .iter()
            .filter(|it| it["method"] == "workspace/configuration");
        assert_eq!(asked.count(), 0);
    }
}

/// What the server gets where the editor answers with this.
fn answered(editor: &mut Editor, question: &Value, answer: Value) -> Value {
    let id = editor.has_asked(question);
    let asked = editor.called("workspace/configuration");
    assert_eq!(asked.body, question.to_string());
    let mut message = json!({ "jsonrpc": "2.0", "id": asked["id"] });
    message
        .as_object_mut()
        .unwrap()
        .extend(answer.as_object().unwrap().clone());
    editor.send(message.to_string());
    editor.answer_of(&id)["result"].clone()
}

#[test]
fn an_editor_that_knows_nothing_of_it_leaves_what_is_set() {
    let (_place, mut editor) = begun(Some(true));
    let (items, answers): (Vec<Value>, Vec<Value>) = expected().into_iter().unzip();
    let question = question(items);
    let nothing = vec![Value::Null; answers.len()];
    let empty = vec![json!({}); answers.len()];
    for answer in [
        json!({ "result": nothing }),
        json!({ "result": empty }),
        json!({ "result": [] }),
        json!({ "result": null }),
        json!({ "error": { "code": -32601, "message": "what?" } }),
    ] {
        let got = answered(&mut editor, &question, answer);
        assert_eq!(got, Value::from(answers.clone()));
    }
    editor.finish();
}

#[test]
fn an_editor_s_answer_goes_over_what_is_set_item_by_item() {
    let (_place, mut editor) = begun(Some(true));
    let items = ["yaml", "unknown", "a.b"].map(|section| json!({ "section": section }));
    let own = json!({ "result": [{ "format": { "width": 80 } }, { "x": 1 }, null, "too many"] });
    let got = answered(&mut editor, &question(items), own);
    let merged = json!([{ "format": { "enable": true, "width": 80 } }, { "x": 1 }, "literal"]);
    assert_eq!(got, merged);
    editor.finish();
}

#[test]
fn an_answer_is_known_by_its_id_however_that_is_written() {
    let (_place, mut editor) = begun(Some(true));
    let items = json!([{ "section": "yaml" }]);
    let params = json!({ "items": items });
    let question =
        json!({ "id": "a/\u{e9}", "method": "workspace/configuration", "params": params });
    let id = editor.has_asked(&question);
    editor.called("workspace/configuration");
    // As encoders of Lua escape it.
    editor.send(r#"{"id":"a\/\u00e9","result":[{"own":1}]}"#);
    let merged = json!([{ "format": { "enable": true }, "own": 1 }]);
    assert_eq!(editor.answer_of(&id)["result"], merged);
    editor.finish();
}

#[test]
fn an_editor_that_cannot_be_asked_has_said_what_it_sends_of_itself() {
    let (_place, mut editor) = begun(None);
    let own = json!({ "settings": { "yaml": { "format": { "enable": false } } } });
    editor.notify("workspace/didChangeConfiguration", own);
    let answer = editor.asked(&question([json!({ "section": "yaml.format" })]));
    assert_eq!(answer["result"], json!([{ "enable": false }]));
    editor.finish();
}
