//! A change of the store under way: the lock, the generation it starts from, and what it has prepared.

use std::collections::BTreeMap;

use super::{
    Generation, Installed, StoreError,
    generation::{current_number, numbers},
    layout::{Layout, Staging},
    tree::Tree,
};
use crate::{digest::Blake3Digest, fs, registry::VersionLine, types::ExtensionId};

/// A change under way. Dropped before it is committed, it leaves the store as it was.
///
/// It goes with the work into each blocking task and comes back with its result: what it has prepared
/// and the lock last until the work has ended, even where nobody waits for the result any more.
#[derive(Debug)]
pub(super) struct Change {
    layout: Layout,
    generation: Generation,
    // Removed before the lock is released: whoever has the lock finds no staging folder but its own.
    staging: Option<Staging>,
    lock: fs::FileLock,
}

impl Change {
    /// Begins a change. Blocks while it reads, but not for the lock, which the caller has.
    pub(super) fn begin(layout: Layout, lock: fs::FileLock) -> Result<Self, StoreError> {
        layout.sweep(&lock)?;
        let generation = Generation::current(&layout)?;
        Ok(Self {
            layout,
            generation,
            staging: None,
            lock,
        })
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The generation the change starts from.
    pub(super) fn generation(&self) -> &Generation {
        &self.generation
    }

    /// The change's staging folder, created where it has none yet.
    pub(super) fn stage(&mut self) -> fs::Result<&Staging> {
        let staging = match self.staging.take() {
            Some(staging) => staging,
            None => Staging::create(&self.layout, &self.lock)?,
        };
        Ok(self.staging.insert(staging))
    }

    /// The files of an archive that was installed before and whose tree is still whole.
    pub(super) fn kept(&self, line: &VersionLine) -> Result<Option<Tree>, StoreError> {
        let tree_in = |generation: &Generation| {
            let installed = generation.extensions.get(&line.id)?;
            (installed.sha256 == line.archive.sha256).then_some(installed.tree)
        };
        let mut known = tree_in(&self.generation);
        if known.is_none() {
            // An old generation that cannot be read is no reason to fail: the archive is fetched.
            let mut old = numbers(&self.layout)?
                .into_iter()
                .filter_map(|number| Generation::read(&self.layout, number).ok());
            known = old.find_map(|generation| tree_in(&generation));
        }
        match known {
            Some(digest) => Ok(Tree::kept(&self.layout, &digest)?),
            None => Ok(None),
        }
    }

    /// The generation that follows, in which `extensions` are installed.
    pub(super) fn next(
        &self,
        reason: String,
        extensions: BTreeMap<ExtensionId, Installed>,
    ) -> Result<Generation, StoreError> {
        self.generation.next(&self.layout, reason, extensions)
    }

    /// Moves the staged `tree` to its place, if there is one, and makes `next` the current
    /// generation.
    pub(super) fn commit(&self, next: &Generation, tree: Option<Tree>) -> Result<(), StoreError> {
        let mut placed = None;
        if let (Some(staging), Some(tree)) = (&self.staging, tree)
            && tree.place(&self.layout, &staging.tree(), &self.lock)?
        {
            placed = Some(tree.digest);
        }
        if let Err(error) = next.commit(&self.layout, &self.lock) {
            if let Some(digest) = placed.filter(|digest| self.is_unused(digest)) {
                fs::remove_dir_all(&self.layout.tree(&digest)).unwrap_or_else(|error| {
                    tracing::warn!(%error, "a tree that nothing uses stays behind");
                });
            }
            return Err(error);
        }
        tracing::debug!(
            generation = next.number,
            reason = next.reason,
            "the store has changed"
        );
        Ok(())
    }

    /// Whether it is certain that nothing current points to a tree.
    fn is_unused(&self, digest: &Blake3Digest) -> bool {
        let number = self.generation.number;
        let mut installed = self.generation.extensions.values();
        // A commit can fail when the rename is done: then the next generation is the current one.
        current_number(&self.layout).is_ok_and(|current| current == number)
            && !installed.any(|installed| installed.tree == *digest)
    }

    /// Whether files were brought onto the disk that are not in their place yet.
    pub(super) fn has_staged(&self) -> bool {
        self.staging.is_some()
    }

    /// Moves a working directory out of the way, to be removed when the change ends.
    pub(super) fn discard(&mut self, folder: &std::path::Path) -> fs::Result<()> {
        let removed = self.stage()?.removed();
        match fs::rename(folder, &removed) {
            Err(error) if error.is_not_found() => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change with these files staged.
    fn staged(layout: &Layout, content: &[u8]) -> (Change, Tree) {
        let lock = layout.try_lock().unwrap().unwrap();
        let mut change = Change::begin(layout.clone(), lock).unwrap();
        let folder = change.stage().unwrap().tree();
        fs::create_dir(&folder).unwrap();
        fs::write_atomic(&folder.join("file"), content).unwrap();
        let tree = Tree::read(&folder).unwrap();
        (change, tree)
    }

    #[test]
    fn a_change_that_fails_removes_the_tree_it_brought_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let (change, old) = staged(&layout, b"old");
        let next = change.next("x".into(), BTreeMap::new()).unwrap();
        change.commit(&next, Some(old)).unwrap();
        drop(change);

        // An earlier generation may use these files, even though the current one does not.
        for content in [&b"old"[..], b"new"] {
            let (change, tree) = staged(&layout, content);
            let next = change.next("x".into(), BTreeMap::new()).unwrap();
            // The generation cannot be written.
            fs::create_dir(&layout.generation(next.number)).unwrap();
            change.commit(&next, Some(tree)).unwrap_err();
            assert_eq!(layout.tree(&tree.digest).exists(), content == b"old");
        }
        fs::remove_dir_all(&layout.trees()).unwrap();
    }
}
