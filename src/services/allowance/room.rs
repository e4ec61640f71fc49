//! The space in a work directory: what is there is counted when something is first added, then what is added,
//! and what is there again where the limit seems to be reached, for much may have gone meanwhile.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    fs::{self, Extent},
    limits::LimitExceeded,
};

/// So many files are counted as often as it is needed: it takes some milliseconds.
const FEW_FILES: u64 = 1_000;

/// How many times as long as the last count took more files are not counted again.
const BETWEEN_COUNTS: u32 = 4;

/// The space in one work directory.
#[derive(Debug)]
pub(crate) struct Room {
    folder: PathBuf,
    most: Extent,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What is there, or more; `None` before it was counted.
    used: Option<Extent>,
    /// When the last count was made, and how long that took.
    counted: Option<(Instant, Duration)>,
}

/// Whether there is room.
#[derive(Debug)]
pub(crate) enum Fits {
    /// There is, and it is taken.
    Yes,
    /// There may be: what is there must be counted.
    Unknown,
    /// There is not.
    No(LimitExceeded),
}

impl Room {
    pub(super) fn new(folder: PathBuf, bytes: u64, files: u64) -> Self {
        Self {
            folder,
            most: Extent { bytes, files },
            state: Mutex::default(),
        }
    }

    /// Takes room for something that is about to be added.
    ///
    /// # Errors
    /// [`LimitExceeded::WorkDirBytes`] or [`LimitExceeded::WorkDirFiles`].
    pub(crate) async fn take(self: &Arc<Self>, more: Extent) -> Result<(), LimitExceeded> {
        match self.try_take(more) {
            Fits::Yes => return Ok(()),
            Fits::No(limit) => return Err(limit),
            Fits::Unknown => self.count().await,
        }
        let mut state = self.state();
        let used = state.used.unwrap_or_default();
        self.check(used, more)?;
        state.used = Some(used.and(more));
        Ok(())
    }

    /// Takes room without counting anew what is there.
    pub(crate) fn try_take(&self, more: Extent) -> Fits {
        if more == Extent::default() {
            return Fits::Yes;
        }
        let mut state = self.state();
        match state.used.map(|used| (used, self.check(used, more))) {
            Some((used, Ok(()))) => {
                state.used = Some(used.and(more));
                Fits::Yes
            }
            Some((_, Err(limit))) if !state.may_count() => Fits::No(limit),
            _ => Fits::Unknown,
        }
    }

    /// What there is room for, counted now.
    pub(crate) async fn left(self: &Arc<Self>) -> Extent {
        self.count().await;
        let used = self.state().used.unwrap_or_default();
        Extent {
            bytes: self.most.bytes.saturating_sub(used.bytes),
            files: self.most.files.saturating_sub(used.files),
        }
    }

    /// Gives room back that was taken.
    fn give_back(&self, bytes: u64) {
        if let Some(used) = &mut self.state().used {
            used.bytes = used.bytes.saturating_sub(bytes);
        }
    }

