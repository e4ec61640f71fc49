//! The space in a work directory: what is there is counted when something is first added, then what is added,
//! and what is there again where the limit seems to be reached, for much may have gone meanwhile.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    base::fs::{self, Extent},
    runtime::limits::LimitExceeded,
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
    counted: Option<Extent>,
    /// Bytes of what is on its way: a count does not find them.
    reserved: u64,
    /// The number of counts that run now, and the bytes added since the first of them began.
    counting: u32,
    added: Extent,
    /// When the last count was made, and how long that took.
    last_count: Option<(Instant, Duration)>,
}

/// The answer to a request for room.
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
        self.take_by(more, State::add).await
    }

    async fn take_by(
        self: &Arc<Self>,
        more: Extent,
        add: fn(&mut State, Extent),
    ) -> Result<(), LimitExceeded> {
        match self.try_take_by(more, add) {
            Fits::Yes => return Ok(()),
            Fits::No(limit) => return Err(limit),
            Fits::Unknown => self.count().await,
        }
        let mut state = self.state();
        self.check(state.used().unwrap_or_default(), more)?;
        add(&mut state, more);
        Ok(())
    }

    /// Takes room without counting anew what is there.
    pub(crate) fn try_take(&self, more: Extent) -> Fits {
        self.try_take_by(more, State::add)
    }

    fn try_take_by(&self, more: Extent, add: fn(&mut State, Extent)) -> Fits {
        if more == Extent::default() {
            return Fits::Yes;
        }
        let mut state = self.state();
        match state.used().map(|used| self.check(used, more)) {
            Some(Ok(())) => {
                add(&mut state, more);
                Fits::Yes
            }
            Some(Err(limit)) if !state.may_count() => Fits::No(limit),
            _ => Fits::Unknown,
        }
    }

    /// Returns the room that is left, counted now.
    pub(crate) async fn left(self: &Arc<Self>) -> Extent {
        self.count().await;
        let used = self.state().used().unwrap_or_default();
        Extent {
            bytes: self.most.bytes.saturating_sub(used.bytes),
            files: self.most.files.saturating_sub(used.files),
        }
    }

    /// Notes that the folder has changed in a way that was not counted.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.counted = None;
        state.last_count = None;
    }

    /// Checks that there would be room if a folder took the place of one of the work directory.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(in crate::runtime::services) fn check_exchange(
        &self,
        new: &Path,
        old: &Path,
    ) -> Result<(), LimitExceeded> {
        let (all, old) = (fs::extent(&self.folder), fs::extent(old));
        let kept = Extent {
            bytes: (all.bytes.saturating_sub(old.bytes)).saturating_add(self.state().reserved),
            files: all.files.saturating_sub(old.files),
        };
        self.check(kept, fs::extent(new))
    }

    /// Checks that something may be as large as it is, whatever else there is.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(in crate::runtime::services) fn check_alone(
        &self,
        folder: &Path,
    ) -> Result<(), LimitExceeded> {
        self.check(Extent::default(), fs::extent(folder))
    }

    /// Whether so much is within the limits.
    ///
    /// # Errors
    /// [`LimitExceeded::WorkDirBytes`] or [`LimitExceeded::WorkDirFiles`].
    fn check(&self, used: Extent, more: Extent) -> Result<(), LimitExceeded> {
        let Extent { bytes, files } = used.and(more);
        // A change that only replaces is let through, however much there is.
        if more.bytes > 0 && bytes > self.most.bytes {
            return Err(self.no_bytes());
        }
        if more.files > 0 && files > self.most.files {
            return Err(self.no_files());
        }
        Ok(())
    }

    /// The limit of bytes.
    pub(in crate::runtime::services) fn no_bytes(&self) -> LimitExceeded {
        LimitExceeded::WorkDirBytes(self.most.bytes)
    }

    /// The limit of files.
    pub(in crate::runtime::services) fn no_files(&self) -> LimitExceeded {
        LimitExceeded::WorkDirFiles(self.most.files)
    }

    /// Counts what is there, on a thread that may wait for the disk. It goes on even if the caller waits no more.
    async fn count(self: &Arc<Self>) {
        let room = Arc::clone(self);
        let counting = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            room.state().begin_count();
            let found = fs::extent(&room.folder);
            room.state().end_count(found, began);
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
    /// Returns the used room with what is on its way; `None` before it was counted.
    fn used(&self) -> Option<Extent> {
        let reserved = Extent {
            bytes: self.reserved,
            files: 0,
        };
        self.counted.map(|counted| counted.and(reserved))
    }

    /// Counts what is about to be there.
    fn add(&mut self, more: Extent) {
        self.counted = self.counted.map(|counted| counted.and(more));
        self.added = self.added.and(more);
    }

    /// Keeps room for what will be there later.
    fn reserve(&mut self, more: Extent) {
        self.reserved = self.reserved.saturating_add(more.bytes);
    }

    /// So much of what was reserved is there.
    fn arrive(&mut self, bytes: u64) {
        self.reserved = self.reserved.saturating_sub(bytes);
        self.add(Extent { bytes, files: 0 });
    }

    /// Gives back what was reserved, and what of it had arrived and is gone.
    fn give_back(&mut self, reserved: u64, arrived: u64) {
        self.reserved = self.reserved.saturating_sub(reserved);
        if let Some(counted) = &mut self.counted {
            counted.bytes = counted.bytes.saturating_sub(arrived);
        }
    }

    fn begin_count(&mut self) {
        if self.counting == 0 {
            self.added = Extent::default();
        }
        self.counting += 1;
    }

    /// Ends a count. It may or may not have found what was added meanwhile.
    fn end_count(&mut self, found: Extent, began: Instant) {
        self.counting -= 1;
        self.counted = Some(found.and(self.added));
        self.last_count = Some((Instant::now(), began.elapsed()));
    }

    /// Whether it is worth counting anew: an extension that writes and removes by turns must not keep the disk busy.
    fn may_count(&self) -> bool {
        let is_short = self.counted.is_none_or(|it| it.files < FEW_FILES);
        let is_over = |(at, took): (Instant, Duration)| at.elapsed() > took * BETWEEN_COUNTS;
        is_short || self.last_count.is_none_or(is_over)
    }
}

