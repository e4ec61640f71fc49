//! The watch over an extension's sources while it is written.
//!
//! A change is reported once a burst of them has ended, as a save, a copy or a checkout makes one.
//!
//! - `events`: what the system says has happened, which only tells where to look;
//! - `system`: the system's watches, one a folder on Linux;
//! - `tree`: what is known of one tree, and the comparison of it with what is there;
//! - `sources`: the extension's folder and what lies outside it;
//! - `changes`: the changes of a burst, until they are reported;
//! - `ignored`: files among the sources that do not belong to them;
//! - `watched`: whether the folder is there, and what to do when it is time to look.

mod changes;
mod error;
mod event_buffer;
mod ignored;
mod sources;
mod system;
#[cfg(test)]
mod tests;
mod tree;
mod watched;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

pub(crate) use self::changes::Changed;
pub use self::error::WatchError;
use self::{
    changes::LONGEST_BURST,
    event_buffer::EventBuffer,
    watched::{Scan, Watched},
};

/// For how long nothing must have changed for a burst of changes to be over, unless told otherwise: 20 ms.
pub(crate) const DEBOUNCE: Duration = Duration::from_millis(20);

/// How long to wait after a failure that should not be.
const RECOVERY: Duration = Duration::from_millis(500);

/// A change of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Files changed, came or went.
    Sources(Changed),
    /// The folder is gone: deleted, moved away, or replaced. [`Back`](Self::Back) is next.
    Missing,
    /// There is a folder again, the same or another. All in it, and all that is watched beside it, counts
    /// as changed.
    Back,
}

/// A watcher of an extension's folder, and of what is named beside it, until it is dropped.
#[derive(Debug)]
pub(crate) struct SourceWatch {
    watched: Arc<Mutex<Watched>>,
    events: Arc<EventBuffer>,
    quiet: Duration,
    /// When to look, whether or not the system tells of something.
    due: Instant,
    /// Looks. Kept here, so that what it finds is not lost with a `next` that is dropped.
    looking: Option<JoinHandle<Scan>>,
}

impl SourceWatch {
    /// Begins to watch `folder`, an absolute path, which may be a link to a folder. What changes once this
    /// has returned is reported, when nothing has changed for `quiet` ([`DEBOUNCE`] is a good value), or
    /// 500 ms after the first change.
    ///
    /// Nothing in hidden folders (but `.cargo`), `node_modules`, `__pycache__`, cargo's `target` and all
    /// folders that are marked as caches counts, nor do the files that editors keep beside what they edit.
    /// Links are not followed, and neither reading a file nor changing its mode is a change. Where the
    /// system has no watches left, a warning is logged, and the folder is looked at once a second.
    ///
    /// Blocks while it lists the folder: a millisecond as a rule, more in a large tree.
    ///
    /// # Errors
    /// [`WatchError::NotAbsolute`], [`WatchError::NoFolder`] and [`WatchError::Unreadable`], as named.
    pub(crate) fn start(folder: PathBuf, quiet: Duration) -> Result<Self, WatchError> {
        let events = Arc::new(EventBuffer::default());
        let watched = Watched::start(folder, quiet, Arc::clone(&events))?;
        Ok(Self {
            watched: Arc::new(Mutex::new(watched)),
            events,
            quiet: quiet.min(LONGEST_BURST),
            due: Instant::now(),
            looking: None,
        })
    }

    /// Also watches these files and folders, wherever they lie: path dependencies, a workspace's manifest.
    /// What an earlier call named and this one does not is not watched any more. One that is not there is
    /// reported when it appears, and one that lies in what is watched anyway may be named.
    ///
    /// Blocks while it lists them, as [`start`](Self::start) does.
    ///
    /// # Errors
    /// [`WatchError::NotAbsolute`]; nothing has changed then.
    pub(crate) fn also(&mut self, paths: &[PathBuf]) -> Result<(), WatchError> {
        lock(&self.watched).set_others(paths)?;
        self.due = Instant::now();
        Ok(())
    }

    /// The next change. To drop it before it is ready loses nothing: the next call goes on.
    pub(crate) async fn next(&mut self) -> Change {
        loop {
            if self.looking.is_none() {
                self.time_to_look().await;
            }
            let looking = self.looking.get_or_insert_with(|| {
                let watched = Arc::clone(&self.watched);
                tokio::task::spawn_blocking(move || lock(&watched).look())
            });
            let look = looking.await;
            self.looking = None;
            match look {
                Ok(Scan::Changed(change)) => {
                    self.due = Instant::now();
                    return change;
                }
                Ok(Scan::Later(due)) => self.due = due,
                Err(error) => {
                    tracing::error!(%error, "the sources could not be looked at");
                    self.due = Instant::now() + RECOVERY;
                }
            }
        }
    }

    /// Waits until something may have to be reported.
    async fn time_to_look(&self) {
        loop {
            let told = self.events.since().map(|since| since + self.quiet);
            let due = told.map_or(self.due, |told| told.min(self.due));
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(due.into()) => return,
                () = self.events.first.notified() => {}
            }
        }
    }
}

/// A look that has failed leaves nothing half done that the next would not compare anew.
fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}
