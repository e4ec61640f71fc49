//! Errors of reading what another editor has installed.

use std::path::PathBuf;

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
        /// What is wrong with it.
        source: PathError,
    },
    /// An extension's folder is larger than any extension.
    #[error("`{}` has more than {most} {limit}", path.display())]
    Limit {
        /// The folder.
        path: PathBuf,
        /// What there is too much of.
        limit: Limit,
        /// The most there may be.
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
    /// What was packed is not an extension.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The task that reads ended without a result.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl Hint for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(error) => error.kind(),
            Self::NotZed { .. } => ErrorKind::NotFound,
            Self::TooMany { .. } | Self::Limit { .. } => ErrorKind::Limit,
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
            Self::Archive(error) => error.hint(),
            Self::Package(error) => error.hint(),
            _ => None,
        }
    }
}
