//! Recognition and selection over languages that no store holds.

use std::{collections::BTreeMap, path::Path};

use serde_json::json;

use super::{
    Languages,
    language::Language,
    recognition::RecognisedBy,
    selection::{OmissionReason, SelectionReason, ServerSelection},
    server::LanguageServer,
    table::TABLE,
};
use crate::runtime::settings::LanguageChoices;

fn server(id: &str, extension: &str, languages: &[&str]) -> LanguageServer {
    LanguageServer {
        id: id.into(),
        extension: extension.parse().unwrap(),
        languages: languages.iter().map(|it| (*it).to_owned()).collect(),
        language_ids: BTreeMap::new(),
        may_add: true,
    }
}

/// A language of an extension, and those of the table that it leaves.
fn languages(own: &str, suffixes: &[&str], first_line: Option<&str>) -> Languages {
    let own = Language {
        extension: Some("one".parse().unwrap()),
        path_suffixes: suffixes.iter().map(|it| (*it).to_owned()).collect(),
        first_line_pattern: first_line.map(str::to_owned),
        ..Language::named(own.into(), own.to_lowercase())
    };
    let table = TABLE.iter().filter(|row| row.name != own.name);
    let table: Vec<Language> = table.map(Language::from).collect();
    Languages {
        known: [vec![own], table].concat(),
        ..Languages::default()
    }
}

fn choices(settings: serde_json::Value) -> LanguageChoices {
    LanguageChoices::new(settings)
}

/// The name of the language of a file.
fn of<'a>(languages: &'a Languages, path: &str, line: Option<&str>) -> Option<&'a str> {
    let nothing = LanguageChoices::default();
    let found = languages.of_file(Path::new(path), line, nothing.file_types())?;
    Some(&found.language.name)
}

#[test]
fn the_longest_suffix_wins_and_a_first_line_where_there_is_none() {
    let languages = languages("Mine", &["yaml", "heex"], Some("^mine"));
    for (path, line, name) in [
        ("/x/a.rs", None, Some("Rust")),
        // The extension's own goes over the table's.
        ("a.yaml", None, Some("Mine")),
        ("a.yml", None, Some("YAML")),
        ("a.html.heex", None, Some("HEEX")),
        ("a.heex", None, Some("Mine")),
        ("docker-compose.yml", None, Some("Docker Compose")),
        ("Cargo.lock", None, Some("TOML")),
        ("go.mod", None, Some("Go Mod")),
        ("Dockerfile", None, Some("Dockerfile")),
        ("a.h", None, Some("C++")),
        (".bashrc", None, Some("Shell Script")),
        ("run", Some("#!/usr/bin/env bash"), Some("Shell Script")),
        ("run", Some("#!/usr/bin/env python3"), Some("Python")),
        ("run", Some("#!/usr/bin/fish"), Some("Fish")),
        ("run", Some("mine, all mine"), Some("Mine")),
        ("run", Some("#!/bin/nothing"), None),
        ("a.rs", Some("#!/bin/sh"), Some("Rust")),
        ("run", None, None),
        // A cut in the middle of a character.
        ("run", Some(&"é".repeat(300)), None),
    ] {
        assert_eq!(of(&languages, path, line), name, "{path}");
    }
}

#[test]
fn what_the_user_says_of_files_goes_over_all_else() {
    let languages = languages("Mine", &["mine"], None);
    let choices = choices(json!({"file_types": {
        "JSONC": ["*.json"], "Rust": ["mine"], "Unknown": ["a.json"], "YAML": ["**/deploy/*.txt"],
    }}));
    let of = |path: &str| {
        let found = languages.of_file(Path::new(path), None, choices.file_types());
        found.map(|it| (it.language.name.clone(), it.by)).unwrap()
    };
    let by = |pattern: &str| RecognisedBy::FileTypes(pattern.into());
    // A language that nothing is known of has no file.
    assert_eq!(of("/x/a.json"), ("JSONC".into(), by("*.json")));
    assert_eq!(of("a.mine"), ("Rust".into(), by("mine")));
    assert_eq!(
        of("/x/deploy/a.txt"),
        ("YAML".into(), by("**/deploy/*.txt"))
    );
    assert_eq!(
        of("a.txt"),
        ("Plain Text".into(), RecognisedBy::Suffix("txt".into()))
    );
}

