//! Access to folders: read-only or read-write.

use serde::{Deserialize, Serialize};

/// The access a guest has to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Read and list, and change nothing: neither content nor names nor times. A folder that lies in one
    /// that the guest may write to cannot be mounted so.
    #[default]
    ReadOnly,
    /// Whatever this process may do.
    ReadWrite,
}

impl Access {
    /// Whether it lets content, names or times be changed.
    pub fn allows_writing(self) -> bool {
        self == Self::ReadWrite
    }

    /// The word for it, as it is written: `read-only`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
        }
    }
}
