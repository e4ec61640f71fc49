//! The beginning: the folder that a server is started in, whichever way an editor names it, and the process it ends with.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    settings::set_all,
    stand_in::{Behaviour, bridge, bridge_to, program},
    starting::install,
    support::place::{Place, text},
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

#[test]
fn a_root_that_is_not_there_is_told_and_the_server_starts_above_it() {
    let place = place();
    let second = place.beside("second");
    let missing = second.join("not/there");
    for words in [vec!["lsp", "stand-in", "--"], vec!["lsp", "stand-in"]] {
        let mut command = crate::stand_in::command();
        if words.len() < 3 {
            // The extension is asked for what it knows of a folder that is not there.
            install(&place, "one", "stand-in", "0.6.0");
            let file = place.beside("server");
            program(&file, "stand-in");
            set_all(&place, &json!({ "binary": { "path": text(&file) } }));
            command.clear();
        }
        let mut editor = Editor::start(bridge_to(&place, Behaviour::Plain, &words, &command));
        let answer = editor.begin(json!({ "rootUri": uri(&missing), "capabilities": {} }));
        let folder = answer["result"]["folder"].as_str().unwrap();
        let folder = Path::new(folder).canonicalize().unwrap();
        assert_eq!(folder, second.canonicalize().unwrap());
        let logged = editor.called("window/logMessage");
        let line = logged["params"]["message"].as_str().unwrap();
        let part = format!("`{}` is not there", missing.display());
        assert!(line.contains(&part), "{line}");
        // The server is told what the editor says.
        let told = editor.heard("initialize")["params"]["rootUri"].clone();
        assert_eq!(told, uri(&missing));
        editor.finish();
    }
}
