//! What can go wrong between a registry and its reader.

use std::io;

use semver::Version;

use super::{ConfigError, ResolveError, SkipReason, SourceError};
use crate::{digest::Sha256Digest, types::ExtensionId};

/// A registry cannot be opened, or does not give what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error("the registry at `{location}` cannot be used")]
    Config {
        /// Where the registry is.
        location: String,
        /// What is wrong.
        #[source]
        source: ConfigError,
    },
    /// There is no registry there.
    #[error("there is no registry at `{location}`")]
    NoRegistry {
        /// Where none is.
        location: String,
        /// The file looked for.
        #[source]
        source: SourceError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The registry has no such extension.
    #[error("the registry `{registry}` has no extension `{id}`")]
    UnknownExtension {
        /// The extension.
        id: ExtensionId,
        /// The registry's name.
        registry: String,
        /// The closest ids it has.
        nearest: Vec<ExtensionId>,
    },
    /// What lies at the index file's path is something else: an error page, most often.
    #[error("`{path}` in the registry at `{location}` is not an index file: {reason}")]
    NotAnIndex {
        /// The index file's path.
        path: String,
        /// Where the registry is.
        location: String,
        /// What its first line is.
        reason: SkipReason,
    },
    /// No version can be installed.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The index promises an archive larger than any that is unpacked; nothing is fetched.
    #[error(
        "the index says that the archive of `{id}` {version} has {size} bytes, more than the {limit} that are unpacked"
    )]
    TooLarge {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// The size in the index, in bytes.
        size: u64,
        /// The most bytes an archive may have.
        limit: u64,
    },
    /// The archive has another size than the index promises.
    #[error("the archive of `{id}` {version} has {actual} bytes, the index says {expected}")]
    SizeMismatch {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// The size in the index.
        expected: u64,
        /// The size announced, or how much had come when the download was stopped.
        actual: u64,
    },
    /// The archive has other content than the index promises.
    #[error(
        "the archive of `{id}` {version} has the sha256 `{actual}`, the index says `{expected}`"
    )]
    DigestMismatch {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// The digest in the index.
        expected: Sha256Digest,
        /// The digest of what arrived.
        actual: Sha256Digest,
    },
    /// The download stopped in the middle, and again when it was resumed.
    #[error("the download of `{id}` {version} stopped after {received} of {size} bytes")]
    Interrupted {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// How many bytes had come.
        received: u64,
        /// How many were expected.
        size: u64,
        /// The last interruption.
        #[source]
        source: Box<SourceError>,
    },
    /// The archive cannot be written where the caller wants it.
    #[error("the archive of `{id}` {version} cannot be written")]
    Write {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The registry does not have what was asked for; nothing else is wrong.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::UnknownExtension { .. } | Self::NoRegistry { .. } => true,
            Self::Source(error) => error.is_not_found(),
            _ => false,
        }
    }

    /// The same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Interrupted { .. } => true,
            Self::Source(error) => error.is_temporary(),
            _ => false,
        }
    }

    /// The way out, in plain words.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config { source, .. } => source.hint(),
            Self::NoRegistry { .. } => {
                Some("give the folder or address that holds the registry's config.json".into())
            }
            Self::Source(source) => source.hint(),
            Self::UnknownExtension { nearest, .. } => match nearest.as_slice() {
                [] => Some("the registry's `catalogue.jsonl` lists what it has".into()),
                nearest => {
                    let ids: Vec<String> = nearest.iter().map(|id| format!("`{id}`")).collect();
                    Some(format!("did you mean {}?", ids.join(" or ")))
                }
            },
            Self::TooLarge { .. } => {
                Some("nothing was fetched: report it to who runs the registry".into())
            }
            Self::NotAnIndex { .. } | Self::SizeMismatch { .. } => Some(
                "the server or something on the way answers with another file; nothing was installed"
                    .into(),
            ),
            Self::DigestMismatch { .. } => Some(
                "the archive was changed after it was published: tell the registry's owner; nothing was installed"
                    .into(),
            ),
            Self::Interrupted { source, .. } => source.hint(),
            Self::Resolve(error) => error.hint(),
            Self::Write { .. } => Some("check that the disk has space left".into()),
        }
    }
}
