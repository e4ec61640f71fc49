//! A change of the store under way: the lock, the generation it starts from, and what it has prepared.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use super::{
    generation::{Generation, current_number},
    installed::{Installed, Origin},
    layout::Layout,
    owners,
    staging::{self, Staging, StagingSlot},
    tree::Tree,
};
use crate::{
    base::{
        digest::{Blake3Digest, Sha256Digest},
        fs,
        types::ExtensionId,
    },
    store::{error::StoreError, listener::ListenerSink, report::ChangeStep},
};

/// A change under way. Dropped before it is committed, it leaves the store as it was.
///
/// Each blocking task that works for it shares it: what it has prepared and the lock last until the
/// work has ended, even where the caller waits no more.
#[derive(Debug)]
pub(in crate::store) struct Change {
    layout: Layout,
    generation: Generation,
    /// What the store has known of archives, by their digest; read when it is first asked for.
    known: OnceLock<Known>,
    /// Other processes leave it alone meanwhile: it has a lock of its own.
    staging: OnceLock<Arc<Staging>>,
    // Dropped before the lock is.
    _signature: fs::Signature,
    lock: fs::FileLock,
    doing: &'static str,
    /// Hears that the change is made.
    sink: ListenerSink,
}

/// A change that has given the lock back while something takes long. What it has prepared stays.
#[derive(Debug)]
pub(in crate::store) struct Paused {
    layout: Layout,
    generation: Generation,
    known: OnceLock<Known>,
    staging: OnceLock<Arc<Staging>>,
    doing: &'static str,
    sink: ListenerSink,
}

impl Paused {
    /// Goes on with the change, under the lock; `None` where the store has changed in the meantime: what was
    /// prepared is gone then.
    pub(in crate::store) fn resume(self, lock: fs::FileLock) -> Result<Option<Change>, StoreError> {
        if Generation::current(&self.layout)? != self.generation {
            return Ok(None);
        }
        let Self {
            layout,
            generation,
            known,
            staging,
            doing,
            sink,
        } = self;
        Ok(Some(Change {
            _signature: layout.sign(doing, &lock),
            layout,
            generation,
            known,
            staging,
            lock,
            doing,
            sink,
        }))
    }
}

/// The archives that the store has known.
#[derive(Debug, Default)]
struct Known {
    by_digest: HashMap<Sha256Digest, Installed>,
    /// The origin of each archive.
    origins: HashSet<(Sha256Digest, ExtensionId, Origin)>,
}

impl Known {
    fn add(&mut self, installed: Installed) {
        let (sha256, id) = (installed.sha256, installed.id.clone());
        self.origins.insert((sha256, id, installed.origin.clone()));
        self.by_digest.entry(sha256).or_insert(installed);
    }
}

impl Change {
    /// Gives the lock back, so that other processes do not wait for a user's answer, or for the compiler.
    pub(in crate::store) fn pause(self) -> Paused {
        Paused {
            layout: self.layout,
            generation: self.generation,
            known: self.known,
            staging: self.staging,
            doing: self.doing,
            sink: self.sink,
        }
    }

    /// Begins a change. Blocks while it reads, but not for the lock, which the caller has.
    pub(in crate::store) fn begin(
        layout: Layout,
        lock: fs::FileLock,
        doing: &'static str,
        sink: ListenerSink,
    ) -> Result<Self, StoreError> {
        let signature = layout.sign(doing, &lock);
        staging::sweep(&layout, &lock)?;
        let generation = Generation::current(&layout)?;
        Ok(Self {
            layout,
            generation,
            known: OnceLock::new(),
            staging: OnceLock::new(),
            _signature: signature,
            lock,
            doing,
            sink,
        })
    }

    pub(in crate::store) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(in crate::store) fn lock(&self) -> &fs::FileLock {
        &self.lock
    }

    /// The generation the change starts from.
    pub(in crate::store) fn generation(&self) -> &Generation {
        &self.generation
    }

    /// The staging folder, where something was to be staged.
    pub(in crate::store) fn staging(&self) -> Option<&Arc<Staging>> {
        self.staging.get()
    }

    /// A new place in the change's staging folder.
    pub(in crate::store) fn place(&self) -> fs::Result<StagingSlot> {
        if let Some(staging) = self.staging.get() {
            return staging.place();
        }
        let created = Staging::create(&self.layout, &self.lock)?;
        // Where another task was quicker, this folder is removed again.
        self.staging.get_or_init(|| Arc::new(created)).place()
    }

    /// Returns the extension installed from an archive before, in this generation or an earlier one.
    pub(in crate::store) fn known(
        &self,
        sha256: &Sha256Digest,
    ) -> Result<Option<&Installed>, StoreError> {
        Ok(self.all_known()?.by_digest.get(sha256))
    }

