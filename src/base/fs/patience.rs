//! Patience for locks: how long a caller waits for one, and what it is told meanwhile.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{Result, holder::Holder};

/// How often it is looked whether a lock is free.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// How often it is looked at the least, where there is time for so many looks: on a busy machine a thread that is given
/// no time has not waited.
const FEWEST_LOOKS: u32 = 20;

/// The time a caller waits for a lock.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// When the log is told for whom, once; `None`: never.
    tells_after: Option<Duration>,
    /// When the wait ends; `None`: never.
    ends_after: Option<Duration>,
}

impl Patience {
    /// For a lock under which work is done that takes its time, such as compiling.
    pub const WORK: Self = Self {
        tells_after: Some(Duration::from_secs(10)),
        ends_after: None,
    };

    /// For a lock that is held for milliseconds, unless its holder was stopped in the middle.
    pub const TURN: Self = Self {
        tells_after: Some(Duration::from_secs(1)),
        ends_after: None,
    };

    /// Patience for such a lock where it is useful but not needed, as any user who may read its file can hold it.
    pub const READER: Self = Self {
        tells_after: Some(Duration::from_secs(1)),
        ends_after: Some(Duration::from_secs(3)),
    };

    /// Patience for such a lock where the caller must not be held up or told: so many milliseconds at most.
    pub const fn brief(milliseconds: u64) -> Self {
        Self {
            tells_after: None,
            ends_after: Some(Duration::from_millis(milliseconds)),
        }
    }

    /// Looks again and again until `look` gives something; `None` where the patience ends before.
    pub(super) fn wait<T>(
        self,
        path: &Path,
        mut look: impl FnMut() -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let began = Instant::now();
        let mut tells_after = self.tells_after;
        let mut looks = 0;
        loop {
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            let waited = began.elapsed();
            let is_over = |it: Duration| {
                waited >= it && LOOK_AGAIN * looks >= it.min(LOOK_AGAIN * FEWEST_LOOKS)
            };
            if self.ends_after.is_some_and(is_over) {
                return Ok(None);
            }
            looks = looks.saturating_add(1).min(FEWEST_LOOKS);
            if tells_after.is_some_and(|it| waited >= it) {
                tells_after = None;
                tell(path);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

fn tell(path: &Path) {
    let shown = path.display();
    match (Holder::of(path), locked_by(path)) {
        (Some(holder), _) => tracing::warn!("waiting for {holder}, which has locked `{shown}`"),
        (None, Some(process)) => {
            tracing::warn!("waiting for process {process}, which has locked `{shown}`");
        }
        (None, None) => tracing::warn!("waiting for another process, which has locked `{shown}`"),
    }
}

/// The process that has a lock on a file or folder, where the system says so.
fn locked_by(path: &Path) -> Option<u32> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = super::symlink_metadata(path).ok()?;
        let (major, minor) = (
            rustix::fs::major(metadata.dev()),
            rustix::fs::minor(metadata.dev()),
        );
        let file = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
        let locks = super::bounded::read_bounded(Path::new("/proc/locks"), 1 << 20).ok()?;
        of_table(&String::from_utf8_lossy(&locks), &file)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        None
    }
}

/// The first process that a table of locks has for a file: `1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`. Those who
/// wait have a `->` before the kind.
#[cfg(target_os = "linux")]
fn of_table(locks: &str, file: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, locked, ..] = fields[..] else {
            return None;
        };
        let process = process.parse().ok().filter(|it| *it > 0)?;
        (locked == file).then_some(process)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::lock::{FileLock, Share};

    #[test]
    fn a_wait_ends_with_the_patience_or_with_what_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = FileLock::exclusive(&path).unwrap();
        assert!(
            FileLock::within(&path, Patience::brief(0))
                .unwrap()
                .is_none()
        );
        let share = FileLock::share_within(&path, Patience::brief(10)).unwrap();
        assert!(matches!(share, Share::Busy));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| FileLock::within(&path, Patience::TURN).unwrap());
            drop(held);
            assert!(waiting.join().unwrap().is_some());
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_holds_a_lock_is_read_from_the_systems_table() {
        let locks = "1: POSIX  ADVISORY  WRITE 7 08:01:5678 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 8 08:01:5678 0 EOF\n\
                     3: FLOCK  ADVISORY  READ 0 08:01:5678 0 EOF\n\
                     4: FLOCK  ADVISORY  READ 9 08:01:5678 0 EOF\n";
        assert_eq!(of_table(locks, "08:01:5678"), Some(9));
        assert_eq!(of_table(locks, "08:01:1"), None);
        assert_eq!(of_table("FLOCK", "08:01:1"), None);
    }
}
