//! What lies in the folders of an extension, named by its manifest or not.

use serde_json::{Value, json};

use super::{
    case::Case,
    parts::{GRAMMAR, icon_theme, theme},
    text,
};

fn with(name: &str, provides: &[&'static str], manifest: Value) -> Case {
    let mut whole = text::head(name, "1.2.3");
    whole.extend(manifest.as_object().unwrap().clone());
    Case::installed(name, provides).file("extension.toml", text::reserialised(&whole, None))
}

fn config(name: &str, grammar: &str) -> String {
    format!("name = \"{name}\"\ngrammar = \"{grammar}\"\npath_suffixes = [\"m\"]\n")
}

pub fn cases() -> Vec<Case> {
    let grammar = json!({"repository": "https://example.com/g", "rev": "1"});
    let many = |case: Case| {
        (0..600).fold(case, |case, at| {
            case.file(
                &format!("icons/set {}/icon-{at}.svg", at % 30),
                format!("<svg id='{at}'/>"),
            )
        })
    };
    let icons = json!({"icon_themes": ["icon_themes/dots.json"]});
    let deep = "icons/".to_owned() + &"deeper/".repeat(20) + "file.svg";
    let long = format!("themes/{}.json", "long-name-".repeat(24));
    vec![
        many(with("folder-many-icons", &["icon-themes"], icons.clone()))
            .file("icon_themes/dots.json", icon_theme("Dots", "./icons/set 0/icon-0.svg")),
        with("folder-deep-icons", &["icon-themes"], icons.clone())
            .file("icon_themes/dots.json", icon_theme("Dots", &deep))
            .file(&deep, "<svg/>"),
        with("folder-no-icons", &["icon-themes"], icons.clone())
            .file("icon_themes/dots.json", icon_theme("Dots", "./icons/none.svg")),
        with("folder-png-icons", &["icon-themes"], icons)
            .file("icon_themes/dots.json", icon_theme("Dots", "./icons/a.png"))
            .file("icons/a.png", vec![0x89, b'P', b'N', b'G', 0, 0xff]),
        // A language whose grammar the editor has, or nobody.
        with("folder-no-grammar", &["languages"], json!({"languages": ["languages/m"]}))
            .file("languages/m/config.toml", config("M", "json")),
        with(
            "folder-grammar-not-built",
            &["languages", "grammars"],
            json!({"languages": ["languages/m"], "grammars": {"m": grammar}}),
        )
        .file("languages/m/config.toml", config("M", "m")),
        with("folder-grammar-alone", &["grammars"], json!({"grammars": {"m": grammar}}))
            .file("grammars/m.wasm", GRAMMAR),
        with(
            "folder-two-grammars",
            &["grammars"],
            json!({"grammars": {"m": grammar, "m_inline": {"repository": "https://example.com/g", "rev": "1", "path": "inline"}}}),
        )
        .file("grammars/m.wasm", GRAMMAR)
        .file("grammars/m_inline.wasm", GRAMMAR),
        with("folder-grammar-sources", &["grammars"], json!({"grammars": {"m": grammar}}))
            .file("grammars/m.wasm", GRAMMAR)
            .file("grammars/m/src/parser.c", "int x;")
            .file("grammars/m.toml", "repository = \"https://example.com/g\"\ncommit = \"1\"\n"),
        with("folder-all-queries", &["languages"], json!({"languages": ["languages/m"]}))
            .file("languages/m/config.toml", config("M", "json"))
            .file("languages/m/highlights.scm", "(string) @string")
            .file("languages/m/highlights-extra.scm", "(number) @number")
            .file("languages/m/textobjects.scm", "")
            .file("languages/m/runnables.scm", "; nothing")
            .file("languages/m/semantic_token_rules.json", "[]")
            .file("languages/m/overrides.scm", "(string) @string"),
        with("folder-no-config", &["languages"], json!({"languages": ["languages/m"]}))
            .file("languages/m/highlights.scm", ""),
        with("folder-language-missing", &["languages"], json!({"languages": ["languages/gone"]})),
        with("folder-theme-missing", &["themes"], json!({"themes": ["themes/gone.json"]})),
        with("folder-theme-broken", &["themes"], json!({"themes": ["themes/a.json"]}))
            .file("themes/a.json", "{ \"name\": "),
        with("folder-theme-jsonc", &["themes"], json!({"themes": ["themes/a.json"]})).file(
            "themes/a.json",
            format!("// a comment\n{}", theme("A").replace("}]}", "},],}")),
        ),
        with("folder-theme-utf16", &["themes"], json!({"themes": ["themes/a.json"]}))
            .file("themes/a.json", b"\xff\xfe{\0}\0".to_vec()),
        with("folder-long-name", &["themes"], json!({"themes": [long]})).file(&long, theme("Long")),
        with("folder-spaces", &["themes"], json!({"themes": ["themes/A (new) theme, v2!.json"]}))
            .file("themes/A (new) theme, v2!.json", theme("A")),
        with("folder-unicode", &["themes"], json!({"themes": ["themes/dämmerung-夜.json"]}))
            .file("themes/dämmerung-夜.json", theme("Dämmerung")),
        with("folder-empty-folders", &[], json!({}))
            .file("themes/", "")
            .file("languages/", "")
            .file("grammars/", "")
            .file("icons/", ""),
        with("folder-more-files", &[], json!({}))
            .file("README.md", "# It")
            .file("LICENSE", "MIT")
            .file(".gitignore", "target\n")
            .file(".DS_Store", vec![0, 1, 2])
            .file("src/lib.rs", "fn main() {}"),
        with("folder-snippets-empty", &[], json!({"snippets": []})).file("snippets.json", "{}"),
        with("folder-schema-missing", &["debug-adapters"], json!({"debug_adapters": {"Wader": {}}})),
    ]
}
