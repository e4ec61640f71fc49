//! Names that several extensions bring.

use annexe::{
    declarative::{Claimant, Conflict, ConflictKind, Declarative, conflicts},
    manifest::Manifest,
    types::ExtensionId,
};

use super::Sample;

/// An extension that brings one of everything, and when it was installed.
struct Extension {
    id: ExtensionId,
    installed: i64,
    manifest: Manifest,
    declarative: Declarative,
}

impl Extension {
    fn new(id: &str, installed: i64, sample: &Sample) -> Self {
        Self {
            id: id.parse().unwrap(),
            installed,
            manifest: sample.loaded(),
            declarative: sample.read(),
        }
    }

    fn with_all(id: &str, installed: i64) -> Self {
        let theme = "{\"name\": \"F\", \"themes\": [{\"name\": \"T\", \"appearance\": \"dark\", \"style\": {}}]}";
        let sample = Sample::new(&[
            ("themes/a.json", theme),
            ("icon_themes/a.json", theme),
            ("languages/a/config.toml", "name = \"L\"\npath_suffixes = [\"l\"]\n"),
            ("snippets/rust.json", "{\"S\": {\"prefix\": \"s\", \"body\": \"s\"}}"),
        ])
        .manifest(
            "snippets = [\"snippets/rust.json\"]\n[grammars.g]\nrepository = \"r\"\nrev = \"1\"\n\
             [language_servers.ls]\nlanguages = []\n[context_servers.cs]\n[slash_commands.c]\ndescription = \"\"\n\
             requires_argument = false\n[debug_adapters.d]\n[debug_locators.dl]\n",
        );
        Self::new(id, installed, &sample)
    }

    fn with_language(id: &str, installed: i64, name: &str, suffixes: &str) -> Self {
        let config = format!("name = \"{name}\"\npath_suffixes = [{suffixes}]\n");
        let sample = Sample::new(&[("languages/a/config.toml", &config)]);
        Self::new(id, installed, &sample)
    }
}

fn among(extensions: &[Extension]) -> Vec<Conflict> {
    let claimants: Vec<Claimant<'_>> = extensions
        .iter()
        .map(|extension| Claimant {
            id: &extension.id,
            installed: extension.installed,
            manifest: &extension.manifest,
            declarative: &extension.declarative,
        })
        .collect();
    let found = conflicts(&claimants);
    let reversed: Vec<Claimant<'_>> = claimants.iter().rev().copied().collect();
    assert_eq!(found, conflicts(&reversed), "the order makes no difference");
    found
}

#[test]
fn everything_that_has_a_name_can_be_contested() {
    use ConflictKind as K;

    let found = among(&[Extension::with_all("b", 1), Extension::with_all("a", 2)]);
    let kinds: Vec<(ConflictKind, &str, Option<&str>)> = found
        .iter()
        .map(|conflict| {
            (
                conflict.kind,
                conflict.name.as_str(),
                conflict.language.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (K::Theme, "T", None),
            (K::IconTheme, "T", None),
            (K::Language, "L", None),
            (K::PathSuffix, "l", None),
            (K::Grammar, "g", None),
            (K::LanguageServer, "ls", None),
            (K::ContextServer, "cs", None),
            (K::SlashCommand, "c", None),
            (K::DebugAdapter, "d", None),
            (K::DebugLocator, "dl", None),
            (K::Snippet, "S", Some("rust")),
        ]
    );
    for conflict in &found {
        assert_eq!(conflict.winner.as_str(), "b");
        assert_eq!(conflict.losers, ["a".parse().unwrap()]);
    }
}

#[test]
fn who_was_first_keeps_the_name_and_ties_go_by_id() {
    let found = among(&[
        Extension::with_language("c", 5, "L", ""),
        Extension::with_language("b", 5, "L", ""),
        Extension::with_language("a", 9, "L", ""),
    ]);
    let [conflict] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(conflict.winner.as_str(), "b");
    let losers: Vec<&str> = conflict.losers.iter().map(ExtensionId::as_str).collect();
    assert_eq!(losers, ["c", "a"]);
}

#[test]
fn names_and_suffixes_are_the_same_only_as_a_whole() {
    let found = among(&[
        Extension::with_language("a", 1, "Lua", "\"d.ts\", \"ts\""),
        Extension::with_language("b", 2, "lua", "\"s\", \"ts\""),
    ]);
    let [conflict] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (conflict.kind, conflict.name.as_str()),
        (ConflictKind::PathSuffix, "ts")
    );
}

#[test]
fn an_extension_alone_is_no_rival() {
    assert_eq!(among(&[Extension::with_all("a", 1)]), []);
    assert_eq!(among(&[]), []);
    let twice = Extension::with_language("a", 1, "L", "\"x\", \"x\"");
    assert_eq!(among(&[twice]), []);
}
