//! Both sides write more than both pipes hold, and neither reads: all of it passes, and in its order.

use std::{sync::mpsc::channel, thread};

use serde_json::{Value, json};

use crate::{
    editor::{Editor, LONGEST},
    frames,
    settings::set,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

/// How often the server asks for settings, and for how many each time.
const QUESTIONS: u64 = 3_000;
const ITEMS: usize = 200;

/// The editor's messages, 8 MB in all.
const NUMBERS: u64 = 800;
const LENGTH: usize = 10_000;

/// The server's questions, 8 MB in all.
pub fn questions() -> impl Iterator<Item = String> {
    let items = vec![json!({ "section": "a" }); ITEMS];
    let items = Value::from(items).to_string();
    (0..QUESTIONS).map(move |id| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"workspace/configuration","params":{{"items":{items}}}}}"#
        )
    })
}

/// What the server has heard of it, in which order.
#[derive(Debug, Default)]
pub struct Flood {
    numbers: u64,
    answers: u64,
    is_wrong: bool,
}

impl Flood {
    /// The editor's next message. Returns the server's last one, where it is due.
    pub fn number(&mut self, number: u64) -> Option<String> {
        self.is_wrong |= number != self.numbers;
        self.numbers += 1;
        self.last()
    }

    /// The next answer. Returns as [`number`](Self::number) does.
    pub fn answer(&mut self, id: &Value, result: &Value) -> Option<String> {
        let expected = Value::from(vec![json!("set"); ITEMS]);
        self.is_wrong |= *id != self.answers || *result != expected;
        self.answers += 1;
        self.last()
    }

    fn last(&self) -> Option<String> {
        let params = json!({ "wrong": self.is_wrong });
        let last = json!({ "method": "test/done", "params": params }).to_string();
        (self.numbers == NUMBERS && self.answers == QUESTIONS).then_some(last)
    }
}

/// Floods an editor that can or cannot be asked for settings, and does not read until it has written everything.
fn flooded(answers: bool) {
    let place = Place::new();
    set(&place, &json!({ "a": "set" }));
    let mut editor = Editor::start_deaf(bridge(&place, Behaviour::Floods));
    let capabilities = json!({ "workspace": { "configuration": answers } });
    editor.request("initialize", json!({ "capabilities": capabilities }));
    editor.notify("initialized", json!({}));
    let mut input = editor.take_input();
    let (sender, written) = channel();
    thread::spawn(move || {
        use std::io::Write as _;

        let pad = "x".repeat(LENGTH);
        for number in 0..NUMBERS {
            let params = json!({ "number": number, "pad": pad });
            let body = json!({ "method": "test/number", "params": params }).to_string();
            input.write_all(frames::framed(&body).as_bytes()).unwrap();
        }
        sender.send(input).unwrap();
    });
    // It is done before anybody has read a byte.
    let input = written.recv_timeout(LONGEST).unwrap();
    editor.give_input(input);
    editor.listen();
    if answers {
        for id in 0..QUESTIONS {
            let question = editor.called("workspace/configuration");
            assert_eq!(question["id"], id);
            let nothing = vec![Value::Null; ITEMS];
            editor.send(json!({ "jsonrpc": "2.0", "id": id, "result": nothing }).to_string());
        }
    }
    let done = editor.called("test/done");
    assert_eq!(done["params"]["wrong"], false);
    let ended = editor.finish();
    let asked = |it: &&crate::editor::Message| it["method"] == "workspace/configuration";
    assert_eq!(ended.rest.iter().filter(asked).count(), 0);
}

#[test]
fn an_editor_that_answers_for_settings_may_write_while_nobody_reads() {
    flooded(true);
}

#[test]
fn an_editor_that_cannot_be_asked_for_settings_may_write_while_nobody_reads() {
    flooded(false);
}
