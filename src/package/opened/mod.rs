//! The extension at a path: a folder, an archive or a component, read but not compiled.

mod error;
mod location;
mod names;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::TempDir;

use self::names::{NAMELESS, legacy_id, stem};
pub use self::{error::PackageError, location::PackageLocation};
use super::{
    archive::{self, Unpacked},
    manifest::{self, COMPONENT, Loaded, Manifest},
};
use crate::base::{
    fs,
    task::blocking,
    types::{ExtensionId, ExtensionOrigin},
};

/// The manifest's names in an extension's folder.
const MANIFESTS: [&str; 2] = ["extension.toml", "extension.json"];

/// The kind of a [`Package`]: what it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageKind {
    /// An extension's folder.
    Folder,
    /// An archive, as a registry has it.
    Archive,
    /// A component alone.
    Component,
}

/// An extension that is named by a path, read but not compiled. What an archive was unpacked into goes when this is
/// dropped.
#[derive(Debug)]
#[non_exhaustive]
pub struct Package {
    /// What the path names.
    pub kind: PackageKind,
    /// The folder of its files: the one named, or where the archive was unpacked.
    pub folder: Option<PathBuf>,
    /// Its manifest; a component alone has none.
    pub manifest: Option<Loaded>,
    /// Its component, if it has one that is built.
    pub wasm: Option<Vec<u8>>,
    /// What the archive holds.
    pub unpacked: Option<Unpacked>,
    /// The path, as it was named.
    path: PathBuf,
    stem: String,
    _temporary: Option<TempDir>,
}

/// A folder that an archive is unpacked into. It goes when this is dropped.
#[derive(Debug)]
pub struct UnpackFolder {
    folder: PathBuf,
    archive: PathBuf,
    temporary: TempDir,
}

