//! Lists the files that make up an extension: what its archive holds.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{Error, Manifest, RelativePath, Result, folder::find};
use crate::fs;

/// What file managers leave behind in any folder.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// How the names of licence files start, in capitals.
const LICENCES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// Lists the files that belong in the extension's archive, sorted, relative to its folder.
///
/// These are the manifest, `extension.wasm`, the grammars the manifest names, its themes, icon themes
/// with the `icons` folder, language folders, debug adapter schemas, snippets and icons, and the
/// licence files and `README.md` at the top.
///
/// # Errors
///
/// [`Error::MissingFile`] where the manifest names a file that is not there, [`Error::Link`] where one
/// of them is a link or lies behind one, [`Error::WrongKind`] where it is not a regular file,
/// [`Error::UnusableName`] where a name cannot be written in an archive, [`Error::NotFound`] without a
/// manifest, and [`Error::File`] where something cannot be read.
pub fn files(folder: &Path, manifest: &Manifest) -> Result<Vec<RelativePath>> {
    let mut list = List {
        folder,
        found: BTreeSet::new(),
    };
    list.top_level()?;
    let component = path("extension.wasm")?;
    if manifest.lib.kind.is_some() || list.exists(&component)? {
        list.file("lib", component)?;
    }
    for name in manifest.grammars.keys() {
        list.file(
            &format!("grammars.{name}"),
            path(&format!("grammars/{name}.wasm"))?,
        )?;
    }
    list.files("themes", &manifest.themes)?;
    list.files("icon_themes", &manifest.icon_themes)?;
    let icons = path("icons")?;
    if !manifest.icon_themes.is_empty() && list.exists(&icons)? {
        list.tree("icon_themes", icons)?;
    }
    for (at, language) in manifest.languages.iter().enumerate() {
        let key = format!("languages[{at}]");
        list.require(
            &key,
            &language
                .join("config.toml")
                .map_err(|source| unusable(folder, source))?,
        )?;
        list.tree(&key, language.clone())?;
    }
    for (name, adapter) in &manifest.debug_adapters {
        list.file(
            &format!("debug_adapters.{name}"),
            adapter.schema_path.clone(),
        )?;
    }
    list.files("snippets", &manifest.snippets)?;
    for (name, server) in &manifest.agent_servers {
        list.files_of(&format!("agent_servers.{name}.icon"), server.icon.iter())?;
    }
    for (name, provider) in &manifest.language_model_providers {
        list.files_of(
            &format!("language_model_providers.{name}.icon"),
            provider.icon.iter(),
        )?;
    }
    Ok(list.found.into_iter().collect())
}

struct List<'folder> {
    folder: &'folder Path,
    found: BTreeSet<RelativePath>,
}

impl List<'_> {
    /// The manifest itself, licences and the readme.
    fn top_level(&mut self) -> Result<()> {
        self.file("extension", path(find(self.folder)?.name())?)?;
        for entry in fs::read_dir(self.folder)? {
            let Some(name) = entry.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let upper = name.to_ascii_uppercase();
            let is_wanted =
                upper == "README.MD" || LICENCES.iter().any(|start| upper.starts_with(start));
            // A folder of licences is not one of the files wanted.
            if is_wanted && !fs::symlink_metadata(&entry)?.is_dir() {
                self.file(name, parse(name, &entry)?)?;
            }
        }
        Ok(())
    }

    fn files(&mut self, key: &str, paths: &[RelativePath]) -> Result<()> {
        paths
            .iter()
            .enumerate()
            .try_for_each(|(at, path)| self.file(&format!("{key}[{at}]"), path.clone()))
    }

    fn files_of<'path>(
        &mut self,
        key: &str,
        mut paths: impl Iterator<Item = &'path RelativePath>,
    ) -> Result<()> {
        paths.try_for_each(|path| self.file(key, path.clone()))
    }

    fn file(&mut self, key: &str, path: RelativePath) -> Result<()> {
        let metadata = self.require(key, &path)?;
        if !metadata.is_file() {
            return Err(self.wrong_kind(&path, "file"));
        }
        self.found.insert(path);
        Ok(())
    }

    /// Every file of a folder and of those in it.
    fn tree(&mut self, key: &str, root: RelativePath) -> Result<()> {
        if !self.require(key, &root)?.is_dir() {
            return Err(self.wrong_kind(&root, "folder"));
        }
        for entry in fs::walk(&root.below(self.folder))? {
            let metadata = fs::symlink_metadata(&entry)?;
            if metadata.is_symlink() {
                return Err(Error::Link { path: entry });
            }
            let is_litter = entry
                .file_name()
                .is_some_and(|name| LITTER.iter().any(|litter| name == *litter));
            if metadata.is_dir() || is_litter {
                continue;
            }
            let path = relative(self.folder, &entry)?;
            if !metadata.is_file() {
                return Err(self.wrong_kind(&path, "file"));
            }
            self.found.insert(path);
        }
        Ok(())
    }

    /// What is at a path, which must be there, with no link on the way to it.
    fn require(&self, key: &str, path: &RelativePath) -> Result<std::fs::Metadata> {
        self.look(path)?.ok_or_else(|| Error::MissingFile {
            key: key.to_owned(),
            path: path.clone(),
        })
    }

    fn exists(&self, path: &RelativePath) -> Result<bool> {
        self.look(path).map(|found| found.is_some())
    }

    fn look(&self, path: &RelativePath) -> Result<Option<std::fs::Metadata>> {
        let mut current = self.folder.to_path_buf();
        let mut last = None;
        for segment in path.segments() {
            current.push(segment);
            match fs::symlink_metadata(&current) {
                Ok(metadata) if metadata.is_symlink() => return Err(Error::Link { path: current }),
                Ok(metadata) => last = Some(metadata),
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(last)
    }

    fn wrong_kind(&self, path: &RelativePath, expected: &'static str) -> Error {
        Error::WrongKind {
            path: path.below(self.folder),
            expected,
        }
    }
}

/// The path of an entry below the folder, in the form an archive writes.
fn relative(folder: &Path, entry: &Path) -> Result<RelativePath> {
    let below = entry.strip_prefix(folder).unwrap_or(entry);
    // A name that is not UTF-8 is refused by what stands for its bytes: a control character.
    let segments: Option<Vec<_>> = below.iter().map(|segment| segment.to_str()).collect();
    parse(
        &segments.map_or_else(|| "\0".to_owned(), |segments| segments.join("/")),
        entry,
    )
}

fn parse(text: &str, entry: &Path) -> Result<RelativePath> {
    text.parse().map_err(|source| unusable(entry, source))
}

fn path(text: &str) -> Result<RelativePath> {
    parse(text, Path::new(text))
}

fn unusable(path: &Path, source: super::ParsePathError) -> Error {
    Error::UnusableName {
        path: PathBuf::from(path),
        source,
    }
}
