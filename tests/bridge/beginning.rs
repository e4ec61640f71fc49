//! The beginning: the folder that a server is started in, whichever way an editor names it, and the process it ends with.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

fn place() -> Place {
    let place = Place::new();
    for name in ["first folder", "second"] {
        std::fs::create_dir(place.beside(name)).unwrap();
    }
    place
}

fn uri(folder: &Path) -> String {
    format!("file://{}/", folder.display()).replace(' ', "%20")
}

/// The folder that a server is started in by these parameters, without links.
fn folder(place: &Place, params: Value) -> std::path::PathBuf {
    let mut editor = Editor::start(bridge(place, Behaviour::Plain));
    let answer = editor.begin(params);
    let folder = answer["result"]["folder"].as_str().unwrap().to_owned();
    editor.finish();
    Path::new(&folder).canonicalize().unwrap()
}

#[test]
fn the_first_workspace_folder_is_the_root() {
    let place = place();
    let (first, second) = (place.beside("first folder"), place.beside("second"));
    let folders =
        json!([{ "uri": uri(&first), "name": "f" }, { "uri": uri(&second), "name": "s" }]);
    let params =
        json!({ "workspaceFolders": folders, "rootUri": uri(&second), "capabilities": {} });
    assert_eq!(folder(&place, params), first.canonicalize().unwrap());
}

#[test]
fn without_a_root_uri_the_path_counts() {
    // As Helix says it of a file outside of its workspace.
    let place = place();
    let second = place.beside("second");
    let params = json!({
        "rootUri": null, "workspaceFolders": [], "rootPath": second, "capabilities": {},
    });
    assert_eq!(folder(&place, params), second.canonicalize().unwrap());
}

#[test]
fn without_any_folder_it_is_the_current_one() {
    let place = place();
    let here = place.here().canonicalize().unwrap();
    for params in [
        json!({ "capabilities": {} }),
        json!({ "rootUri": null, "rootPath": null, "workspaceFolders": null, "capabilities": {} }),
    ] {
        assert_eq!(folder(&place, params), here);
    }
}

#[test]
fn the_folder_of_the_command_line_comes_first() {
    let place = place();
    let second = place.beside("second");
    let words = ["lsp", "stand-in", "--root", second.to_str().unwrap(), "--"];
    let command = crate::stand_in::command();
    let bridge = crate::stand_in::bridge_to(&place, Behaviour::Plain, &words, &command);
    let mut editor = Editor::start(bridge);
    let answer = editor.begin(json!({ "rootUri": uri(&place.here()), "capabilities": {} }));
    assert_eq!(
        answer["result"]["folder"],
        *second.canonicalize().unwrap().to_str().unwrap()
    );
    editor.finish();
}

#[test]
fn a_process_that_is_gone_gives_way_to_the_bridge() {
    let place = place();
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    let mut editor = Editor::start(bridge(&place, Behaviour::Plain));
    editor.begin(json!({ "processId": gone.id(), "capabilities": {} }));
    let heard = editor.heard("initialize");
    assert_eq!(heard["params"]["processId"], editor.process());
    editor.finish();
}
