//! A workspace that stands in for the author's where cargo would have to write a `Cargo.lock` into the
//! source tree: it is missing, or no longer fits.
//!
//! Cargo keeps `Cargo.lock` beside the manifest of the workspace's root, and no stable option moves it.
//! So the extension is built as a dependency, by its path, of an empty package in the build folder. Its
//! sources are read where they are, its own dependencies, lints and inherited keys come from its own
//! manifests, and what counts in a workspace's root alone is copied from the author's. Only the lock file
//! is another: it begins as the author's and is kept from one build to the next.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{MOST_TEXT_BYTES, error::BuildError, metadata::Package};
use crate::base::{digest::Blake3Digest, fs};

/// The name of the empty package.
const NAME: &str = "annexe-stand-in";

/// What counts in the manifest of a workspace's root alone.
const OF_ROOT: [&str; 4] = ["cargo-features", "profile", "patch", "replace"];

/// What a profile sets where it says nothing, for `dev` and for `release`: of what may be set for single
/// packages.
const DEFAULTS: [(&str, Value, Value); 6] = [
    ("opt-level", Value::Integer(0), Value::Integer(3)),
    ("debug", Value::Boolean(true), Value::Boolean(false)),
    (
        "debug-assertions",
        Value::Boolean(true),
        Value::Boolean(false),
    ),
    (
        "overflow-checks",
        Value::Boolean(true),
        Value::Boolean(false),
    ),
    ("incremental", Value::Boolean(true), Value::Boolean(false)),
    ("codegen-units", Value::Integer(256), Value::Integer(16)),
];

/// The workspace that stands in for one extension's.
#[derive(Debug)]
pub(super) struct ShimWorkspace {
    folder: PathBuf,
}

impl ShimWorkspace {
    /// The one in this folder, whether it is there or not.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Its manifest.
    pub(super) fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// Whether the author's lock file was found not to fit, and neither it nor the manifests have
    /// changed since: then trying it again would only cost time, and perhaps a connection.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(super) fn replaces(&self, package: &Package) -> fs::Result<bool> {
        let noted = optional(&self.note())?;
        Ok(match noted {
            Some(noted) => noted == State::of(package)?.to_bytes(),
            None => false,
        })
    }

    /// Notes that the author's lock file does not fit, and takes over what it says.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub(super) fn replace(&self, package: &Package) -> fs::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let state = State::of(package)?;
        let noted = optional(&self.note())?.unwrap_or_default();
        // What was chosen beside the same lock file is kept, whatever has changed in the manifests.
        if !noted.starts_with(state.lock.as_bytes()) {
            let lock = package.workspace_root.join("Cargo.lock");
            let lock = fs::read_bounded(&lock, MOST_TEXT_BYTES)?;
            fs::replace_unsynced(&self.folder.join("Cargo.lock"), &[&lock])?;
        }
        fs::replace_unsynced(&self.note(), &[&state.to_bytes()])
    }

    /// Writes its manifest, where it is another than before.
    ///
    /// # Errors
    /// Where the author's cannot be read, or this one not be written.
    pub(super) fn write(&self, package: &Package) -> Result<(), BuildError> {
        fs::create_dir_all(&self.folder)?;
        let root = read_table(&package.workspace_root.join("Cargo.toml"))?;
        let manifest = compose(&root, package).to_string();
        for (path, content) in [
            (self.manifest(), &*manifest),
            (self.folder.join("lib.rs"), ""),
        ] {
            // Cargo compiles anew what is newer than before.
            if optional(&path)?.as_deref() != Some(content.as_bytes()) {
                fs::replace_unsynced(&path, &[content.as_bytes()])?;
            }
        }
        Ok(())
    }

    /// The file that says which lock file this one replaces.
    fn note(&self) -> PathBuf {
        self.folder.join("replaces")
    }
}

/// Digests of what decides whether a lock file fits.
struct State {
    lock: Blake3Digest,
    manifests: Blake3Digest,
}

