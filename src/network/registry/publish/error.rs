//! Errors of writing registries.

use std::path::PathBuf;

use super::super::config::ConfigError;
use crate::base::{
    digest::Sha256Digest,
    fs,
    hint::{ErrorKind, Hint},
    printable::printable,
    types::{ExtensionId, ExtensionVersion},
};

/// The reason why a registry cannot be written. What was there stays readable as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The folder holds no registry.
    #[error("`{}` holds no registry", folder.display())]
    NoRegistry {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds a registry of another name.
    #[error("`{}` holds the registry `{name}` already", folder.display())]
    OtherRegistry {
        /// The folder.
        folder: PathBuf,
        /// Its registry's name.
        name: String,
    },
    /// The configuration cannot be used.
    #[error("the registry's configuration cannot be used")]
    Config(#[from] ConfigError),
    /// The version is published with other content. What is published never changes.
    #[error("`{id}` {version} is published already, with another {}", printable(.difference))]
    AlreadyPublished {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
        /// The first key whose values differ.
        difference: String,
    },
    /// Another spelling of the version is published: both read alike, and nobody could tell which one is newer.
    #[error("`{id}` {version} reads as {published} does, which is published already")]
    Alike {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
        /// The version that is published.
        published: ExtensionVersion,
    },
    /// A version is published whose name differs in the case of letters alone: some file systems take both for one.
    #[error(
        "`{id}` {version} differs from {published}, which is published, in the case of letters alone"
    )]
    SameName {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
        /// The version that is published.
        published: ExtensionVersion,
    },
    /// The version to be withdrawn or restored is not published.
    #[error("`{id}` has no version {version}")]
    UnpublishedVersion {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
        /// The versions that are published, in the order of their publication.
        published: Vec<ExtensionVersion>,
    },
    /// The archive file is not the one the line describes.
    #[error("`{}` has {actual_size} bytes and the sha256 `{actual}`, its line says {expected_size} and `{expected}`", path.display())]
    OtherArchive {
        /// The archive file.
        path: PathBuf,
        /// The size in the line.
        expected_size: u64,
        /// The digest in the line.
        expected: Sha256Digest,
        /// The file's size.
        actual_size: u64,
        /// The file's digest.
        actual: Sha256Digest,
    },
    /// The line does not say what its archive is.
    #[error("the line of `{id}` {version} has no digest of its archive")]
    NoDigest {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
    },
    /// The line is of a form this program does not write.
    #[error(
        "the line has the form {v}, this program writes form {}",
        crate::network::registry::line::LINE_FORM
    )]
    Form {
        /// The line's form.
        v: u64,
    },
    /// The line is longer than any reader accepts.
    #[error("the line of `{id}` has {bytes} bytes, at most {limit_bytes} are read")]
    LineTooLong {
        /// The extension.
        id: ExtensionId,
        /// The line's length.
        bytes: usize,
        /// The longest length that readers accept.
        limit_bytes: usize,
    },
    /// The file would be larger than any reader accepts.
    #[error("`{}` would have {bytes} bytes, at most {limit_bytes} are read", path.display())]
    FileTooLarge {
        /// The index or catalogue file.
        path: PathBuf,
        /// The size it would have.
        bytes: u64,
        /// The largest size that readers accept.
        limit_bytes: u64,
    },
    /// A line cannot be written as JSON.
    #[error("the line cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] fs::Error),
}

impl Hint for PublishError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRegistry { .. } | Self::UnpublishedVersion { .. } => ErrorKind::NotFound,
            Self::OtherRegistry { .. }
            | Self::AlreadyPublished { .. }
            | Self::Alike { .. }
            | Self::SameName { .. } => ErrorKind::Refused,
            Self::Config(error) => error.kind(),
            Self::OtherArchive { .. } => ErrorKind::Damaged,
            Self::Form { .. } => ErrorKind::Incompatible,
            Self::LineTooLong { .. } | Self::FileTooLarge { .. } => ErrorKind::Limit,
            Self::NoDigest { .. } | Self::Json(_) => ErrorKind::Invalid,
            Self::File(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoRegistry { .. } => "start one there with `annexe registry init`".into(),
            Self::OtherRegistry { .. } => {
                "a registry's name never changes, its mirrors are known by it: choose another folder".into()
            }
            Self::Config(error) => return error.hint(),
            Self::AlreadyPublished { .. } | Self::Alike { .. } | Self::SameName { .. } => {
                "raise the version in the extension's manifest and pack it again".into()
            }
            Self::UnpublishedVersion { id, published, .. } => match published.as_slice() {
                [] => format!("nothing of `{id}` is published there"),
                published => {
                    let versions: Vec<_> = published.iter().map(ExtensionVersion::to_string).collect();
                    format!("there is {}", versions.join(", "))
                }
            },
            Self::NoDigest { .. } | Self::OtherArchive { .. } => {
                "pack the extension again, then add what was packed".into()
            }
            Self::FileTooLarge { .. } => {
                "name another catalogue file in config.json, or another extension".into()
            }
            Self::File(error) => return error.hint(),
            _ => return None,
        })
    }
}
