//! Where a registry's files come from: the program itself, a folder, or a web server. A source knows
//! paths and bytes, nothing of what they mean.

mod embedded;
mod folder;
mod http;
mod retry;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

pub use self::{
    embedded::EmbeddedSource,
    folder::FolderSource,
    http::{HttpOptions, HttpSource},
    retry::RetryPolicy,
};
use super::{path, printable};
use crate::fs;

/// Reads a registry's files by their relative path.
///
/// Implementations refuse paths that leave the registry, bound what they keep in memory, and try again
/// themselves where the way to the file is unreliable.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// Where the files are, for messages.
    fn location(&self) -> String;

    /// Reads a whole file.
    ///
    /// # Errors
    /// [`SourceError::TooLarge`] as soon as it is clear that the file has more than `limit_bytes`.
    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError>;

    /// Opens a file to be read in pieces, from `offset` if the source can, else from the start.
    ///
    /// # Errors
    /// [`SourceError`], before any piece or as the last item of [`Opened::pieces`].
    async fn open(&self, path: &str, offset: u64) -> Result<Opened, SourceError>;
}

/// A file that arrives in pieces.
pub struct Opened {
    /// Where the first piece begins: what was asked for, or 0.
    pub offset: u64,
    /// The size of the whole file in bytes, where the source knows it beforehand.
    pub size: Option<u64>,
    /// The pieces; an error ends them.
    pub pieces: BoxStream<'static, Result<Bytes, SourceError>>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Opened")
            .field("offset", &self.offset)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// What went wrong below: the network's or the system's own error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A file of a registry cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file took too long in all.
    #[error("`{location}` took longer than {} s", .limit.as_secs_f64())]
    TooSlow {
        /// The file.
        location: String,
        /// How long it could take.
        limit: std::time::Duration,
    },
    /// The path would leave the registry.
    #[error("`{}` is not a plain path inside the registry", printable(.path))]
    InvalidPath {
        /// The path.
        path: String,
    },
    /// There is no such file.
    #[error("`{location}` does not exist")]
    NotFound {
        /// The file.
        location: String,
    },
    /// The file is larger than any sound one.
    #[error("`{location}` has more than {limit_bytes} bytes")]
    TooLarge {
        /// The file.
        location: String,
        /// The most bytes accepted.
        limit_bytes: u64,
    },
    /// The server refused.
    #[error("the server answered {status} for `{location}`: {answer}")]
    Status {
        /// The file.
        location: String,
        /// The HTTP status.
        status: u16,
        /// How its answer begins, safe to show.
        answer: String,
    },
    /// The server sent us round in circles, or from `https` to `http`.
    #[error("the redirects of `{location}` cannot be followed")]
    Redirect {
        /// The file.
        location: String,
        /// What is wrong with them.
        #[source]
        source: BoxError,
    },
    /// The server could not be reached, or did not answer in time.
    #[error("`{location}` cannot be reached")]
    Unreachable {
        /// The file.
        location: String,
        /// What failed.
        #[source]
        source: BoxError,
    },
    /// The answer stopped in the middle.
    #[error("the download of `{location}` was interrupted")]
    Interrupted {
        /// The file.
        location: String,
        /// What failed.
        #[source]
        source: BoxError,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] BoxError),
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] fs::Error),
}

impl SourceError {
    /// The file does not exist: nothing else is wrong.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// The same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Unreachable { .. } | Self::Interrupted { .. } | Self::TooSlow { .. } => true,
            _ => false,
        }
    }

    /// The way out, in plain words.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Status { status: 401 | 403, .. } => {
                "the server does not let you read this; some also answer so for a file they lack".into()
            }
            Self::Status { status, .. } if *status == 429 || *status >= 500 => {
                "the server has a problem of its own: try again later".into()
            }
            Self::Redirect { .. } => "check the registry's address, or ask its owner".into(),
            Self::Unreachable { .. } => {
                "check the network, the proxy and the registry's address; the registry `embedded` works offline".into()
            }
            Self::Interrupted { .. } | Self::TooSlow { .. } => "check the network, then try again; nothing was changed".into(),
            Self::File(error) => return error.hint(),
            _ => return None,
        })
    }
}

fn check_path(path: &str) -> Result<(), SourceError> {
    if path::is_contained(path) {
        Ok(())
    } else {
        Err(SourceError::InvalidPath {
            path: path.to_owned(),
        })
    }
}