impl State {
    fn of(package: &Package) -> fs::Result<Self> {
        let root = &package.workspace_root;
        let mut manifests = fs::read_bounded(&root.join("Cargo.toml"), MOST_TEXT_BYTES)?;
        manifests.extend(fs::read_bounded(&package.manifest, MOST_TEXT_BYTES)?);
        let lock = fs::read_bounded(&root.join("Cargo.lock"), MOST_TEXT_BYTES)?;
        Ok(Self {
            lock: Blake3Digest::of(&lock),
            manifests: Blake3Digest::of(&manifests),
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        [*self.lock.as_bytes(), *self.manifests.as_bytes()].concat()
    }
}

/// The content of a file, if it is there.
fn optional(path: &Path) -> fs::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.is_not_found() => Ok(None),
        read => read.map(Some),
    }
}

/// A manifest that cargo has read before.
fn read_table(path: &Path) -> Result<Table, BuildError> {
    let text = String::from_utf8_lossy(&fs::read_bounded(path, MOST_TEXT_BYTES)?).into_owned();
    text.parse()
        .map_err(|error: toml::de::Error| BuildError::CargoManifest {
            message: format!("`{}`: {}", path.display(), error.message()),
        })
}

/// The manifest of the workspace that stands in for the one with this root.
fn compose(root: &Table, package: &Package) -> Table {
    let mut manifest = Table::new();
    for key in OF_ROOT {
        if let Some(value) = root.get(key) {
            manifest.insert(key.into(), value.clone());
        }
    }
    for key in ["patch", "replace"] {
        make_absolute(manifest.get_mut(key), &package.workspace_root);
    }
    for (at, profile) in ["dev", "release"].into_iter().enumerate() {
        keep_for_member(&mut manifest, profile, &package.name, at);
    }

    let mut own = Table::new();
    own.insert("name".into(), NAME.into());
    own.insert("version".into(), "0.0.0".into());
    // What resolver there is follows from the edition of the root, where it is not said.
    let edition = package.root_edition.as_deref().unwrap_or("2015");
    own.insert("edition".into(), edition.into());
    if let Some(version) = &package.rust_version {
        own.insert("rust-version".into(), version.as_str().into());
    }
    manifest.insert("package".into(), own.into());
    manifest.insert("lib".into(), table([("path", "lib.rs".into())]));

    let resolver = ["workspace", "package"]
        .iter()
        .find_map(|key| root.get(*key)?.get("resolver"));
    let resolver = resolver.map(|resolver| ("resolver", resolver.clone()));
    manifest.insert("workspace".into(), table(resolver));

    let path = package.manifest.parent().unwrap_or(Path::new("/"));
    let extension = table([
        ("package", package.name.as_str().into()),
        ("path", path.to_string_lossy().as_ref().into()),
    ]);
    manifest.insert("dependencies".into(), table([("extension", extension)]));
    manifest
}

fn table<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let entries = entries.into_iter();
    Value::Table(entries.map(|(key, value)| (key.into(), value)).collect())
}

/// Makes every `path` in a table and its tables absolute.
fn make_absolute(value: Option<&mut Value>, folder: &Path) {
    let Some(Value::Table(table)) = value else {
        return;
    };
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(path) if key == "path" => {
                *path = folder.join(&*path).to_string_lossy().into_owned();
            }
            other => make_absolute(Some(other), folder),
        }
    }
}

/// Keeps a profile's overrides for all foreign packages (`package."*"`) from the extension, which is not a
/// member of this workspace but is of the author's.
fn keep_for_member(manifest: &mut Table, profile: &str, name: &str, default: usize) {
    let Some(Value::Table(profile)) = manifest
        .get_mut("profile")
        .and_then(|it| it.get_mut(profile))
    else {
        return;
    };
    let mut own = Table::new();
    for (key, dev, release) in DEFAULTS {
        if profile
            .get("package")
            .and_then(|it| it.get("*")?.get(key))
            .is_some()
        {
            let default = if default == 0 { dev } else { release };
            own.insert(key.into(), profile.get(key).cloned().unwrap_or(default));
        }
    }
    if let Some(Value::Table(packages)) = profile.get_mut("package")
        && !own.is_empty()
    {
        if let Some(Value::Table(said)) = packages.get(name) {
            own.extend(said.clone());
        }
        packages.insert(name.into(), own.into());
    }
}
