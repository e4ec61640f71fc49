//! The journal: what extensions say and do, kept as a log, an audit and a few sums for each.
//!
//! ```text
//! logs/<id>.log       what it and its language servers printed, when they started and ended: a line each
//! logs/<id>.log.1     the log before, from when that one was full
//! audit/<id>.jsonl    what it asked for that needs a grant, and who refused: a JSON object each
//! audit/<id>.jsonl.1  the audit log before
//! answers/<id>.json   what it was told of tools, and what npm has installed for it
//! stats/<id>.json     how often and how long it ran, in all processes together
//! journal.lock        held, for less than a millisecond, by the process that writes any of these; an audit is locked itself
//! ```
//!
//! A [`Recorder`](super::run::recorder::Recorder) hears one running extension and collects lines and numbers in memory; what it has is written by
//! a background task, and the rest when the extension goes, by another thread where others write just then. So a
//! call waits for no disk, and a process that is killed loses its last moments. What goes wrong with them is not
//! told to who calls the extension: the program's log has a warning, once.
//!
//! The audit is another matter: what is asked for is written before it is done, to a file that was opened when the
//! extension started, and what cannot be written is refused. Only how often the same was asked for is written
//! later. All that one run writes there fits into one such log, so nothing it does is hidden by what follows: who was
//! allowed more different things than that is refused the next. Nothing of all this is synced.

pub(super) mod answers;
mod audit;
pub(super) mod audit_writer;
pub(super) mod audited_request;
pub(super) mod downloads;
pub(super) mod entry;
mod log;
mod pending_audit;
pub(super) mod stats;
mod store;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

pub use self::{
    audit::{AuditEntry, AuditOutcome},
    downloads::RecordedDownload,
    entry::LogEntry,
    log::{FollowedLog, Log},
    stats::{LastFault, Stats},
};
use super::disk::layout::Layout;
use crate::base::{fs, types::ExtensionId};

/// The most bytes of a log. There are up to two for each extension: this one, and the one before.
const LOG_BYTES: u64 = 1 << 20;

/// The most bytes of an audit log, of which there are up to two as well: more than one run writes, so that all of
/// it is there when it ends.
const AUDIT_BYTES: u64 = 4 << 20;

/// What follows an id in the names of these files.
const KINDS: [&str; 5] = ["log", "log.1", "jsonl", "jsonl.1", "json"];

/// The longest that what is left to write of an extension that goes waits for its turn: 700 ms. Others have it for
/// less than a millisecond, unless they were stopped in the middle. A program that ends gives its blocking
/// tasks longer than that, or the last lines are lost without a word.
pub const LAST_WRITE: Duration = Duration::from_millis(700);

/// How long the lock is waited for where what is not written is lost.
const LAST_PATIENCE: fs::Patience = fs::Patience::brief(LAST_WRITE.as_millis() as u64);

/// How long it is waited for where there is another time, or a user who waits.
const PATIENCE: fs::Patience = fs::Patience::brief(200);

/// The way to a store's logs and sums.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) layout: Layout,
    /// The user was told that something cannot be written.
    has_warned: AtomicBool,
    /// Held by the one of this process that waits for its turn: the others wait here, and do not crowd it out.
    turn: Mutex<()>,
}

impl Journal {
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            has_warned: AtomicBool::new(false),
            turn: Mutex::new(()),
        }
    }

    /// Writes down what is left of an extension that goes, when it is its turn. What cannot be written is lost.
    pub(super) fn write_last(&self, news: &Unwritten) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let written =
            lock(&self.layout, LAST_PATIENCE).and_then(|lock| self.write_locked(news, &lock));
        self.warn_once(written);
    }

    /// Writes down what is new of an extension, if its turn comes soon; returns whether it came. What the disk does
    /// not take is lost.
    pub(super) fn write_soon(&self, news: &Unwritten) -> bool {
        self.write_with(
            fs::FileLock::within(&self.layout.journal_lock(), PATIENCE),
            news,
        )
    }

    /// Writes as [`write_soon`](Self::write_soon) does, if no other process writes now.
    pub(super) fn write_at_once(&self, news: &Unwritten) -> bool {
        self.write_with(
            fs::FileLock::try_exclusive(&self.layout.journal_lock()),
            news,
        )
    }

    fn write_with(&self, lock: fs::Result<Option<fs::FileLock>>, news: &Unwritten) -> bool {
        match lock {
            Ok(None) => return false,
            Ok(Some(lock)) => self.warn_once(self.write_locked(news, &lock)),
            Err(error) => self.warn_once(Err(error)),
        }
        true
    }

    fn write_locked(&self, news: &Unwritten, _: &fs::FileLock) -> fs::Result<()> {
        let (layout, id) = (&self.layout, &news.id);
        if !news.lines.is_empty() {
            fs::create_private_dir_all(&layout.logs())?;
            let (log, before) = (layout.log(id), layout.log_before(id));
            fs::append_bounded(&log, &before, news.lines.as_bytes(), LOG_BYTES)?;
        }
        if let Some(runs) = &news.runs {
            fs::create_private_dir_all(&layout.all_stats())?;
            stats::add(&layout.stats(id), runs)?;
        }
        Ok(())
    }

    /// Does something while no other process writes to the journal.
    pub(super) fn locked<T>(&self, work: impl FnOnce(&Layout) -> fs::Result<T>) -> fs::Result<T> {
        let _lock = lock(&self.layout, LAST_PATIENCE)?;
        work(&self.layout)
    }

    pub(super) fn warn_once(&self, written: fs::Result<()>) {
        if let Err(error) = written
            && !self.has_warned.swap(true, Relaxed)
        {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            tracing::warn!("what extensions do is not noted: {error}: {cause}");
        }
    }
}

