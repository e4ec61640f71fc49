//! The placing of a new folder: it appears as a whole, or not at all.

use std::path::{Component, Path, PathBuf};

use crate::cli::{failure::Complaint, files};

/// The one entry that an empty folder may hold: a repository that is made before its files.
const REPOSITORY: &str = ".git";

/// The place of a new folder: missing, or there and empty.
#[derive(Debug)]
pub struct Place {
    /// The folder that is there: the place itself, or the nearest one around it.
    folder: PathBuf,
    /// What is missing below that.
    rest: PathBuf,
    /// It is there, with a repository.
    has_repository: bool,
}

impl Place {
    /// Looks at a path, which must be absolute.
    ///
    /// # Errors
    /// Where it, or a part of it, is not a folder, or where it is one that is not empty.
    pub fn find(path: &Path) -> anyhow::Result<Self> {
        let folder = path
            .ancestors()
            .find(|path| files::exists(path))
            .unwrap_or(Path::new("/"));
        if !files::metadata(folder)?.is_dir() {
            let message = format!("`{}` is not a folder", folder.display());
            return Err(Complaint::new(message)
                .with_hint("choose another path")
                .into());
        }
        let rest = path.strip_prefix(folder).unwrap_or(path);
        let is_name = |part| matches!(part, Component::Normal(_));
        if !rest.components().all(is_name) {
            let message = format!(
                "`{}` leads through a folder that is not there",
                path.display()
            );
            return Err(Complaint::usage(message)
                .with_hint("write the path without `..`")
                .into());
        }
        let mut place = Self {
            folder: folder.to_owned(),
            rest: rest.to_owned(),
            has_repository: false,
        };
        if rest.as_os_str().is_empty() {
            let names = files::names(folder)?;
            place.has_repository = names.iter().any(|name| name == REPOSITORY);
            if let Some(name) = names.iter().find(|name| *name != REPOSITORY) {
                let message = format!(
                    "`{}` is not empty: it holds `{}`",
                    folder.display(),
                    name.to_string_lossy()
                );
                return Err(Complaint::new(message)
                    .with_hint("choose another path; nothing is changed in a folder that is in use")
                    .into());
            }
        }
        Ok(place)
    }

    /// The folder that is there already.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a repository waits there for its files.
    pub fn has_repository(&self) -> bool {
        self.has_repository
    }

    /// Makes the folder of what `write` writes. Whatever fails, nothing is left of it.
    pub fn fill(self, write: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let staging = files::staging(&self.folder)?;
        let new = staging.path().join(&self.rest);
        write(&new)?;
        files::move_entries(staging.path(), &self.folder)?;
        Ok(())
    }
}
