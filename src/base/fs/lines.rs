//! A file of lines that several programs append to, each of which keeps it open: to write a line takes no new
//! descriptor, which there may be none of. To make room in a full file takes up to two, one after the other; where
//! they cannot be had, nothing is written, and nothing that was is lost.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Error, Result, create_private_dir_all, folder_of, metadata, named, read,
    shared::{open_own, replace_in_turn},
    stamp::Identity,
};

/// How often a file is tried that another process writes to, and how long to wait between: that takes less than
/// a millisecond, unless they were stopped in the middle.
const TRIES: u32 = 200;
const BETWEEN_TRIES: Duration = Duration::from_millis(1);

/// How often a file is opened again that another process keeps replacing.
const OPENINGS: u32 = 10;

/// The most bytes of lines that outlast the file they were written to: 256 KiB.
const KEPT_BYTES: usize = 256 << 10;

/// A file of lines that several programs append to. Where it would grow beyond a bound, its lines take the place
/// of those in a second file, of which the newest that count are kept. Nothing is synced.
#[derive(Debug)]
pub struct LineFile {
    path: PathBuf,
    before: PathBuf,
    most: u64,
    /// Which lines are kept the longest.
    counts: fn(&[u8]) -> bool,
    file: Option<File>,
}

impl LineFile {
    /// Describes a file of at most `most` bytes, and the one that its lines go to when it is full; `counts` tells
    /// the lines that are kept there beyond the next time. It is opened by [`open`](Self::open), or when it is
    /// written to.
    pub fn new(path: PathBuf, before: PathBuf, most: u64, counts: fn(&[u8]) -> bool) -> Self {
        Self {
            path,
            before,
            most,
            counts,
            file: None,
        }
    }

    /// Opens the file, so that what is written later needs no descriptor. Its folder is created where it is
    /// missing.
    ///
    /// # Errors
    /// Where it is a link or not a file, or cannot be opened or created.
    pub fn open(&mut self) -> Result<()> {
        if self.file.is_none() {
            self.file = Some(open(&self.path)?);
        }
        Ok(())
    }

    /// Hands the open file over: this one opens it again where it is written to.
    pub fn take(&mut self) -> Self {
        Self {
            path: self.path.clone(),
            before: self.before.clone(),
            file: self.file.take(),
            ..*self
        }
    }

    /// Appends whole lines, with one write: all of them or none. Waits a little for others who write.
    ///
    /// # Errors
    /// Where the file cannot be opened, locked or written, or others write for too long.
    pub fn append(&mut self, lines: &[u8]) -> Result<()> {
        if self.append_within(lines, TRIES)? {
            return Ok(());
        }
        let held = io::Error::new(io::ErrorKind::WouldBlock, "another program writes to it");
        Err(Error::new("lock", &self.path, held))
    }

    /// Appends as [`append`](Self::append) does, if no other process writes now; returns whether it did.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn try_append(&mut self, lines: &[u8]) -> Result<bool> {
        self.append_within(lines, 1)
    }

    fn append_within(&mut self, lines: &[u8], tries: u32) -> Result<bool> {
        for _ in 0..OPENINGS {
            self.open()?;
            let Some(file) = &self.file else {
                continue;
            };
            if !lock(file, &self.path, tries, File::try_lock)? {
                return Ok(false);
            }
            let locked = LineLock(file);
            if is_still(file, &self.path)? {
                self.append_locked(file, lines)?;
                return Ok(true);
            }
            // It was removed or replaced since it was opened.
            drop(locked);
            self.file = None;
        }
        let replaced = io::Error::other("it is replaced again and again");
        Err(Error::new("open", &self.path, replaced))
    }

    fn append_locked(&self, mut file: &File, lines: &[u8]) -> Result<()> {
        let path = &self.path;
        let mut length = named("look at", path, file.metadata())?.len();
        if length > 0 && length.saturating_add(lines.len() as u64) > self.most {
            self.make_room(file)?;
            length = 0;
        }
        let written = file.write_all(lines);
        if written.is_err() {
            // Half a line is of no use: it is taken back. Where it cannot be, readers skip it.
            let _ = file.set_len(length);
        }
        named("write", path, written)
    }

    /// Moves the lines to the second file. The file stays the same one, which others have open too; whoever is
    /// killed in the middle leaves them in both.
    fn make_room(&self, file: &File) -> Result<()> {
        let old = match read(&self.before) {
            Ok(old) => old,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut bytes = 0;
        let kept: Vec<&[u8]> = old
            .split_inclusive(|byte| *byte == b'\n')
            .rev()
            .filter(|line| (self.counts)(line))
            .take_while(|line| {
                bytes += line.len();
                bytes <= KEPT_BYTES
            })
            .collect();
        let mut lines: Vec<u8> = kept.into_iter().rev().flatten().copied().collect();
        lines.append(&mut read(&self.path)?);
        replace_in_turn(&self.before, &lines)?;
        named("empty", &self.path, file.set_len(0))
    }
}