#[test]
fn a_name_is_found_to_the_letter_or_without_case() {
    let languages = languages("yaml", &[], None);
    assert_eq!(languages.of_name("YAML").unwrap().name, "YAML");
    assert_eq!(languages.of_name("yaml").unwrap().name, "yaml");
    assert_eq!(languages.of_name("rust").unwrap().name, "Rust");
    assert!(languages.of_name("Nothing").is_none());
    let all: Vec<&str> = languages.all().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(all, ["yaml"]);
}

/// What is selected and what is left out, by ids.
fn selected(selection: &ServerSelection<'_>) -> (String, Vec<(String, OmissionReason)>) {
    let ids: Vec<&str> = selection.selected.iter().map(|it| it.id.as_str()).collect();
    let left_out = selection.left_out.iter();
    (
        ids.join(" "),
        left_out.map(|it| (it.id.to_owned(), it.reason)).collect(),
    )
}

#[test]
fn servers_come_in_the_order_of_the_settings() {
    let mut languages = languages("Mine", &["mine"], None);
    languages.servers = vec![
        server("a", "one", &["YAML"]),
        server("b", "two", &["YAML", "Rust"]),
        server("c", "three", &["YAML"]),
        server("d", "four", &["Rust"]),
    ];
    let (excluded, not_named) = (OmissionReason::Excluded, OmissionReason::NotNamed);
    for (order, ids, left_out) in [
        (json!(["..."]), "a b c", vec![]),
        (json!(null), "a b c", vec![]),
        (json!(["c", "..."]), "c a b", vec![]),
        (json!(["...", "a"]), "b c a", vec![]),
        (json!(["!b", "..."]), "a c", vec![("b", excluded)]),
        // It is only taken out of the rest.
        (json!(["b", "!b", "..."]), "b a c", vec![]),
        (json!(["...", "...", "a", "a"]), "b c a", vec![]),
        (json!(["b"]), "b", vec![("a", not_named), ("c", not_named)]),
        (
            json!(["!b"]),
            "",
            vec![("a", not_named), ("b", excluded), ("c", not_named)],
        ),
        // Of another language, and of nobody.
        (json!(["d", "pyright", "..."]), "d pyright a b c", vec![]),
    ] {
        let settings = json!({"languages": {"YAML": {"language_servers": order}}});
        let choices = choices(settings);
        let selection = languages.servers_for("YAML", &choices);
        let left_out = left_out.into_iter().map(|(id, it)| (id.to_owned(), it));
        let expected = (ids.to_owned(), left_out.collect::<Vec<_>>());
        assert_eq!(selected(&selection), expected, "{order}");
        let unknown = selection.selected.iter().find(|it| it.id == "pyright");
        if let Some(unknown) = unknown {
            assert!(unknown.brought_by.is_empty());
            assert_eq!(unknown.reason, SelectionReason::Named);
            assert_eq!(unknown.language_id, "yaml");
        }
    }
    for settings in [
        json!({"enable_language_server": false}),
        json!({"languages": {"YAML": {"enable_language_server": false}}}),
    ] {
        let choices = choices(settings);
        let (ids, left_out) = selected(&languages.servers_for("YAML", &choices));
        assert_eq!(ids, "");
        assert_eq!(left_out.len(), 3);
        assert!(
            left_out
                .iter()
                .all(|(_, it)| *it == OmissionReason::Disabled)
        );
    }
    let settings = json!({
        "enable_language_server": false, "languages": {"YAML": {"enable_language_server": true}},
    });
    let choices = choices(settings);
    assert_eq!(
        selected(&languages.servers_for("YAML", &choices)).0,
        "a b c"
    );
}

