//! An extension that is named by a path: a folder, an archive or a component.

use std::path::{Path, PathBuf};

use annexe::{
    Component, Fit, Host,
    archive::{self, Unpacked},
    manifest::{Loaded, Manifest},
    types::ExtensionId,
};
use anyhow::Context as _;
use semver::Version;
use serde::Serialize;
use tempfile::TempDir;

use super::{failure::Complaint, files};

/// The component's name in an extension's folder.
const COMPONENT: &str = "extension.wasm";

/// How an archive begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What the path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An extension's folder.
    Folder,
    /// An archive, as a registry has it.
    Archive,
    /// A component alone.
    Component,
}

/// An extension that is named by a path, read but not compiled.
#[derive(Debug)]
pub struct Subject {
    /// What the path names.
    pub kind: Kind,
    /// The folder of its files: the one named, or where the archive was unpacked.
    pub folder: Option<PathBuf>,
    /// Its manifest; a component alone has none.
    pub manifest: Option<Loaded>,
    /// Its component, if it has one that is built.
    pub wasm: Option<Vec<u8>>,
    /// What the archive holds.
    pub unpacked: Option<Unpacked>,
    stem: String,
    _temporary: Option<TempDir>,
}

impl Subject {
    /// Reads the extension at `path`.
    ///
    /// # Errors
    /// Where the path names nothing that can be read, the archive is refused or the manifest invalid.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let path = path.to_path_buf();
        tokio::task::spawn_blocking(move || Self::read(&path)).await?
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let metadata = files::metadata(path)?;
        if metadata.is_dir() {
            return Self::from_folder(Kind::Folder, path);
        }
        if !metadata.is_file() {
            // Reading a pipe would wait for ever.
            let message = format!("`{}` is neither a folder nor a file", path.display());
            return Err(Complaint::new(message).into());
        }
        if is_manifest(path) {
            return Self::from_folder(Kind::Folder, path.parent().unwrap_or(Path::new(".")));
        }
        let beginning = files::read(path, GZIP.len() as u64)?;
        if beginning == GZIP || is_named_as_archive(path) {
            return Self::from_archive(path);
        }
        Ok(Self {
            kind: Kind::Component,
            folder: None,
            manifest: None,
            wasm: Some(files::read(path, u64::MAX)?),
            unpacked: None,
            stem: stem(path),
            _temporary: None,
        })
    }

    fn from_folder(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        let manifest = Manifest::from_folder(folder)?;
        let wasm = match files::read(&folder.join(COMPONENT), u64::MAX) {
            Err(error) if error.is_not_found() => None,
            result => Some(result?),
        };
        Ok(Self {
            kind,
            folder: Some(folder.to_path_buf()),
            stem: manifest.manifest.id.to_string(),
            manifest: Some(manifest),
            wasm,
            unpacked: None,
            _temporary: None,
        })
    }

    fn from_archive(path: &Path) -> anyhow::Result<Self> {
        let temporary = tempfile::Builder::new()
            .prefix("annexe-")
            .tempdir()
            .context("cannot create a temporary folder")?;
        // A legacy manifest has no id but its folder's name.
        let folder = temporary.path().join(legacy_id(path));
        files::create_folder(&folder)?;
        let unpacked = archive::unpack(files::open(path)?, &folder, &archive::Limits::default())?;
        let subject = Self::from_folder(Kind::Archive, &folder)?;
        Ok(Self {
            unpacked: Some(unpacked),
            _temporary: Some(temporary),
            ..subject
        })
    }

    /// The extension's id; a component alone is given one after its file.
    pub fn id(&self) -> ExtensionId {
        let own = self
            .manifest
            .as_ref()
            .map(|loaded| loaded.manifest.id.clone());
        own.or_else(|| self.stem.parse().ok())
            .unwrap_or_else(nameless)
    }

    /// The adapter for the extension's component, and the component compiled and linked; `None` where
    /// there is no component.
    ///
    /// # Errors
    /// Where the component does not fit.
    pub async fn compile(&self, host: &Host) -> anyhow::Result<Option<(Fit, Component)>> {
        let Some(wasm) = &self.wasm else {
            return Ok(None);
        };
        let fit = Host::fit(wasm)?;
        Ok(Some((fit, host.compile(wasm.clone()).await?)))
    }
}

/// Whether `text` is meant as a path and not as the id of an installed extension.
pub fn is_path(text: &str) -> bool {
    text.parse::<ExtensionId>().is_err()
}

fn is_manifest(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "extension.toml" || name == "extension.json")
}

fn is_named_as_archive(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".tar.gz") || name.ends_with(".tgz")
}

/// The file's name up to the endings of archives and components.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let endings = [".tar.gz", ".tgz", ".wasm"];
    let stem = endings
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    stem.to_lowercase().replace(['.', ' '], "-")
}

/// The id that an archive's name gives: what stands before `-<version>.tar.gz`.
fn legacy_id(path: &Path) -> String {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let name = name
        .strip_suffix(".tar.gz")
        .or(name.strip_suffix(".tgz"))
        .unwrap_or(&name);
    let before_version = name.match_indices('-').find_map(|(at, _)| {
        let (before, version) = name.split_at(at);
        Version::parse(&version[1..]).is_ok().then_some(before)
    });
    let id = before_version.unwrap_or(name);
    id.parse::<ExtensionId>()
        .map_or_else(|_| nameless().to_string(), |id| id.to_string())
}

fn nameless() -> ExtensionId {
    "extension".parse().expect("the word is an id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archives_name_gives_the_id_of_a_legacy_extension() {
        let id = |name: &str| legacy_id(Path::new(name));
        assert_eq!(id("a/java-server-1.2.0.tar.gz"), "java-server");
        assert_eq!(id("toml-0.1.0-beta.1.tgz"), "toml");
        assert_eq!(id("toml.tar.gz"), "toml");
        assert_eq!(id("Some Thing.tar.gz"), "extension");
        assert_eq!(id(".."), "extension");
    }

    #[test]
    fn an_id_is_no_path_and_a_path_no_id() {
        for path in [".", "..", "./toml", "a/b", "x.wasm", "/", "C:\\x"] {
            assert!(is_path(path), "{path}");
        }
        assert!(!is_path("java-language-server"));
    }
}
