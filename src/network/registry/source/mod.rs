//! Sources of a registry's files: the program itself, a folder, or a web server. A source knows
//! paths and bytes, nothing of what they mean.

mod conditional;
#[cfg(feature = "embedded-registry")]
mod embedded;
mod folder;
mod http;
mod offline;

use std::{fmt, net::IpAddr};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

#[cfg(feature = "embedded-registry")]
pub use self::embedded::EmbeddedSource;
#[cfg(feature = "embedded-registry")]
pub(crate) use self::embedded::has_published;
pub use self::{conditional::Reading, folder::FolderSource, http::HttpSource};
pub(crate) use self::{http::HttpClient, offline::OfflineSource};
use super::path;
use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};
pub use crate::network::http::{
    Credentials, CredentialsError, HttpOptions, PrivateHost, PrivateHostError, RetryPolicy,
    Validator,
};
use crate::{
    base::{digest::Sha256Digest, fs},
    network::http::{ClientError, Failure, NEVER_HINT, handshake_hint, is_passing, private_hint},
};

/// A source of a registry's files, by their relative path.
///
/// Implementations refuse paths that leave the registry, bound what they keep in memory, and try again
/// themselves where the way to the file is unreliable.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// Returns the location of the files, for messages.
    fn location(&self) -> String;

    /// Reads a whole file.
    ///
    /// # Errors
    /// [`SourceError::TooLarge`] as soon as it is clear that the file has more than `limit_bytes`.
    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError>;

    /// Reads a whole file, unless it is still what `known` says. Sources that have no way to know
    /// read it.
    ///
    /// # Errors
    /// As [`Self::read`].
    async fn read_if_changed(
        &self,
        path: &str,
        limit_bytes: u64,
        known: Option<&Validator>,
    ) -> Result<Reading, SourceError> {
        let _ = known;
        let content = self.read(path, limit_bytes).await?;
        Ok(Reading::Content {
            content,
            validator: None,
        })
    }

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

/// An error from below: the network's or the system's own.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The reason why a file of a registry cannot be read.
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
        /// The time it wants not to be asked for, in seconds; `None` where it does not say.
        retry_after_seconds: Option<u32>,
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
    /// The file changed while it was downloaded.
    #[error("`{location}` changed while it was downloaded")]
    Changed {
        /// The file.
        location: String,
    },
    /// A web server would have to be asked, and none may be.
    #[error("`{location}` is not read: this is offline")]
    Offline {
        /// The file.
        location: String,
    },
    /// The address is not that of a web server.
    #[error("`{location}` cannot be read over HTTP")]
    Scheme {
        /// The address.
        location: String,
    },
    /// A token or a password would go over the network for everyone on the way to read.
    #[error("credentials for `{location}` are not sent over plain `http`")]
    InsecureCredentials {
        /// The file.
        location: String,
    },
    /// It would come over plain `http` from another machine, and nothing says what it should be.
    #[error(
        "`{location}` comes over plain `http`, where anyone on the way can put another in its place"
    )]
    Insecure {
        /// The file.
        location: String,
    },
    /// It leads to an address of this machine or of a network of one's own, where nothing lets it be asked.
    #[error("`{location}` is at the private address `{address}`")]
    Private {
        /// Where it leads.
        location: String,
        /// Where that is.
        address: IpAddr,
    },
    /// It is at an address of the link, or of a cloud's metadata, where credentials are handed out.
    #[error("`{location}` is at the address `{address}`, which is never asked")]
    Forbidden {
        /// Where it is, or leads.
        location: String,
        /// Where that is.
        address: IpAddr,
    },
    /// What arrives cannot be written where the caller wants it.
    #[error("what `{location}` sends cannot be written")]
    Write {
        /// The file.
        location: String,
        /// What the system answered.
        #[source]
        source: std::io::Error,
    },
    /// A user's login at a container registry cannot be had.
    #[error("the login at `{host}` cannot be had")]
    Login {
        /// The container registry.
        host: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// A container registry answers with something else than an artifact, or than a token for one.
    #[error("`{location}` is not an artifact of a container registry")]
    NotAnArtifact {
        /// The file.
        location: String,
        /// The problem with it.
        #[source]
        source: BoxError,
    },
    /// The tag of a version leads to another archive than the registry's index says.
    #[error(
        "the tag `{location}` has been moved: it does not lead to the archive with the sha256 `{sha256}`"
    )]
    TagMoved {
        /// The tag.
        location: String,
        /// The archive's digest in the index.
        sha256: Sha256Digest,
    },
    /// A file is not what its digest says.
    #[error("`{location}` is damaged: it does not have the sha256 `{sha256}`")]
    Damaged {
        /// The file.
        location: String,
        /// The digest it should have.
        sha256: Sha256Digest,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] BoxError),
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] fs::Error),
}

