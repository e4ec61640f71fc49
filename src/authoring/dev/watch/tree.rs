//! The known state of one tree: the folders that are watched, and how each file was.
//!
//! Events only say where to look. What has changed is found by comparison with what is known, so that
//! reading, a new mode, or an event that comes twice counts for nothing, and what no event told of is
//! found all the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{changes::Changes, event_buffer::PathChange, ignored, system::System};
use crate::base::fs::{self, Identity, Stamp};

/// A tree, or a single file, and what is known of it.
#[derive(Debug)]
pub(super) struct Tree {
    /// Its top, which may be a link.
    pub(super) top: PathBuf,
    /// Where the top really is; `None` where it was not there when it was named.
    pub(super) real: Option<PathBuf>,
    /// All that was there when it was last looked at.
    known: BTreeMap<PathBuf, Known>,
    /// Folders that were found to be gone before the system told of it.
    missed: BTreeSet<PathBuf>,
    /// It was not looked at yet, so what is found is nothing new.
    new: bool,
}

#[derive(Debug, Clone, Copy)]
enum Known {
    Folder(Identity),
    /// A folder in which nothing counts.
    Ignored,
    File(Stamp),
}

/// The surroundings of a tree that a scan works with.
pub(super) struct Surroundings<'a> {
    pub(super) system: &'a mut System,
    pub(super) changes: &'a mut Changes,
    /// The paths at which other trees begin.
    pub(super) others: &'a BTreeSet<PathBuf>,
}

/// The mode of a scan: how its findings count.
#[derive(Clone, Copy)]
struct ScanMode {
    /// Files count even if they are as they were.
    written: bool,
    /// Files that were not known do not count.
    new: bool,
    /// When they changed.
    times: (Instant, Instant),
}

/// The kind of entry found at a path.
enum Found {
    /// Nothing that counts: nothing at all, an editor's litter, a socket.
    Nothing,
    Folder(Identity),
    File(Stamp),
}

impl Tree {
    /// A tree that was not looked at yet.
    pub(super) fn new(top: PathBuf) -> Self {
        Self {
            real: fs::canonicalize(&top).ok(),
            top,
            known: BTreeMap::new(),
            missed: BTreeSet::new(),
            new: true,
        }
    }

    /// Whether a path is that of a file that was there.
    pub(super) fn has_file(&self, path: &Path) -> bool {
        matches!(self.known.get(path), Some(Known::File(_)))
    }

    /// Whether what is at a path, by any name of the folders above it, is looked at already.
    pub(super) fn covers(&self, path: &Path, real: Option<&Path>) -> bool {
        let known = |path: &Path| {
            matches!(
                self.known.get(path),
                Some(Known::Folder(_) | Known::File(_))
            )
        };
        known(path)
            || real
                .and_then(|real| self.name_of(real))
                .is_some_and(|name| known(&name))
    }

    /// The name in this tree of what is really at a path.
    pub(super) fn name_of(&self, real: &Path) -> Option<PathBuf> {
        let inner = real.strip_prefix(self.real.as_ref()?).ok()?;
        // To join nothing would add a separator.
        Some(if inner.as_os_str().is_empty() {
            self.top.clone()
        } else {
            self.top.join(inner)
        })
    }

    /// Looks at everything. Returns whether it should be done again, in all trees, since watches were
    /// given up.
    pub(super) fn walk(
        &mut self,
        written: bool,
        now: Instant,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let mode = ScanMode {
            written,
            new: std::mem::take(&mut self.new),
            times: (now, now),
        };
        let found = Found::at_top(&self.top);
        if let Found::File(_) = found {
            around.system.watch_root(&self.top);
        }
        let old = std::mem::take(&mut self.known);
        self.compare(self.top.clone(), found, old, mode, around)
    }

    /// Looks at what an event told of. Returns whether all trees should be walked.
    pub(super) fn take_in(
        &mut self,
        path: &Path,
        path_change: PathChange,
        around: &mut Surroundings<'_>,
    ) -> bool {
        // A watch follows a folder to its new name, and may be taken from there when the system tells,
        // late, that it has left the old one.
        let left = path_change.departed
            && (self.missed.remove(path) || matches!(self.known.get(path), Some(Known::Folder(_))));
        let looked = self.place(path).is_some_and(|place| {
            let path_change = if place == path {
                path_change
            } else {
                PathChange::rescan(path_change.last)
            };
            self.look_at(place, path_change, around)
        });
        if path_change.departed {
            self.missed.retain(|folder| !folder.starts_with(path));
        }
        left || looked
    }

    /// Looks at the top alone: whether it is there, and is what it was.
    pub(super) fn look_at_top(&mut self, now: Instant, around: &mut Surroundings<'_>) -> bool {
        self.look_at(&self.top.clone(), PathChange::rescan(now), around)
    }

    /// Ceases to watch.
    pub(super) fn unwatch(&self, system: &mut System) {
        let watched = self.known.iter().filter(|(path, known)| match known {
            Known::Folder(_) => true,
            Known::File(_) => **path == self.top,
            Known::Ignored => false,
        });
        system.unwatch(watched.map(|(path, _)| path));
    }

