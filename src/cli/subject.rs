//! An extension that is named by a path: a folder, an archive or a component.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use annexe::{
    Component, Host, HostError,
    api::Compatibility,
    archive::{self, Unpacked},
    manifest::{self, COMPONENT, Loaded, Manifest},
    types::{ExtensionId, ExtensionOrigin},
    version::UnsupportedApi,
};
use anyhow::Context as _;
use semver::Version;
use serde::Serialize;
use tempfile::TempDir;

use super::{
    failure::{self, Complaint},
    files, paths,
};

/// The manifest's names in an extension's folder.
const MANIFESTS: [&str; 2] = ["extension.toml", "extension.json"];

/// The most bytes of a component that are read: published ones have 20 MB at the most.
pub const MOST_COMPONENT_BYTES: u64 = 256 << 20;

/// How an archive begins.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What stands at byte 257 of an archive that is not compressed.
const TAR: &[u8] = b"ustar";

/// Where [`TAR`] stands.
const TAR_AT: usize = 257;

/// How archives of other formats begin, and what they are called.
const FOREIGN: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"BZh", "compressed with bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
];

/// The kind of thing that a path names.
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
    /// The path, as it was named.
    path: PathBuf,
    stem: String,
    _temporary: Option<TempDir>,
}

/// The thing found at a path, before it is read.
#[derive(Debug)]
pub enum Located {
    /// An extension's folder, by its own path or its manifest's.
    Folder(PathBuf),
    /// An archive.
    Archive,
    /// What should be a component.
    Component,
}

impl Located {
    /// Finds what a path names.
    ///
    /// # Errors
    /// Where nothing is there, or an archive of a format that no extension has.
    pub fn at(path: &Path) -> anyhow::Result<Self> {
        let metadata = files::metadata(path)?;
        if metadata.is_dir() {
            return Ok(Self::Folder(path.to_path_buf()));
        }
        if !metadata.is_file() {
            // Reading a pipe would wait for ever.
            let message = format!("`{}` is neither a folder nor a file", path.display());
            return Err(Complaint::new(message).into());
        }
        if is_manifest(path) {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            return Ok(Self::Folder(folder.unwrap_or(Path::new(".")).to_path_buf()));
        }
        let beginning = files::read_beginning(path, (TAR_AT + TAR.len()) as u64)?;
        if beginning.starts_with(GZIP) {
            return Ok(Self::Archive);
        }
        refuse_other_archives(path, &beginning)?;
        Ok(if is_named_as_archive(path) {
            Self::Archive
        } else {
            Self::Component
        })
    }
}

/// Reads a component that stands alone.
///
/// # Errors
/// Where it cannot be read, or is larger than any component.
pub fn read_component(path: &Path) -> anyhow::Result<Vec<u8>> {
    files::read(path, MOST_COMPONENT_BYTES)
}

