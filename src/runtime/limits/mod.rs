//! Limits on what one extension may use: the settings, and the errors that name them.

mod exceeded;

use std::time::Duration;

pub use self::exceeded::LimitExceeded;

/// The limits of one running extension. The defaults are wide enough for guests that carry an
/// interpreter: JavaScript and Python components start with 9 to 13 MB of memory, tables of some 8,000
/// elements and up to 20 core instances.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long the guest's own code may run in one call. Default 10 seconds. Counted by the clock while it has
    /// a thread and its host does nothing for it, and enforced in steps of 5 milliseconds.
    pub guest_time: Duration,
    /// How long one call may take, the time spent in the host's own operations apart. Default 1 minute:
    /// what is neither the guest's code nor a host operation is a guest that sleeps, or a machine that is
    /// busy.
    pub call_time: Duration,
    /// How long one call may wait for the host's operations, all together. Default 15 minutes: an
    /// extension may install a tool over a slow network before it answers.
    pub host_time: Duration,
    /// Bytes of memory, all linear memories of an instance together. Default 512 MiB. (This and the counts that
    /// follow hold for each instance; an extension has a secondary one for a while.)
    pub memory_bytes: usize,
    /// Linear memories. Default 32: each takes 4 GiB of address space, whatever it holds.
    pub memories: usize,
    /// Elements of all tables together. Default 100,000, of 8 bytes each.
    pub table_elements: usize,
    /// Tables. Default 64.
    pub tables: usize,
    /// Core instances in the component. Default 64.
    pub instances: usize,
    /// Handles to host resources open at once. Default 10,000.
    pub handles: usize,
    /// Bytes that the guest may pass to the host in one call of a host operation, as the host holds them: each
    /// string in a list takes 24 more than its own. Default 64 MiB.
    pub lifted_bytes: usize,
    /// Bytes of the value that the guest answers a call with. Default 64 MiB.
    pub answer_bytes: usize,
    /// Random bytes that one request may ask for. Default 1 MiB.
    pub random_bytes: u64,
    /// Files, folders and sockets that the guest holds open at once, streams that read or write a file with it
    /// among them, but not the folders it is given. One more fails with `insufficient-memory`, of a socket with
    /// `new-socket-limit`, as it does where the process has next to no descriptors left. Default 128: guests
    /// open a file, read it and close it, and a process often has no more than 1,024 for all of them.
    pub descriptors: usize,
    /// Bytes of all files of the work directory, by their length, however much of it the disk stores; a file
    /// with several names counts once. What the guest writes itself fails with `insufficient-space`; a download
    /// or an npm package fails with an error that names the limit, before it is put in its place. Default 8 GiB:
    /// the greatest tools unpack to 4 GiB, and the version before is still there when the next one comes.
    ///
    /// What is there is counted when the extension first adds to it, and again where the limit seems to be
    /// reached. What a program writes that the extension has run is only seen then, and what it writes into
    /// other folders that it was given is not counted.
    pub work_dir_bytes: u64,
    /// Files, folders and links in the work directory. Counted, and refused, as its bytes are. Default 400,000:
    /// a JavaScript tool with all its packages reaches 100,000, and the version before may be there still.
    pub work_dir_files: u64,
    /// Answers of servers that the extension reads piece by piece at once, each of which holds a connection and up
    /// to a mebibyte that has come and was not read. One more is an error. Default 16.
    pub http_streams: usize,
    /// How often in a second the extension may report how far the installation of a language server is. Of more,
    /// the last is passed on when the second is over; of 0, none is. Default 20: no user reads faster.
    pub status_messages_per_second: u32,
    /// Bytes of the text of such a report, and of the name of its server; longer ones are cut. Default 4 KiB.
    pub status_message_bytes: usize,
    /// Bytes of keys and values that the guest may put into the store of one call, such as an index of
    /// documentation. More is an error. Default 256 MiB.
    pub stored_bytes: u64,
    /// Calls that may wait for the extension. Default 1,024.
    pub queued_calls: usize,
    /// Lines of the guest's output that are kept each second; the rest is dropped and counted. Default 200.
    pub log_lines_per_second: u32,
    /// Bytes of a line of the guest's output; longer ones are cut. Default 4 KiB.
    pub log_line_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            guest_time: Duration::from_secs(10),
            call_time: Duration::from_secs(60),
            host_time: Duration::from_secs(15 * 60),
            memory_bytes: 512 << 20,
            memories: 32,
            table_elements: 100_000,
            tables: 64,
            instances: 64,
            handles: 10_000,
            lifted_bytes: 64 << 20,
            answer_bytes: 64 << 20,
            random_bytes: 1 << 20,
            descriptors: 128,
            work_dir_bytes: 8 << 30,
            work_dir_files: 400_000,
            http_streams: 16,
            status_messages_per_second: 20,
            status_message_bytes: 4 << 10,
            stored_bytes: 256 << 20,
            queued_calls: 1_024,
            log_lines_per_second: 200,
            log_line_bytes: 4 << 10,
        }
    }
}
