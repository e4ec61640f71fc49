//! The tree that an archive makes, kept in memory to judge names that collide and links by.

mod links;

use std::collections::HashMap;

use super::{
    error::{EntryProblem, ToolArchiveError},
    limits::{ToolLimit, ToolLimits},
};
use crate::package::archive::{error::shown, names::folded};

/// The archive's own folder.
pub(super) const ROOT: u32 = 0;

/// The kind of a node of the archive's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File,
    /// A symbolic link, with its target.
    Link(Box<str>),
}

#[derive(Debug)]
struct Node {
    parent: u32,
    name: Box<str>,
    kind: Kind,
}

/// A tree of the paths in an archive. Where names fold, each component hangs below its folder under the form that
/// every system which ignores case or the spelling of accents would give it.
#[derive(Debug)]
pub(super) struct Tree {
    /// Names that differ in case or in the spelling of accents are one.
    folds: bool,
    nodes: Vec<Node>,
    children: HashMap<(u32, String), u32>,
    /// The folder of the last entry, which is that of the next one most often.
    last: (String, u32),
}

/// The node that an entry was put at.
#[derive(Debug)]
pub(super) struct Placed {
    /// The folder it lies in.
    pub(super) folder: u32,
    /// The folders to create for it, outermost first; itself, if it is one, last.
    pub(super) created: Vec<String>,
}

impl Tree {
    pub(super) fn new(folds: bool) -> Self {
        let root = Node {
            parent: ROOT,
            name: "".into(),
            kind: Kind::Folder,
        };
        Self {
            folds,
            nodes: vec![root],
            children: HashMap::new(),
            last: (String::new(), ROOT),
        }
    }

    /// Adds an entry, or meets a folder again.
    pub(super) fn add(
        &mut self,
        path: &str,
        kind: Kind,
        limits: &ToolLimits,
    ) -> Result<Placed, ToolArchiveError> {
        let mut created = Vec::new();
        if path.is_empty() {
            let folder = ROOT;
            return match kind {
                Kind::Folder => Ok(Placed { folder, created }),
                _ => Err(ToolArchiveError::entry(path, EntryProblem::FileAndFolder)),
            };
        }
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if self.last.0 != above {
            let mut folder = ROOT;
            let mut end = 0;
            for component in above.split('/').filter(|component| !component.is_empty()) {
                end += component.len();
                let (next, is_new) =
                    self.step(path, folder, component, Kind::Folder, false, limits)?;
                if is_new {
                    created.push(above.get(..end).unwrap_or_default().to_owned());
                }
                folder = next;
                end += 1;
            }
            self.last = (above.to_owned(), folder);
        }
        let folder = self.last.1;
        let is_folder = kind == Kind::Folder;
        let (_, is_new) = self.step(path, folder, name, kind, true, limits)?;
        if is_folder && is_new {
            created.push(path.to_owned());
        }
        Ok(Placed { folder, created })
    }

    /// Goes to a child of a folder, which is added if it is not there; whether it was.
    fn step(
        &mut self,
        path: &str,
        folder: u32,
        name: &str,
        kind: Kind,
        is_last: bool,
        limits: &ToolLimits,
    ) -> Result<(u32, bool), ToolArchiveError> {
        let key = self.key(folder, name);
        let Some(&number) = self.children.get(&key) else {
            if self.nodes.len() as u64 > limits.entries {
                let (limit, most) = (ToolLimit::Entries, limits.entries);
                return Err(ToolArchiveError::Limit { limit, most });
            }
            let number = u32::try_from(self.nodes.len()).map_err(|_| ToolArchiveError::Limit {
                limit: ToolLimit::Entries,
                most: u64::from(u32::MAX),
            })?;
            self.nodes.push(Node {
                parent: folder,
                name: name.into(),
                kind,
            });
            self.children.insert(key, number);
            return Ok((number, true));
        };
        let Some(node) = self.nodes.get(number as usize) else {
            return Ok((number, false));
        };
        let other = || shown(self.path(number).as_bytes());
        let problem = match (&node.kind, kind) {
            _ if *node.name != *name => EntryProblem::Duplicate { other: other() },
            (Kind::Folder, Kind::Folder) => return Ok((number, false)),
            (Kind::Link(_), Kind::Folder) if !is_last => {
                EntryProblem::ThroughLink { link: other() }
            }
            (Kind::Folder, _) | (_, Kind::Folder) => EntryProblem::FileAndFolder,
            _ => EntryProblem::Duplicate { other: other() },
        };
        Err(ToolArchiveError::entry(path, problem))
    }

    /// Whether a path is that of a file, spelled alike.
    pub(super) fn is_file(&self, path: &str) -> bool {
        let mut at = ROOT;
        for component in path.split('/') {
            match self.child(at, component) {
                Some(child) if self.name(child) == component => at = child,
                _ => return false,
            }
        }
        self.kind(at) == Some(&Kind::File)
    }

    /// The node that a name in a folder leads to.
    fn child(&self, folder: u32, name: &str) -> Option<u32> {
        self.children.get(&self.key(folder, name)).copied()
    }

    fn key(&self, folder: u32, name: &str) -> (u32, String) {
        match self.folds {
            true => (folder, folded(name)),
            false => (folder, name.to_owned()),
        }
    }

    /// Returns the number of folders, without the root.
    pub(super) fn folders(&self) -> u64 {
        let folders = self.nodes.iter().filter(|node| node.kind == Kind::Folder);
        (folders.count() as u64).saturating_sub(1)
    }

    fn kind(&self, number: u32) -> Option<&Kind> {
        self.nodes.get(number as usize).map(|node| &node.kind)
    }

    fn name(&self, number: u32) -> &str {
        self.nodes
            .get(number as usize)
            .map_or("", |node| &node.name)
    }

    fn path(&self, number: u32) -> String {
        let mut names = Vec::new();
        let mut at = number;
        while at != ROOT
            && let Some(node) = self.nodes.get(at as usize)
        {
            names.push(&*node.name);
            at = node.parent;
        }
        names.reverse();
        names.join("/")
    }
}
