//! Errors of downloads.

use std::time::Duration;

use crate::base::hint::{ErrorKind, Hint};
use crate::{base::digest::Sha256Digest, package::archive::tool::ToolArchiveError};

/// The reason why a download failed. Nothing of it is left in the work directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The server refused.
    #[error("the download of `{url}` failed with status {status}{}", said(answer))]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// How its answer begins, safe to show.
        answer: String,
    },
    /// The answer stopped in the middle, each time it was tried.
    #[error("the download of `{url}` was interrupted after {received} bytes")]
    Interrupted {
        /// The address.
        url: String,
        /// How many had arrived.
        received: u64,
        /// What failed.
        source: reqwest::Error,
    },
    /// Next to nothing arrived for a while.
    #[error("the download of `{url}` is too slow: {received} bytes came in {} s", window.as_secs_f64())]
    TooSlow {
        /// The address.
        url: String,
        /// How many bytes came.
        received: u64,
        /// In how long.
        window: Duration,
    },
    /// There is more than an extension may fetch.
    #[error("`{url}` has more than the {most} bytes that a download may have")]
    TooLarge {
        /// The address.
        url: String,
        /// The most.
        most: u64,
    },
    /// It is another file than the one that was published there.
    #[error("`{url}` is not the file that was published: it has {what}")]
    NotAsPublished {
        /// The address.
        url: String,
        /// In what it differs, as a noun.
        what: String,
    },
    /// It is another file than the one that is locked.
    #[error("`{url}` is not the file that is locked: it has {what}")]
    NotAsLocked {
        /// The address.
        url: String,
        /// In what it differs, as a noun.
        what: String,
    },
    /// It is not an archive of its kind, or one that is hostile.
    #[error("`{url}` cannot be unpacked")]
    Archive {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: ToolArchiveError,
    },
}

fn said(answer: &str) -> String {
    if answer.is_empty() {
        String::new()
    } else {
        format!(": {answer}")
    }
}

impl DownloadError {
    /// The file differs from what GitHub said of it.
    pub(in crate::runtime::services) fn other_digest(
        url: &str,
        expected: &Sha256Digest,
        actual: &Sha256Digest,
    ) -> Self {
        Self::NotAsPublished {
            url: url.to_owned(),
            what: format!("the sha256 {actual}, not {expected}"),
        }
    }
}

impl Hint for DownloadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Status {
                status: 404 | 410, ..
            } => ErrorKind::NotFound,
            Self::Status {
                status: 401 | 403, ..
            } => ErrorKind::Refused,
            Self::Status { .. } | Self::Interrupted { .. } | Self::TooSlow { .. } => {
                ErrorKind::Network
            }
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::NotAsPublished { .. } | Self::NotAsLocked { .. } => ErrorKind::Damaged,
            Self::Archive { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Status { status: 404 | 410, .. } => {
                "it was withdrawn, or there is none for this system: see what the project has released"
                    .into()
            }
            Self::Status { status: 401 | 403, .. } => {
                "it is not public, or something on the way forbids it".into()
            }
            Self::Status { status: 429, .. } => {
                "the server wants to be asked less often: try again later".into()
            }
            Self::Status { status, .. } if *status >= 500 => {
                "the server has a problem of its own: try again later".into()
            }
            Self::Status { .. } => return None,
            Self::Interrupted { .. } | Self::TooSlow { .. } => {
                "check the network and the proxy, then try again; nothing was changed".into()
            }
            Self::TooLarge { .. } => "the program that embeds this host can allow more".into(),
            Self::NotAsPublished { .. } => {
                "try again; if it stays so, tell the project: the file may have been tampered with"
                    .into()
            }
            Self::NotAsLocked { .. } => {
                "it was replaced there, or tampered with: see what the project says, and start without `--locked` to take it"
                    .into()
            }
            Self::Archive { source, .. } => return source.hint(),
        })
    }
}
