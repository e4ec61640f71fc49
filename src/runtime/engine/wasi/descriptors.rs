//! The files and sockets that a guest holds open, counted by what the system has open for it: a stream keeps its
//! file open though the guest has dropped the file.

use std::{
    fs::File,
    sync::{Arc, Weak},
};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::{TcpSocket, UdpSocket};

/// How many descriptors of the process guests leave to their host, and what part of them where there are few.
#[cfg(unix)]
const RESERVE: u64 = 64;
#[cfg(unix)]
const RESERVED_PART: u64 = 4;

/// The files, folders and sockets of one instance.
pub(in crate::runtime::engine) struct Descriptors {
    most: usize,
    open: Vec<Open>,
    /// The folders that the guest is given; they do not count.
    given: Vec<Open>,
    /// It has made sockets.
    has_sockets: bool,
}

/// A file or folder that is open for as long as its reference is alive.
struct Open {
    file: Weak<File>,
    is_of_work_dir: bool,
}

impl Open {
    fn is(&self, file: &Arc<File>) -> bool {
        std::ptr::eq(self.file.as_ptr(), Arc::as_ptr(file))
    }
}

impl Descriptors {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            open: Vec::new(),
            given: Vec::new(),
            has_sockets: false,
        }
    }

    /// The most there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Whether one more may be opened.
    pub(super) fn has_room(&mut self, table: &mut ResourceTable) -> bool {
        let sockets = match self.has_sockets {
            true => table
                .iter_mut()
                .filter(|entry| entry.is::<TcpSocket>() || entry.is::<UdpSocket>())
                .count(),
            false => 0,
        };
        let left = self.most.saturating_sub(sockets);
        if self.open.len() >= left {
            self.open.retain(|open| open.file.strong_count() > 0);
        }
        self.open.len() < left
    }

    /// Sockets are in the table from now on.
    pub(super) fn expect_sockets(&mut self) {
        self.has_sockets = true;
    }

    /// Counts what was opened in a folder.
    pub(super) fn add(&mut self, file: &Arc<File>, is_of_work_dir: bool) {
        self.open.push(Open {
            file: Arc::downgrade(file),
            is_of_work_dir,
        });
    }

    /// Knows a folder that the guest is given.
    pub(super) fn give(&mut self, folder: &Arc<File>, is_of_work_dir: bool) {
        if !self.given.iter().any(|given| given.is(folder)) {
            self.given.push(Open {
                file: Arc::downgrade(folder),
                is_of_work_dir,
            });
        }
    }

    /// Whether a file or folder is in the work directory.
    pub(super) fn is_of_work_dir(&self, file: &Arc<File>) -> bool {
        let all = self.given.iter().chain(&self.open);
        all.rev()
            .find(|open| open.is(file))
            .is_some_and(|open| open.is_of_work_dir)
    }
}

/// Whether enough descriptors of the process are left for its host, of which a new one is `file`: the system
/// gives out the lowest numbers first.
#[cfg(unix)]
pub(super) fn leaves_enough(file: &impl std::os::fd::AsRawFd) -> bool {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let number = u64::try_from(file.as_raw_fd()).unwrap_or(u64::MAX);
    limit.is_none_or(|limit| number + RESERVE.min(limit / RESERVED_PART) < limit)
}

#[cfg(not(unix))]
pub(super) fn leaves_enough<T>(_: &T) -> bool {
    true
}

/// Whether enough descriptors of the process are left for its host where one more is opened.
pub(super) fn one_more_leaves_enough() -> bool {
    // A pipe takes two of those that a new one would be among, and gives them back.
    std::io::pipe().is_ok_and(|(reader, writer)| leaves_enough(&reader) && leaves_enough(&writer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Arc<File> {
        Arc::new(tempfile::tempfile().unwrap())
    }

    #[test]
    fn what_is_open_counts_until_its_last_user_is_gone_and_what_is_given_does_not() {
        let mut table = ResourceTable::new();
        let mut descriptors = Descriptors::new(2);
        let (work_dir, mount) = (file(), file());
        descriptors.give(&work_dir, true);
        descriptors.give(&mount, false);
        descriptors.give(&work_dir, true);
        let (one, other) = (file(), file());
        for (file, folder) in [(&one, &work_dir), (&other, &mount)] {
            assert!(descriptors.has_room(&mut table));
            let is_of_work_dir = descriptors.is_of_work_dir(folder);
            descriptors.add(file, is_of_work_dir);
        }
        assert!(descriptors.is_of_work_dir(&one) && !descriptors.is_of_work_dir(&other));
        assert!(!descriptors.has_room(&mut table));
        // A stream has it still.
        let stream = Arc::clone(&one);
        drop(one);
        assert!(!descriptors.has_room(&mut table));
        drop(stream);
        assert!(descriptors.has_room(&mut table));
        assert!(
            !descriptors.is_of_work_dir(&file()),
            "whatever its address is"
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_last_descriptors_of_the_process_are_its_host_s() {
        use rustix::process::{Resource, getrlimit};
        let low = tempfile::tempfile().unwrap();
        assert!(leaves_enough(&low) && one_more_leaves_enough());
        let Some(limit) = getrlimit(Resource::Nofile)
            .current
            .filter(|it| *it < 1 << 20)
        else {
            crate::base::skip::skip("descriptors", "there is no limit that could be reached");
            return;
        };
        let last = i32::try_from(limit - 1).unwrap();
        let high = rustix::io::fcntl_dupfd_cloexec(&low, last).unwrap();
        assert!(!leaves_enough(&File::from(high)));
    }
}