    /// Returns the place to look at for a change at a path: the path itself, or the first on the way that is not known
    /// to be a folder. `None` where it does not count.
    fn place<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        let mut place = path;
        while place != self.top {
            let folder = place.parent()?;
            match self.known.get(folder) {
                Some(Known::Folder(_)) => break,
                Some(Known::Ignored) => return None,
                Some(Known::File(_)) | None => place = folder,
            }
        }
        Some(place)
    }

    /// Compares what is at a path with what was there, and returns whether all trees should be walked.
    fn look_at(
        &mut self,
        path: &Path,
        path_change: PathChange,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let is_top = path == self.top;
        if !is_top && around.others.contains(path) {
            return false;
        }
        let found = if is_top {
            Found::at_top(path)
        } else {
            Found::at(path)
        };
        let before = self.known.get(path).copied();
        match (before, &found) {
            // Its mode or its time. What is in it has events of its own.
            (Some(Known::Folder(before)), Found::Folder(now))
                if before == *now && !path_change.arrived =>
            {
                return false;
            }
            (Some(Known::Ignored), Found::Folder(_)) if !path_change.arrived => return false,
            (Some(Known::File(before)), Found::File(now))
                if is_top && before.identity == now.identity && !path_change.departed => {}
            (_, Found::File(_)) if is_top => around.system.watch_root(path),
            _ => {}
        }
        let mode = ScanMode {
            // What lies in a folder that came back is compared.
            written: path_change.written && matches!(found, Found::File(_)),
            new: false,
            times: (path_change.first, path_change.last),
        };
        let old = take(&mut self.known, path);
        let swept = self.compare(path.to_path_buf(), found, old, mode, around);
        let decided = ignored::decides(path) && before.is_some() != self.known.contains_key(path);
        swept || decided
    }

    /// Compares what was found at a path, and all that lies below it, with what was known of it. Returns
    /// whether folders have gone, and their watches with them.
    fn compare(
        &mut self,
        path: PathBuf,
        found: Found,
        mut old: BTreeMap<PathBuf, Known>,
        mode: ScanMode,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let mut folders = Vec::new();
        folders.extend(self.meet(path, found, &mut old, mode, around));
        while let Some(folder) = folders.pop() {
            // Watched before it is listed: what comes in between is seen twice rather than never.
            if folder == self.top {
                around.system.watch_root(&folder);
            } else {
                around.system.watch_folder(&folder);
            }
            match fs::read_dir(&folder) {
                Ok(entries) => {
                    for path in entries {
                        if !around.others.contains(&path) {
                            let found = Found::at(&path);
                            folders.extend(self.meet(path, found, &mut old, mode, around));
                        }
                    }
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    tracing::debug!(%error, "what is in it is taken to be as it was");
                    // Unknown, so that it is looked into once it has changed.
                    self.known.remove(&folder);
                    self.known.extend(take(&mut old, &folder));
                }
            }
        }
        self.sweep(old, mode, around)
    }

    /// Takes up what was found at a path. Returns it if it is a folder to look into.
    fn meet(
        &mut self,
        path: PathBuf,
        found: Found,
        old: &mut BTreeMap<PathBuf, Known>,
        mode: ScanMode,
        around: &mut Surroundings<'_>,
    ) -> Option<PathBuf> {
        match found {
            Found::Nothing => None,
            Found::Folder(_) if path != self.top && ignored::is_ignored_folder(&path) => {
                for (below, known) in take(old, &path) {
                    match known {
                        Known::Folder(_) => around.system.unwatch([&below]),
                        Known::File(_) => around.changes.forget(&below),
                        Known::Ignored => {}
                    }
                }
                self.known.insert(path, Known::Ignored);
                None
            }
            Found::Folder(identity) => {
                if let Some(Known::File(before)) = old.remove(&path) {
                    around.changes.add(path.clone(), Some(before), mode.times);
                }
                self.missed.remove(&path);
                self.known.insert(path.clone(), Known::Folder(identity));
                Some(path)
            }
            Found::File(now) => {
                let before = match old.get(&path) {
                    Some(Known::File(before)) => Some(*before),
                    _ => None,
                };
                if before.is_some() {
                    old.remove(&path);
                }
                let changed = match before {
                    Some(before) => mode.written || before != now,
                    None => !mode.new,
                };
                if changed {
                    around.changes.add(path.clone(), before, mode.times);
                }
                self.known.insert(path, Known::File(now));
                None
            }
        }
    }

    /// Counts what was known and is there no more.
    fn sweep(
        &mut self,
        old: BTreeMap<PathBuf, Known>,
        mode: ScanMode,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let mut folders = false;
        for (path, known) in old {
            match known {
                Known::File(before) => around.changes.add(path, Some(before), mode.times),
                Known::Folder(_) => {
                    folders = true;
                    around.system.unwatch([&path]);
                    self.missed.insert(path);
                }
                Known::Ignored => {}
            }
        }
        folders
    }
}

/// Takes what is known of a path and of what lies below it.
fn take(known: &mut BTreeMap<PathBuf, Known>, path: &Path) -> BTreeMap<PathBuf, Known> {
    let from = (Bound::Included(path), Bound::Unbounded);
    let paths: Vec<PathBuf> = known
        .range::<Path, _>(from)
        .map(|(below, _)| below)
        .take_while(|below| below.starts_with(path))
        .cloned()
        .collect();
    paths
        .into_iter()
        .filter_map(|path| known.remove_entry(&path))
        .collect()
}

impl Found {
    /// Returns the entry at the top of a tree, where a link is followed.
    fn at_top(path: &Path) -> Self {
        Self::of(fs::metadata(path))
    }

    /// Returns the entry at a path in a tree. A link is a file there: what it leads to lies in the tree as well,
    /// or does not belong to it.
    fn at(path: &Path) -> Self {
        match Self::of(fs::symlink_metadata(path)) {
            Self::File(_) if path.file_name().is_some_and(ignored::is_litter) => Self::Nothing,
            found => found,
        }
    }

    fn of(metadata: fs::Result<std::fs::Metadata>) -> Self {
        match metadata {
            Ok(metadata) if metadata.is_dir() => Self::Folder(Identity::of(&metadata)),
            Ok(metadata) if metadata.is_file() || metadata.is_symlink() => {
                Self::File(Stamp::of(&metadata))
            }
            _ => Self::Nothing,
        }
    }
}
