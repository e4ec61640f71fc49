//! The reader of an extension's log, which can follow it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use notify::{RecursiveMode, Watcher as _};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{entry::LogEntry, share_of_lock};
use crate::{
    base::{fs, task::blocking, types::ExtensionId},
    store::{disk::layout::Layout, error::StoreError},
};

/// How often the log is looked at where the system tells nothing of it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The most bytes that are read of what was renamed.
const MOST_READ_BYTES: u64 = 64 << 20;

/// The log of an extension.
#[derive(Debug, Clone)]
pub struct Log {
    layout: Layout,
    id: ExtensionId,
}

impl Log {
    pub(super) fn new(layout: Layout, id: ExtensionId) -> Self {
        Self { layout, id }
    }

    /// The file that is written to. The one before it, if there is any, has `.1` after its name.
    pub fn path(&self) -> PathBuf {
        self.layout.log(&self.id)
    }

    /// Whether there is one.
    pub fn exists(&self) -> bool {
        let files = [self.path(), self.layout.log_before(&self.id)];
        files.iter().any(|file| fs::metadata(file).is_ok())
    }

    /// The entries that are kept, the oldest first; of many, the last `most`. Reads up to 2 MiB.
    ///
    /// # Errors
    /// [`StoreError::File`] where the log cannot be read.
    pub fn entries(&self, most: Option<usize>) -> Result<Vec<LogEntry>, StoreError> {
        self.read(most).map(|(entries, _)| entries)
    }

    /// Follows the log: gives its last `most` entries, and then what comes. It need not be there yet.
    ///
    /// # Errors
    /// [`StoreError::File`] where the log cannot be read.
    pub async fn follow(&self, most: Option<usize>) -> Result<FollowedLog, StoreError> {
        let log = self.clone();
        blocking(move || log.follow_from(most)).await
    }

    fn follow_from(self, most: Option<usize>) -> Result<FollowedLog, StoreError> {
        let (changed, changes) = mpsc::channel(1);
        // A log that cannot be watched is polled.
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading must not change anything.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                let _ = changed.try_send(());
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(&self.layout.logs(), RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        let (first, tail) = self.read(most)?;
        let place = Place {
            path: self.path(),
            tail,
        };
        Ok(FollowedLog {
            log: self,
            first,
            place: Arc::new(Mutex::new(place)),
            reading: None,
            changes,
            _watcher: watcher.ok(),
        })
    }

    /// The last entries, and the place behind them.
    fn read(&self, most: Option<usize>) -> Result<(Vec<LogEntry>, Option<fs::Tail>), StoreError> {
        // So that no process renames one between the two. Without a lock's file nothing was written yet.
        let _lock = share_of_lock(&self.layout);
        let mut text = match fs::read_bounded(&self.layout.log_before(&self.id), MOST_READ_BYTES) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let mut tail = fs::Tail::open(&self.path())?;
        if let Some(tail) = &mut tail {
            tail.read(&mut text)?;
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let first = most.map_or(0, |most| lines.len().saturating_sub(most));
        let entries = lines[first..].iter().map(|line| LogEntry::read(line));
        Ok((entries.collect(), tail))
    }
}

/// A log that is followed.
pub struct FollowedLog {
    log: Log,
    first: Vec<LogEntry>,
    place: Arc<Mutex<Place>>,
    /// A blocking thread that reads on. It is waited for though `next` was dropped meanwhile.
    reading: Option<JoinHandle<Result<Vec<LogEntry>, StoreError>>>,
    changes: mpsc::Receiver<()>,
    _watcher: Option<notify::RecommendedWatcher>,
}

/// The position up to which the log was read.
struct Place {
    path: PathBuf,
    tail: Option<fs::Tail>,
}

impl std::fmt::Debug for FollowedLog {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FollowedLog")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

impl FollowedLog {
    /// Waits for the next entries, at least one. May be dropped and called again: nothing is lost.
    ///
    /// # Errors
    /// [`StoreError::File`] where the log cannot be read.
    pub async fn next(&mut self) -> Result<Vec<LogEntry>, StoreError> {
        loop {
            if !self.first.is_empty() {
                return Ok(std::mem::take(&mut self.first));
            }
            let entries = self.read().await?;
            if !entries.is_empty() {
                return Ok(entries);
            }
            let watched = async {
                if self.changes.recv().await.is_none() {
                    std::future::pending().await
                }
            };
            tokio::select! {
                () = watched => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Returns the entries since the last time.
    async fn read(&mut self) -> Result<Vec<LogEntry>, StoreError> {
        let reading = self.reading.get_or_insert_with(|| {
            let place = self.place.clone();
            tokio::task::spawn_blocking(move || {
                let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
                place.read()
            })
        });
        let ended = reading.await;
        self.reading = None;
        ended.unwrap_or_else(|error| {
            Err(StoreError::Task {
                message: error.to_string(),
            })
        })
    }
}

impl Place {
    /// Returns the entries since the last time.
    fn read(&mut self) -> Result<Vec<LogEntry>, StoreError> {
        let mut text = Vec::new();
        // Looked at first: a renamed file is not written to any more, so its end is final.
        let now = fs::metadata(&self.path).ok();
        let now = now.as_ref().map(fs::Identity::of);
        if let Some(tail) = &mut self.tail {
            tail.read(&mut text)?;
        }
        if now.is_some() && now != self.tail.as_ref().map(fs::Tail::identity) {
            self.tail = fs::Tail::open(&self.path)?;
            if let Some(tail) = &mut self.tail {
                tail.read(&mut text)?;
            }
        }
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().map(LogEntry::read).collect())
    }
}