    fn all_known(&self) -> Result<&Known, StoreError> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let others = self.generation.others(&self.layout)?;
        // Other tasks that ask at the same time wait: with many extensions, reading takes its time.
        Ok(self.known.get_or_init(|| {
            // An old generation that cannot be read is not an error: the archive is fetched.
            let old = others
                .into_iter()
                .filter_map(|number| Generation::read(&self.layout, number).ok());
            let mut known = Known::default();
            for generation in std::iter::once(self.generation.clone()).chain(old) {
                for mut installed in generation.extensions.into_values() {
                    if let Some(fallback) = installed.fallback.take() {
                        known.add(*fallback);
                    }
                    known.add(installed);
                }
            }
            known
        }))
    }

    /// The files of an archive that was installed before under this id and whose tree is still whole: where `of` says
    /// from where, only if it came from there.
    pub(in crate::store) fn kept(
        &self,
        id: &ExtensionId,
        sha256: Sha256Digest,
        of: Option<&Origin>,
    ) -> Result<Option<Tree>, StoreError> {
        let known = self.all_known()?;
        let is_its_own = of.is_none_or(|origin| {
            let whose = (sha256, id.clone(), origin.clone());
            known.origins.contains(&whose)
        });
        match known.by_digest.get(&sha256) {
            Some(known) if is_its_own && known.id == *id => {
                Ok(Tree::kept(&self.layout, &known.tree)?)
            }
            _ => Ok(None),
        }
    }

    /// The generation that follows, in which `extensions` are installed.
    pub(in crate::store) fn next(
        &self,
        reason: String,
        extensions: BTreeMap<ExtensionId, Installed>,
    ) -> Result<Generation, StoreError> {
        self.generation.next(&self.layout, reason, extensions)
    }

    /// Moves the staged trees to their places and makes `next` the current generation. Then tells so, here, since who
    /// waits for the change may have stopped to: of those in `brought` that they are installed, what was taken out, and
    /// that the change is done.
    pub(in crate::store) fn commit(
        &self,
        next: &Generation,
        staged: &[(Tree, PathBuf)],
        brought: &[ExtensionId],
    ) -> Result<(), StoreError> {
        owners::settle(&self.layout, &self.generation, &self.lock)?;
        let mut placed = Vec::new();
        let outcome = self
            .place_all(staged, &mut placed)
            .map_err(StoreError::from)
            .and_then(|()| next.commit(&self.layout, &self.lock));
        if let Err(error) = outcome {
            self.take_back(&placed);
            return Err(error);
        }
        tracing::debug!(
            generation = next.number,
            reason = next.reason,
            "the store has changed"
        );
        self.tell(next, brought);
        Ok(())
    }

    fn tell(&self, next: &Generation, brought: &[ExtensionId]) {
        let (sink, generation) = (&self.sink, next.number);
        for id in brought {
            sink.step(id.as_str(), ChangeStep::Installed { generation });
        }
        for (id, gone) in &self.generation.extensions {
            if !next.extensions.contains_key(id) {
                let version = gone.version.clone();
                sink.step(id.as_str(), ChangeStep::Removed { version });
            }
        }
        let reason = next.reason.clone();
        sink.step("", ChangeStep::Committed { generation, reason });
    }

    /// Moves the staged trees to their places; `placed` gets those that were not there before.
    fn place_all(
        &self,
        staged: &[(Tree, PathBuf)],
        placed: &mut Vec<Blake3Digest>,
    ) -> fs::Result<()> {
        if staged.is_empty() {
            return Ok(());
        }
        fs::sync_trees(staged.iter().map(|(_, folder)| folder.as_path()))?;
        for (tree, folder) in staged {
            let set_aside = |damaged: &Path| self.discard(damaged);
            if tree.place(&self.layout, folder, set_aside, &self.lock)? {
                placed.push(tree.digest);
            }
        }
        fs::sync_dir(&self.layout.trees())
    }

    /// Removes trees that a failed commit has placed, unless something may use them.
    fn take_back(&self, placed: &[Blake3Digest]) {
        for digest in placed.iter().filter(|digest| self.is_unused(digest)) {
            fs::remove_dir_all(&self.layout.tree(digest)).unwrap_or_else(|error| {
                tracing::warn!(%error, "a tree that nothing uses stays behind");
            });
        }
    }

    /// Whether it is certain that nothing current points to a tree.
    fn is_unused(&self, digest: &Blake3Digest) -> bool {
        let number = self.generation.number;
        let mut installed = self.generation.extensions.values();
        // A commit can fail when the rename is done: then the next generation is the current one.
        current_number(&self.layout).is_ok_and(|current| current == number)
            && !installed.any(|installed| installed.tree == *digest)
    }

    /// Moves a folder, which may be protected, out of the way, to be removed when the change ends.
    pub(in crate::store) fn discard(&self, folder: &Path) -> fs::Result<()> {
        let removed = self.place()?.removed();
        match fs::make_movable(folder).and_then(|()| fs::rename(folder, &removed)) {
            Err(error) if error.is_not_found() => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change with these files staged.
    fn staged(layout: &Layout, content: &[u8]) -> (Change, Vec<(Tree, PathBuf)>) {
        let lock = layout.try_lock().unwrap().unwrap();
        let change = Change::begin(layout.clone(), lock, "test", ListenerSink::default()).unwrap();
        let folder = change.place().unwrap().tree();
        fs::create_dir(&folder).unwrap();
        fs::write_atomic(&folder.join("file"), content).unwrap();
        let tree = Tree::read(&folder).unwrap();
        (change, vec![(tree, folder)])
    }

    #[test]
    fn a_change_that_fails_removes_the_tree_it_brought_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let (change, old) = staged(&layout, b"old");
        let next = change.next("x".into(), BTreeMap::new()).unwrap();
        change.commit(&next, &old, &[]).unwrap();
        drop(change);

        // An earlier generation may use these files, even though the current one does not.
        for content in [&b"old"[..], b"new"] {
            let (change, tree) = staged(&layout, content);
            let next = change.next("x".into(), BTreeMap::new()).unwrap();
            // The generation cannot be written.
            fs::create_dir(&layout.generation(next.number)).unwrap();
            change.commit(&next, &tree, &[]).unwrap_err();
            assert_eq!(layout.tree(&tree[0].0.digest).exists(), content == b"old");
        }
        fs::remove_dir_all(&layout.trees()).unwrap();
    }
}
