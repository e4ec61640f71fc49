//! The legacy `extension.json`.

use std::collections::BTreeMap;

use annexe::{
    ExtensionId, Hint as _,
    manifest::{Manifest, ManifestFile, Provides},
};

use crate::{folder, load};

#[test]
fn the_legacy_manifest_is_converted() {
    let folder = folder(&[
        (
            "old-marsh/extension.json",
            r#"{
              "name": "Old Marsh", "version": "0.0.3", "authors": ["Ada"], "homepage": "x", "verison": 1,
              "themes": {"Night": "themes/b.json", "Day": "./themes/a.json", "Noon": "themes/a.json"},
              "languages": {"Marsh": "languages/marsh"},
              "grammars": {"marsh": "grammars/marsh.toml"}
            }"#,
        ),
        ("old-marsh/snippets.json", "{}"),
    ]);
    let loaded = load(&folder.path().join("old-marsh"));
    assert_eq!(loaded.source, ManifestFile::Json);
    let manifest = loaded.manifest;
    assert_eq!(
        (manifest.id.as_str(), manifest.schema_version),
        ("old-marsh", 0)
    );
    let themes: Vec<_> = manifest.themes.iter().map(|path| path.as_str()).collect();
    assert_eq!(
        themes,
        ["themes/a.json", "themes/b.json"],
        "sorted, and each once"
    );
    assert_eq!(manifest.grammars["marsh"].repository, "");
    assert_eq!(manifest.snippets.len(), 1);
    let warnings: BTreeMap<_, _> = loaded
        .warnings
        .iter()
        .map(|warning| (warning.key(), warning.nearest()))
        .collect();
    assert_eq!(
        warnings,
        BTreeMap::from([("homepage", None), ("verison", Some("version"))])
    );
}

#[test]
fn a_legacy_manifest_is_refused_at_its_place() {
    let id: ExtensionId = "old".parse().unwrap();
    let table = [
        (
            "{\n  \"name\": 1\n}",
            Some(2),
            "invalid type: integer `1`, expected a string",
        ),
        ("{", Some(1), "EOF while parsing an object"),
        ("", None, "EOF while parsing a value"),
        ("[]", Some(1), ""),
        ("{\"name\": \"é\"}", Some(1), "missing field `version`"),
        (
            "{\"name\": \"a\", \"version\": \"1\",\n\"themes\": {\"A\": \"../x\"}}",
            Some(2),
            "the path `../x` leaves the extension",
        ),
        (
            "{\"name\": \"a\", \"version\": \"1\", \"grammars\": {\"../x\": \"x\"}}",
            None,
            "`../x` cannot be the name of a grammar",
        ),
    ];
    for (text, line, message) in table {
        let error = Manifest::parse_json(text, id.clone()).unwrap_err();
        let invalid = error.as_invalid().unwrap();
        assert!(invalid.message().starts_with(message), "{error}");
        assert!(!invalid.message().contains(" at line "), "{error}");
        if line.is_some() {
            assert_eq!(invalid.line(), line, "{error}");
        }
        assert!(error.to_string().starts_with("`extension.json`"));
    }
    let folder = folder(&[("My Marsh/extension.json", r#"{"name":"a","version":"1"}"#)]);
    let error = Manifest::from_folder(&folder.path().join("My Marsh")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`My Marsh` is not an extension id"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("`my-marsh`"));
}

#[test]
fn a_legacy_manifest_may_leave_everything_to_its_folder() {
    let folder = folder(&[
        ("bog/extension.json", r#"{"name":"Bog","version":"0.0.1"}"#),
        ("bog/grammars/bog.toml", ""),
        ("bog/grammars/bog.wasm", ""),
        ("bog/grammars/peat.wasm", ""),
        ("bog/grammars/README", ""),
        ("bog/languages/bog/config.toml", ""),
        ("bog/themes/dusk.json", "{}"),
    ]);
    let manifest = load(&folder.path().join("bog")).manifest;
    let provided = [Provides::Themes, Provides::Languages, Provides::Grammars];
    assert_eq!(manifest.provides(), provided);
    assert!(manifest.grammars.keys().eq(["bog", "peat"]));
}