/// The lines of a file, which stay where they are as long as this is there.
#[derive(Debug)]
pub struct HeldLines {
    _file: File,
}

/// Keeps the lines of a file where they are while they are read; `None` where there are none, or where it cannot
/// be locked.
pub fn hold_lines(path: &Path) -> Option<HeldLines> {
    if !metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    let is_locked = lock(&file, path, TRIES, File::try_lock_shared).ok()?;
    is_locked.then_some(HeldLines { _file: file })
}

/// Locks an open file; whether that was possible within so many tries.
fn lock(
    file: &File,
    path: &Path,
    tries: u32,
    lock: impl Fn(&File) -> std::result::Result<(), TryLockError>,
) -> Result<bool> {
    for left in (0..tries).rev() {
        match lock(file) {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if left == 0 => {}
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            // Where there are no locks, a line is one write still.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(true);
            }
            Err(TryLockError::Error(source)) => return Err(Error::new("lock", path, source)),
        }
    }
    Ok(false)
}

/// A lock on a file that stays open, ended when dropped.
struct LineLock<'a>(&'a File);

impl Drop for LineLock<'_> {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn open(path: &Path) -> Result<File> {
    create_private_dir_all(folder_of(path))?;
    open_own(path, OpenOptions::new().append(true).create(true))
}

/// Whether an open file is the one at a path still.
fn is_still(file: &File, path: &Path) -> Result<bool> {
    let open = named("look at", path, file.metadata())?;
    match metadata(path) {
        Ok(there) => Ok(Identity::of(&there) == Identity::of(&open)),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{create_dir, remove_dir_all, remove_file, rename};

    fn counts(line: &[u8]) -> bool {
        line.starts_with(b"!")
    }

    fn lines(folder: &Path, most: u64) -> LineFile {
        LineFile::new(
            folder.join("a/lines"),
            folder.join("a/lines.1"),
            most,
            counts,
        )
    }

    #[test]
    fn a_full_file_makes_room_and_the_newest_lines_that_count_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = lines(folder.path(), 16);
        for line in [
            "!one\n",
            "two\n",
            "three\n",
            "four\n",
            "five\n",
            "sixth\n",
            "seventh\n",
        ] {
            file.append(line.as_bytes()).unwrap();
        }
        let path = |name| folder.path().join("a").join(name);
        assert_eq!(
            read(&path("lines.1")).unwrap(),
            b"!one\nfour\nfive\nsixth\n"
        );
        assert_eq!(read(&path("lines")).unwrap(), b"seventh\n");
    }

    #[test]
    fn what_is_put_in_its_place_is_refused_and_what_is_gone_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = lines(folder.path(), 1000);
        file.append(b"one\n").unwrap();
        let path = folder.path().join("a/lines");
        rename(&path, &folder.path().join("elsewhere")).unwrap();
        create_dir(&path).unwrap();
        file.append(b"two\n").unwrap_err();
        remove_dir_all(&path).unwrap();
        file.append(b"three\n").unwrap();
        remove_file(&path).unwrap();
        file.append(b"four\n").unwrap();
        assert_eq!(read(&path).unwrap(), b"four\n");
        // A whole folder that is gone.
        remove_dir_all(&folder.path().join("a")).unwrap();
        file.append(b"five\n").unwrap();
        assert_eq!(read(&path).unwrap(), b"five\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_or_a_pipe_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        create_dir(&folder.path().join("a")).unwrap();
        let path = folder.path().join("a/lines");
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "mine").unwrap();
        for place in ["/dev/null".as_ref(), elsewhere.as_path()] {
            std::os::unix::fs::symlink(place, &path).unwrap();
            let error = lines(folder.path(), 1000).append(b"one\n").unwrap_err();
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(cause, "it is a link, which may lead anywhere");
            remove_file(&path).unwrap();
        }
        assert_eq!(read(&elsewhere).unwrap(), b"mine");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        lines(folder.path(), 1000).append(b"one\n").unwrap_err();
        assert!(hold_lines(&path).is_none());
    }

    #[test]
    fn who_writes_waits_for_who_reads_and_for_nobody_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = lines(folder.path(), 1000);
        file.append(b"one\n").unwrap();
        let held = hold_lines(&folder.path().join("a/lines")).unwrap();
        assert!(!file.try_append(b"two\n").unwrap());
        assert!(
            file.append(b"two\n")
                .unwrap_err()
                .to_string()
                .contains("lock")
        );
        drop(held);
        assert!(file.try_append(b"two\n").unwrap());
    }

    #[test]
    fn lines_of_many_are_whole_however_often_room_is_made() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut file = lines(folder.path(), 4000);
                    for number in 0..200 {
                        file.append(format!("!line {number}\n").as_bytes()).unwrap();
                    }
                });
            }
        });
        let mut all = read(&folder.path().join("a/lines.1")).unwrap();
        all.append(&mut read(&folder.path().join("a/lines")).unwrap());
        let text = String::from_utf8(all).unwrap();
        assert_eq!(text.lines().count(), 800);
        assert!(text.lines().all(|line| line.starts_with("!line ")));
    }
}
