//! A registry in a temporary folder.

use std::{fs, path::PathBuf, sync::Mutex};

use annexe::{
    registry::{
        CatalogueEntry, Error, Location, Registry,
        format::{IndexFile, VersionLine},
        publish::{self, Added, PublishError},
    },
    types::ExtensionId,
};
use semver::Version;

use crate::support::{publish::archive_path, server::Server};

/// A folder with one registry in it: `toml` in 1.0.0.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) archive: Vec<u8>,
    pub(crate) line: VersionLine,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Larger than one piece of any source, and nowhere alike.
        let archive: Vec<u8> = (0..150_000u32)
            .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes())
            .collect();
        let place = Self {
            line: line("toml", "1.0.0", &archive),
            folder,
            archive,
        };
        publish::init(&place.registry(), "test").unwrap();
        place.add(&place.line).unwrap();
        place
    }

    pub(crate) fn registry(&self) -> PathBuf {
        self.folder.path().join("registry")
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.registry().join(path)
    }

    pub(crate) fn add(&self, line: &VersionLine) -> Result<Added, PublishError> {
        let packed = self.folder.path().join("packed.tar.gz");
        fs::write(&packed, &self.archive).unwrap();
        publish::add(&self.registry(), &packed, line, &entry())
    }

    pub(crate) fn archive_path(&self) -> String {
        archive_path(&self.line)
    }

    pub(crate) async fn open(&self) -> Registry {
        Registry::open(&Location::Folder(self.registry()))
            .await
            .unwrap()
    }
}

pub(crate) fn line(id: &str, version: &str, archive: &[u8]) -> VersionLine {
    VersionLine {
        api: Some(Version::new(0, 6, 0)),
        provides: vec!["languages".into()],
        ..crate::support::publish::line(id, version, archive)
    }
}

pub(crate) fn entry() -> CatalogueEntry {
    CatalogueEntry {
        name: "TOML".into(),
        description: "Support for TOML.".into(),
        authors: vec!["Somebody".into()],
        ..CatalogueEntry::default()
    }
}

pub(crate) fn toml() -> ExtensionId {
    "toml".parse().unwrap()
}

pub(crate) fn versions(index: &IndexFile) -> Vec<String> {
    index
        .versions
        .iter()
        .map(|known| known.line.version.to_string())
        .collect()
}

pub(crate) async fn fetch(registry: &Registry, line: &VersionLine) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    let told = Mutex::new(Vec::new());
    registry
        .fetch(&line.into(), &mut content, &|received, total| {
            told.lock().unwrap().push((received, total))
        })
        .await?;
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted(), "progress never goes back");
    assert_eq!(
        told.last(),
        Some(&(line.digest().unwrap().size, line.digest().unwrap().size))
    );
    Ok(content)
}

/// A registry, its server, and the registry opened through it.
pub(crate) async fn served() -> (Place, Server, Registry) {
    let place = Place::new();
    let server = Server::start(&place.registry()).await;
    let registry = server.open().await.unwrap();
    (place, server, registry)
}