/// Room for bytes that are on their way, which is given back unless it is kept.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Arc<Room>,
    bytes: u64,
    /// How many of them are there.
    arrived: u64,
}

impl Taken {
    pub(crate) fn nothing_of(room: &Arc<Room>) -> Self {
        Self {
            room: Arc::clone(room),
            bytes: 0,
            arrived: 0,
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
            self.room.take_by(more, State::reserve).await?;
            self.bytes += more.bytes;
        }
        Ok(())
    }

    /// So many bytes more of it are there.
    pub(crate) fn arrive(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes - self.arrived);
        self.arrived += bytes;
        self.room.state().arrive(bytes);
    }

    /// Gives all of it back.
    pub(crate) fn clear(&mut self) {
        let (bytes, arrived) = (
            std::mem::take(&mut self.bytes),
            std::mem::take(&mut self.arrived),
        );
        self.room.state().give_back(bytes - arrived, arrived);
    }

    /// Keeps the room, as what it was taken for is there.
    pub(crate) fn keep(mut self) {
        self.arrive(self.bytes - self.arrived);
        (self.bytes, self.arrived) = (0, 0);
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
        // That was not written, so there is as much room as before.
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
        room.most.bytes - room.state().used().unwrap().bytes
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

    #[tokio::test]
    async fn who_counts_forgets_nothing_that_is_on_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let room = Arc::new(Room::new(folder.path().to_owned(), 100, 3));
        let mut taken = Taken::nothing_of(&room);
        taken.grow_to(60).await.unwrap();
        assert_eq!(
            room.left().await,
            Extent {
                bytes: 40,
                files: 3
            }
        );
        room.take(bytes(41)).await.unwrap_err();
        room.forget();
        room.take(bytes(41)).await.unwrap_err();
        // What has arrived is found by a count, and counts once.
        let file = folder.path().join("file");
        fs::write_new(&file, &[0; 50]).unwrap();
        taken.arrive(50);
        assert_eq!(
            room.left().await,
            Extent {
                bytes: 40,
                files: 2
            }
        );
        fs::remove_file(&file).unwrap();
        taken.clear();
        assert_eq!(left(&room), 100);
        // What is added during a count may be missed by it.
        room.state().begin_count();
        room.take(bytes(30)).await.unwrap();
        room.state().end_count(Extent::default(), Instant::now());
        assert_eq!(left(&room), 70);
    }
}
