//! The tree that an archive makes, kept in memory to judge names that collide and links by.

use std::collections::HashMap;

use super::{
    error::{EntryProblem, ToolArchiveError},
    limits::{ToolLimit, ToolLimits},
};
use crate::archive::{error::shown, names::folded};

/// The archive's own folder.
pub(super) const ROOT: u32 = 0;

/// As many links in a row as Linux follows.
const MOST_HOPS: u32 = 40;

/// What a path of the archive stands for.
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

/// Each component hangs below its folder under the form that every system which ignores case or the
/// spelling of accents would give it.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    children: HashMap<(u32, String), u32>,
    /// The folder of the last entry, which is that of the next one most often.
    last: (String, u32),
}

/// Where an entry was put.
#[derive(Debug)]
pub(super) struct Placed {
    /// The folder it lies in.
    pub(super) folder: u32,
    /// The folders to create for it, outermost first; itself, if it is one, last.
    pub(super) created: Vec<String>,
}

/// Where a link leads: to a node, or to nothing in the archive; and through how many links.
type Followed = (Option<u32>, u32);

/// The link that is at fault, and why.
type Fault = (u32, EntryProblem);

impl Tree {
    pub(super) fn new() -> Self {
        let root = Node {
            parent: ROOT,
            name: "".into(),
            kind: Kind::Folder,
        };
        Self {
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
        let key = (folder, folded(name));
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
            let child = self.children.get(&(at, folded(component)));
            match child.filter(|child| self.name(**child) == component) {
                Some(child) => at = *child,
                None => return false,
            }
        }
        self.kind(at) == Some(&Kind::File)
    }

    /// How many folders there are, without the root.
    pub(super) fn folders(&self) -> u64 {
        let folders = self.nodes.iter().filter(|node| node.kind == Kind::Folder);
        (folders.count() as u64).saturating_sub(1)
    }

    /// Every link with its target, after all of them were found to stay inside.
    ///
    /// `..` may only climb out of folders that are folders in this archive: so a link stays inside even
    /// where the tree is merged with another, whose links may lead elsewhere but not out either.
    pub(super) fn checked_links(&self) -> Result<Vec<(String, &str)>, ToolArchiveError> {
        let mut followed = HashMap::new();
        let mut links = Vec::new();
        for (number, node) in (0..).zip(&self.nodes) {
            let Kind::Link(target) = &node.kind else {
                continue;
            };
            self.follow(number, 1, &mut followed)
                .map_err(|(link, problem)| ToolArchiveError::entry(&self.path(link), problem))?;
            links.push((self.path(number), &**target));
        }
        Ok(links)
    }