impl SourceError {
    /// Work on another thread was given up, because the runtime stops.
    pub(crate) fn stopped(error: &tokio::task::JoinError) -> Self {
        Self::Interrupted {
            location: "a local file".into(),
            source: error.to_string().into(),
        }
    }

    /// The file does not exist: nothing else is wrong.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// The same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Unreachable { .. }
            | Self::Interrupted { .. }
            | Self::TooSlow { .. }
            | Self::Changed { .. } => true,
            _ => false,
        }
    }
}

impl Hint for SourceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::InvalidPath { .. } | Self::Scheme { .. } => ErrorKind::Invalid,
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::Status {
                status: 401 | 403 | 451,
                ..
            }
            | Self::Insecure { .. }
            | Self::Private { .. }
            | Self::Forbidden { .. }
            | Self::InsecureCredentials { .. } => ErrorKind::Refused,
            Self::TooSlow { .. }
            | Self::Status { .. }
            | Self::Redirect { .. }
            | Self::Unreachable { .. }
            | Self::Interrupted { .. }
            | Self::Changed { .. }
            | Self::Offline { .. } => ErrorKind::Network,
            Self::Client(error) => error
                .downcast_ref()
                .map_or(ErrorKind::Internal, ClientError::kind),
            Self::Login { .. } | Self::TagMoved { .. } => ErrorKind::Refused,
            Self::NotAnArtifact { .. } => ErrorKind::Invalid,
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::Write { .. } => ErrorKind::Io,
            Self::File(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Login { host, .. } => format!("log in there with `docker login {host}`, or take its entry out of Docker's configuration"),
            Self::NotAnArtifact { .. } => {
                "check the address: something else answers there, or something on the way does".into()
            }
            Self::TagMoved { .. } => {
                "what is published never changes: ask the registry's owner which one is right".into()
            }
            Self::Damaged { .. } => {
                "the registry has damaged what it keeps: tell its owner; nothing was changed here".into()
            }
            Self::Status { status: 401 | 403, .. } => {
                "the server does not let you read this: it may want a token; some also answer so for a file they lack".into()
            }
            Self::Status {
                status: 429,
                retry_after_seconds,
                ..
            } => match retry_after_seconds {
                Some(seconds) => format!("too much was asked of the server: it wants to be asked again in {seconds} s"),
                None => "too much was asked of the server: try again in a minute".into(),
            },
            Self::Status { status, .. } if *status == 429 || *status >= 500 => {
                "the server has a problem of its own: try again later".into()
            }
            Self::Redirect { .. } => "check the registry's address, or ask its owner".into(),
            Self::Unreachable { source, .. } => handshake_hint(source.as_ref()).unwrap_or(
                "check the network, the proxy and the registry's address; the registry `embedded` works offline"
            ).into(),
            Self::Interrupted { .. } | Self::TooSlow { .. } | Self::Changed { .. } => "check the network, then try again; nothing was changed".into(),
            Self::Offline { .. } => "run it once without `--offline`".into(),
            Self::Scheme { .. } => "give an address with `https://`".into(),
            Self::InsecureCredentials { .. } => {
                "use the address with `https://`, or take the token or password away".into()
            }
            Self::Insecure { .. } => {
                "use the address with `https://`, or say `--insecure` if that is what you want".into()
            }
            Self::Private { address, .. } => private_hint(*address),
            Self::Forbidden { .. } => NEVER_HINT.into(),
            Self::Write { .. } => "check that the disk has space left".into(),
            // The error above this one says what is missing, and what to do.
            Self::NotFound { .. } => return None,
            Self::TooLarge { .. } => "the server or something on the way answers with another file".into(),
            Self::InvalidPath { .. } => {
                "tell the registry's owner: its configuration or index is wrong".into()
            }
            Self::Status { .. } => "check the registry's address, or ask its owner".into(),
            Self::Client(_) => "check that the system's certificates are installed".into(),
            Self::File(error) => return error.hint(),
        })
    }
}

pub(super) fn check_path(path: &str) -> Result<(), SourceError> {
    if path::is_contained(path) {
        Ok(())
    } else {
        Err(SourceError::InvalidPath {
            path: path.to_owned(),
        })
    }
}

impl From<SourceError> for Failure<SourceError> {
    fn from(error: SourceError) -> Self {
        let again = match &error {
            SourceError::Unreachable { source, .. } => is_passing(source.as_ref()),
            error => error.is_temporary(),
        };
        Self {
            error,
            again,
            retry_after: None,
        }
    }
}

/// Whether the registry that comes with the program has published an archive: not in a build without it.
#[cfg(not(feature = "embedded-registry"))]
pub(crate) fn has_published(
    _: &crate::base::types::ExtensionId,
    _: &crate::base::types::ExtensionVersion,
    _: &crate::base::digest::Sha256Digest,
) -> bool {
    false
}