/// The news of an extension that are not written yet.
pub(super) struct Unwritten {
    pub(super) id: ExtensionId,
    pub(super) lines: String,
    pub(super) runs: Option<Stats>,
}

/// Waits a little for the lock of those who write.
fn lock(layout: &Layout, patience: fs::Patience) -> fs::Result<fs::FileLock> {
    let path = layout.journal_lock();
    fs::FileLock::within(&path, patience)?.ok_or_else(|| {
        let held = std::io::Error::new(std::io::ErrorKind::WouldBlock, "another program has it");
        fs::Error::new("lock", path, held)
    })
}

/// Waits a little for a share of that lock, and creates nothing; `None` where there is none to be had.
fn share_of_lock(layout: &Layout) -> Option<fs::FileLock> {
    match fs::FileLock::share_within(&layout.journal_lock(), PATIENCE) {
        Ok(fs::Share::Taken(lock)) => Some(lock),
        _ => None,
    }
}

/// Removes what is kept of an extension; whether there was anything, and its bytes.
pub(super) fn remove(layout: &Layout, id: &ExtensionId) -> fs::Result<Option<u64>> {
    let files = [
        layout.log(id),
        layout.log_before(id),
        layout.audit(id),
        layout.audit_before(id),
        layout.stats(id),
        layout.downloads(id),
        layout.answers(id),
    ];
    let is_there = |file: &PathBuf| fs::symlink_metadata(file).is_ok() && fs::is_own_file(file);
    if !files.iter().any(is_there) {
        return Ok(None);
    }
    let _lock = lock(layout, PATIENCE)?;
    let mut bytes = None;
    for file in files {
        if let Ok(metadata) = fs::symlink_metadata(&file)
            && fs::is_own_file(&file)
        {
            *bytes.get_or_insert(0) += metadata.len();
            fs::remove_file(&file)?;
        }
    }
    Ok(bytes)
}

/// The ids of which something is kept.
pub(super) fn ids(layout: &Layout) -> fs::Result<BTreeSet<ExtensionId>> {
    let mut ids = BTreeSet::new();
    let folders = [
        layout.logs(),
        layout.audits(),
        layout.all_stats(),
        layout.all_downloads(),
        layout.all_answers(),
    ];
    for folder in folders {
        let files = fs::read_dir_if_there(&folder)?;
        // No id has a `.`.
        ids.extend(files.iter().filter_map(|file| {
            let (id, kind) = file.file_name()?.to_str()?.split_once('.')?;
            KINDS
                .contains(&kind)
                .then(|| id.parse::<ExtensionId>().ok())?
        }));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_removed_while_another_process_writes() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id: ExtensionId = "one".parse().unwrap();
        assert_eq!(remove(&layout, &id).unwrap(), None);
        assert!(!layout.journal_lock().exists());
        fs::create_private_dir_all(&layout.logs()).unwrap();
        for log in [layout.log(&id), layout.log_before(&id)] {
            fs::append_bounded(&log, &layout.log_before(&id), b"a line\n", LOG_BYTES).unwrap();
        }
        let lock = fs::FileLock::exclusive(&layout.journal_lock()).unwrap();
        assert!(remove(&layout, &id).is_err());
        assert!(layout.log(&id).exists());
        drop(lock);
        assert_eq!(remove(&layout, &id).unwrap(), Some(14));
        assert!(!layout.log(&id).exists() && !layout.log_before(&id).exists());
    }
}
