//! A buffer of the system's events, gathered until they are looked at.
//!
//! Events say where to look, not what to believe: they come late, merged, twice, or under a name that a
//! folder had a moment ago. So all that is kept of them is one [`PathChange`] a path.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode, ModifyKind, RenameMode},
};

/// How many paths are kept. Where more have changed, everything is looked at.
const MOST_PATHS: usize = 1 << 16;

/// The change of one path, as its events say together.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathChange {
    /// Content was written, or came with a name: it counts even where the file's length and time are as
    /// they were, since times have a grain.
    pub(super) written: bool,
    /// Something came to have this name.
    pub(super) arrived: bool,
    /// Something ceased to have this name.
    pub(super) departed: bool,
    /// When the first event came.
    pub(super) first: Instant,
    /// When the last event came.
    pub(super) last: Instant,
}

impl PathChange {
    /// A reason to look that says nothing of what is found.
    pub(super) fn rescan(at: Instant) -> Self {
        Self {
            written: false,
            arrived: false,
            departed: false,
            first: at,
            last: at,
        }
    }

    fn add(&mut self, other: Self) {
        self.written |= other.written;
        self.arrived |= other.arrived;
        self.departed |= other.departed;
        self.last = other.last;
    }
}

/// The events gathered since they were last taken.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The paths that were touched.
    pub(super) path_changes: HashMap<PathBuf, PathChange>,
    /// Events were lost: anything may have changed.
    pub(super) everything: bool,
    /// When the first event came.
    since: Option<Instant>,
    /// Counts the watchers, so that what a former one says late is not believed.
    watcher: u64,
}

/// The buffer in which a watcher's thread leaves the system's events.
#[derive(Debug, Default)]
pub(super) struct EventBuffer {
    gathered: Mutex<Gathered>,
    /// Told when the first hint comes after they were taken.
    pub(super) first: tokio::sync::Notify,
}

impl EventBuffer {
    /// Forgets what former watchers have said, and gives the number of the next.
    pub(super) fn renew(&self) -> u64 {
        let mut gathered = self.lock();
        let watcher = gathered.watcher + 1;
        *gathered = Gathered {
            watcher,
            ..Gathered::default()
        };
        watcher
    }

    /// Takes what has been gathered.
    pub(super) fn take(&self) -> Gathered {
        let mut gathered = self.lock();
        let watcher = gathered.watcher;
        std::mem::replace(
            &mut *gathered,
            Gathered {
                watcher,
                ..Gathered::default()
            },
        )
    }

    /// Returns the time of the oldest waiting event.
    pub(super) fn since(&self) -> Option<Instant> {
        self.lock().since
    }

    /// Adds what a watcher was told.
    pub(super) fn add(&self, watcher: u64, event: notify::Result<Event>) {
        // Reading makes most events: they cost nothing more.
        if let Ok(Event {
            kind: EventKind::Access(kind),
            ..
        }) = &event
            && *kind != AccessKind::Close(AccessMode::Write)
        {
            return;
        }
        let mut gathered = self.lock();
        if gathered.watcher != watcher {
            return;
        }
        let now = Instant::now();
        gathered.add(event, now);
        if gathered.since.is_none() {
            gathered.since = Some(now);
            drop(gathered);
            self.first.notify_one();
        }
    }

    /// Returns the gathered events, locked, which keeps the watcher's thread from adding to it.
    pub(super) fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn add(&mut self, event: notify::Result<Event>, now: Instant) {
        let event = match event {
            Ok(event) if !event.need_rescan() => event,
            _ => {
                self.everything = true;
                return;
            }
        };
        let path_change = PathChange::rescan(now);
        let written = PathChange {
            written: true,
            ..path_change
        };
        let arrived = PathChange {
            arrived: true,
            ..written
        };
        let departed = PathChange {
            departed: true,
            ..path_change
        };
        let path_change = match event.kind {
            EventKind::Modify(ModifyKind::Data(_)) => written,
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => arrived,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                departed
            }
            // Both ends of a rename, or one of them.
            EventKind::Modify(ModifyKind::Name(_)) => PathChange {
                departed: true,
                ..arrived
            },
            // Mode, owner, times, and what a file that was open for writing has become.
            _ => path_change,
        };
        for path in event.paths {
            if self.path_changes.len() >= MOST_PATHS && !self.path_changes.contains_key(&path) {
                self.everything = true;
                return;
            }
            self.path_changes
                .entry(path)
                .and_modify(|known| known.add(path_change))
                .or_insert(path_change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_wakes_nobody() {
        let events = EventBuffer::default();
        let watcher = events.renew();
        let add = |kind| {
            let event = Event::new(EventKind::Access(kind)).add_path("/file".into());
            events.add(watcher, Ok(event));
        };
        add(AccessKind::Read);
        add(AccessKind::Open(AccessMode::Any));
        add(AccessKind::Close(AccessMode::Read));
        assert_eq!(events.since(), None);
        // A program that had it open for writing may have written through a mapping, which causes no event.
        add(AccessKind::Close(AccessMode::Write));
        assert!(events.since().is_some());
        assert!(
            events
                .take()
                .path_changes
                .values()
                .all(|path_change| !path_change.written)
        );
    }

    #[test]
    fn a_former_watcher_is_not_believed() {
        let events = EventBuffer::default();
        let former = events.renew();
        let watcher = events.renew();
        events.add(
            former,
            Ok(Event::new(EventKind::Any).add_path("/file".into())),
        );
        assert_eq!(events.since(), None);
        events.add(
            watcher,
            Ok(Event::new(EventKind::Any).add_path("/file".into())),
        );
        assert_eq!(events.take().path_changes.len(), 1);
    }

    #[test]
    fn more_paths_than_are_kept_are_everything() {
        let events = EventBuffer::default();
        let watcher = events.renew();
        for file in 0..=MOST_PATHS {
            let event = Event::new(EventKind::Any).add_path(format!("/{file}").into());
            events.add(watcher, Ok(event));
        }
        let gathered = events.take();
        assert_eq!(gathered.path_changes.len(), MOST_PATHS);
        assert!(gathered.everything);
    }
}
