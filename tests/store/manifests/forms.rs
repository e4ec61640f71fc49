//! Each sort of extension in each form of text.

use serde_json::{Map, Value, json};

use super::{
    case::Case,
    parts::{self, API, Part},
    text::{authored, head, inline, reserialised},
};

type Manifest = Map<String, Value>;

/// A form: its name, and the text that it has for a manifest.
type Form = (&'static str, fn(&Manifest, &Part) -> String);

const FORMS: [Form; 10] = [
    ("written", |manifest, _| authored(manifest)),
    ("again", |manifest, part| {
        reserialised(manifest, part.has_component.then_some(API))
    }),
    ("crlf", |manifest, _| {
        authored(manifest).replace('\n', "\r\n")
    }),
    ("bom", |manifest, _| {
        format!("\u{feff}{}", authored(manifest))
    }),
    ("inline", |manifest, _| inline(manifest)),
    ("commented", |manifest, _| commented(manifest)),
    ("unknown", |manifest, part| unknown(manifest, part)),
    ("foreign", |manifest, part| foreign(manifest, part)),
    ("reversed", |manifest, _| {
        let reversed: Manifest = manifest.clone().into_iter().rev().collect();
        authored(&reversed)
    }),
    ("bare", |manifest, _| {
        // Neither what is only shown nor a newline at the end.
        let mut manifest = manifest.clone();
        for key in ["description", "authors", "repository"] {
            manifest.shift_remove(key);
        }
        authored(&manifest).trim_end().to_owned()
    }),
];

/// Ends of lines and empty lines that are comments.
fn commented(manifest: &Manifest) -> String {
    let lines = authored(manifest);
    let lines = lines.lines().map(|line| match line {
        "" => "\n# ---- ünï ----\n\n".to_owned(),
        line => format!("  {line}\t# {line}\n"),
    });
    format!("# A comment = 1\n{}", lines.collect::<String>())
}

/// Keys and tables that nobody reads, which is what misspelt ones are too.
fn unknown(manifest: &Manifest, part: &Part) -> String {
    let mut manifest = manifest.clone();
    for (key, value) in [
        ("homepage", json!("https://example.com")),
        ("license", json!("MIT")),
        ("keywords", json!(["a", "b"])),
        ("language-servers", json!({"a": {"x": 1}})),
        ("dependencies", json!({"other": "1.0"})),
        ("released", json!(20_240_101)),
    ] {
        manifest.insert(key.into(), value);
    }
    for table in [
        "language_servers",
        "grammars",
        "debug_adapters",
        "agent_servers",
    ] {
        let entries = manifest.get_mut(table).and_then(Value::as_object_mut);
        for (_, entry) in entries.into_iter().flatten() {
            entry["command"] = json!(["x"]);
            entry["priority"] = json!(1.5);
        }
    }
    reserialised_with_rest(&manifest, part)
}

fn reserialised_with_rest(manifest: &Manifest, part: &Part) -> String {
    let text = authored(manifest);
    match part.has_component {
        true => format!("{text}\n[lib]\nkind = \"Rust\"\nversion = \"{API}\"\nsize = 3\n"),
        false => text,
    }
}

/// Texts that are not ASCII, or that look like something else.
fn foreign(manifest: &Manifest, part: &Part) -> String {
    let mut manifest = manifest.clone();
    manifest["name"] = json!("Ünïcödé — 主题 🎨 \u{202e}rtl\u{202c} \"quoted\" \\ 'it'");
    manifest["description"] = json!("line one\nline two\ttab \u{1b}[31mred\u{1b}[0m");
    manifest["authors"] = json!(["José Ñandú <jose@example.com>", "山田太郎", "", "a, b"]);
    reserialised(&manifest, part.has_component.then_some(API))
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for part in parts::all() {
        for (form, text) in FORMS {
            let id = format!("{}-{form}", part.name);
            let mut manifest = head(&id, "1.2.3");
            manifest.extend(part.manifest.as_object().unwrap().clone());
            let text = text(&manifest, &part);
            let mut case = Case::installed(&id, part.provides)
                .file("extension.toml", text)
                .files(&part.files);
            if part.has_component {
                case = case.built_with(API);
            }
            cases.push(case);
        }
    }
    cases
}
