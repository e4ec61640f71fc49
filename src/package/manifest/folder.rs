//! Finds an extension's manifest in its folder, and fills in what the folder says and the manifest
//! does not.

use std::{collections::BTreeMap, io::Read as _, path::Path};

use serde::Serialize;

use super::{
    Manifest, ManifestFile, Result,
    entries::{Grammar, LibraryKind},
    error::{Error, ManifestError, ManifestErrorKind},
    extension_json, extension_toml,
    partial::PartialManifest,
    path::RelativePath,
    warning::Warning,
};
use crate::base::{fs, hint::Hint as _, position::Position, types::ExtensionId};

/// A manifest, and what reading it brought to light.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Loaded {
    /// The manifest, complete.
    pub manifest: Manifest,
    /// The file it was read from.
    pub source: ManifestFile,
    /// What it says without effect, in the order of its lines (the first 200 found).
    pub warnings: Vec<Warning>,
}

impl Manifest {
    /// Reads the manifest of the extension in a folder: `extension.toml` or else the legacy
    /// `extension.json`, whose extension is named after the folder.
    ///
    /// What the manifest leaves out is filled in: `themes` and `icon_themes` from the folders of these
    /// names, `languages` from those of its folders that have a `config.toml`, `snippets` from
    /// `snippets.json`, the grammars of a legacy manifest from `grammars`, and `lib.kind` where there is an `extension.wasm` or a `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] without a manifest, [`Error::File`] where something cannot be read, and
    /// those of [`parse_toml`](Self::parse_toml) and [`parse_json`](Self::parse_json).
    pub fn from_folder(folder: &Path) -> Result<Loaded> {
        let partial = PartialManifest::read(folder)?.accept()?;
        Ok(Loaded {
            manifest: partial.manifest,
            source: partial.source,
            warnings: partial.warnings,
        })
    }
}

impl PartialManifest {
    /// Reads as much as can be read of the manifest in a folder, and fills in what it leaves out, as
    /// [`Manifest::from_folder`] does.
    ///
    /// # Errors
    /// Where there is no manifest, it cannot be read, or it is not in its format at all.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let source = find(folder)?;
        let text = read(folder, source)?;
        let mut partial = match source {
            ManifestFile::Toml => extension_toml::parse(&text)?,
            ManifestFile::Json => extension_json::parse(&text, folder_id(folder)?)?,
        };
        let filled = partial.fill_in(folder);
        // What the manifest itself gets wrong is told first.
        if partial.errors.is_empty() {
            filled?;
        }
        Ok(partial)
    }

    fn fill_in(&mut self, folder: &Path) -> Result<()> {
        fill_in(&mut self.manifest, folder, self.may_have_snippets)?;
        if self.source == ManifestFile::Json && self.manifest.grammars.is_empty() {
            self.manifest.grammars = legacy_grammars(folder)?;
        }
        Ok(())
    }
}

/// The manifest a folder has.
pub(super) fn find(folder: &Path) -> Result<ManifestFile> {
    for file in [ManifestFile::Toml, ManifestFile::Json] {
        let path = folder.join(file.name());
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => return Ok(file),
            // Opening a pipe would wait for ever.
            Ok(_) => {
                return Err(Error::WrongKind {
                    path,
                    expected: "file",
                });
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::NotFound {
        folder: folder.to_path_buf(),
    })
}

fn read(folder: &Path, file: ManifestFile) -> Result<String> {
    let path = folder.join(file.name());
    let mut bytes = Vec::new();
    fs::open_regular(&path)?
        .take(Manifest::MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| fs::Error::new("read", &path, source))?;
    if bytes.len() as u64 > Manifest::MAX_BYTES {
        return Err(Error::TooLarge {
            file,
            limit: Manifest::MAX_BYTES,
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = Position::of(error.as_bytes(), error.utf8_error().valid_up_to());
        ManifestError::new(
            file,
            ManifestErrorKind::Syntax,
            Some(place),
            "the text is not UTF-8",
        )
        .with_hint(Some("save the file in the UTF-8 encoding".into()))
        .into()
    })
}

fn folder_id(folder: &Path) -> Result<ExtensionId> {
    // A path such as `.` has no name of its own.
    let resolved = fs::canonicalize(folder)?;
    let name = folder
        .file_name()
        .or(resolved.file_name())
        .unwrap_or_default()
        .to_string_lossy();
    name.parse()
        .map_err(|error: crate::base::types::ExtensionIdError| {
            ManifestError::new(
                ManifestFile::Json,
                ManifestErrorKind::Id,
                None,
                format!("the folder's name is the extension's id, but {error}"),
            )
            .with_hint(error.hint())
            .into()
        })
}

fn fill_in(manifest: &mut Manifest, folder: &Path, may_have_snippets: bool) -> Result<()> {
    let is_json = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    };
    if manifest.themes.is_empty() {
        manifest.themes = entries(folder, "themes", |path| is_json(path) && is_file(path))?;
    }
    if manifest.icon_themes.is_empty() {
        manifest.icon_themes =
            entries(folder, "icon_themes", |path| is_json(path) && is_file(path))?;
    }
    if manifest.languages.is_empty() {
        manifest.languages = entries(folder, "languages", |path| {
            is_file(&path.join("config.toml")) || is_broken_link(path)
        })?;
    }
    if may_have_snippets && is_file(&folder.join("snippets.json")) {
        manifest
            .snippets
            .extend("snippets.json".parse::<RelativePath>());
    }
    // Whatever a component was built from, hosts of this format start it by this key.
    let has_component = || {
        ["extension.wasm", "Cargo.toml"]
            .iter()
            .any(|name| is_file(&folder.join(name)))
    };
    if manifest.lib.kind.is_none() && has_component() {
        manifest.lib.kind = Some(LibraryKind::Rust);
    }
    Ok(())
}

/// The grammars of an extension whose legacy manifest names none: their folder says it all.
fn legacy_grammars(folder: &Path) -> Result<BTreeMap<String, Grammar>> {
    let is_grammar = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "toml" || extension == "wasm")
    };
    let paths = entries(folder, "grammars", |path| is_grammar(path) && is_file(path))?;
    let names = paths
        .iter()
        .filter_map(|path| path.file_name().rsplit_once('.'));
    Ok(names
        .map(|(name, _)| (name.to_owned(), Grammar::default()))
        .collect())
}

/// Whether there is a file, or what was meant to be one: were a link to nothing passed over, what is behind it would be
/// missing without a word.
fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) || is_broken_link(path)
}

fn is_broken_link(path: &Path) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    is_link && fs::metadata(path).is_err()
}

/// The entries of one of the extension's folders that `is_wanted`, sorted.
fn entries(
    folder: &Path,
    name: &str,
    is_wanted: impl Fn(&Path) -> bool,
) -> Result<Vec<RelativePath>> {
    let parent = folder.join(name);
    if is_broken_link(&parent) {
        return Ok(name.parse().into_iter().collect());
    }
    if !fs::metadata(&parent).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for path in fs::read_dir(&parent)?
        .into_iter()
        .filter(|path| is_wanted(path))
    {
        let file_name = path.file_name().and_then(|file| file.to_str());
        match file_name.map(|file| format!("{name}/{file}").parse()) {
            Some(Ok(path)) => found.push(path),
            // No manifest can name such a file, so it is left out.
            _ => {
                tracing::warn!(path = %path.display(), "left out a file whose name cannot be used")
            }
        }
    }
    Ok(found)
}
