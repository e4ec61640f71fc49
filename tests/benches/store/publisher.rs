//! Registries to install from, written as their owners write them.

use std::path::{Path, PathBuf};

use annexe::{
    ExtensionId,
    archive::{ArchivePath, pack},
    digest::Sha256Digest,
    manifest::{self, Manifest},
    registry::{
        CatalogueEntry, Channel,
        format::{ArchiveFacts, Requires, VersionLine},
        publish::{self, Added},
    },
};

/// The name of the registries.
pub(crate) const NAME: &str = "bench";

/// A version of an extension to publish.
pub(crate) struct Package {
    pub(crate) id: ExtensionId,
    pub(crate) version: String,
    pub(crate) wasm: Option<Vec<u8>>,
    /// What else is in the manifest.
    pub(crate) manifest: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// A theme of a few bytes.
    pub(crate) fn theme(id: &str, version: &str) -> Self {
        let theme =
            format!("{{\"name\": \"{id} {version}\", \"author\": \"A\", \"themes\": []}}\n");
        Self {
            id: id.parse().expect("an id"),
            version: version.into(),
            wasm: None,
            manifest: "themes = [\"themes/dark.json\"]\n".into(),
            files: vec![("themes/dark.json".into(), theme.into())],
        }
    }

    /// A language server's extension.
    pub(crate) fn server(id: &str, wasm: Vec<u8>) -> Self {
        Self {
            id: id.parse().expect("an id"),
            version: "1.0.0".into(),
            wasm: Some(wasm),
            manifest: format!("[language_servers.{id}]\nname = \"{id}\"\nlanguage = \"Rust\"\n"),
            files: Vec::new(),
        }
    }
}

/// Makes `folder` a registry.
pub(crate) fn init(folder: &Path) {
    publish::init(folder, NAME).expect("a registry");
}

/// Publishes a version in the registry in `folder`.
pub(crate) fn publish(folder: &Path, package: &Package) -> VersionLine {
    let Package { id, version, .. } = package;
    let packing = tempfile::tempdir().expect("a temporary folder");
    let source = packing.path().join("source");
    let text = format!(
        "id = \"{id}\"\nname = \"{id}\"\nversion = \"{version}\"\nschema_version = 1\n\
         authors = [\"A <a@example.com>\"]\ndescription = \"What it does, in a sentence.\"\n{}",
        package.manifest
    );
    write(&source, "extension.toml", text.as_bytes());
    for (path, content) in &package.files {
        write(&source, path, content);
    }
    if let Some(wasm) = &package.wasm {
        write(&source, "extension.wasm", wasm);
    }
    let manifest = Manifest::from_folder(&source).expect("a manifest").manifest;
    let files: Vec<ArchivePath> = manifest::files(&source, &manifest)
        .expect("its files")
        .iter()
        .map(|file| file.as_str().parse().expect("a path"))
        .collect();
    let archive = packing.path().join("archive.tar.gz");
    let writer = std::fs::File::create(&archive).expect("a file");
    let packed = pack(&source, &files, writer).expect("packed");
    let bytes = std::fs::read(&archive).expect("the archive");
    let api = package.wasm.as_deref();
    let line = VersionLine {
        v: 1,
        id: id.clone(),
        version: version.parse().expect("a version"),
        family: "extension".into(),
        api: api.map(|wasm| annexe::version::api_version(wasm).expect("a version")),
        schema: 1,
        archive: ArchiveFacts {
            sha256: Sha256Digest::of(&bytes),
            size: bytes.len() as u64,
            unpacked: packed.unpacked_bytes,
        },
        provides: manifest
            .provides()
            .iter()
            .map(ToString::to_string)
            .collect(),
        capabilities: Vec::new(),
        requires: Requires::default(),
        channel: Channel::Stable,
        published: "2026-11-22T10:00:00Z".parse().expect("a time"),
        unknown: serde_json::Map::new(),
    };
    let entry = CatalogueEntry {
        name: manifest.name,
        description: manifest.description.unwrap_or_default(),
        authors: manifest.authors,
    };
    let added = publish::add(folder, &archive, &line, &entry).expect("published");
    assert_eq!(added, Added::New);
    line
}

/// Where a registry has the archive of a version.
pub(crate) fn archive_path(line: &VersionLine) -> String {
    let VersionLine { id, version, .. } = line;
    format!("archives/{id}/{version}/{}.tar.gz", line.archive.sha256)
}

fn write(folder: &Path, path: &str, content: &[u8]) {
    let path: PathBuf = folder.join(path);
    let parent = path.parent().expect("a folder");
    std::fs::create_dir_all(parent).expect("a folder");
    std::fs::write(path, content).expect("a file");
}
