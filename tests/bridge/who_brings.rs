//! Two extensions that bring one server: the user says which.

use serde_json::{Value, json};

use crate::{
    editor::Editor,
    refusals::refused,
    settings::set_all,
    stand_in::{Behaviour, bridge_to, program},
    starting::{install, place_with},
    support::place::{Place, text},
};

/// Extensions that tell themselves apart by the options they answer, of which one can tell the language; the program is
/// the user's.
fn place() -> Place {
    let place = place_with("old", "stand-in", "0.0.1");
    install(&place, "new", "stand-in", "0.6.0");
    let file = place.beside("server");
    program(&file, "chosen");
    set_all(&place, &json!({ "binary": { "path": text(&file) } }));
    place
}

/// The options that the server gets.
fn options(place: &Place, words: &[&str]) -> Value {
    let mut editor = Editor::start(bridge_to(place, Behaviour::Plain, words, &[]));
    let answer = editor.begin(json!({ "capabilities": {} }));
    assert_eq!(
        answer["result"]["serverInfo"]["name"], "chosen",
        "{answer:?}"
    );
    let options = editor.heard("initialize")["params"]["initializationOptions"].clone();
    editor.finish();
    options
}

#[test]
fn without_a_word_both_are_named_with_the_ways_to_choose() {
    let error = refused(&place(), &["lsp", "stand-in"], &[]);
    for part in ["old", "new", "servers.stand-in = ", "--extension"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn the_command_line_chooses_and_then_the_configuration() {
    let place = place();
    let language = |words: &[&str]| options(&place, words)["language"].clone();
    assert_eq!(language(&["lsp", "stand-in", "--extension", "old"]), "Rust");
    assert_eq!(
        language(&["lsp", "stand-in", "--extension", "new"]),
        Value::Null
    );
    place.configure("[servers]\nstand-in = \"old\"\n");
    assert_eq!(language(&["lsp", "stand-in"]), "Rust");
    assert_eq!(
        language(&["lsp", "stand-in", "--extension", "new"]),
        Value::Null
    );
    // The language is the first that the extension names, or the one that is said.
    let words = ["lsp", "stand-in", "--language", "Ferrous"];
    assert_eq!(language(&words), "Ferrous");
}

#[test]
fn a_choice_that_does_not_bring_it_is_told_with_those_that_do() {
    let place = place();
    place.configure("[servers]\nstand-in = \"other\"\n");
    let error = refused(&place, &["lsp", "stand-in"], &[]);
    for part in ["`other` is not", "old", "new"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
