//! The system's watches: one for each folder where it watches no more than a folder at a time, else one
//! for each tree.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::event_buffer::EventBuffer;

/// Whether the system watches whole trees itself. What is ignored in them is left out when its events
/// come; on Linux it must not be watched at all, since each folder takes a watch.
const WATCHES_TREES: bool = cfg!(any(target_os = "macos", windows));

/// The system's watches. Where it has none left, there are none, and all must be looked at regularly.
pub(super) struct System {
    watcher: Option<RecommendedWatcher>,
    /// The trees it watches itself, which it must not be told of again.
    trees: BTreeSet<PathBuf>,
}

impl std::fmt::Debug for System {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("System")
            .field("is_blind", &self.is_blind())
            .field("trees", &self.trees)
            .finish_non_exhaustive()
    }
}

impl System {
    /// Watches nothing yet. What `events` had from others is forgotten.
    pub(super) fn new(events: &Arc<EventBuffer>) -> Self {
        let number = events.renew();
        let events = Arc::clone(events);
        let watcher = notify::recommended_watcher(move |event| events.add(number, event));
        Self {
            watcher: watcher.inspect_err(warn).ok(),
            trees: BTreeSet::new(),
        }
    }

    /// Watches nothing, and never will.
    pub(super) fn none() -> Self {
        Self {
            watcher: None,
            trees: BTreeSet::new(),
        }
    }

    /// Whether changes must be looked for, as the system tells of none.
    pub(super) fn is_blind(&self) -> bool {
        self.watcher.is_none()
    }

    /// Watches the top of a tree, or one file. To watch it again does no harm, and is needed where its
    /// name may have gone to another folder.
    pub(super) fn watch_root(&mut self, path: &Path) {
        let mode = if WATCHES_TREES {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        if self.trees.contains(path) {
            return;
        }
        match watcher.watch(path, mode) {
            Ok(()) if WATCHES_TREES => {
                self.trees.insert(path.to_path_buf());
            }
            Ok(()) => {}
            // It is looked at right after, and then found to be gone or closed.
            Err(error) if is_of_path(&error) => {
                tracing::debug!(path = %path.display(), %error, "not watched");
            }
            Err(error) => {
                warn(&error);
                // The watches are of more use to others than a part of them is here.
                self.watcher = None;
            }
        }
    }

    /// Watches a folder in a tree, as [`watch_root`](Self::watch_root) does.
    pub(super) fn watch_folder(&mut self, folder: &Path) {
        if !WATCHES_TREES {
            self.watch_root(folder);
        }
    }

    /// Ceases to watch folders, or files, that are gone or of no interest any more.
    pub(super) fn unwatch<'a>(&mut self, paths: impl IntoIterator<Item = &'a PathBuf>) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for path in paths {
            if WATCHES_TREES && !self.trees.remove(path) {
                continue;
            }
            // With what is gone the watch has gone as a rule.
            let _ = watcher.unwatch(path);
        }
    }
}

/// Whether it is the path that cannot be watched, not the system that cannot watch.
fn is_of_path(error: &notify::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(error) => {
            matches!(error.kind(), NotFound | PermissionDenied | NotADirectory)
        }
        _ => false,
    }
}

fn warn(error: &notify::Error) {
    let hint = if cfg!(target_os = "linux") {
        "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"
    } else {
        "end other programs that watch files"
    };
    tracing::warn!(
        %error,
        hint,
        "the system cannot watch the sources: they are looked at once a second instead",
    );
}
