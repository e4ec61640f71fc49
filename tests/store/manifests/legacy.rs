//! The legacy form, `extension.json`: its extension is named after its archive.

use serde_json::{Value, json};

use super::{
    case::Case,
    parts::{GRAMMAR, theme},
    text,
};

fn legacy(name: &str, provides: &[&'static str], manifest: Value) -> Case {
    let mut whole = json!({"name": format!("The {name}"), "version": "1.2.3", "authors": ["Ada <ada@example.com>"]});
    whole
        .as_object_mut()
        .unwrap()
        .extend(manifest.as_object().unwrap().clone());
    Case::installed(name, provides).file("extension.json", whole.to_string())
}

fn with_theme(case: Case) -> Case {
    case.file("themes/night.json", theme("Night"))
}

pub fn cases() -> Vec<Case> {
    let themes =
        json!({"themes": {"Night": "themes/night.json", "Night again": "./themes/night.json"}});
    let language = |case: Case| {
        case.file(
            "languages/marsh/config.toml",
            "name = \"Marsh\"\ngrammar = \"marsh\"\n",
        )
        .file("languages/marsh/highlights.scm", "")
        .file("grammars/marsh.wasm", GRAMMAR)
    };
    let named = json!({"languages": {"Marsh": "languages/marsh"}, "grammars": {"marsh": "grammars/marsh.wasm"}});
    let toml = |name: &str, schema: &str| {
        let mut manifest = text::head(name, "1.2.3");
        manifest.shift_remove("schema_version");
        let text = text::authored(&manifest);
        let text = format!("{schema}{text}");
        with_theme(Case::installed(name, &["themes"])).file("extension.toml", text)
    };
    let pretty = |case: Case| {
        let mut case = case;
        let value: Value = serde_json::from_slice(&case.files[0].1).unwrap();
        case.files[0].1 = serde_json::to_vec_pretty(&value).unwrap();
        case
    };
    let changed = |case: Case, change: fn(String) -> String| {
        let mut case = case;
        let text = String::from_utf8(case.files[0].1.clone()).unwrap();
        case.files[0].1 = change(text).into_bytes();
        case
    };
    vec![
        with_theme(legacy("legacy-theme", &["themes"], themes.clone())),
        with_theme(pretty(legacy("legacy-pretty", &["themes"], themes.clone()))),
        with_theme(legacy("legacy-theme-unnamed", &["themes"], json!({}))),
        with_theme(changed(
            legacy("legacy-bom", &["themes"], themes.clone()),
            |text| format!("\u{feff}{text}\r\n"),
        )),
        with_theme(changed(
            legacy("legacy-escaped", &["themes"], themes),
            |text| text.replace("The legacy", "\\u00dcn\\u00ef \\ud83c\\udfa8"),
        )),
        language(legacy("legacy-language", &["languages", "grammars"], named)),
        language(legacy(
            "legacy-language-unnamed",
            &["languages", "grammars"],
            json!({}),
        )),
        with_theme(legacy(
            "legacy-unknown",
            &["themes"],
            json!({"homepage": null, "license": "MIT", "themes": {"Night": "themes/night.json"}, "deps": [1, {}]}),
        )),
        with_theme(legacy(
            "legacy-nulls",
            &["themes"],
            json!({"description": null, "repository": null, "themes": {"Night": "themes/night.json"}}),
        )),
        with_theme(legacy(
            "legacy-described",
            &["themes"],
            json!({"description": "主题 for the night", "repository": "https://example.com/night", "themes": {
                "Night": "themes/night.json"}, "languages": {}, "grammars": {}}),
        )),
        legacy("legacy-snippets", &["snippets"], json!({})).file("snippets.json", "{}"),
        legacy("legacy-empty", &[], json!({})),
        with_theme(legacy(
            "legacy-without-authors",
            &["themes"],
            json!({"authors": []}),
        )),
        // Where both lie there, the newer form counts.
        toml("legacy-both", "schema_version = 1\n").file("extension.json", "{ not even JSON"),
        toml("legacy-toml", "schema_version = 0\n"),
        toml("legacy-toml-unsaid", ""),
    ]
}