#[test]
fn two_extensions_that_bring_one_id_are_both_told() {
    let mut languages = languages("Mine", &["mine"], None);
    languages.servers = vec![
        server("a", "two", &["YAML"]),
        server("a", "one", &["YAML"]),
        server("a", "three", &["Rust"]),
    ];
    languages.servers[0].language_ids = BTreeMap::from([("YAML".into(), "yml".into())]);
    assert_eq!(languages.servers_by_id("a").count(), 3);
    let choices = LanguageChoices::default();
    let selection = languages.servers_for("YAML", &choices);
    let [selected] = &selection.selected[..] else {
        panic!("{selection:?}")
    };
    let by: Vec<&str> = selected
        .brought_by
        .iter()
        .map(|it| it.extension.as_str())
        .collect();
    assert_eq!(by, ["two", "one"]);
    assert_eq!(selected.language_id, "yml");
    assert_eq!(languages.servers[1].language_id("YAML"), "yaml");
    assert_eq!(languages.servers[1].language_id("My Own"), "my own");
}

#[test]
fn the_chosen_extension_comes_first_wherever_it_brings_the_server() {
    let mut languages = languages("Mine", &["mine"], None);
    languages.servers = vec![
        server("a", "two", &["YAML"]),
        server("b", "two", &["YAML"]),
        server("a", "one", &["YAML"]),
    ];
    let choice = |extension: &str| BTreeMap::from([("a".into(), extension.parse().unwrap())]);
    let taken = |languages: &Languages| {
        let selection = languages.servers_for("YAML", &LanguageChoices::default());
        let selected = selection.selected.iter();
        let taken = selected.map(|it| format!("{} of {}", it.id, it.brought_by[0].extension));
        taken.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(taken(&languages), "a of two, b of two");
    let languages = languages.preferring(&choice("one"));
    assert_eq!(taken(&languages), "a of one, b of two");
    assert_eq!(languages.servers_by_id("a").count(), 2);
    // One that does not bring it changes nothing, and is known to be chosen.
    let languages = languages.preferring(&choice("three"));
    assert_eq!(taken(&languages), "a of two, b of two");
    assert_eq!(languages.chosen("a").unwrap().as_str(), "three");
}

#[test]
fn all_that_can_are_asked_to_add_to_a_server_and_of_very_many_those_of_its_languages_too() {
    let mut languages = languages("Mine", &["mine"], None);
    let many = (0..100).map(|number| server("s", &format!("other-{number}"), &["Vue.js"]));
    languages.servers = vec![server("ts", "own", &["TypeScript"])];
    languages.servers.extend(many.take(60));
    languages.servers[7].may_add = false;
    languages.servers.push(server("vue", "vue", &["Vue.js"]));
    // A second server of one extension asks it no second time.
    languages
        .servers
        .push(server("vue2", "vue", &["TypeScript"]));
    let own = "own".parse().unwrap();
    let adding = |languages: &Languages| languages.adding_to(Some(&own), &["TypeScript".into()]);
    let all = adding(&languages);
    assert_eq!((all.asked.len(), all.left_out.len()), (60, 0));
    assert!(all.asked.contains(&("vue".parse().unwrap(), "vue".into())));

    let more = (0..10).map(|number| server("s", &format!("more-{number}"), &["Vue.js"]));
    languages.servers.extend(more);
    languages
        .servers
        .push(server("lint", "last", &["TypeScript"]));
    let some = adding(&languages);
    // Those of its languages are asked besides the 64 others.
    assert_eq!((some.asked.len(), some.left_out.len()), (66, 5));
    assert_eq!(some.asked.last().unwrap().0.as_str(), "last");
    assert_eq!(some.left_out[0].as_str(), "more-5");
}
