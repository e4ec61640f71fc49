//! A limit that a guest ran into.

use std::time::Duration;

use crate::base::hint::{ErrorKind, Hint};

/// A limit that a guest ran into, with its value: the field of [`Limits`](super::Limits) that
/// [`setting`](Self::setting) names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// The guest's own code ran too long.
    #[error("the extension's code ran longer than {} in one call (limit `guest_time`)", seconds(.0))]
    GuestTime(Duration),
    /// The call took too long, the host's own operations apart.
    #[error("the call took longer than {}, the host's own work apart (limit `call_time`)", seconds(.0))]
    CallTime(Duration),
    /// The call waited too long for the host's operations.
    #[error("the call waited longer than {} for the host's work (limit `host_time`)", seconds(.0))]
    HostTime(Duration),
    /// The guest asked for too much memory.
    #[error("the extension asked for more than {} of memory (limit `memory_bytes`)", bytes(.0))]
    Memory(usize),
    /// The guest has too many memories.
    #[error("the extension has more than {0} memories (limit `memories`)")]
    Memories(usize),
    /// The guest asked for too many table elements.
    #[error("the extension asked for more than {0} table elements (limit `table_elements`)")]
    TableElements(usize),
    /// The guest has too many tables.
    #[error("the extension has more than {0} tables (limit `tables`)")]
    Tables(usize),
    /// The guest consists of too many core instances.
    #[error("the extension has more than {0} core instances (limit `instances`)")]
    Instances(usize),
    /// The guest holds too many handles to what the host lent it or opened for it.
    #[error("the extension holds more than {0} handles (limit `handles`)")]
    Handles(usize),
    /// The guest passed too much to one host operation.
    #[error("the extension passed more than {} to the host at once (limit `lifted_bytes`)", bytes(.0))]
    LiftedBytes(usize),
    /// The guest answered with too much.
    #[error("the extension answered with more than {} (limit `answer_bytes`)", bytes(.0))]
    AnswerBytes(usize),
    /// The guest asked for too many random bytes at once.
    #[error("the extension asked for more than {0} random bytes at once (limit `random_bytes`)")]
    RandomBytes(u64),
    /// The guest holds too many files, folders and sockets open.
    #[error("the extension holds more than {0} files and sockets open (limit `descriptors`)")]
    Descriptors(usize),
    /// There would be too much in the work directory.
    #[error("the work directory may hold no more than {} (limit `work_dir_bytes`)", long_bytes(.0))]
    WorkDirBytes(u64),
    /// There would be too many files in the work directory.
    #[error(
        "the work directory may hold no more than {0} files and folders (limit `work_dir_files`)"
    )]
    WorkDirFiles(u64),
    /// The guest reads too many answers of servers at once.
    #[error("the extension reads more than {0} answers of servers at once (limit `http_streams`)")]
    HttpStreams(usize),
    /// The guest reports too often how far an installation is.
    #[error(
        "the extension reports more than {0} times a second how far an installation is (limit `status_messages_per_second`)"
    )]
    StatusMessages(u32),
    /// The guest stores too much in one call.
    #[error("the extension stores more than {} in one call (limit `stored_bytes`)", long_bytes(.0))]
    StoredBytes(u64),
}

impl Hint for LimitExceeded {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Limit
    }

    fn hint(&self) -> Option<String> {
        Some(format!(
            "if it needs more, raise `{}` in the limits of the host",
            self.setting()
        ))
    }
}

impl LimitExceeded {
    /// The name of the setting: a field of [`Limits`](super::Limits).
    pub fn setting(&self) -> &'static str {
        match self {
            Self::GuestTime(_) => "guest_time",
            Self::CallTime(_) => "call_time",
            Self::HostTime(_) => "host_time",
            Self::Memory(_) => "memory_bytes",
            Self::Memories(_) => "memories",
            Self::TableElements(_) => "table_elements",
            Self::Tables(_) => "tables",
            Self::Instances(_) => "instances",
            Self::Handles(_) => "handles",
            Self::LiftedBytes(_) => "lifted_bytes",
            Self::AnswerBytes(_) => "answer_bytes",
            Self::RandomBytes(_) => "random_bytes",
            Self::Descriptors(_) => "descriptors",
            Self::WorkDirBytes(_) => "work_dir_bytes",
            Self::WorkDirFiles(_) => "work_dir_files",
            Self::HttpStreams(_) => "http_streams",
            Self::StatusMessages(_) => "status_messages_per_second",
            Self::StoredBytes(_) => "stored_bytes",
        }
    }
}

fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn bytes(bytes: &usize) -> String {
    long_bytes(&(*bytes as u64))
}

/// A size in the greatest unit that gives a whole number.
fn long_bytes(bytes: &u64) -> String {
    match bytes {
        0 => "0 bytes".into(),
        bytes if bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}
