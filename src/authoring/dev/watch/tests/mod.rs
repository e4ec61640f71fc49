//! The watch on a real file system. Each test waits for what must come; what must not is told by a marker
//! that is put into the folder afterwards: the system tells of both in their order.
#![expect(
    clippy::disallowed_methods,
    reason = "files are changed as other programs do"
)]

mod beside;
mod folders;
mod ignored;
mod limits;
mod presence;
mod saves;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Change, SourceWatch, changes::Changed};

/// What has not come by then never will.
const PATIENCE: Duration = Duration::from_secs(30);

/// Short, so that the tests are.
const QUIET: Duration = Duration::from_millis(10);

/// How the names of markers begin. It sorts before all others, so that a marker is among those that a
/// change names.
const MARKER: &str = "!";

/// A file of this name is not reported, but the system tells of it.
const LITTER: &str = ".#litter";

/// A folder that is watched, in one that is not.
struct Desk {
    room: tempfile::TempDir,
    folder: PathBuf,
    watch: SourceWatch,
    markers: usize,
}

impl Desk {
    /// Watches a folder that `fill` has filled.
    fn new(fill: impl FnOnce(&Path)) -> Self {
        Self::at("extension", fill)
    }

    /// Watches the folder of a name in the room, or a link that `fill` makes there.
    fn at(name: &str, fill: impl FnOnce(&Path)) -> Self {
        let room = tempfile::tempdir().unwrap();
        let folder = room.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        fill(&folder);
        Self::watching(room, folder)
    }

    fn watching(room: tempfile::TempDir, folder: PathBuf) -> Self {
        let watch = SourceWatch::start(folder.clone(), QUIET).unwrap();
        Self {
            room,
            folder,
            watch,
            markers: 0,
        }
    }

    /// A path in the folder.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A path beside the folder.
    fn outside(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    async fn next(&mut self) -> Change {
        let next = tokio::time::timeout(PATIENCE, self.watch.next());
        next.await.expect("a change is reported")
    }

    async fn next_sources(&mut self) -> Changed {
        match self.next().await {
            Change::Sources(changed) => changed,
            other => panic!("{other:?} is reported"),
        }
    }

    /// All that is reported of what was changed until now, as names in the room.
    async fn changed(&mut self) -> BTreeSet<String> {
        self.told(&self.path(LITTER)).await;
        self.markers += 1;
        let marker = self.path(&format!("{MARKER}{}", self.markers));
        put(&self.outside(LITTER), &marker);
        let mut all = BTreeSet::new();
        loop {
            let changed = self.next_sources().await;
            assert!(changed.paths.is_sorted());
            all.extend(changed.paths.iter().map(|path| {
                let name = path.strip_prefix(self.room.path()).unwrap();
                name.to_str().unwrap().to_owned()
            }));
            if changed.paths.contains(&marker) {
                let markers = format!("extension/{MARKER}");
                all.retain(|name| !name.starts_with(&markers));
                return all;
            }
        }
    }

    /// Waits until the system has told of all that was done until now, and then of a new file at `last`.
    /// Nothing is looked at meanwhile. Otherwise what it tells late, of what was found by looking, would
    /// be taken for a change of later.
    async fn told(&self, last: &Path) {
        put(&self.outside(LITTER), last);
        let is_told = || {
            let gathered = self.watch.events.lock();
            gathered.everything || gathered.path_changes.contains_key(last)
        };
        let told = async {
            while !super::lock(&self.watch.watched).is_blind() && !is_told() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, told)
            .await
            .expect("the system tells of it");
    }

    /// Waits until a file that was changed is reported.
    async fn until(&mut self, path: &Path) {
        while !self
            .next_sources()
            .await
            .paths
            .iter()
            .any(|changed| changed == path)
        {}
    }

    /// Changes a file that is there, and waits until that is reported.
    async fn sees(&mut self, name: &str) {
        write(&self.path(name), "seen");
        assert!(self.changed().await.contains(&format!("extension/{name}")));
    }
}

/// Writes a file in place, and makes the folders it is in.
fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Puts a new file in place by way of another one outside, so that there is one event.
fn put(by_way_of: &Path, path: &Path) {
    fs::write(by_way_of, "put").unwrap();
    fs::rename(by_way_of, path).unwrap();
}

/// Names in the folder as they are reported.
fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names
        .iter()
        .map(|name| format!("extension/{name}"))
        .collect()
}

#[cfg(unix)]
fn link(to: impl AsRef<Path>, at: &Path) {
    std::os::unix::fs::symlink(to, at).unwrap();
}
