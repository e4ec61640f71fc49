//! The changes of a burst, until they are reported.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::base::fs::Stamp;

/// The longest that a burst is waited for to end, from its first change: something that writes all the
/// time must not keep all else from being reported.
pub(super) const LONGEST_BURST: Duration = Duration::from_millis(500);

/// The most paths that a report names.
const MOST_NAMED: usize = 20;

/// Files that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The first 20 of them, absolute and sorted.
    pub(crate) paths: Vec<PathBuf>,
    /// How many there are.
    pub(crate) count: usize,
}

/// The changes since the last report.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The files, each as it was before; `None` where there was none.
    files: BTreeMap<PathBuf, Option<Stamp>>,
    burst: Option<Burst>,
}

#[derive(Debug, Clone, Copy)]
struct Burst {
    first: Instant,
    last: Instant,
}

impl Changes {
    /// A file changed, came or went between two moments. `before` is how it was before.
    pub(super) fn add(
        &mut self,
        path: PathBuf,
        before: Option<Stamp>,
        (first, last): (Instant, Instant),
    ) {
        self.files.entry(path).or_insert(before);
        self.prolong(first, last);
    }

    /// Waits as if there had been a change between two moments.
    pub(super) fn prolong(&mut self, first: Instant, last: Instant) {
        let burst = self.burst.get_or_insert(Burst { first, last });
        burst.first = burst.first.min(first);
        burst.last = burst.last.max(last);
    }

    /// Whether there is something to report.
    pub(super) fn is_empty(&self) -> bool {
        self.burst.is_none()
    }

    /// Returns the time to report: when nothing has changed for as long as `quiet`.
    pub(super) fn due(&self, quiet: Duration) -> Option<Instant> {
        let burst = self.burst?;
        Some((burst.last + quiet).min(burst.first + LONGEST_BURST))
    }

    /// Forgets a file's change, which does not count.
    pub(super) fn forget(&mut self, path: &Path) {
        self.files.remove(path);
    }

    /// Ends the burst. `None` where nothing has changed in the end: what came and is gone again, as the
    /// temporary files of an atomic save are, does not count. `is_there` says what is there now.
    pub(super) fn take(&mut self, is_there: impl Fn(&Path) -> bool) -> Option<Changed> {
        self.burst = None;
        let files = std::mem::take(&mut self.files);
        let mut changed = Changed {
            paths: Vec::new(),
            count: 0,
        };
        for (path, before) in files {
            if before.is_none() && !is_there(&path) {
                continue;
            }
            changed.count += 1;
            if changed.paths.len() < MOST_NAMED {
                changed.paths.push(path);
            }
        }
        (changed.count > 0).then_some(changed)
    }
}