    /// What is there has changed in a way that nobody has counted.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    /// Checks that there would be room if a folder took the place of one of the work directory.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(in crate::services) fn check_exchange(
        &self,
        new: &Path,
        old: &Path,
    ) -> Result<(), LimitExceeded> {
        let (all, old) = (fs::extent(&self.folder), fs::extent(old));
        let kept = Extent {
            bytes: all.bytes.saturating_sub(old.bytes),
            files: all.files.saturating_sub(old.files),
        };
        self.check(kept, fs::extent(new))
    }

    /// Checks that something may be as large as it is, whatever else there is.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(in crate::services) fn check_alone(&self, folder: &Path) -> Result<(), LimitExceeded> {
        self.check(Extent::default(), fs::extent(folder))
    }

    /// Whether so much is within the limits.
    ///
    /// # Errors
    /// [`LimitExceeded::WorkDirBytes`] or [`LimitExceeded::WorkDirFiles`].
    fn check(&self, used: Extent, more: Extent) -> Result<(), LimitExceeded> {
        let Extent { bytes, files } = used.and(more);
        // What only replaces is let through, however much there is.
        if more.bytes > 0 && bytes > self.most.bytes {
            return Err(self.no_bytes());
        }
        if more.files > 0 && files > self.most.files {
            return Err(self.no_files());
        }
        Ok(())
    }

    /// The limit of bytes.
    pub(in crate::services) fn no_bytes(&self) -> LimitExceeded {
        LimitExceeded::WorkDirBytes(self.most.bytes)
    }

    /// The limit of files.
    pub(in crate::services) fn no_files(&self) -> LimitExceeded {
        LimitExceeded::WorkDirFiles(self.most.files)
    }

    /// Counts what is there, on a thread that may wait for the disk. It goes on though nobody waits for it.
    async fn count(self: &Arc<Self>) {
        let room = Arc::clone(self);
        let counting = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let found = fs::extent(&room.folder);
            let mut state = room.state();
            state.used = Some(found);
            state.counted = Some((Instant::now(), began.elapsed()));
        });
        if let Err(error) = counting.await {
            tracing::warn!(%error, "a work directory cannot be counted");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it is worth to count anew: one who writes and removes by turns must not keep the disk busy.
    fn may_count(&self) -> bool {
        let is_short = self.used.is_none_or(|used| used.files < FEW_FILES);
        let is_over = |(at, took): (Instant, Duration)| at.elapsed() > took * BETWEEN_COUNTS;
        is_short || self.counted.is_none_or(is_over)
    }
}

/// Room for bytes that was taken, which is given back unless it is kept.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Arc<Room>,
    bytes: u64,
}

impl Taken {
    pub(crate) fn nothing_of(room: &Arc<Room>) -> Self {
        Self {
            room: Arc::clone(room),
            bytes: 0,
        }
    }

    /// Takes so much that there is room for so many bytes.
    ///
    /// # Errors
    /// As [`Room::take`].
    pub(crate) async fn grow_to(&mut self, bytes: u64) -> Result<(), LimitExceeded> {
        let more = bytes.saturating_sub(self.bytes);
        if more > 0 {
            let more = Extent {
                bytes: more,
                files: 0,
            };
            self.room.take(more).await?;
            self.bytes += more.bytes;
        }
        Ok(())
    }

    /// Gives all of it back.
    pub(crate) fn clear(&mut self) {
        self.room.give_back(std::mem::take(&mut self.bytes));
    }

    /// What it was taken for is there.
    pub(crate) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(bytes: u64) -> Extent {
        Extent { bytes, files: 0 }
    }

    fn files(files: u64) -> Extent {
        Extent { bytes: 0, files }
    }

    #[tokio::test]
    async fn what_is_there_is_counted_first_and_anew_where_there_is_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write_new(&file, &[0; 60]).unwrap();
        let room = Arc::new(Room::new(folder.path().to_owned(), 100, 3));
        room.take(bytes(40)).await.unwrap();
        // Nobody has written that, so there is as much room as before.
        room.take(bytes(40)).await.unwrap();
        let refused = room.take(bytes(41)).await.unwrap_err();
        assert_eq!(refused, LimitExceeded::WorkDirBytes(100));
        room.take(files(2)).await.unwrap();
        let refused = room.take(files(3)).await.unwrap_err();
        assert_eq!(refused, LimitExceeded::WorkDirFiles(3));
        fs::remove_file(&file).unwrap();
        room.take(bytes(100)).await.unwrap();
        room.take(bytes(0)).await.unwrap();
    }

    /// The bytes that there is room for, as far as is known.
    fn left(room: &Room) -> u64 {
        room.most.bytes - room.state().used.unwrap().bytes
    }

    #[tokio::test]
    async fn what_is_not_kept_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let room = Arc::new(Room::new(folder.path().to_owned(), 100, 3));
        let mut taken = Taken::nothing_of(&room);
        taken.grow_to(60).await.unwrap();
        assert_eq!(left(&room), 40);
        taken.clear();
        taken.grow_to(70).await.unwrap();
        drop(taken);
        assert_eq!(left(&room), 100);
        let mut taken = Taken::nothing_of(&room);
        taken.grow_to(60).await.unwrap();
        taken.keep();
        assert_eq!(left(&room), 40);
    }
}
