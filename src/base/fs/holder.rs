//! The holder of a lock, noted in the lock file for those who wait.

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Result, bounded::read_bounded, lock::FileLock, patience::Patience};
use crate::base::printable::printable;

/// The longest note that is read, in bytes.
const MOST_BYTES: u64 = 1024;

/// The process that holds a lock, as it says itself.
///
/// The note may come from a dead process, or from any user who may write to the lock file: it is for display only.
/// Nothing may rely on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The process's id.
    pub process: u32,
    /// The program and what it does, such as `annexe update`.
    pub doing: String,
    /// When it took the lock, in seconds since 1970.
    pub since: u64,
}

/// A note in a lock file, which is taken back when dropped. It has to be dropped before the lock is.
#[derive(Debug)]
pub struct Signature {
    path: PathBuf,
    stays: bool,
}

/// A lock that one holder has alone, who has signed it. After a long wait the log says for whom.
#[derive(Debug)]
pub struct SignedLock {
    // Dropped before the lock is.
    signature: Signature,
    _lock: FileLock,
}

impl SignedLock {
    /// Waits for a lock, and notes in it what `doing` says.
    pub fn exclusive(path: &Path, doing: &str) -> Result<Self> {
        let lock = loop {
            if let Some(lock) = FileLock::within(path, Patience::WORK)? {
                break lock;
            }
        };
        Ok(Self {
            signature: Holder::sign(path, doing),
            _lock: lock,
        })
    }

    /// Leaves the note where it is, for a lock whose file is about to go.
    pub fn forget_signature(&mut self) {
        self.signature.stays = true;
    }
}

impl Holder {
    /// Notes in a lock file that this process, which holds the lock, does what `doing` says. Where that cannot be
    /// written, those who wait are told less, and nothing else happens.
    pub fn sign(path: &Path, doing: &str) -> Signature {
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_stem);
        let program = program.map(|name| format!("{} ", name.to_string_lossy()));
        let holder = Self {
            process: std::process::id(),
            doing: format!("{}{doing}", program.unwrap_or_default()),
            since: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        };
        let note = serde_json::to_vec(&holder).unwrap_or_default();
        if let Err(error) = write(path, &note) {
            tracing::debug!(path = %path.display(), %error, "who holds the lock is not noted");
        }
        Signature {
            path: path.to_path_buf(),
            stays: false,
        }
    }

    /// The noted holder of a lock that was found to be held; `None` where no living process has noted itself.
    pub fn of(path: &Path) -> Option<Self> {
        let note = read_bounded(path, MOST_BYTES).ok()?;
        let holder: Self = serde_json::from_slice(&note).ok()?;
        holder.is_alive().then_some(holder)
    }

    fn is_alive(&self) -> bool {
        #[cfg(unix)]
        {
            use rustix::{io::Errno, process};
            let id = i32::try_from(self.process).ok();
            let Some(id) = id.and_then(process::Pid::from_raw) else {
                return false;
            };
            // It may be another user's.
            matches!(process::test_kill_process(id), Ok(()) | Err(Errno::PERM))
        }
        #[cfg(not(unix))]
        true
    }
}

impl fmt::Display for Holder {
    /// "process 1234 (annexe update), since 2026-11-30 10:12:03 UTC".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "process {} ({})",
            self.process,
            printable(&self.doing)
        )?;
        let since = i64::try_from(self.since).ok();
        match since.and_then(|since| OffsetDateTime::from_unix_timestamp(since).ok()) {
            Some(since) => {
                let (hour, minute, second) = since.to_hms();
                write!(
                    formatter,
                    ", since {} {hour:02}:{minute:02}:{second:02} UTC",
                    since.date()
                )
            }
            None => Ok(()),
        }
    }
}

impl Drop for Signature {
    fn drop(&mut self) {
        if !self.stays {
            // A note that is left does no harm: its process is not alive, or does not hold the lock.
            let _ = write(&self.path, b"");
        }
    }
}

/// Replaces what a lock file holds: the file itself must stay, as it is the lock.
fn write(path: &Path, note: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let mut file = options.open(path)?;
    file.set_len(0)?;
    file.write_all(note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{lock::FileLock, read, write_atomic};

    #[test]
    fn who_holds_a_lock_is_told_as_long_as_it_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let lock = FileLock::exclusive(&path).unwrap();
        let signature = Holder::sign(&path, "update");
        let holder = Holder::of(&path).unwrap();
        assert_eq!(holder.process, std::process::id());
        assert!(holder.doing.ends_with(" update"), "{holder}");
        assert!(holder.to_string().ends_with(" UTC"), "{holder}");
        drop(signature);
        drop(lock);
        assert_eq!(Holder::of(&path), None);
        assert_eq!(read(&path).unwrap(), b"");
    }

    #[test]
    fn a_note_is_believed_of_the_living_alone_and_shown_without_what_steers_a_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        for note in [
            String::new(),
            "{".into(),
            r#"{"process": 4194999, "doing": "x", "since": 1}"#.into(),
            r#"{"process": 0, "doing": "x", "since": 1}"#.into(),
            r#"{"process": 4294967295, "doing": "x", "since": 1}"#.into(),
            format!(
                r#"{{"process": {}, "doing": "{}", "since": 1}}"#,
                std::process::id(),
                "x".repeat(2000)
            ),
        ] {
            write_atomic(&path, note.as_bytes()).unwrap();
            assert_eq!(Holder::of(&path), None, "{note}");
        }
        let note = format!(
            r#"{{"process": {}, "doing": "\u001b[2J{}", "since": 18446744073709551615}}"#,
            std::process::id(),
            "x".repeat(400)
        );
        write_atomic(&path, note.as_bytes()).unwrap();
        let shown = Holder::of(&path).unwrap().to_string();
        assert!(!shown.contains('\u{1b}') && shown.len() < 400, "{shown}");
    }
}
