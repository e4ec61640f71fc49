//! The room that the archives of one import may take: they lie beside one another until all of them are installed.

use std::{
    fs::File,
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

/// The room on the disk that the archives of one import may take together.
#[derive(Debug)]
pub struct ImportRoom {
    most_bytes: u64,
    taken_bytes: AtomicU64,
}

impl Default for ImportRoom {
    /// 2 GiB: of the largest extensions of Zed's, some hundreds.
    fn default() -> Self {
        Self::new(2 << 30)
    }
}

impl ImportRoom {
    /// Room for so many bytes.
    pub fn new(most_bytes: u64) -> Self {
        Self {
            most_bytes,
            taken_bytes: AtomicU64::new(0),
        }
    }

    /// How many bytes the archives may have in all.
    pub fn most_bytes(&self) -> u64 {
        self.most_bytes
    }

    /// Takes room, where there is so much left.
    fn take(&self, bytes: u64) -> bool {
        let after = |taken: u64| {
            let after = taken.saturating_add(bytes);
            (after <= self.most_bytes).then_some(after)
        };
        let relaxed = Ordering::Relaxed;
        self.taken_bytes
            .fetch_update(relaxed, relaxed, after)
            .is_ok()
    }

    /// Gives back the room of what was removed.
    pub(super) fn give_back(&self, bytes: u64) {
        let after = |taken: u64| Some(taken.saturating_sub(bytes));
        let relaxed = Ordering::Relaxed;
        let _ = self.taken_bytes.fetch_update(relaxed, relaxed, after);
    }
}

/// A file that has room taken for every byte before it is written.
pub(super) struct RoomyFile<'a> {
    file: File,
    room: &'a ImportRoom,
    taken: u64,
    is_over: bool,
}

impl<'a> RoomyFile<'a> {
    pub(super) fn new(file: File, room: &'a ImportRoom) -> Self {
        Self {
            file,
            room,
            taken: 0,
            is_over: false,
        }
    }

    /// Whether there was no room for it.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Gives all its room back, for it is removed.
    pub(super) fn give_back(self) {
        self.room.give_back(self.taken);
    }
}

impl Write for RoomyFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wanted = bytes.len() as u64;
        if !self.room.take(wanted) {
            self.is_over = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.file.write(bytes);
        let count = written.as_ref().map_or(0, |count| *count as u64);
        self.room.give_back(wanted.saturating_sub(count));
        self.taken += count;
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
