//! Versions as Zed's registry has them: a row, and an archive as plain `tar` writes it.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

/// A published version.
#[derive(Debug, Clone)]
pub struct Published {
    pub id: String,
    pub version: String,
    /// What is answered about it. It may say what it likes, but what requests choose by is read from it.
    pub row: Value,
    pub archive: Vec<u8>,
}

impl Published {
    /// A version with a row of its own and nothing special about it.
    pub fn new(id: &str, version: &str, archive: Vec<u8>) -> Self {
        let row = json!({
            "id": id,
            "name": id,
            "version": version,
            "description": "What it does, in a sentence.",
            "authors": ["A <a@example.com>"],
            "repository": format!("https://example.com/{id}"),
            "schema_version": 1,
            "wasm_api_version": null,
            "provides": [],
            "published_at": "2026-08-22T10:00:00Z",
            "download_count": 0,
        });
        Self {
            id: id.to_owned(),
            version: version.to_owned(),
            row,
            archive,
        }
    }

    /// The version in a folder, packed by `tar` and with a row as the packaging makes it of its manifest.
    ///
    /// # Panics
    /// Where the manifest has no id or no version: such a one is never published.
    pub fn from_folder(folder: &Path) -> Self {
        let manifest = manifest(folder);
        let text = |key: &str| manifest[key].as_str().map(str::to_owned);
        let id = text("id").or_else(|| Some(folder.file_name()?.to_str()?.to_owned()));
        let mut published = Self::new(&id.unwrap(), &text("version").unwrap(), pack(folder));
        for key in [
            "name",
            "description",
            "repository",
            "authors",
            "schema_version",
        ] {
            if !manifest[key].is_null() {
                published.row[key] = manifest[key].clone();
            }
        }
        published.row["wasm_api_version"] = manifest["lib"]["version"].clone();
        published.row["provides"] = provides(&manifest).into();
        published
    }

    /// The same with another row.
    pub fn row(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.row);
        self
    }

    /// The same with this entry in its row.
    pub fn saying(self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.row(|row| row[key] = value)
    }

    pub(super) fn schema(&self) -> i64 {
        self.row["schema_version"].as_i64().unwrap_or_default()
    }

    pub(super) fn api(&self) -> Option<semver::Version> {
        self.row["wasm_api_version"].as_str()?.parse().ok()
    }

    pub(super) fn provides(&self) -> Vec<&str> {
        let provides = self.row["provides"].as_array().into_iter().flatten();
        provides.filter_map(Value::as_str).collect()
    }
}

/// What is in a folder, as the packaging of Zed's registry packs it.
pub fn pack(folder: &Path) -> Vec<u8> {
    let packed = Command::new("tar")
        .args(["-czf", "-", "-C"])
        .arg(folder)
        .arg(".")
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&packed.stderr);
    assert!(packed.status.success(), "{complaints}");
    packed.stdout
}

fn manifest(folder: &Path) -> Value {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let without_mark = |text: String| text.trim_start_matches('\u{feff}').to_owned();
    if let Some(text) = read("extension.toml") {
        return toml::from_str(&without_mark(text)).unwrap();
    }
    let mut manifest: Value =
        serde_json::from_str(&without_mark(read("extension.json").unwrap())).unwrap();
    manifest["schema_version"] = 0.into();
    manifest
}

/// What a version provides, by the tables and lists of its manifest that are not empty.
fn provides(manifest: &Value) -> Vec<&'static str> {
    let parts = [
        ("themes", "themes"),
        ("icon_themes", "icon-themes"),
        ("languages", "languages"),
        ("grammars", "grammars"),
        ("language_servers", "language-servers"),
        ("context_servers", "context-servers"),
        ("agent_servers", "agent-servers"),
        ("slash_commands", "slash-commands"),
        ("indexed_docs_providers", "indexed-docs-providers"),
        ("snippets", "snippets"),
        ("debug_adapters", "debug-adapters"),
    ];
    let is_there = |key: &str| match &manifest[key] {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(table) => !table.is_empty(),
        _ => true,
    };
    let there = parts.into_iter().filter(|(key, _)| is_there(key));
    there.map(|(_, provides)| provides).collect()
}
