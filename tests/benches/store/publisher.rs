//! Registries to install from, written as their owners write them.

use std::{fs, path::Path};

use annexe::registry::publish;
use serde_json::Value;

pub(crate) use crate::support::publish::{Package, archive_path};

/// The name of the registries.
pub(crate) const NAME: &str = "bench";

/// A theme of a few bytes.
pub(crate) fn theme(id: &str, version: &str) -> Package {
    let theme = format!("{{\"name\": \"{id} {version}\", \"author\": \"A\", \"themes\": []}}\n");
    let manifest = "themes = [\"themes/dark.json\"]\n";
    Package::of(id, id, version, manifest).file("themes/dark.json", theme)
}

/// A language server's extension.
pub(crate) fn server(id: &str, wasm: Vec<u8>) -> Package {
    let manifest = format!("[language_servers.{id}]\nname = \"{id}\"\nlanguage = \"Rust\"\n");
    Package::of(id, id, "1.0.0", &manifest).wasm(wasm)
}

/// Copies a registry to a folder, where it has the name of these: the name of the samples' own is theirs alone.
pub(crate) fn copy(registry: &Path, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    for entry in fs::read_dir(registry).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = folder.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("copied")),
        }
    }
    let config = folder.join("config.json");
    if let Ok(content) = fs::read_to_string(&config) {
        let mut content: Value = serde_json::from_str(&content).expect("JSON");
        content["registry"] = NAME.into();
        fs::write(config, content.to_string()).expect("written");
    }
}

/// Makes `folder` a registry.
pub(crate) fn init(folder: &Path) {
    publish::init(folder, NAME).expect("a registry");
}
