//! The merge of a complete staged tree into its place.

use std::{ffi::OsStr, io, path::Path};

use cap_std::fs::Dir;

use super::{ConfinedFolder, EntryKind};
use crate::base::fs::{Error, Result};

/// The action for one entry of the staged tree.
enum Step {
    /// Nothing is in the way, or a file or link that a rename replaces.
    Rename,
    /// A folder arrives where a link stands, which no rename replaces.
    ReplaceLink,
    /// A folder arrives where a folder is.
    Merge,
}

impl ConfinedFolder {
    /// Moves a staged tree to `target`. Where nothing has that name it is one rename, the folders above
    /// it created first. A folder that is there is merged into, entry by entry: folders into folders;
    /// files and links, which are never followed, in the place of files and links, each by one rename.
    /// What else was in it stays.
    ///
    /// `staging` is gone afterwards. Both lie beneath this folder, on one file system.
    ///
    /// # Errors
    ///
    /// [`Error`] naming the path where a folder would take a file's place or a file a folder's (and
    /// nothing was moved then), or which could not be moved.
    pub fn merge(&self, staging: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<()> {
        let (staging, target) = (staging.as_ref(), target.as_ref());
        match self.kind(target)? {
            None => {
                if let Some(above) = target
                    .parent()
                    .filter(|above| !above.as_os_str().is_empty())
                {
                    self.create_dir_all(above)?;
                }
                self.rename(staging, target)
            }
            Some(EntryKind::Folder) => {
                let (from, to) = (self.open_folder(staging)?, self.open_folder(target)?);
                visit(&from.folder, &to.folder, &to.path, false)?;
                visit(&from.folder, &to.folder, &to.path, true)?;
                let removed = self.folder.remove_dir(staging);
                self.named("remove the folder", staging, removed)
            }
            Some(_) => Err(in_the_way(&self.path.join(target), "a file")),
        }
    }
}

/// Goes through a staged folder beside the one it is merged into: to see whether it can be, or to do it.
/// Folders of archives are nested no deeper than their limit.
fn visit(from: &Dir, to: &Dir, shown: &Path, moving: bool) -> Result<()> {
    let list = |source| Error::new("list the folder", shown, source);
    let mut names = Vec::new();
    for entry in from.entries().map_err(list)? {
        names.push(entry.map_err(list)?.file_name());
    }
    for name in names {
        let shown = shown.join(&name);
        let step = step(from, to, &name, &shown)?;
        if let Step::Merge = step {
            let open = |folder: &Dir| {
                let opened = folder.open_dir(&name);
                opened.map_err(|source| Error::new("open the folder", &shown, source))
            };
            visit(&open(from)?, &open(to)?, &shown, moving)?;
        }
        if moving {
            take(from, to, &name, &step)
                .map_err(|source| Error::new("rename a new file to", &shown, source))?;
        }
    }
    Ok(())
}

fn step(from: &Dir, to: &Dir, name: &OsStr, shown: &Path) -> Result<Step> {
    let arriving = kind(from, name, shown)?;
    let present = kind(to, name, shown)?;
    let is_folder = |kind: Option<EntryKind>| kind == Some(EntryKind::Folder);
    match (is_folder(arriving), present) {
        (true, Some(EntryKind::Folder)) => Ok(Step::Merge),
        (true, Some(EntryKind::Link)) => Ok(Step::ReplaceLink),
        (true, Some(_)) => Err(in_the_way(shown, "a file")),
        (false, Some(EntryKind::Folder)) => Err(in_the_way(shown, "a folder")),
        _ => Ok(Step::Rename),
    }
}

fn take(from: &Dir, to: &Dir, name: &OsStr, step: &Step) -> io::Result<()> {
    match step {
        Step::Rename => from.rename(name, to, name),
        Step::ReplaceLink => {
            to.remove_file(name)?;
            from.rename(name, to, name)
        }
        Step::Merge => from.remove_dir(name),
    }
}

fn kind(folder: &Dir, name: &OsStr, shown: &Path) -> Result<Option<EntryKind>> {
    match folder.symlink_metadata(name) {
        Ok(metadata) => Ok(Some(metadata.file_type().into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::new("look at", shown, source)),
    }
}

fn in_the_way(path: &Path, what: &'static str) -> Error {
    let source = io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{what} is in the way"),
    );
    Error::new("put what was unpacked at", path, source)
}
