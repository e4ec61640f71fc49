//! Targets of an archive's links.

use std::collections::HashMap;

use super::{Kind, ROOT, Tree};
use crate::package::archive::{
    error::shown,
    tool::error::{EntryProblem, ToolArchiveError},
};

/// As many links in a row as Linux follows.
const MOST_HOPS: u32 = 40;

/// The end of a link: a node, or nothing in the archive; and the number of links on the way.
type Followed = (Option<u32>, u32);

/// The link that is at fault, and why.
type Fault = (u32, EntryProblem);

impl Tree {
    /// Every link with its target, after all of them were found to stay inside.
    ///
    /// `..` may only climb out of folders that are folders in this archive: so a link stays inside even
    /// where the tree is merged with another, whose links may lead elsewhere but not out either.
    pub(in crate::package::archive::tool) fn checked_links(
        &self,
    ) -> Result<Vec<(String, &str)>, ToolArchiveError> {
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
                    let child = self.child(folder, name);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::archive::tool::limits::ToolLimits;

    /// A tree of links (`name -> target`), folders (`name/`) and files.
    fn tree(entries: &[&str]) -> Tree {
        tree_where(true, entries)
    }

    fn tree_where(folds: bool, entries: &[&str]) -> Tree {
        let mut tree = Tree::new(folds);
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
        problem_in(&tree(entries))
    }

    fn problem_in(tree: &Tree) -> Option<EntryProblem> {
        match tree.checked_links() {
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
                    target: target("m/x"),
                },
            ),
        ] {
            assert_eq!(problem(entries), Some(expected), "{entries:?}");
        }
    }

    #[test]
    fn names_in_another_case_are_others_where_the_file_system_has_them_so() {
        let exact = |entries| problem_in(&tree_where(false, entries));
        for entries in [
            &["Makefile", "makefile"][..],
            &["A/x", "a/", "l -> a/../A/x"],
            &["L -> A", "l/x", "A/"],
            &["l -> L", "L"],
            &["\u{e9}", "e\u{301}"],
        ] {
            assert_eq!(exact(entries), None, "{entries:?}");
        }
        // What is not there may be a link that something else has put there.
        let target = || "a/../b".to_owned();
        let climbs = EntryProblem::LinkClimbs { target: target() };
        assert_eq!(exact(&["A/", "l -> a/../b"]), Some(climbs));
        let tree = tree_where(false, &["a/b", "A/"]);
        assert!(tree.is_file("a/b") && !tree.is_file("A/b"));
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
