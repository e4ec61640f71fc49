//! Extensions to publish, as their authors publish them.

use std::{fs, path::Path};

use annexe::{
    archive::{ArchivePath, pack},
    digest::Sha256Digest,
    manifest::{self, Manifest},
    registry::{
        CatalogueEntry, Channel,
        format::{ArchiveFacts, Requires, VersionLine},
        publish,
    },
};

use super::files::write;

/// A version of an extension to publish, and in what its index line is not to be true.
pub struct Package {
    pub id: String,
    pub version: String,
    /// The whole text.
    pub manifest: String,
    pub wasm: Option<Vec<u8>>,
    pub files: Vec<(String, Vec<u8>)>,
    /// What is published in the place of what is packed.
    pub archive: Option<Vec<u8>>,
    pub line: Box<dyn Fn(&mut VersionLine)>,
}

impl Package {
    /// A version with a name, and with `rest` at the end of its manifest.
    pub fn of(id: &str, name: &str, version: &str, rest: &str) -> Self {
        Self {
            id: id.to_owned(),
            version: version.to_owned(),
            manifest: format!(
                "id = \"{id}\"\nname = \"{name}\"\nversion = \"{version}\"\nschema_version = 1\n\
                 authors = [\"A <a@example.com>\"]\ndescription = \"What it does, in a sentence.\"\n{rest}"
            ),
            wasm: None,
            files: Vec::new(),
            archive: None,
            line: Box::new(|_| {}),
        }
    }

    /// The same under another id.
    pub fn called(mut self, id: &str) -> Self {
        let quoted = |id: &str| format!("\"{id}\"");
        self.manifest = self.manifest.replace(&quoted(&self.id), &quoted(id));
        self.id = id.to_owned();
        self
    }

    pub fn line(mut self, change: impl Fn(&mut VersionLine) + 'static) -> Self {
        self.line = Box::new(change);
        self
    }

    pub fn wasm(mut self, wasm: Vec<u8>) -> Self {
        self.wasm = Some(wasm);
        self
    }

    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    pub fn add_to_manifest(mut self, text: &str) -> Self {
        self.manifest.push_str(text);
        self
    }

    /// What the index line says, but not what the archive holds.
    pub fn archive(mut self, archive: impl Into<Vec<u8>>) -> Self {
        self.archive = Some(archive.into());
        self
    }

    /// Publishes it in the registry in a folder, and gives its line.
    pub fn publish(&self, registry: &Path) -> VersionLine {
        let packing = tempfile::tempdir().unwrap();
        let source = packing.path().join("source");
        write(&source.join("extension.toml"), &self.manifest);
        for (path, content) in &self.files {
            write(&source.join(path), content);
        }
        if let Some(wasm) = &self.wasm {
            write(&source.join("extension.wasm"), wasm);
        }
        let manifest = Manifest::from_folder(&source).unwrap().manifest;
        let files: Vec<ArchivePath> = manifest::files(&source, &manifest)
            .unwrap()
            .iter()
            .map(|file| file.as_str().parse().unwrap())
            .collect();
        let archive = packing.path().join("package.tar.gz");
        let packed = pack(&source, &files, fs::File::create(&archive).unwrap()).unwrap();
        if let Some(other) = &self.archive {
            fs::write(&archive, other).unwrap();
        }
        let wasm = self.wasm.as_deref();
        let capabilities = manifest.capabilities.iter();
        let mut line = VersionLine {
            api: wasm.and_then(|wasm| annexe::version::api_version(wasm).ok()),
            provides: manifest
                .provides()
                .iter()
                .map(ToString::to_string)
                .collect(),
            capabilities: capabilities
                .map(|capability| serde_json::to_value(capability).unwrap())
                .collect(),
            ..line(&self.id, &self.version, &fs::read(&archive).unwrap())
        };
        line.archive.as_mut().unwrap().unpacked = packed.unpacked_bytes;
        (self.line)(&mut line);
        let entry = CatalogueEntry {
            name: manifest.name,
            description: manifest.description.unwrap_or_default(),
            authors: manifest.authors,
            ..CatalogueEntry::default()
        };
        publish::add(registry, &archive, &line, &entry).unwrap();
        line
    }
}

/// The line of a version with this archive, which provides nothing and has no component.
pub fn line(id: &str, version: &str, archive: &[u8]) -> VersionLine {
    VersionLine {
        v: 1,
        id: id.parse().unwrap(),
        version: version.parse().unwrap(),
        family: "extension".into(),
        api: None,
        schema: 1,
        archive: Some(ArchiveFacts {
            sha256: Sha256Digest::of(archive),
            size: archive.len() as u64,
            unpacked: 3,
        }),
        provides: Vec::new(),
        capabilities: Vec::new(),
        requires: Requires::default(),
        channel: Channel::Stable,
        published: "2026-11-22T10:00:00Z".parse().unwrap(),
        unknown: serde_json::Map::new(),
    }
}

/// Where a registry has the archive of a version.
pub fn archive_path(line: &VersionLine) -> String {
    let VersionLine { id, version, .. } = line;
    format!(
        "archives/{id}/{version}/{}.tar.gz",
        line.digest().unwrap().sha256
    )
}
