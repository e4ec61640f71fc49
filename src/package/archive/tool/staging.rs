//! The writer of an archive's content into a staging folder, entry by entry, each judged before.

use std::{
    fs::File,
    io::{self, Write as _},
    path::PathBuf,
};

use super::{
    UnpackedTool,
    error::{EntryProblem, ToolArchiveError},
    limits::{ToolLimit, ToolLimits},
    path,
    tree::{Kind, ROOT, Tree},
};
use crate::{
    base::fs::{self, ConfinedFolder, EntryKind},
    package::archive::error::shown,
};

/// A folder into which one archive is unpacked. Symbolic links come last, when nothing is written
/// through them any more.
pub(super) struct Staging<'a> {
    root: &'a ConfinedFolder,
    limits: &'a ToolLimits,
    tree: Tree,
    /// The folder of the last file, which is that of the next one most often.
    open: Option<(u32, ConfinedFolder)>,
    link_bytes: u64,
    unpacked: UnpackedTool,
}

/// A file that is being written.
pub(super) struct StagedFile {
    file: File,
    path: PathBuf,
}

impl StagedFile {
    pub(super) fn write(&mut self, content: &[u8]) -> Result<(), ToolArchiveError> {
        let written = self.file.write_all(content);
        Ok(written.map_err(|source| fs::Error::new("write", &self.path, source))?)
    }
}

impl<'a> Staging<'a> {
    pub(super) fn new(root: &'a ConfinedFolder, limits: &'a ToolLimits) -> Self {
        Self {
            root,
            limits,
            tree: Tree::new(limits.folds_names.unwrap_or_else(|| root.folds_names())),
            open: None,
            link_bytes: 0,
            unpacked: UnpackedTool::default(),
        }
    }

    /// Counts the content of a file before it is written.
    pub(super) fn count_content(&mut self, bytes: u64) -> Result<(), ToolArchiveError> {
        let counted = &mut self.unpacked.unpacked_bytes;
        *counted = counted.saturating_add(bytes);
        let most = self.limits.unpacked_bytes;
        if *counted > most {
            let limit = ToolLimit::UnpackedBytes;
            return Err(ToolArchiveError::Limit { limit, most });
        }
        Ok(())
    }

    pub(super) fn folder(&mut self, path: &str) -> Result<(), ToolArchiveError> {
        self.place(path, Kind::Folder).map(drop)
    }

    pub(super) fn file(
        &mut self,
        path: &str,
        executable: bool,
    ) -> Result<StagedFile, ToolArchiveError> {
        let number = self.place(path, Kind::File)?;
        let (above, name) = path.rsplit_once('/').unwrap_or((".", path));
        let folder = match &mut self.open {
            Some((open, folder)) if *open == number => folder,
            open => {
                let folder = if number == ROOT { "." } else { above };
                &open.insert((number, self.root.open_folder(folder)?)).1
            }
        };
        let created = folder.create_new(name, executable);
        let file = created.map_err(|error| created_twice(path, error))?;
        self.unpacked.files += 1;
        let path = self.root.path().join(path);
        Ok(StagedFile { file, path })
    }

    /// Remembers a link, which is created when all else is there.
    pub(super) fn symbolic_link(
        &mut self,
        path: &str,
        target: &[u8],
    ) -> Result<(), ToolArchiveError> {
        if cfg!(not(unix)) {
            return Err(ToolArchiveError::entry(
                path,
                EntryProblem::LinksUnsupported,
            ));
        }
        let target = path::target(target, self.limits)?
            .map_err(|problem| ToolArchiveError::entry(path, problem))?;
        let most = self.limits.link_bytes;
        self.link_bytes += target.len() as u64;
        if self.link_bytes > most {
            let limit = ToolLimit::LinkBytes;
            return Err(ToolArchiveError::Limit { limit, most });
        }
        self.place(path, Kind::Link(target.into()))?;
        self.unpacked.symbolic_links += 1;
        Ok(())
    }

    pub(super) fn hard_link(&mut self, path: &str, target: &[u8]) -> Result<(), ToolArchiveError> {
        let refuse = || {
            let target = shown(target);
            ToolArchiveError::entry(path, EntryProblem::HardLink { target })
        };
        // A target is a path of the archive, and one that is refused as such cannot have come before.
        let file = path::parse(target, self.limits).map_err(|error| match error {
            ToolArchiveError::Entry { .. } => refuse(),
            error => error,
        })?;
        if !self.tree.is_file(file) {
            return Err(refuse());
        }
        self.place(path, Kind::File)?;
        let created = self.root.hard_link(file, path);
        created.map_err(|error| created_twice(path, error))?;
        self.unpacked.files += 1;
        Ok(())
    }

    /// Creates the links, after all of them were judged.
    pub(super) fn finish(
        mut self,
        compressed_bytes: u64,
    ) -> Result<UnpackedTool, ToolArchiveError> {
        for (link, target) in self.tree.checked_links()? {
            let created = self.root.symlink(target, &link);
            created.map_err(|error| created_twice(&link, error))?;
        }
        self.unpacked.folders = self.tree.folders();
        self.unpacked.compressed_bytes = compressed_bytes;
        Ok(self.unpacked)
    }

    /// Puts an entry into the tree and creates the folders it needs; its folder's number.
    fn place(&mut self, path: &str, kind: Kind) -> Result<u32, ToolArchiveError> {
        let placed = self.tree.add(path, kind, self.limits)?;
        for folder in &placed.created {
            let created = self.root.create_dir(folder);
            created.map_err(|error| created_twice(folder, error))?;
        }
        Ok(placed.folder)
    }
}

/// A file system that takes more names for the same than the tree does finds out itself.
fn created_twice(path: &str, error: fs::Error) -> ToolArchiveError {
    if error.is_already_exists() {
        let other = shown(path.as_bytes());
        ToolArchiveError::entry(path, EntryProblem::Duplicate { other })
    } else {
        ToolArchiveError::File(error)
    }
}

/// Removes what was unpacked of an archive that is refused.
pub(super) fn clear(root: &ConfinedFolder) {
    let cleared = root.list(".").and_then(|names| {
        names.iter().try_for_each(|name| match root.kind(name)? {
            Some(EntryKind::Folder) => root.remove_dir_all(name),
            _ => root.remove_file(name),
        })
    });
    if let Err(error) = cleared {
        tracing::warn!(%error, "what was unpacked of a refused archive could not be removed");
    }
}

/// The typed error that an `io::Error` carries, or that error as one of the reader's.
pub(super) fn read_error(error: io::Error) -> ToolArchiveError {
    match error.downcast::<ToolArchiveError>() {
        Ok(error) => error,
        Err(source) => ToolArchiveError::Read { source },
    }
}
