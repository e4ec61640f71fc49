//! Errors of watching a folder.

use std::path::PathBuf;

use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
};

/// The reason why a folder cannot be watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// A path depends on the current folder, which may change while it is watched.
    #[error("`{}` is not an absolute path", path.display())]
    NotAbsolute {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing at the path, or a file.
    #[error("there is no folder `{}`", folder.display())]
    NoFolder {
        /// The path.
        folder: PathBuf,
    },
    /// The system does not let its content be listed.
    #[error("the folder `{}` cannot be watched", folder.display())]
    Unreadable {
        /// The path.
        folder: PathBuf,
        /// Why.
        #[source]
        source: fs::Error,
    },
}

impl Hint for WatchError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAbsolute { .. } => ErrorKind::Invalid,
            Self::NoFolder { .. } => ErrorKind::NotFound,
            Self::Unreadable { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotAbsolute { .. } => None,
            Self::NoFolder { .. } => {
                Some("name the folder that holds the extension's `extension.toml`".into())
            }
            Self::Unreadable { source, .. } => source.hint(),
        }
    }
}