/// An empty folder to unpack an archive into, in a temporary one that goes when it is dropped.
///
/// # Errors
/// Where it cannot be created.
pub fn temporary_folder(archive: &Path) -> anyhow::Result<(TempDir, PathBuf)> {
    let temporary = tempfile::Builder::new()
        .prefix("annexe-")
        .tempdir()
        .context("cannot create a temporary folder")?;
    // A legacy manifest has no id but its folder's name.
    let folder = temporary.path().join(legacy_id(archive));
    files::create_folder(&folder)?;
    Ok((temporary, folder))
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
        match Located::at(path)? {
            Located::Folder(folder) => Self::from_folder(Kind::Folder, &folder),
            Located::Archive => Self::from_archive(path),
            Located::Component => Ok(Self {
                kind: Kind::Component,
                folder: None,
                manifest: None,
                wasm: Some(read_component(path)?),
                unpacked: None,
                path: path.to_path_buf(),
                stem: stem(path),
                _temporary: None,
            }),
        }
    }

    fn from_folder(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        let manifest = Manifest::from_folder(folder)?;
        let component = folder.join(COMPONENT);
        let wasm = match files::metadata(&component) {
            Err(error) if error.is_not_found() => None,
            found => {
                found?;
                Some(files::read(&component, MOST_COMPONENT_BYTES)?)
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

    fn from_archive(path: &Path) -> anyhow::Result<Self> {
        let (temporary, folder) = temporary_folder(path)?;
        let unpacked = archive::unpack(files::open(path)?, &folder, &archive::Limits::default())?;
        let subject = Self::from_folder(Kind::Archive, &folder)
            .map_err(|error| in_archive(error, &folder, path))?;
        Ok(Self {
            unpacked: Some(unpacked),
            path: path.to_path_buf(),
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

    /// Where it comes from: its folder, as a dev extension's is known, or the file that was named.
    ///
    /// # Errors
    /// Where the path cannot be resolved.
    pub fn origin(&self) -> anyhow::Result<ExtensionOrigin> {
        let path = match (&self.kind, &self.folder) {
            (Kind::Folder, Some(folder)) => folder,
            _ => &self.path,
        };
        paths::resolved(path).map(ExtensionOrigin::Folder)
    }

    /// A complaint about the extension's files, in which an archive's have no path of the temporary
    /// folder it was unpacked into.
    pub fn explain(&self, error: manifest::Error) -> anyhow::Error {
        match (&self.kind, &self.folder) {
            (Kind::Archive, Some(folder)) => in_archive(error.into(), folder, &self.path),
            _ => error.into(),
        }
    }

    /// The adapter for the extension's component, and the component compiled and linked; `None` where
    /// there is no component.
    ///
    /// # Errors
    /// Where the component does not fit.
    pub async fn compile(&self, host: &Host) -> anyhow::Result<Option<(Compatibility, Component)>> {
        let Some(wasm) = &self.wasm else {
            return Ok(None);
        };
        let fit = host.families().inspect(wasm)?;
        Ok(Some((fit, host.compile(wasm.clone()).await?)))
    }

    /// As [`compile`](Self::compile), for what other hosts are to run: where `newer_api` says so, a
    /// component built with an API that is newer than this host's passes. It must be a whole component,
    /// and nothing else of it is checked.
    ///
    /// # Errors
    /// Where the component does not pass.
    pub async fn check(&self, host: &Host, newer_api: bool) -> anyhow::Result<Option<Built>> {
        let newer = |error: &anyhow::Error| {
            let is_newer = is_newer(error).then_some(self.wasm.as_deref());
            host.families().recognise(is_newer.flatten()?).ok()
        };
        match self.compile(host).await {
            Ok(compiled) => Ok(compiled.map(|(fit, _)| Built {
                family: fit.family,
                api: fit.api,
                adapter: Some(fit.adapter),
            })),
            Err(error) => match newer(&error) {
                Some(found) if newer_api => Ok(Some(Built {
                    family: found.family,
                    api: found.api,
                    adapter: None,
                })),
                Some(_) => Err(Complaint::new(error.to_string())
                    .with_hint("update this program, or let it pass unchecked with `--newer-api`")
                    .into()),
                None => Err(error),
            },
        }
    }
}

/// The API that a component was built with.
#[derive(Debug)]
pub struct Built {
    /// The API family.
    pub family: &'static str,
    /// The version of its API.
    pub api: Version,
    /// The adapter that serves it; `None` where it is newer than this host's and so was not checked.
    pub adapter: Option<&'static str>,
}

impl Built {
    /// What to warn of, where the component was not checked.
    pub fn warning(&self) -> Option<String> {
        self.adapter.is_none().then(|| {
            format!(
                "built with API {}, which is newer than this program serves: its component was not checked",
                self.api
            )
        })
    }
}

/// Whether the complaint is that a component is too new for this host.
fn is_newer(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(HostError::Unsupported(UnsupportedApi::TooNew { .. }))
    )
}

/// Says of a complaint about an archive's unpacked files where in the archive they are: the folder
/// they were unpacked into is gone when the user reads it.
fn in_archive(error: anyhow::Error, folder: &Path, archive: &Path) -> anyhow::Error {
    let shown = archive.display().to_string();
    if let Some(manifest::Error::NotFound { .. }) = error.downcast_ref() {
        let complaint = Complaint::new(format!(
            "no extension manifest at the top of the archive `{shown}`"
        ));
        return complaint
            .with_hint(where_manifest_belongs(folder, archive))
            .into();
    }
    let folder = folder.display().to_string();
    let words: Vec<String> = error.chain().map(ToString::to_string).collect();
    if !words.iter().any(|words| words.contains(&folder)) {
        return error;
    }
    let complaint = Complaint::new(words.join(": ").replace(&folder, &shown));
    match failure::hint(&error) {
        Some(hint) => complaint.with_hint(hint.replace(&folder, &shown)),
        None => complaint,
    }
    .into()
}

/// The way out where an archive, unpacked into `folder`, has no manifest at its top.
pub fn where_manifest_belongs(folder: &Path, archive: &Path) -> String {
    let shown = archive.display();
    match folder_of_manifest(folder) {
        Some(inner) => format!(
            "the extension is in the archive's folder `{inner}`: pack that with `annexe pack {inner}`, or with `tar -czf {shown} -C {inner} .`"
        ),
        None => {
            "an archive has its `extension.toml` at the top: write it with `annexe pack <folder>`"
                .into()
        }
    }
}

/// The one folder at the top that has a manifest, where there is no more than one. It becomes part of a
/// command that the user may copy, so an archive's author may not write more than a plain name there.
fn folder_of_manifest(folder: &Path) -> Option<String> {
    let names = files::names(folder).ok()?;
    let has_manifest = |name: &&OsString| {
        MANIFESTS
            .iter()
            .any(|manifest| folder.join(name).join(manifest).is_file())
    };
    let mut found = names.iter().filter(has_manifest);
    let one = found.next()?.to_string_lossy().into_owned();
    let is_plain = one.starts_with(|first: char| first.is_ascii_alphanumeric())
        && one
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    (found.next().is_none() && is_plain).then_some(one)
}

/// Refuses what is an archive, but of another format.
fn refuse_other_archives(path: &Path, beginning: &[u8]) -> Result<(), Complaint> {
    let shown = path.display();
    if beginning.get(TAR_AT..).is_some_and(|rest| rest == TAR) {
        let complaint = Complaint::new(format!("the archive `{shown}` is not compressed"));
        return Err(complaint.with_hint(if has_ending(path, ".tar") {
            format!("compress it with `gzip {shown}`")
        } else {
            "compress it with `gzip`".into()
        }));
    }
    let foreign = FOREIGN
        .iter()
        .find(|(magic, _)| beginning.starts_with(magic));
    match foreign {
        Some((_, what)) => Err(Complaint::new(format!(
            "`{shown}` is {what}, and extensions are gzipped tar archives"
        ))
        .with_hint("write the archive with `annexe pack <folder>`")),
        None => Ok(()),
    }
}

/// Whether `text` is meant as a path and not as the id of an installed extension.
pub fn is_path(text: &str) -> bool {
    text.parse::<ExtensionId>().is_err()
}

fn is_manifest(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| MANIFESTS.iter().any(|manifest| name == *manifest))
}

fn is_named_as_archive(path: &Path) -> bool {
    has_ending(path, ".tar.gz") || has_ending(path, ".tgz")
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.to_string_lossy().ends_with(ending)
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
