//! The writing of manifests: the same content in different texts.

use serde_json::{Map, Value, json};

/// The order in which the packaging writes the keys of a manifest.
const ORDER: [&str; 21] = [
    "id",
    "name",
    "version",
    "schema_version",
    "description",
    "repository",
    "authors",
    "themes",
    "icon_themes",
    "languages",
    "snippets",
    "capabilities",
    "lib",
    "grammars",
    "language_servers",
    "context_servers",
    "agent_servers",
    "slash_commands",
    "indexed_docs_providers",
    "debug_adapters",
    "debug_locators",
];

/// The first keys of a manifest.
pub fn head(id: &str, version: &str) -> Map<String, Value> {
    let head = json!({
        "id": id,
        "name": format!("The {id}"),
        "description": "What it does, in a sentence.",
        "version": version,
        "schema_version": 1,
        "authors": ["Ada <ada@example.com>"],
        "repository": format!("https://example.com/{id}"),
    });
    head.as_object().unwrap().clone()
}

/// As an author writes it.
pub fn authored(manifest: &Map<String, Value>) -> String {
    let mut text = String::new();
    table(&mut text, "", manifest);
    text
}

/// As the packaging writes it again: all lists and tables, the empty ones too, in its own order, with what it found out.
pub fn reserialised(manifest: &Map<String, Value>, api: Option<&str>) -> String {
    let mut again = Map::new();
    for key in ORDER {
        let empty = match key {
            "description" | "repository" | "snippets" => continue,
            "themes" | "icon_themes" | "languages" | "authors" | "capabilities" => json!([]),
            _ => json!({}),
        };
        again.insert(key.into(), manifest.get(key).cloned().unwrap_or(empty));
    }
    for key in ["description", "repository", "snippets"] {
        if let Some(value) = manifest.get(key) {
            again.insert(key.into(), value.clone());
        }
    }
    if let Some(api) = api {
        again["lib"] = json!({"kind": "Rust", "version": api});
    }
    for (_, server) in again["language_servers"].as_object_mut().unwrap() {
        let server = server.as_object_mut().unwrap();
        // Nobody reads it, so it is not written again.
        server.shift_remove("name");
        server.entry("languages").or_insert(json!([]));
        server.entry("language_ids").or_insert(json!({}));
    }
    for (_, grammar) in again["grammars"].as_object_mut().unwrap() {
        let grammar = grammar.as_object_mut().unwrap();
        if let Some(commit) = grammar.shift_remove("commit") {
            grammar.insert("rev".into(), commit);
        }
    }
    authored(&again)
}

/// With every table in one line.
pub fn inline(manifest: &Map<String, Value>) -> String {
    let lines = manifest
        .iter()
        .map(|(key, value)| format!("{} = {}\n", quoted(key), value_text(value)));
    lines.collect()
}

fn table(text: &mut String, path: &str, entries: &Map<String, Value>) {
    let is_later = |value: &Value| match value {
        Value::Object(_) => true,
        Value::Array(items) => items.first().is_some_and(Value::is_object),
        _ => false,
    };
    for (key, value) in entries.iter().filter(|(_, value)| !is_later(value)) {
        text.push_str(&format!("{} = {}\n", quoted(key), value_text(value)));
    }
    for (key, value) in entries.iter().filter(|(_, value)| is_later(value)) {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", quoted(key));
        match value {
            Value::Object(entries) => {
                text.push_str(&format!("\n[{path}]\n"));
                table(text, &path, entries);
            }
            Value::Array(items) => {
                for item in items {
                    text.push_str(&format!("\n[[{path}]]\n"));
                    table(text, &path, item.as_object().unwrap());
                }
            }
            _ => {}
        }
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted(key), value_text(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn quoted(key: &str) -> String {
    let is_bare = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
    match key.chars().all(is_bare) {
        true => key.to_owned(),
        false => toml::Value::String(key.to_owned()).to_string(),
    }
}
