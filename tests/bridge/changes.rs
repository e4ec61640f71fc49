//! Settings that change, and folders that are opened, while a server runs.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    settings::{heard, set, set_in_project, trust},
    stand_in::{Behaviour, bridge},
    starting::install,
    support::place::Place,
};

fn started(place: &Place) -> Editor {
    let mut editor = Editor::start(bridge(place, Behaviour::Plain));
    let folder = json!({ "uri": uri(&place.here()), "name": "here" });
    editor.begin(json!({ "workspaceFolders": [folder], "capabilities": {} }));
    editor
}

fn uri(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

#[test]
fn a_changed_file_of_the_user_s_reaches_a_server_that_runs() {
    let place = Place::new();
    set(&place, &json!({ "a": 1 }));
    let mut editor = started(&place);
    assert_eq!(heard(&mut editor), json!({ "a": 1 }));
    set(&place, &json!({ "a": "changed" }));
    assert_eq!(heard(&mut editor), json!({ "a": "changed" }));
    // What the editor has sent of itself stays over it.
    editor.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "b": 2 } }),
    );
    assert_eq!(heard(&mut editor), json!({ "a": "changed", "b": 2 }));
    set(&place, &json!({ "a": "changed again", "b": 0 }));
    assert_eq!(heard(&mut editor), json!({ "a": "changed again", "b": 2 }));
    editor.finish();
}

#[test]
fn a_project_s_file_may_come_and_go_while_a_server_runs() {
    let place = Place::new();
    set(&place, &json!({ "a": "user" }));
    trust(&place, &[&place.here()]);
    let mut editor = started(&place);
    assert_eq!(heard(&mut editor), json!({ "a": "user" }));
    set_in_project(&place.here(), &json!({ "settings": { "a": "project" } }));
    assert_eq!(heard(&mut editor), json!({ "a": "project" }));
    std::fs::remove_file(place.path(".annexe/settings.json")).unwrap();
    assert_eq!(heard(&mut editor), json!({ "a": "user" }));
    editor.finish();
}

#[test]
fn settings_that_become_unreadable_stay_as_they_were_and_one_message_says_so() {
    let place = Place::new();
    set(&place, &json!({ "a": 1 }));
    let mut editor = started(&place);
    heard(&mut editor);
    let file = place.configuration().with_file_name("settings.json");
    std::fs::write(&file, "{ oh").unwrap();
    let shown = editor.called("window/showMessage");
    assert!(
        shown["params"]["message"]
            .as_str()
            .unwrap()
            .contains("settings.json"),
        "{shown:?}"
    );
    assert_eq!(ask(&mut editor, &place.here()), 1);
    set(&place, &json!({ "a": 2 }));
    assert_eq!(heard(&mut editor), json!({ "a": 2 }));
    editor.finish();
}

/// What the server gets for a file in a folder.
fn ask(editor: &mut Editor, folder: &Path) -> Value {
    let item = json!({ "section": "a", "scopeUri": uri(&folder.join("x.yml")) });
    let params = json!({ "items": [item] });
    let question = json!({ "id": 1, "method": "workspace/configuration", "params": params });
    editor.asked(&question)["result"][0].clone()
}

#[test]
fn a_folder_that_is_opened_has_its_own_settings_until_it_is_closed() {
    let place = Place::new();
    let (here, second) = (place.here(), place.beside("second"));
    set_in_project(&here, &json!({ "settings": { "a": "here" } }));
    set_in_project(&second, &json!({ "settings": { "a": "second" } }));
    trust(&place, &[&here, &second]);
    let mut editor = started(&place);
    assert_eq!(heard(&mut editor), json!({ "a": "here" }));
    assert_eq!(ask(&mut editor, &second), "here");

    let folder = json!({ "uri": uri(&second), "name": "second" });
    let added = json!({ "event": { "added": [folder], "removed": [] } });
    editor.notify("workspace/didChangeWorkspaceFolders", added);
    // It hears that there is news, asks for it, and gets each folder's own.
    heard(&mut editor);
    assert_eq!(ask(&mut editor, &second), "second");
    assert_eq!(ask(&mut editor, &here), "here");
    set_in_project(&second, &json!({ "settings": { "a": "second, changed" } }));
    heard(&mut editor);
    assert_eq!(ask(&mut editor, &second), "second, changed");

    let removed = json!({ "event": { "added": [], "removed": [folder] } });
    editor.notify("workspace/didChangeWorkspaceFolders", removed);
    let mut answer = ask(&mut editor, &second);
    while answer != "here" {
        answer = ask(&mut editor, &second);
    }
    editor.finish();
}

#[test]
fn no_change_is_missed_while_folders_are_opened() {
    let place = Place::new();
    set(&place, &json!({ "a": 0 }));
    let mut editor = started(&place);
    heard(&mut editor);
    for number in 1..4 {
        let folder = place.beside(&format!("folder {number}"));
        std::fs::create_dir(&folder).unwrap();
        set(&place, &json!({ "a": number }));
        let folder = json!({ "uri": uri(&folder).replace(' ', "%20"), "name": "x" });
        let added = json!({ "event": { "added": [folder], "removed": [] } });
        editor.notify("workspace/didChangeWorkspaceFolders", added);
        while heard(&mut editor) != json!({ "a": number }) {}
    }
    editor.finish();
}

#[test]
fn two_folders_of_the_first_request_have_their_own_settings() {
    let place = Place::new();
    let (here, second) = (place.here(), place.beside("second"));
    set_in_project(&here, &json!({ "settings": { "a": "here" } }));
    set_in_project(&second, &json!({ "settings": { "a": "second" } }));
    trust(&place, &[&here, &second]);
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    let folders = [&here, &second].map(|it| json!({ "uri": uri(it), "name": "x" }));
    editor.begin(json!({ "workspaceFolders": folders, "capabilities": {} }));
    let mut answer = ask(&mut editor, &second);
    while answer != "second" {
        answer = ask(&mut editor, &second);
    }
    assert_eq!(ask(&mut editor, &here), "here");
    editor.finish();
}

#[test]
fn an_extension_that_is_installed_meanwhile_adds_its_settings() {
    let place = Place::new();
    set(&place, &json!({ "a": 1 }));
    let mut editor = started(&place);
    assert_eq!(heard(&mut editor), json!({ "a": 1 }));
    install(&place, "later", "another", "0.6.0");
    let settings = heard(&mut editor);
    assert_eq!(settings["a"], 1);
    assert_eq!(settings["export"], "additional-workspace-configuration");
    // What the project does without adds nothing.
    place.ok(["disable", "later", "--project"]);
    assert_eq!(heard(&mut editor), json!({ "a": 1 }));
    editor.finish();
}
