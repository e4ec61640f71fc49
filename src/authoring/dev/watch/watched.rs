//! The scan of a watched folder: whether it is there, and what has changed in it.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Change, error::WatchError, event_buffer::EventBuffer, sources::Sources, system::System,
};
use crate::base::fs::{self, Identity};

/// How often it is looked whether the folder is still where it was: no event tells of what becomes of the
/// folders above it.
const CHECK: Duration = Duration::from_millis(500);

/// How often everything is looked at where the system has no watches left.
const WALK: Duration = Duration::from_secs(1);

/// How many times as long as a walk takes is waited for the next, at least.
const REST: u32 = 10;

/// The result of a scan.
#[derive(Debug)]
pub(super) enum Scan {
    Changed(Change),
    /// Nothing to report; look again at that moment, or when the system tells of something.
    Later(Instant),
}

/// All that is watched. Its methods block while they look at the file system.
#[derive(Debug)]
pub(super) struct Watched {
    folder: PathBuf,
    others: Vec<PathBuf>,
    quiet: Duration,
    events: Arc<EventBuffer>,
    system: System,
    sources: Sources,
    presence: Presence,
    /// What is to be reported next.
    ready: VecDeque<Change>,
    check_at: Instant,
    walk_at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    There(Identity),
    /// It is there again, which was not reported yet: it may still be filled.
    Returned(Identity),
    Missing,
}

impl Watched {
    pub(super) fn start(
        folder: PathBuf,
        quiet: Duration,
        events: Arc<EventBuffer>,
    ) -> Result<Self, WatchError> {
        absolute(&folder)?;
        let Some(identity) = identity_of(&folder) else {
            return Err(WatchError::NoFolder { folder });
        };
        if let Err(source) = fs::read_dir(&folder) {
            return Err(WatchError::Unreadable { folder, source });
        }
        let mut system = System::new(&events);
        let sources = Sources::new(folder.clone(), &[], &mut system);
        let now = Instant::now();
        Ok(Self {
            folder,
            others: Vec::new(),
            quiet,
            events,
            system,
            sources,
            presence: Presence::There(identity),
            ready: VecDeque::new(),
            check_at: now,
            walk_at: now + WALK,
        })
    }

    /// Watches these beside the folder.
    pub(super) fn set_others(&mut self, others: &[PathBuf]) -> Result<(), WatchError> {
        others.iter().try_for_each(|path| absolute(path))?;
        if self.others != others {
            self.others = others.to_vec();
            if self.presence != Presence::Missing {
                self.sources.set_others(others, &mut self.system);
            }
        }
        Ok(())
    }

    /// Whether the system has no watches left.
    #[cfg(test)]
    pub(super) fn is_blind(&self) -> bool {
        self.system.is_blind()
    }

    pub(super) fn look(&mut self) -> Scan {
        if let Some(change) = self.ready.pop_front() {
            return Scan::Changed(change);
        }
        let gathered = self.events.take();
        if let Presence::There(identity) | Presence::Returned(identity) = self.presence {
            let path_change = gathered.path_changes.get(&self.folder);
            let left = path_change.is_some_and(|path_change| path_change.departed);
            if left || identity_of(&self.folder) != Some(identity) {
                self.lose();
            } else {
                self.sources.take_in(gathered, &mut self.system);
            }
        }
        let now = Instant::now();
        if now >= self.check_at {
            self.check_at = now + CHECK;
            self.sources.look_at_others(&mut self.system);
        }
        if self.presence == Presence::Missing {
            self.find();
        } else if self.system.is_blind()
            && (now >= self.walk_at || !self.sources.changes.is_empty())
        {
            self.sources.walk(false, &mut self.system);
            let walked = Instant::now();
            self.walk_at = walked + WALK.max((walked - now) * REST);
        }
        self.report(now)
    }

    fn report(&mut self, now: Instant) -> Scan {
        let due = self.sources.changes.due(self.quiet);
        if due.is_some_and(|due| due <= now) {
            let changed = self.sources.take_changes();
            if let Presence::Returned(identity) = self.presence {
                self.presence = Presence::There(identity);
                self.ready.push_back(Change::Back);
            } else {
                self.ready.extend(changed.map(Change::Sources));
            }
        }
        if let Some(change) = self.ready.pop_front() {
            return Scan::Changed(change);
        }
        let mut next = self.check_at;
        if self.system.is_blind() && self.presence != Presence::Missing {
            next = next.min(self.walk_at);
        }
        Scan::Later(match self.sources.changes.due(self.quiet) {
            Some(due) => next.min(due),
            None => next,
        })
    }

    /// The folder is gone, or another has its name.
    fn lose(&mut self) {
        // The watches have gone where the folder went.
        self.events.renew();
        self.system = System::none();
        self.sources = Sources::none();
        // Reported only if its presence was reported before.
        if let Presence::There(_) = self.presence {
            self.ready.push_back(Change::Missing);
        }
        self.presence = Presence::Missing;
    }

    /// Watches the folder anew if it is there again.
    fn find(&mut self) {
        let Some(identity) = identity_of(&self.folder) else {
            return;
        };
        if let Err(error) = fs::read_dir(&self.folder) {
            tracing::debug!(%error, "the folder is back and closed");
            return;
        }
        self.system = System::new(&self.events);
        self.sources = Sources::new(self.folder.clone(), &self.others, &mut self.system);
        let now = Instant::now();
        // It is most often being copied or checked out.
        self.sources.changes.prolong(now, now);
        self.presence = Presence::Returned(identity);
    }
}

/// Returns the identity of the folder at a path, links followed; `None` where there is none.
fn identity_of(folder: &Path) -> Option<Identity> {
    let metadata = fs::metadata(folder).ok()?;
    metadata.is_dir().then(|| Identity::of(&metadata))
}

fn absolute(path: &Path) -> Result<(), WatchError> {
    if path.is_absolute() {
        Ok(())
    } else {
        Err(WatchError::NotAbsolute {
            path: path.to_path_buf(),
        })
    }
}
