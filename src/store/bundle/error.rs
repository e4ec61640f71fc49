//! Errors of making and reading bundles.

use std::path::PathBuf;

use crate::{
    base::{
        fs,
        hint::{ErrorKind, Hint},
        printable::printable,
    },
    network::registry::{self, SourceError},
    package::archive,
    store::disk::lockfile::LockfileError,
};

/// The reason why a bundle is refused, or cannot be made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// There is no such file.
    #[error("there is no bundle `{}`", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// It is not a bundle.
    #[error("`{}` is not a bundle", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Its stream is not written as that of a bundle is.
    #[error("the bundle cannot be read")]
    Stream(#[source] archive::Error),
    /// It cannot be written.
    #[error("the bundle cannot be written")]
    Unwritten(#[source] archive::Error),
    /// A later version of this program wrote it.
    #[error("the bundle has format {found}, which this program does not know")]
    Format {
        /// Its format.
        found: u64,
    },
    /// The index of it cannot be understood.
    #[error("the bundle's `bundle.json` cannot be read")]
    Index(#[source] serde_json::Error),
    /// Its lockfile cannot be read.
    #[error("the bundle's lockfile cannot be used")]
    Lockfile(#[source] Box<LockfileError>),
    /// A part is not as its `bundle.json` says.
    #[error("the part `{}` of the bundle {problem}", printable(path))]
    Part {
        /// The part's path.
        path: String,
        /// The problem, as the rest of a sentence.
        problem: String,
    },
    /// It lacks what its lockfile needs, or that cannot be had.
    #[error("{} is missing for the bundle", printable(what))]
    Missing {
        /// The thing that is missing.
        what: String,
    },
    /// It is longer or shorter than what is in it.
    #[error("the bundle has {found} bytes, and what is in it takes {expected}")]
    Length {
        /// The bytes of the file.
        found: u64,
        /// The bytes that its parts take.
        expected: u64,
    },
    /// An extension's archive cannot be had for a bundle.
    #[error("the archive of `{id}` cannot be had")]
    Archive {
        /// The extension.
        id: String,
        /// Why.
        source: Box<registry::Error>,
    },
    /// A file cannot be had for a bundle.
    #[error("`{}` cannot be had", printable(url))]
    File {
        /// Its address.
        url: String,
        /// Why.
        source: Box<SourceError>,
    },
    /// The thing that is there has other bytes than the lockfile says.
    #[error("{} is not what the lockfile has: {problem}", printable(what))]
    Differs {
        /// The thing, in words.
        what: String,
        /// In what it differs.
        problem: String,
    },
    /// The disk fails.
    #[error(transparent)]
    Disk(#[from] fs::Error),
}

impl Hint for BundleError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Foreign { .. } | Self::Index(_) => ErrorKind::Invalid,
            Self::Stream(error) | Self::Unwritten(error) => error.kind(),
            Self::Format { .. } => ErrorKind::Incompatible,
            Self::Lockfile(error) => error.kind(),
            Self::Part { .. }
            | Self::Missing { .. }
            | Self::Length { .. }
            | Self::Differs { .. } => ErrorKind::Damaged,
            Self::Archive { source, .. } => source.kind(),
            Self::File { source, .. } => source.kind(),
            Self::Disk(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { .. } => "check the path; `annexe bundle` writes one".into(),
            Self::Foreign { .. } => "name a file that `annexe bundle` has written".into(),
            Self::Format { .. } => "update this program to one that reads it".into(),
            Self::Unwritten(error) => return error.hint(),
            Self::Stream(_)
            | Self::Index(_)
            | Self::Lockfile(_)
            | Self::Part { .. }
            | Self::Length { .. } => {
                "copy it again from where it was made, or make it anew with `annexe bundle`".into()
            }
            Self::Missing { .. } => "install the extension again where the bundle is made, and lock it with `annexe lock`".into(),
            Self::Archive { source, .. } => return source.hint(),
            Self::File { source, .. } => return source.hint(),
            Self::Differs { .. } => {
                "install and fetch again, lock it with `annexe lock`, then bundle it".into()
            }
            Self::Disk(error) => return error.hint(),
        })
    }
}
