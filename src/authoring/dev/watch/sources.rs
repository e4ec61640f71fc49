//! All that is watched: the extension's folder, and what lies outside it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    changes::{Changed, Changes},
    event_buffer::Gathered,
    system::System,
    tree::{Surroundings, Tree},
};
use crate::base::fs;

/// The trees that are watched, and what has changed in them.
#[derive(Debug)]
pub(super) struct Sources {
    /// The extension's folder, then the others. No two hold the same files.
    trees: Vec<Tree>,
    /// The paths at which a tree begins that lies in another.
    tops: BTreeSet<PathBuf>,
    pub(super) changes: Changes,
}

impl Sources {
    /// No sources at all.
    pub(super) fn none() -> Self {
        Self {
            trees: Vec::new(),
            tops: BTreeSet::new(),
            changes: Changes::default(),
        }
    }

    /// The sources in `folder` and in `others`, which were not looked at yet.
    pub(super) fn new(folder: PathBuf, others: &[PathBuf], system: &mut System) -> Self {
        let mut sources = Self::none();
        sources.trees.push(Tree::new(folder));
        sources.walk(false, system);
        sources.set_others(others, system);
        sources
    }

    /// Watches `others` beside the folder, and nothing else. What has changed in those that were watched
    /// before counts; what is new does not.
    pub(super) fn set_others(&mut self, others: &[PathBuf], system: &mut System) {
        let former = self.trees.split_off(1);
        let (mut former, dropped): (Vec<Tree>, Vec<Tree>) = former
            .into_iter()
            .partition(|tree| others.contains(&tree.top));
        // A folder comes before what lies in it, and is looked at first.
        let others: BTreeSet<&PathBuf> = others.iter().collect();
        for top in others {
            let real = fs::canonicalize(top).ok();
            if self
                .trees
                .iter()
                .any(|tree| tree.covers(top, real.as_deref()))
            {
                continue;
            }
            let tree = match former.iter().position(|tree| tree.top == *top) {
                Some(known) => former.swap_remove(known),
                None => Tree::new(top.clone()),
            };
            self.trees.push(tree);
            self.name_tops();
            self.walk_tree(self.trees.len() - 1, false, system);
        }
        self.name_tops();
        if !dropped.is_empty() || !former.is_empty() {
            for tree in dropped.iter().chain(&former) {
                tree.unwatch(system);
            }
            // A folder has one watch, by whichever name: another tree may need it.
            self.walk(false, system);
        }
    }

    /// Takes in what the system has told.
    pub(super) fn take_in(&mut self, gathered: Gathered, system: &mut System) {
        if gathered.everything {
            self.walk(true, system);
            return;
        }
        let mut again = false;
        for (path, path_change) in gathered.path_changes {
            let (path, Some(index)) = self.tree_of(path) else {
                continue;
            };
            let (tree, mut around) = self.tree(index, system);
            again |= tree.take_in(&path, path_change, &mut around);
        }
        if again {
            self.walk(false, system);
        }
    }

    /// Looks at everything. `written`: all of it counts as changed.
    pub(super) fn walk(&mut self, written: bool, system: &mut System) {
        // Once more where watches were given up: a watch may have been shared with another folder, which lost it too.
        if self.walk_once(written, system) {
            self.walk_once(false, system);
        }
    }

    /// Looks whether what lies outside the folder is still where it was: no event tells of what becomes
    /// of the folders above.
    pub(super) fn look_at_others(&mut self, system: &mut System) {
        let now = Instant::now();
        let mut again = false;
        for index in 1..self.trees.len() {
            let (tree, mut around) = self.tree(index, system);
            again |= tree.look_at_top(now, &mut around);
        }
        if again {
            self.walk(false, system);
        }
    }

    /// The changes until now, if there are any.
    pub(super) fn take_changes(&mut self) -> Option<Changed> {
        let Self { trees, changes, .. } = self;
        changes.take(|path| trees.iter().any(|tree| tree.has_file(path)))
    }

    fn walk_once(&mut self, written: bool, system: &mut System) -> bool {
        let mut again = false;
        for index in 0..self.trees.len() {
            again |= self.walk_tree(index, written, system);
        }
        again
    }

    fn walk_tree(&mut self, index: usize, written: bool, system: &mut System) -> bool {
        let (tree, mut around) = self.tree(index, system);
        tree.walk(written, Instant::now(), &mut around)
    }

    fn tree<'a>(
        &'a mut self,
        index: usize,
        system: &'a mut System,
    ) -> (&'a mut Tree, Surroundings<'a>) {
        let around = Surroundings {
            system,
            changes: &mut self.changes,
            others: &self.tops,
        };
        (&mut self.trees[index], around)
    }

    /// The innermost tree a path lies in, and the path by its name there: some systems tell the real path
    /// of what is watched through a link.
    fn tree_of(&self, path: PathBuf) -> (PathBuf, Option<usize>) {
        if let Some(index) = self.innermost(&path) {
            return (path, Some(index));
        }
        let named = self.trees.iter().find_map(|tree| tree.name_of(&path));
        match named {
            Some(name) => {
                let index = self.innermost(&name);
                (name, index)
            }
            None => (path, None),
        }
    }

    fn innermost(&self, path: &Path) -> Option<usize> {
        let trees = self.trees.iter().enumerate();
        trees
            .filter(|(_, tree)| path.starts_with(&tree.top))
            .max_by_key(|(_, tree)| tree.top.as_os_str().len())
            .map(|(index, _)| index)
    }

    /// Names where each tree begins, also by the name that it has in the others.
    fn name_tops(&mut self) {
        self.tops = self.trees.iter().map(|tree| tree.top.clone()).collect();
        for tree in &self.trees {
            let Some(real) = &tree.real else {
                continue;
            };
            let names = self.trees.iter().filter_map(|other| other.name_of(real));
            self.tops.extend(names);
        }
    }
}
