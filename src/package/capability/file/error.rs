//! Why the file of what is granted cannot be used or changed.

use std::{fmt, path::PathBuf};

use crate::base::{
    fs::{self, UserFileError},
    hint::{ErrorKind, Hint},
    position::Position,
    types::{ExtensionId, ExtensionOrigin},
};

/// A file of what is granted that cannot be used or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantsFileError {
    /// Others than the user can change it.
    #[error(transparent)]
    UserFile(#[from] UserFileError),
    /// It cannot be read.
    #[error("the grants `{}` cannot be used", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: UserFileError,
    },
    /// It says what cannot be meant.
    #[error("the grants `{}` cannot be used", path.display())]
    Mistake {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: GrantsMistake,
    },
    /// It is not written in a way in which it can be changed.
    #[error("what is granted is not written as `[[extension]]`")]
    Form,
    /// It cannot be changed, although it can be read.
    #[error("what is granted cannot be changed: {message}")]
    Edit {
        /// Why.
        message: String,
    },
    /// The path of the folder that the extension comes from is not text, as the file is.
    #[error("the path `{}` is not text", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The origin is of a kind that the file has no word for.
    #[error("it is not known where the extension comes from")]
    Origin,
    /// It cannot be locked or written.
    #[error(transparent)]
    File(#[from] fs::Error),
}

/// A mistake in a file of what is granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantsMistake {
    /// It is not TOML, or not of the form that grants have.
    #[error("line {}, column {}: {message}", position.line, position.column)]
    Toml {
        /// Where.
        position: Position,
        /// What is wrong there.
        message: String,
    },
    /// Two entries are about one extension.
    #[error("`{id}` of {origin} is there twice")]
    Twice {
        /// Its id.
        id: ExtensionId,
        /// Where it comes from.
        origin: ExtensionOrigin,
    },
}

/// A rule in a file of what is granted that allows nothing, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantsSlip {
    pub(super) path: PathBuf,
    pub(super) position: Position,
    pub(super) problem: String,
}

impl fmt::Display for GrantsSlip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column, .. } = self.position;
        write!(
            formatter,
            "the grants `{}`, line {line}, column {column}: {}; the rule allows nothing",
            self.path.display(),
            self.problem
        )
    }
}

impl Hint for GrantsMistake {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl Hint for GrantsFileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UserFile(error) | Self::Unusable { source: error, .. } => error.kind(),
            Self::File(error) => error.kind(),
            Self::Mistake { .. }
            | Self::Form
            | Self::Edit { .. }
            | Self::Folder { .. }
            | Self::Origin => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UserFile(error) => error.hint(),
            Self::Unusable { .. } | Self::Mistake { .. } => Some(
                "correct it there: until then no extension is run, so that none may do more than it should"
                    .into(),
            ),
            Self::Form => Some("write it so, and the command can change it".into()),
            Self::File(error) => error.hint(),
            Self::Edit { .. } | Self::Folder { .. } | Self::Origin => None,
        }
    }
}