    fn follow(
        &self,
        link: u32,
        depth: u32,
        followed: &mut HashMap<u32, Followed>,
    ) -> Result<Followed, Fault> {
        if let Some(known) = followed.get(&link) {
            return Ok(*known);
        }
        let (Some(Kind::Link(target)), Some(node)) =
            (self.kind(link), self.nodes.get(link as usize))
        else {
            return Ok((Some(link), 0));
        };
        let shown = || shown(target.as_bytes());
        let fault = |problem| Err((link, problem));
        if depth > MOST_HOPS {
            return fault(EntryProblem::LinkLoop { target: shown() });
        }
        let mut at = Some(node.parent);
        let mut may_climb = true;
        let mut hops = 1;
        let mut components = target.split('/').peekable();
        while let Some(component) = components.next() {
            match (component, at) {
                ("" | ".", _) => continue,
                ("..", _) if !may_climb => {
                    return fault(EntryProblem::LinkClimbs { target: shown() });
                }
                ("..", Some(ROOT)) => return fault(EntryProblem::LinkOut { target: shown() }),
                ("..", Some(folder)) => {
                    at = self.nodes.get(folder as usize).map(|node| node.parent);
                    continue;
                }
                // Below what is not there.
                (_, None) => continue,
                (name, Some(folder)) => {
                    let child = self.children.get(&(folder, folded(name))).copied();
                    // Whether a name in another case is there depends on the system.
                    may_climb &= child.is_some_and(|child| self.name(child) == name);
                    at = child;
                }
            }
            if let Some(next) = at
                && let Some(Kind::Link(_)) = self.kind(next)
            {
                let (place, further) = self.follow(next, depth + 1, followed)?;
                may_climb = false;
                at = place;
                hops += further;
                if hops > MOST_HOPS {
                    return fault(EntryProblem::LinkLoop { target: shown() });
                }
            }
            if components.peek().is_some() && at.and_then(|at| self.kind(at)) == Some(&Kind::File) {
                return fault(EntryProblem::LinkThroughFile { target: shown() });
            }
        }
        followed.insert(link, (at, hops));
        Ok((at, hops))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of links (`name -> target`), folders (`name/`) and files.
    fn tree(entries: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for entry in entries {
            let (path, kind) = match entry.split_once(" -> ") {
                Some((path, target)) => (path, Kind::Link(target.into())),
                None => match entry.strip_suffix('/') {
                    Some(path) => (path, Kind::Folder),
                    None => (*entry, Kind::File),
                },
            };
            tree.add(path, kind, &ToolLimits::default()).unwrap();
        }
        tree
    }

    fn problem(entries: &[&str]) -> Option<EntryProblem> {
        match tree(entries).checked_links() {
            Ok(_) => None,
            Err(ToolArchiveError::Entry { source, .. }) => Some(source),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn links_that_stay_inside_are_let_through() {
        for entries in [
            &["a", "b -> a"][..],
            &["lib/npm/cli.js", "bin/npm -> ../lib/npm/cli.js"],
            &["lib.so -> lib.so.1", "lib.so.1 -> lib.so.1.2", "lib.so.1.2"],
            &["v/1/x", "v/current -> 1", "x -> v/current/x"],
            &["a/b/", "a/up -> ..", "dot -> .", "a/b/deep -> ./..//../a/"],
            &["dangling -> nothing/here"],
            &["a/b/", "l -> a/b/../../a"],
        ] {
            assert_eq!(problem(entries), None, "{entries:?}");
        }
    }

    #[test]
    fn links_that_may_lead_out_are_refused() {
        let target = |target: &str| target.to_owned();
        for (entries, expected) in [
            (
                &["l -> .."][..],
                EntryProblem::LinkOut {
                    target: target(".."),
                },
            ),
            (
                &["a/l -> ../.."],
                EntryProblem::LinkOut {
                    target: target("../.."),
                },
            ),
            (
                &["a/", "l -> a/../.."],
                EntryProblem::LinkOut {
                    target: target("a/../.."),
                },
            ),
            // Through another link, whose own place is what `..` would climb from.
            (
                &["a/b/", "d -> a/b", "l -> d/../.."],
                EntryProblem::LinkClimbs {
                    target: target("d/../.."),
                },
            ),
            (
                &["l -> a/../.."],
                EntryProblem::LinkClimbs {
                    target: target("a/../.."),
                },
            ),
            (
                &["A/", "l -> a/../b"],
                EntryProblem::LinkClimbs {
                    target: target("a/../b"),
                },
            ),
            (
                &["f", "l -> f/.."],
                EntryProblem::LinkThroughFile {
                    target: target("f/.."),
                },
            ),
            (
                &["f", "l -> f/"],
                EntryProblem::LinkThroughFile {
                    target: target("f/"),
                },
            ),
            (
                &["l -> l"],
                EntryProblem::LinkLoop {
                    target: target("l"),
                },
            ),
            (
                &["l -> m/x", "m -> l"],
                EntryProblem::LinkLoop {
                    target: target("l"),
                },
            ),
        ] {
            assert_eq!(problem(entries), Some(expected), "{entries:?}");
        }
    }

    #[test]
    fn chains_of_links_end_somewhere() {
        for forwards in [true, false] {
            for (length, fine) in [(40, true), (41, false), (5000, false)] {
                let mut entries: Vec<String> = (0..length)
                    .map(|number| format!("l{number} -> l{}", number + 1))
                    .collect();
                if forwards {
                    entries.reverse();
                }
                let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
                assert_eq!(problem(&entries).is_none(), fine, "{length} {forwards}");
            }
        }
    }

    #[test]
    fn hard_links_find_only_files() {
        let tree = tree(&["a/b", "l -> a/b"]);
        assert!(tree.is_file("a/b"));
        for path in ["a", "l", "A/b", "a/c", "", "a/b/c", "l/b"] {
            assert!(!tree.is_file(path), "{path}");
        }
    }
}
