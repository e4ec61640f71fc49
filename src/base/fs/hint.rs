//! The kind of a failed file operation, and the way out.

use std::io;

use super::{Error, ownership::Foreign};
use crate::base::hint::{ErrorKind, Hint};

/// The way out where something is not a file.
pub const GIVE_A_FILE: &str = "give a plain file, no pipe, device or folder";

impl Hint for Error {
    fn kind(&self) -> ErrorKind {
        let inner = self.source.get_ref();
        match self.source.kind() {
            _ if self.is_not_a_file() => ErrorKind::Invalid,
            _ if self.is_too_large() => ErrorKind::Limit,
            _ if inner.is_some_and(|it| it.is::<Foreign>()) => ErrorKind::Refused,
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        }
    }

    fn hint(&self) -> Option<String> {
        if self.is_not_a_file() {
            return Some(GIVE_A_FILE.into());
        }
        let inner = self.source.get_ref();
        if let Some(foreign) = inner.and_then(|it| it.downcast_ref::<Foreign>()) {
            return Some(foreign.hint());
        }
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                "the disk is full: free some space, then run the same command again; nothing was lost".into(),
            ),
            io::ErrorKind::PermissionDenied => {
                Some("check who owns this path, or choose another folder".into())
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                Some("this file system is read-only: choose another folder".into())
            }
            _ => None,
        }
    }
}
