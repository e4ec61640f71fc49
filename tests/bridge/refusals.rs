//! Where there is no server: the user is told why and what helps, the editor gets the error, and the bridge stays until
//! the editor lets it go.

use std::ffi::OsString;

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    stand_in::{Behaviour, bridge_to},
    starting::place_with,
    support::{
        files::write,
        place::{Place, text},
    },
};

/// The error of a session that gets no server, which the user has seen and the editor got.
pub fn refused(place: &Place, words: &[&str], command: &[OsString]) -> String {
    let mut editor = Editor::start(bridge_to(place, Behaviour::Plain, words, command));
    let answer = editor.call("initialize", json!({ "capabilities": {} }));
    let error = answer["error"]["message"].as_str().unwrap().to_owned();
    let shown = editor.called("window/showMessage");
    assert_eq!(shown["params"], json!({ "type": 1, "message": error }));
    // It is there, and says the same again.
    editor.notify("initialized", json!({}));
    for (method, code) in [("textDocument/hover", -32002), ("initialize", -32603)] {
        let answer = editor.call(method, json!({}));
        assert_eq!(answer["error"]["code"], code, "{method}");
        assert_eq!(answer["error"]["message"], error, "{method}");
    }
    assert_eq!(editor.call("shutdown", Value::Null)["result"], Value::Null);
    editor.notify("exit", Value::Null);
    let ended = editor.ended();
    assert_eq!((ended.code, ended.rest.len()), (0, 0), "{ended:?}");
    error
}

#[test]
fn a_server_that_nothing_installed_brings_is_told_with_the_way_to_find_it() {
    let place = Place::new();
    let error = refused(&place, &["lsp", "nobody"], &[]);
    assert!(
        error.contains("no installed extension brings the language server `nobody`"),
        "{error}"
    );
    assert!(error.contains("annexe languages"), "{error}");
}

#[test]
fn an_extension_that_is_not_installed_is_told_with_the_way_to_install_it() {
    let place = Place::new();
    let error = refused(&place, &["lsp", "nobody", "--extension", "somebody"], &[]);
    assert!(error.contains("`somebody` is not"), "{error}");
    assert!(error.contains("annexe install somebody"), "{error}");
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let place = Place::new();
    for program in ["/nowhere/server", "no-such-server"] {
        let error = refused(&place, &["lsp", "stand-in", "--"], &[program.into()]);
        assert!(error.contains(&format!("`{program}`")), "{error}");
        assert!(error.contains("\ninstall it, or "), "{error}");
    }
}

#[test]
fn a_file_that_is_no_program_is_told() {
    let place = Place::new();
    write(&place.beside("text"), "not a program");
    let program = place.beside("text").into_os_string();
    let error = refused(&place, &["lsp", "stand-in", "--"], &[program]);
    assert!(error.contains("cannot start"), "{error}");
}

#[test]
fn an_extension_s_own_error_is_told() {
    let place = place_with("failing", "fail:install gizmo first", "0.6.0");
    let words = ["lsp", "fail:install gizmo first", "--offline"];
    let error = refused(&place, &words, &[]);
    assert!(error.contains("install gizmo first"), "{error}");
}

#[test]
fn the_session_of_a_refusal_ends_with_its_input() {
    let place = Place::new();
    let mut editor = Editor::start(bridge_to(&place, Behaviour::Plain, &["lsp", "nobody"], &[]));
    editor.call("initialize", json!({ "capabilities": {} }));
    editor.close();
    let ended = editor.ended();
    assert!(ended.shown().contains("`nobody`"), "{ended:?}");
    assert_eq!(ended.code, 1);
}

#[test]
fn a_store_that_is_named_by_a_relative_path_is_not_looked_for_in_the_project() {
    let place = place_with("own", "trap", "0.6.0");
    let project = place.path("project");
    std::fs::create_dir_all(project.join("store")).unwrap();
    let mut command = bridge_to(&place, Behaviour::Plain, &["lsp", "trap"], &[]);
    command.current_dir(place.beside("."));
    command.env("ANNEXE_STORE", "store");
    let mut editor = Editor::start(command);
    let root = format!("file://{}", project.display());
    // What has failed without a network is tried with one, by another process.
    let answer = editor.call("initialize", json!({ "rootUri": root, "capabilities": {} }));
    let error = answer["error"]["message"].as_str().unwrap();
    assert!(error.contains("the extension stopped"), "{error}");
    editor.notify("exit", Value::Null);
    editor.ended();
}

#[test]
fn a_server_whose_extension_is_disabled_does_nothing_and_one_line_of_the_log_says_so() {
    let place = place_with("one", "stand-in", "0.6.0");
    for (option, hint) in [
        (vec!["--project"], "annexe enable one --project"),
        (vec![], "annexe enable one"),
    ] {
        place.ok(["disable", "one"].iter().chain(&option).copied());
        let command = bridge_to(&place, Behaviour::Plain, &["lsp", "stand-in"], &[]);
        let mut editor = Editor::start(command);
        let answer = editor.begin(json!({ "capabilities": {} }));
        assert_eq!(answer["result"]["capabilities"], json!({}), "{answer:?}");
        assert_eq!(answer["result"]["serverInfo"]["name"], "annexe");
        let logged = editor.called("window/logMessage");
        assert_eq!(logged["params"]["type"], 3);
        let text = logged["params"]["message"].as_str().unwrap();
        assert!(text.contains(hint), "{text}");
        editor.notify("textDocument/didOpen", json!({}));
        for method in ["textDocument/hover", "initialize"] {
            let answer = editor.call(method, json!({}));
            assert_eq!(answer["error"]["code"], -32601, "{method}");
        }
        let ended = editor.finish();
        assert!(ended.rest.is_empty(), "{ended:?}");
        place.ok(["enable", "one"].iter().chain(&option).copied());
    }
}

#[test]
fn what_is_wrong_before_the_session_is_told_in_it() {
    let place = Place::new();
    let nowhere = place.beside("nowhere");
    let words = ["lsp", "stand-in", "--root", text(&nowhere)];
    let error = refused(&place, &words, &[]);
    assert!(error.contains(text(&nowhere)), "{error}");

    write(&place.beside("file"), "no store");
    let file = place.beside("file");
    let error = refused(&place, &["--store", text(&file), "lsp", "stand-in"], &[]);
    assert!(error.contains(text(&file)), "{error}");

    place.configure("servers = 3\n");
    let error = refused(&place, &["lsp", "stand-in"], &[]);
    assert!(error.contains("config.toml"), "{error}");
}
