//! The files of one extension: found without following links, read as far as the limits allow.

use std::{
    cell::RefCell,
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{
    Declarative,
    budget::Budget,
    finding::{Finding, FindingKind},
};
use crate::{
    base::{fs, hint::Hint as _, printable::printable},
    package::manifest::RelativePath,
};

/// The kind of entry at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Missing,
    File,
    Folder,
    Link,
    Other,
}

/// The files below an extension's folder.
#[derive(Debug)]
pub(super) struct Files<'a> {
    folder: &'a Path,
    budget: &'a Budget,
    /// What stands at folders that were looked at: an icon theme names thousands of files in one.
    looked_at: RefCell<HashMap<PathBuf, Kind>>,
}

impl<'a> Files<'a> {
    pub(super) fn new(folder: &'a Path, budget: &'a Budget) -> Self {
        Self {
            folder,
            budget,
            looked_at: RefCell::default(),
        }
    }

    /// Returns the kind of entry at a path, no link on the way to it followed.
    pub(super) fn kind(&self, path: &RelativePath) -> Kind {
        let mut current = self.folder.to_path_buf();
        let mut kind = Kind::Folder;
        for segment in path.segments() {
            match kind {
                Kind::Folder => current.push(segment),
                Kind::Link => return Kind::Link,
                _ => return Kind::Missing,
            }
            kind = self.look(&current);
        }
        kind
    }

    fn look(&self, path: &Path) -> Kind {
        if let Some(kind) = self.looked_at.borrow().get(path) {
            return *kind;
        }
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => Kind::Link,
            Ok(metadata) if metadata.is_dir() => Kind::Folder,
            Ok(metadata) if metadata.is_file() => Kind::File,
            Ok(_) => Kind::Other,
            Err(_) => Kind::Missing,
        };
        if kind != Kind::File {
            self.looked_at.borrow_mut().insert(path.to_owned(), kind);
        }
        kind
    }

    /// Reads a file that must be there and have no more than `limit` bytes.
    pub(super) fn read(&self, path: &RelativePath, limit: u64) -> Result<Vec<u8>, Finding> {
        if let Some(finding) = self.refuse(path) {
            return Err(finding);
        }
        let limit_here = limit.min(self.budget.bytes());
        let mut bytes = Vec::new();
        fs::open_regular(&path.below(self.folder))
            .and_then(|file| {
                file.take(limit_here + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|source| fs::Error::new("read", path.as_str(), source))
            })
            .map_err(|error| unreadable(path, &error))?;
        let length = bytes.len() as u64;
        if length > limit_here {
            let problem = if limit_here == limit {
                format!("it is larger than {limit} bytes")
            } else {
                format!(
                    "the extension's files have more than {} bytes together",
                    Declarative::MAX_BYTES
                )
            };
            return Err(Finding::error(FindingKind::TooLarge, path, problem)
                .with_hint("leave out what no editor reads, or divide the extension"));
        }
        self.budget.spend_bytes(length);
        Ok(bytes)
    }

    /// Returns the reason why a path cannot be read as a file.
    pub(super) fn refuse(&self, path: &RelativePath) -> Option<Finding> {
        let (problem, hint) = match self.kind(path) {
            Kind::File => return None,
            Kind::Missing => (
                "it is missing",
                "add the file, or take it out of what names it",
            ),
            Kind::Link => (
                "it is a link, or lies behind one",
                "an archive holds no links: put a copy of the file there instead",
            ),
            Kind::Folder | Kind::Other => ("it is not a plain file", "put a plain file there"),
        };
        Some(Finding::error(FindingKind::Unreadable, path, problem).with_hint(hint))
    }

    /// The names of the files in a folder, sorted; folders, links and names that are not text left out.
    pub(super) fn names(&self, folder: &RelativePath) -> Result<Vec<RelativePath>, Finding> {
        if self.kind(folder) != Kind::Folder {
            return Ok(Vec::new());
        }
        let entries =
            fs::read_dir(&folder.below(self.folder)).map_err(|error| unreadable(folder, &error))?;
        let names = entries
            .iter()
            .filter_map(|entry| entry.file_name()?.to_str());
        let paths = names.filter_map(|name| folder.join(name).ok());
        Ok(paths.filter(|path| self.kind(path) == Kind::File).collect())
    }
}

fn unreadable(path: &RelativePath, error: &fs::Error) -> Finding {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let cause = printable(&cause.unwrap_or_default());
    let finding = Finding::error(
        FindingKind::Unreadable,
        path,
        format!("it cannot be read: {cause}"),
    );
    match error.hint() {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    }
}
