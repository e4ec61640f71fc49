//! A first start, whose server is fetched while the editor waits: what it hears meanwhile, and two that want the same.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    stand_in::{Behaviour, bridge_to, program},
    support::place::{Place, text},
};

const SERVER: &str = "yaml-language-server";

/// An npm that knows one version, and installs it once a file is there. Each installation is a line of another file.
const NPM: &str = r#"#!/bin/sh
[ "$1" = view ] && { echo '{"latest":"1.0.0"}'; exit; }
echo installing >>'PLACE/installations'
until [ -e 'PLACE/go' ]; do sleep 0.02; done
package="$3/node_modules/yaml-language-server"
mkdir -p "$package"
echo '{"name":"yaml-language-server","version":"1.0.0"}' >"$package/package.json"
"#;

/// A machine on which the server was never started, whose Node.js is the stand-in whatever it is to run.
struct Machine {
    place: Place,
    folder: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let mut place = Place::new();
        let folder = place.beside("machine");
        fs::create_dir(&folder).unwrap();
        let (node, npm) = (folder.join("node"), folder.join("npm"));
        program(&node, "fetched");
        fs::write(&npm, NPM.replace("PLACE", text(&folder))).unwrap();
        fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
        let paths = format!("[node]\nnode = {node:?}\nnpm = {npm:?}\n");
        place.configure(&paths);
        // Answers that other tests have got are not these.
        let cache = place.beside("cache").into_os_string();
        place.environment.push(("ANNEXE_CACHE".into(), cache));
        place.ok(["install", "yaml-server"]);
        Self { place, folder }
    }

    /// An editor that has sent `initialize`, with the token if it has one.
    fn editor(&self, token: Option<&str>) -> (Editor, Value) {
        let words = ["lsp", SERVER];
        let mut editor = Editor::start(bridge_to(&self.place, Behaviour::Plain, &words, &[]));
        let mut params = json!({ "capabilities": {} });
        if let Some(token) = token {
            params["workDoneToken"] = token.into();
        }
        let id = editor.request("initialize", params);
        (editor, id)
    }

    /// Lets npm finish.
    fn go(&self) {
        fs::write(self.folder.join("go"), "").unwrap();
    }

    fn installations(&self) -> usize {
        let told = fs::read_to_string(self.folder.join("installations")).unwrap();
        told.lines().count()
    }
}

/// The next step of a progress.
fn step(editor: &mut Editor, token: &str) -> Value {
    let progress = editor.called("$/progress");
    assert_eq!(progress["params"]["token"], token);
    progress["params"]["value"].clone()
}

/// Waits for the step whose message has these words.
fn wait_for(editor: &mut Editor, token: &str, words: &str) {
    loop {
        let step = step(editor, token);
        assert_ne!(step["kind"], "end", "{words}");
        if step["message"]
            .as_str()
            .is_some_and(|it| it.contains(words))
        {
            return;
        }
    }
}

/// Sees that the server is there, and ends it.
fn finish(mut editor: Editor, id: &Value) {
    let answer = editor.answer(id);
    assert_eq!(
        answer["result"]["serverInfo"]["name"], "fetched",
        "{answer:?}"
    );
    editor.notify("initialized", json!({}));
    editor.finish();
}

#[test]
fn a_first_start_is_shown_by_the_editor_s_token() {
    let machine = Machine::new();
    let (mut editor, id) = machine.editor(Some("a token"));
    let begin = step(&mut editor, "a token");
    assert_eq!(begin["kind"], "begin");
    assert_eq!(begin["title"], format!("annexe: {SERVER}"));
    let looking =
        json!({ "kind": "report", "message": "yaml-server: looking for the newest version" });
    assert_eq!(step(&mut editor, "a token"), looking);
    wait_for(&mut editor, "a token", "yaml-server: downloading");
    machine.go();
    assert_eq!(step(&mut editor, "a token"), json!({ "kind": "end" }));
    finish(editor, &id);

    // The next one has nothing to wait for.
    let (mut editor, id) = machine.editor(Some("a token"));
    editor.answer(&id);
    let ended = editor.finish();
    let progress = ended.rest.iter().filter(|it| it["method"] == "$/progress");
    assert_eq!(progress.count(), 0, "{ended:?}");
    assert_eq!(machine.installations(), 1);
}

#[test]
fn without_a_token_a_first_start_is_told_by_the_log_and_one_message() {
    let machine = Machine::new();
    let (mut editor, id) = machine.editor(None);
    for words in ["looking for the newest version", "downloading"] {
        let logged = editor.called("window/logMessage");
        let line = logged["params"]["message"].as_str().unwrap();
        assert!(line.ends_with(words), "{line}");
    }
    let shown = editor.called("window/showMessage");
    let message = format!("annexe: the language server `{SERVER}` is being installed");
    assert_eq!(shown["params"], json!({ "type": 3, "message": message }));
    machine.go();
    finish(editor, &id);
}

#[test]
fn of_two_first_starts_one_fetches_and_the_other_says_so() {
    let machine = Machine::new();
    let (mut first, first_id) = machine.editor(Some("first"));
    wait_for(&mut first, "first", "downloading");
    let (mut second, second_id) = machine.editor(Some("second"));
    wait_for(&mut second, "second", "another process is fetching it");
    machine.go();
    finish(first, &first_id);
    finish(second, &second_id);
    assert_eq!(machine.installations(), 1);
}

#[test]
fn a_fetch_goes_on_where_the_editor_gives_up() {
    let machine = Machine::new();
    let (mut editor, _) = machine.editor(Some("a token"));
    wait_for(&mut editor, "a token", "downloading");
    editor.notify("exit", Value::Null);
    assert_eq!(editor.ended().code, 1);
    let (mut editor, id) = machine.editor(Some("next"));
    wait_for(&mut editor, "next", "another process is fetching it");
    machine.go();
    finish(editor, &id);
    assert_eq!(machine.installations(), 1);
}
