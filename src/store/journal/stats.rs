//! Statistics of an extension, in all processes together.

use std::{path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use crate::base::{fs, timestamp::Timestamp};

/// The statistics of an extension, in all processes together, since its first start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Stats {
    /// How often an instance of it was started, restarts included.
    pub starts: u64,
    /// How often it was started again since its instance was lost: by a fault, or by a caller that gave up.
    pub restarts: u64,
    /// Calls that were answered, faults included.
    pub calls: u64,
    /// How often it has stopped: by a trap, a limit, or a panic of the host.
    pub faults: u64,
    /// How often a language server of it was started by this program's bridge.
    pub server_starts: u64,
    /// How often it was suspended, since it had stopped too often.
    pub suspensions: u64,
    /// How long its code has had a thread.
    #[serde(rename = "guest_nanoseconds", with = "nanoseconds")]
    pub guest_time: Duration,
    /// The most bytes that the memories of one of its instances have had at once.
    pub most_memory_bytes: u64,
    /// When it was first used.
    pub first_used: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// Why it stopped the last time.
    pub last_fault: Option<LastFault>,
}

/// The last fault of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LastFault {
    /// When.
    pub at: Timestamp,
    /// What happened. May hold the extension's own text: escape it before showing it in a terminal.
    pub message: String,
    /// The functions on its stack, innermost first, a line each; empty where there are none.
    pub backtrace: String,
}

mod nanoseconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }
}

impl Stats {
    /// Adds what came later.
    pub(in crate::store) fn add(&mut self, later: &Self) {
        self.starts += later.starts;
        self.restarts += later.restarts;
        self.calls += later.calls;
        self.faults += later.faults;
        self.server_starts += later.server_starts;
        self.suspensions += later.suspensions;
        self.guest_time = self.guest_time.saturating_add(later.guest_time);
        self.most_memory_bytes = self.most_memory_bytes.max(later.most_memory_bytes);
        self.first_used = self.first_used.or(later.first_used);
        self.last_used = self.last_used.max(later.last_used);
        if let Some(fault) = &later.last_fault {
            self.last_fault = Some(fault.clone());
        }
    }
}

/// The file: its format, and the numbers.
#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    #[serde(flatten)]
    stats: Stats,
}

/// The format that is written. A file of a later one is left alone.
const FORMAT: u32 = 1;

/// The most bytes that are read of a file.
const MOST_BYTES: u64 = 16 << 20;

/// The format of a file, whatever else is in it.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Reads what is counted. A file that cannot be understood counts as missing: it holds only numbers.
pub(in crate::store) fn read(path: &Path) -> fs::Result<Option<Stats>> {
    match fs::read_bounded(path, MOST_BYTES) {
        Ok(text) => Ok(understand(&text)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn understand(text: &[u8]) -> Option<Stats> {
    let file: serde_json::Result<File> = serde_json::from_slice(text);
    file.ok().map(|file| file.stats)
}

fn is_later(text: &[u8]) -> bool {
    serde_json::from_slice(text).is_ok_and(|Format { format }| format > FORMAT)
}

/// Adds to what is counted. The caller holds the lock of those who write.
pub(in crate::store) fn add(path: &Path, runs: &Stats) -> fs::Result<()> {
    let before = match fs::read_bounded(path, MOST_BYTES) {
        Ok(text) if is_later(&text) => {
            tracing::debug!(path = %path.display(), "a later version of this program counts");
            return Ok(());
        }
        Ok(text) => understand(&text),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    let mut stats = before.unwrap_or_default();
    stats.add(runs);
    let file = File {
        format: FORMAT,
        stats,
    };
    // Numbers and texts alone: it cannot fail.
    let text = serde_json::to_vec(&file).unwrap_or_default();
    fs::replace_in_turn(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_added_to_and_a_file_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let mut runs = Stats {
            starts: 1,
            calls: 2,
            guest_time: Duration::from_nanos(7),
            most_memory_bytes: 9,
            ..Stats::default()
        };
        std::fs::File::create(&path).unwrap();
        add(&path, &runs).unwrap();
        runs.most_memory_bytes = 8;
        add(&path, &runs).unwrap();
        let now = read(&path).unwrap().unwrap();
        assert_eq!((now.starts, now.calls, now.most_memory_bytes), (2, 4, 9));
        assert_eq!(now.guest_time, Duration::from_nanos(14));

        for (later, starts) in [
            (r#"{"format":2,"starts":7,"more":{}}"#, Some(7)),
            (r#"{"format":2,"starts":{"all":7}}"#, None),
        ] {
            fs::replace_in_turn(&path, later.as_bytes()).unwrap();
            add(&path, &runs).unwrap();
            assert_eq!(fs::read(&path).unwrap(), later.as_bytes());
            assert_eq!(read(&path).unwrap().map(|stats| stats.starts), starts);
        }
    }
}