impl UnpackFolder {
    /// An empty folder for an archive, in a temporary one that nobody else can write to.
    ///
    /// # Errors
    /// [`PackageError::Temporary`] where it cannot be created.
    pub fn new(archive: &Path) -> Result<Self, PackageError> {
        let mut builder = tempfile::Builder::new();
        let temporary = builder.prefix("annexe-").tempdir();
        let temporary = temporary.map_err(PackageError::Temporary)?;
        // A legacy manifest has no id but its folder's name.
        let folder = temporary.path().join(legacy_id(archive));
        fs::create_dir(&folder)?;
        Ok(Self {
            folder,
            archive: archive.to_path_buf(),
            temporary,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The way out where the archive, unpacked, has no manifest at its top.
    pub fn where_manifest_belongs(&self) -> String {
        let inner = folder_of_manifest(&self.folder);
        error::where_manifest_belongs(inner.as_deref(), &self.archive)
    }
}

impl Package {
    /// The most bytes of a component that are read: published ones have 20 MB at the most.
    pub const MAX_COMPONENT_BYTES: u64 = 256 << 20;

    /// Reads the extension at a path, on a thread that may wait for the disk.
    ///
    /// # Errors
    /// [`PackageError`] where the path names nothing that can be read, the archive is refused or the manifest invalid.
    pub async fn open(path: &Path) -> Result<Self, PackageError> {
        let path = path.to_path_buf();
        blocking(move || Self::read(&path)).await
    }

    /// Reads a component that stands alone.
    ///
    /// # Errors
    /// [`PackageError`] where it cannot be read, or is larger than
    /// [`MAX_COMPONENT_BYTES`](Self::MAX_COMPONENT_BYTES).
    pub fn read_component(path: &Path) -> Result<Vec<u8>, PackageError> {
        let (most_bytes, named) = (Self::MAX_COMPONENT_BYTES, path);
        fs::read_bounded(path, most_bytes).map_err(|error| {
            let path = named.to_path_buf();
            if error.is_not_a_file() {
                PackageError::NotAFile { path }
            } else if error.is_too_large() {
                PackageError::TooLarge { path, most_bytes }
            } else {
                error.into()
            }
        })
    }

    fn read(path: &Path) -> Result<Self, PackageError> {
        match PackageLocation::at(path)? {
            PackageLocation::Folder(folder) => Self::from_folder(PackageKind::Folder, &folder),
            PackageLocation::Archive => Self::from_archive(path, path),
            PackageLocation::Component => Ok(Self {
                kind: PackageKind::Component,
                folder: None,
                manifest: None,
                wasm: Some(Self::read_component(path)?),
                unpacked: None,
                path: path.to_path_buf(),
                stem: stem(path),
                _temporary: None,
            }),
        }
    }

    fn from_folder(kind: PackageKind, folder: &Path) -> Result<Self, PackageError> {
        let manifest = Manifest::from_folder(folder)?;
        let component = folder.join(COMPONENT);
        let wasm = match fs::metadata(&component) {
            Err(error) if error.is_not_found() => None,
            found => {
                found?;
                Some(Self::read_component(&component)?)
            }
        };
        Ok(Self {
            kind,
            folder: Some(folder.to_path_buf()),
            stem: manifest.manifest.id.to_string(),
            manifest: Some(manifest),
            wasm,
            unpacked: None,
            path: folder.to_path_buf(),
            _temporary: None,
        })
    }

    /// Reads the extension in an archive, which is `named` so: in errors, and the extension of a manifest without an id
    /// after it.
    pub(crate) fn from_archive(archive: &Path, named: &Path) -> Result<Self, PackageError> {
        let into = UnpackFolder::new(named)?;
        let file = fs::open_regular(archive)?;
        let unpacked = archive::unpack(file, into.path(), &archive::Limits::default())?;
        let package = Self::from_folder(PackageKind::Archive, into.path())
            .map_err(|error| error.in_archive(into.path(), named))?;
        Ok(Self {
            unpacked: Some(unpacked),
            path: named.to_path_buf(),
            _temporary: Some(into.temporary),
            ..package
        })
    }

    /// The extension's id; a component alone is given one after its file.
    pub fn id(&self) -> ExtensionId {
        let own = self.manifest.as_ref();
        match own.map(|loaded| loaded.manifest.id.clone()) {
            Some(id) => id,
            None => {
                let id = self.stem.parse().or_else(|_| NAMELESS.parse());
                id.unwrap_or_else(|_| ExtensionId::placeholder())
            }
        }
    }

    /// Where it comes from: its folder, as a dev extension's is known, or the file that was named.
    ///
    /// # Errors
    /// [`PackageError::File`] where the path cannot be resolved.
    pub fn origin(&self) -> Result<ExtensionOrigin, PackageError> {
        let path = match (self.kind, &self.folder) {
            (PackageKind::Folder, Some(folder)) => folder,
            _ => &self.path,
        };
        Ok(ExtensionOrigin::Folder(fs::resolved(path)?))
    }

    /// A complaint about the extension's files, in which an archive's have no path of the temporary
    /// folder that it was unpacked into.
    pub fn explain(&self, error: manifest::Error) -> PackageError {
        match (self.kind, &self.folder) {
            (PackageKind::Archive, Some(folder)) => {
                PackageError::from(error).in_archive(folder, &self.path)
            }
            _ => error.into(),
        }
    }
}

/// The one folder at the top that has a manifest, where there is no more than one. It becomes part of a
/// command that a user may copy, so an archive's author may not write more than a plain name there.
fn folder_of_manifest(folder: &Path) -> Option<String> {
    let entries = fs::read_dir(folder).ok()?;
    let has_manifest = |entry: &&PathBuf| {
        let mut manifests = MANIFESTS.iter().map(|manifest| entry.join(manifest));
        manifests.any(|path| fs::metadata(&path).is_ok_and(|it| it.is_file()))
    };
    let mut found = entries.iter().filter(has_manifest);
    let one = found.next()?.file_name()?.to_string_lossy().into_owned();
    let is_plain = one.starts_with(|first: char| first.is_ascii_alphanumeric())
        && one
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    (found.next().is_none() && is_plain).then_some(one)
}
