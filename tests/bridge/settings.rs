//! The user's settings of a server, those of projects, and the editor's own over them.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    stand_in::{Behaviour, bridge},
    support::{
        files::write,
        place::{Place, text},
    },
};

/// Sets what the user has set of the server.
pub fn set_all(place: &Place, server: &Value) {
    let file = place.configuration().with_file_name("settings.json");
    write(&file, json!({ "lsp": { "stand-in": server } }).to_string());
}

/// Sets the server's own settings.
pub fn set(place: &Place, settings: &Value) {
    set_all(place, &json!({ "settings": settings }));
}

/// Sets what a project has set of the server.
pub fn set_in_project(folder: &Path, server: &Value) {
    let file = folder.join(".annexe/settings.json");
    write(&file, json!({ "lsp": { "stand-in": server } }).to_string());
}

/// Trusts projects.
pub fn trust(place: &Place, folders: &[&Path]) {
    let folders: Vec<&str> = folders.iter().map(|it| text(it)).collect();
    place.configure(&format!("trusted_projects = {folders:?}\n"));
}

/// What the server hears after `initialized`, or when settings change.
pub fn heard(editor: &mut Editor) -> Value {
    editor.heard("workspace/didChangeConfiguration")["params"]["settings"].clone()
}

/// The settings of a session as they are first heard, and how many messages the user is shown.
fn first(place: &Place) -> (Value, Vec<String>) {
    let mut editor = Editor::start(bridge(place, Behaviour::Plain));
    let capabilities = json!({ "capabilities": {}, "initializationOptions": null });
    editor.begin(capabilities);
    let mut all = heard(&mut editor);
    let initialize = editor.heard("initialize");
    all["options"] = initialize["params"]["initializationOptions"].clone();
    let ended = editor.finish();
    let shown = ended
        .rest
        .iter()
        .filter(|it| it["method"] == "window/showMessage");
    let shown = shown.map(|it| it["params"]["message"].as_str().unwrap().to_owned());
    (all, shown.collect())
}

#[test]
fn a_server_hears_what_the_user_has_set_and_an_empty_object_where_nothing_is() {
    let place = Place::new();
    assert_eq!(first(&place), (json!({ "options": null }), vec![]));
    set_all(
        &place,
        &json!({ "settings": { "a": { "b": 1 } }, "initialization_options": { "c": [2] } }),
    );
    let expected = json!({ "a": { "b": 1 }, "options": { "c": [2] } });
    assert_eq!(first(&place), (expected, vec![]));
}

/// A place with settings of the user's, and others in the project.
fn place_with_project() -> Place {
    let place = Place::new();
    set_all(
        &place,
        &json!({ "settings": { "a": "user", "b": "user" }, "initialization_options": { "o": "user" } }),
    );
    set_in_project(
        &place.here(),
        &json!({ "settings": { "a": "project" }, "initialization_options": { "o": "project" } }),
    );
    place
}

#[test]
fn a_trusted_project_s_settings_go_over_the_user_s() {
    let place = place_with_project();
    trust(&place, &[&place.here()]);
    let expected = json!({ "a": "project", "b": "user", "options": { "o": "project" } });
    assert_eq!(first(&place), (expected, vec![]));
}

#[test]
fn an_untrusted_project_s_settings_are_left_out_and_one_message_says_so() {
    let place = place_with_project();
    let (settings, shown) = first(&place);
    let expected = json!({ "a": "user", "b": "user", "options": { "o": "user" } });
    assert_eq!(settings, expected);
    let [shown] = &shown[..] else {
        panic!("{shown:?}");
    };
    assert!(shown.contains("trusted_projects"), "{shown}");
    assert!(shown.contains(text(&place.here())), "{shown}");
}

#[test]
fn a_project_without_settings_needs_no_trust() {
    let place = Place::new();
    set(&place, &json!({ "a": 1 }));
    assert_eq!(first(&place), (json!({ "a": 1, "options": null }), vec![]));
}

#[test]
fn a_slip_of_the_server_s_own_is_told_and_it_does_not_start() {
    let place = Place::new();
    set_all(&place, &json!({ "binary": { "path": 1 } }));
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    let answer = editor.call("initialize", json!({ "capabilities": {} }));
    let error = answer["error"]["message"].as_str().unwrap();
    assert!(error.contains("settings.json"), "{error}");
    assert!(
        error.contains("`lsp.stand-in.binary.path` must be"),
        "{error}"
    );
    editor.notify("exit", Value::Null);
    let ended = editor.ended();
    assert_eq!(ended.shown(), error);
    assert_eq!(ended.code, 1);
}

#[test]
fn a_slip_elsewhere_and_a_file_that_is_broken_are_told_and_it_starts() {
    for (text, words) in [
        ("{ \"lsp\": [", "are left out: line 1"),
        (
            "{ \"lsp\": {\"other\": {\"binary\": 1}} }",
            "`lsp.other.binary` must be",
        ),
    ] {
        let place = Place::new();
        let file = place.configuration().with_file_name("settings.json");
        write(&file, text);
        let (settings, shown) = first(&place);
        assert_eq!(settings, json!({ "options": null }));
        let [shown] = &shown[..] else {
            panic!("{shown:?}");
        };
        assert!(shown.contains(words), "{shown}");
    }
}

#[test]
fn the_editor_s_own_go_over_the_user_s_where_they_say_anything() {
    let place = Place::new();
    set(&place, &json!({ "a": { "list": [1, 2], "of user": true } }));
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.begin(json!({ "capabilities": { "workspace": { "configuration": true } } }));
    let user = json!({ "a": { "list": [1, 2], "of user": true } });
    assert_eq!(heard(&mut editor), user);
    for nothing in [json!({}), Value::Null] {
        let params = json!({ "settings": nothing });
        editor.notify("workspace/didChangeConfiguration", params);
        assert_eq!(heard(&mut editor), user);
    }
    let own = json!({ "settings": { "a": { "list": [3] }, "b": 4 } });
    editor.notify("workspace/didChangeConfiguration", own);
    let merged = json!({ "a": { "list": [3], "of user": true }, "b": 4 });
    assert_eq!(heard(&mut editor), merged);
    editor.finish();
}

#[test]
fn the_editor_s_options_go_over_the_user_s() {
    let place = Place::new();
    set_all(
        &place,
        &json!({ "initialization_options": { "a": { "x": 1, "y": 1 } } }),
    );
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.begin(json!({ "initializationOptions": { "a": { "y": 2 } }, "capabilities": {} }));
    let initialize = editor.heard("initialize");
    let expected = json!({ "a": { "x": 1, "y": 2 } });
    assert_eq!(initialize["params"]["initializationOptions"], expected);
    editor.finish();
}
