//! The folder in which Zed keeps its extensions.
//!
//! ```text
//! <data>/extensions/
//!   index.json          what Zed has made of them: not read, as it may be older than they are
//!   installed/<id>/     an extension's files; a link is one that is being developed
//!   work/, staging/     no extensions
//! ```

use std::path::{Path, PathBuf};

use super::error::ImportError;
use crate::{base::fs, package::manifest::is_litter};

/// The most entries of the folder that are looked at.
const MOST_ENTRIES: usize = 10_000;

/// The folder in which an editor keeps its extensions. Nothing is ever written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFolder {
    installed: PathBuf,
}

/// An entry of such a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportEntry {
    /// Its name: the extension's id, if all is as it should be. Any text.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// The kind of entry it is.
    pub kind: ImportEntryKind,
}

/// The kind of an entry of a folder of extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportEntryKind {
    /// The folder of an installed extension.
    Extension,
    /// A link: an extension that is being developed.
    Dev {
        /// Where it leads.
        target: PathBuf,
    },
    /// Neither.
    Other,
}

impl ImportFolder {
    /// Finds Zed's extensions by the folder of its data (`~/.local/share/zed`), that of its extensions (`extensions` in
    /// it), or that of those that are installed (`installed` in that one).
    ///
    /// # Errors
    /// [`ImportError::NotZed`] where there are none.
    pub fn zed(folder: &Path) -> Result<Self, ImportError> {
        let is_named_so = folder.file_name().is_some_and(|name| name == "installed");
        let itself = is_named_so.then(|| folder.to_path_buf());
        let places = [
            folder.join("extensions").join("installed"),
            folder.join("installed"),
        ];
        let mut places = places.into_iter().chain(itself);
        let is_folder = |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.is_dir());
        let Some(found) = places.find(is_folder) else {
            let path = folder.to_path_buf();
            return Err(ImportError::NotZed { path });
        };
        // By whatever path it was found, its extensions are known by one.
        let installed = fs::canonicalize(&found)?;
        Ok(Self { installed })
    }

    /// The folder that has a folder for each installed extension, without links.
    pub fn path(&self) -> &Path {
        &self.installed
    }

    /// Refuses a folder that others can change: what nobody has named is only taken from the user's own.
    ///
    /// # Errors
    /// [`ImportError::File`] so.
    pub fn check_trusted(&self) -> Result<(), ImportError> {
        Ok(fs::check_trusted(&self.installed)?)
    }

    /// Returns the entries in it, sorted by name. Nothing of them is opened.
    ///
    /// # Errors
    /// [`ImportError::TooMany`] for more than 10,000 entries; [`ImportError::File`] where it cannot be read.
    pub fn entries(&self) -> Result<Vec<ImportEntry>, ImportError> {
        let Some(paths) = fs::read_dir_bounded(&self.installed, MOST_ENTRIES)? else {
            return Err(ImportError::TooMany {
                path: self.installed.clone(),
                most: MOST_ENTRIES,
            });
        };
        let mut entries = Vec::new();
        for path in paths.into_iter().filter(|path| !is_litter(path)) {
            let kind = match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_symlink() => ImportEntryKind::Dev {
                    target: fs::read_link(&path)?,
                },
                Ok(metadata) if metadata.is_dir() => ImportEntryKind::Extension,
                Ok(_) => ImportEntryKind::Other,
                // Removed meanwhile.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error.into()),
            };
            let name = path.file_name().unwrap_or_default();
            entries.push(ImportEntry {
                name: name.to_string_lossy().into_owned(),
                path,
                kind,
            });
        }
        Ok(entries)
    }
}
