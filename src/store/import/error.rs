//! Errors of reading what another editor has installed.

use std::path::{Path, PathBuf};

use crate::{
    base::{
        fs,
        hint::{ErrorKind, Hint},
        task::TaskError,
    },
    package::{
        archive::{self, Limit, PathError},
        opened::PackageError,
    },
};

/// The way out where an extension's folder is not what an editor installs.
pub(super) const AGAIN: &str = "install it again in the other editor";

/// The reason why what another editor has installed cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// The folder is not one in which Zed keeps its extensions.
    #[error("`{}` is not a folder of Zed's extensions", path.display())]
    NotZed {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has more entries than are looked at.
    #[error("`{}` has more than {most} entries", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The most that are looked at.
        most: usize,
    },
    /// An extension's folder holds a link, which no archive may.
    #[error("`{}` is a link", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// An extension's folder holds a pipe, a socket or a device.
    #[error("`{}` is neither a folder nor a file", path.display())]
    Kind {
        /// The entry.
        path: PathBuf,
    },
    /// The name of a file cannot be written in an archive.
    #[error("`{}` has a name that not every system can have", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// The problem with it.
        source: PathError,
    },
    /// An extension's folder is larger than any extension.
    #[error("`{}` has more than {most} {limit}", path.display())]
    Limit {
        /// The folder.
        path: PathBuf,
        /// The limit that is passed.
        limit: Limit,
        /// The most there may be.
        most: u64,
    },
    /// The archives of all that is imported at once would be too large.
    #[error("what is to be imported makes archives of more than {most} bytes")]
    Room {
        /// The most bytes that they may have in all.
        most: u64,
    },
    /// An extension's folder was changed whenever it was read.
    #[error("`{}` changes while it is read", path.display())]
    Changing {
        /// The folder.
        path: PathBuf,
    },
    /// The extension's files cannot be packed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// An extension's folder has no manifest.
    #[error("`{}` has no `extension.toml` and no `extension.json`", path.display())]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// The archive that was packed is not an extension's.
    #[error(transparent)]
    Package(PackageError),
    /// The task that reads ended without a result.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl Hint for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(error) => error.kind(),
            Self::NotZed { .. } | Self::NoManifest { .. } => ErrorKind::NotFound,
            Self::TooMany { .. } | Self::Limit { .. } | Self::Room { .. } => ErrorKind::Limit,
            Self::Link { .. } | Self::Kind { .. } | Self::Name { .. } => ErrorKind::Invalid,
            Self::Changing { .. } => ErrorKind::Busy,
            Self::Archive(error) => error.kind(),
            Self::Package(error) => error.kind(),
            Self::Task(_) => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::NotZed { .. } => Some(
                "name Zed's folder of data, such as `~/.local/share/zed`: its extensions lie in `extensions/installed`"
                    .into(),
            ),
            Self::Changing { .. } => {
                Some("try again when the editor that it belongs to has installed it".into())
            }
            Self::Room { .. } => Some("import some at a time, by their ids".into()),
            Self::NoManifest { .. } => Some(AGAIN.into()),
            // What is packed here is no archive that a person could pack otherwise.
            Self::Archive(archive::Error::File(error))
            | Self::Package(PackageError::Archive(archive::Error::File(error))) => error.hint(),
            Self::Archive(_) | Self::Package(PackageError::Archive(_)) => None,
            Self::Package(error) => error.hint(),
            _ => None,
        }
    }
}

impl ImportError {
    /// The error of an extension's folder, where what was packed of it cannot be read.
    pub(super) fn packed(error: PackageError, folder: &Path) -> Self {
        match error {
            PackageError::NoManifest { .. } => Self::NoManifest {
                path: folder.to_path_buf(),
            },
            error => Self::Package(error),
        }
    }
}
