//! The program that the settings name in the place of what was asked for.

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    settings::{set_all, set_in_project, trust},
    stand_in::{Behaviour, NAME, bridge, bridge_to, program},
    starting::place_with,
    support::place::{Place, text},
};

/// The name of the server that is started, or the error.
fn started(mut editor: Editor) -> Result<Value, String> {
    let answer = editor.call("initialize", json!({ "capabilities": {} }));
    match answer["error"]["message"].as_str() {
        Some(error) => {
            let error = error.to_owned();
            editor.notify("exit", Value::Null);
            let ended = editor.ended();
            assert_eq!(ended.shown(), error);
            Err(error)
        }
        None => {
            let name = answer["result"]["serverInfo"]["name"].clone();
            editor.finish();
            Ok(name)
        }
    }
}

fn of(place: &Place) -> Result<Value, String> {
    started(Editor::start(bridge(place, Behaviour::Plain)))
}

fn set_path(place: &Place, path: &str) {
    set_all(place, &json!({ "binary": { "path": path } }));
}

#[test]
fn a_program_of_the_settings_comes_before_the_command() {
    let place = Place::new();
    let file = place.beside("server");
    program(&file, "absolute");
    set_path(&place, text(&file));
    assert_eq!(of(&place).unwrap(), "absolute");
    // And before any extension: none is needed.
    let alone = bridge_to(&place, Behaviour::Plain, &["lsp", "stand-in"], &[]);
    assert_eq!(started(Editor::start(alone)).unwrap(), "absolute");
}

#[test]
fn in_settings_a_tilde_is_the_home_and_a_relative_path_starts_at_the_project() {
    let place = Place::new();
    program(&place.home().join("bin/server"), "home");
    program(&place.path("bin/server"), "project");
    set_path(&place, "~/bin/server");
    assert_eq!(of(&place).unwrap(), "home");
    for path in ["bin/server", "./bin/server"] {
        set_path(&place, path);
        assert_eq!(of(&place).unwrap(), "project", "{path}");
    }
}

#[test]
fn a_name_alone_is_looked_up_on_the_path_and_never_in_the_project() {
    let place = Place::new();
    program(&place.path("stand-in-bare"), "planted");
    set_path(&place, "stand-in-bare");
    let error = of(&place).unwrap_err();
    assert!(error.contains("`stand-in-bare`"), "{error}");
    assert!(error.contains("install it, or write its path"), "{error}");

    program(&place.beside("bin/stand-in-bare"), "on the path");
    let own = std::env::var_os("PATH").unwrap_or_default();
    let mut command = bridge(&place, Behaviour::Plain);
    // Entries that mean the current folder do not count.
    let bin = place.beside("bin");
    command.env(
        "PATH",
        format!(":.:{}:{}", bin.display(), text(own.as_ref())),
    );
    assert_eq!(started(Editor::start(command)).unwrap(), "on the path");
}

#[test]
fn arguments_and_variables_of_the_settings_come_to_the_server() {
    let place = Place::new();
    let variable = json!({ NAME: "by variable" });
    set_all(&place, &json!({ "binary": { "env": variable } }));
    assert_eq!(of(&place).unwrap(), "by variable");
    let script = format!("{NAME}=$1; export {NAME}; shift; exec \"$@\"");
    let mut arguments = vec!["-c".to_owned(), script, "sh".into(), "by argument".into()];
    let command = crate::stand_in::command();
    arguments.extend(command.iter().map(|word| text(word.as_ref()).to_owned()));
    set_all(
        &place,
        &json!({ "binary": { "path": "/bin/sh", "arguments": arguments } }),
    );
    assert_eq!(of(&place).unwrap(), "by argument");
}

#[test]
fn an_untrusted_project_s_program_is_not_started() {
    let place = Place::new();
    let file = place.path("server");
    program(&file, "project");
    set_in_project(&place.here(), &json!({ "binary": { "path": text(&file) } }));
    assert_eq!(of(&place).unwrap(), "stand-in");
    trust(&place, &[&place.here()]);
    assert_eq!(of(&place).unwrap(), "project");
}

#[test]
fn a_program_of_the_settings_that_is_not_there_is_told_and_nothing_is_fetched() {
    let place = place_with("one", "stand-in", "0.6.0");
    set_path(&place, "/nowhere/server");
    let alone = bridge_to(&place, Behaviour::Plain, &["lsp", "stand-in"], &[]);
    let error = started(Editor::start(alone)).unwrap_err();
    for part in ["`/nowhere/server` is not there", "`lsp.stand-in.binary`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
