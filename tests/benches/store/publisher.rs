//! Registries to install from, written as their owners write them.

use std::path::Path;

use annexe::registry::publish;

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

/// Makes `folder` a registry.
pub(crate) fn init(folder: &Path) {
    publish::init(folder, NAME).expect("a registry");
}
