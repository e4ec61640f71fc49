//! Lists the files that make up an extension: what its archive holds.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{Manifest, Result, error::Error, folder::find, path::RelativePath};
use crate::base::fs;

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
    let Gathered { files, problems } = gather(folder, manifest);
    match problems.into_iter().next() {
        Some(first) => Err(first),
        None => Ok(files),
    }
}

/// The files that belong in an extension's archive, and what keeps any of them out.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// Those that can be packed, sorted, relative to the folder.
    pub(crate) files: Vec<RelativePath>,
    /// Why others cannot be.
    pub(crate) problems: Vec<Error>,
}

/// As [`files`], but goes on where something is wrong.
pub(crate) fn gather(folder: &Path, manifest: &Manifest) -> Gathered {
    let mut list = List {
        folder,
        found: BTreeSet::new(),
        problems: Vec::new(),
    };
    list.all(manifest);
    Gathered {
        files: list.found.into_iter().collect(),
        problems: list.problems,
    }
}

struct List<'folder> {
    folder: &'folder Path,
    found: BTreeSet<RelativePath>,
    problems: Vec<Error>,
}

impl List<'_> {
    fn all(&mut self, manifest: &Manifest) {
        self.attempt(Self::top_level);
        self.attempt(|list| {
            let component = path(super::COMPONENT)?;
            if manifest.lib.kind.is_some() || list.exists(&component)? {
                list.file("lib", component)?;
            }
            Ok(())
        });
        for name in manifest.grammars.keys() {
            self.attempt(|list| {
                let path = path(&format!("grammars/{name}.wasm"))?;
                list.file(&format!("grammars.{name}"), path)
            });
        }
        self.files("themes", &manifest.themes);
        self.files("icon_themes", &manifest.icon_themes);
        if !manifest.icon_themes.is_empty() {
            self.attempt(|list| {
                let icons = path("icons")?;
                if list.exists(&icons)? {
                    list.tree("icon_themes", &icons)?;
                }
                Ok(())
            });
        }
        for (at, language) in manifest.languages.iter().enumerate() {
            let key = format!("languages[{at}]");
            self.attempt(|list| {
                let config = language
                    .join("config.toml")
                    .map_err(|source| unusable(list.folder, source))?;
                list.require(&key, &config).map(drop)
            });
            self.attempt(|list| list.tree(&key, language));
        }
        for (name, adapter) in &manifest.debug_adapters {
            self.named(&format!("debug_adapters.{name}"), &adapter.schema_path);
        }
        self.files("snippets", &manifest.snippets);
        for (name, server) in &manifest.agent_servers {
            if let Some(icon) = &server.icon {
                self.named(&format!("agent_servers.{name}.icon"), icon);
            }
        }
        for (name, provider) in &manifest.language_model_providers {
            if let Some(icon) = &provider.icon {
                self.named(&format!("language_model_providers.{name}.icon"), icon);
            }
        }
    }

    /// Does one step; what goes wrong in it is kept, and the next one follows.
    fn attempt(&mut self, step: impl FnOnce(&mut Self) -> Result<()>) {
        if let Err(problem) = step(self) {
            self.problems.push(problem);
        }
    }

    /// The manifest itself, licences and the readme.
    fn top_level(&mut self) -> Result<()> {
        let manifest = find(self.folder)?;
        self.attempt(|list| list.file("extension", path(manifest.name())?));
        for entry in fs::read_dir(self.folder)? {
            let Some(name) = entry.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let upper = name.to_ascii_uppercase();
            let is_wanted =
                upper == "README.MD" || LICENCES.iter().any(|start| upper.starts_with(start));
            // A folder of licences is not one of the files wanted.
            if is_wanted && !fs::symlink_metadata(&entry)?.is_dir() {
                self.attempt(|list| list.file(name, parse(name, &entry)?));
            }
        }
        Ok(())
    }

    fn files(&mut self, key: &str, paths: &[RelativePath]) {
        for (at, path) in paths.iter().enumerate() {
            self.named(&format!("{key}[{at}]"), path);
        }
    }

    fn named(&mut self, key: &str, path: &RelativePath) {
        self.attempt(|list| list.file(key, path.clone()));
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
    fn tree(&mut self, key: &str, root: &RelativePath) -> Result<()> {
        if !self.require(key, root)?.is_dir() {
            return Err(self.wrong_kind(root, "folder"));
        }
        for entry in fs::walk(&root.below(self.folder))? {
            self.attempt(|list| list.entry(entry));
        }
        Ok(())
    }

    /// One entry of such a folder.
    fn entry(&mut self, entry: PathBuf) -> Result<()> {
        let metadata = fs::symlink_metadata(&entry)?;
        if metadata.is_symlink() {
            return Err(Error::Link { path: entry });
        }
        if metadata.is_dir() || is_litter(&entry) {
            return Ok(());
        }
        let path = relative(self.folder, &entry)?;
        if !metadata.is_file() {
            return Err(self.wrong_kind(&path, "file"));
        }
        self.found.insert(path);
        Ok(())
    }

    /// Returns the entry at a path, which must be there, with no link on the way to it.
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

/// Whether a path is that of what file managers leave behind in any folder.
pub(crate) fn is_litter(path: &Path) -> bool {
    let name = path.file_name();
    name.is_some_and(|name| LITTER.iter().any(|litter| name == *litter))
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

fn unusable(path: &Path, source: super::path::ParsePathError) -> Error {
    Error::UnusableName {
        path: PathBuf::from(path),
        source,
    }
}
