//! The reasons why an editor's configuration cannot be written.

use std::path::PathBuf;

use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
    position::Position,
};

/// The reason why an editor's configuration was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditorError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// A path or a file is not UTF-8.
    #[error("`{}` is not text in UTF-8", path.display())]
    NotText {
        /// The path.
        path: PathBuf,
    },
    /// The configuration is a link to nothing.
    #[error("`{}` is a link that leads nowhere", path.display())]
    DeadLink {
        /// The link.
        path: PathBuf,
    },
    /// The user's file is not in the form that the editor reads.
    #[error("`{}` is not a configuration of {editor}: line {}, column {}: {message}", path.display(), at.line, at.column)]
    Malformed {
        /// The editor.
        editor: &'static str,
        /// The file.
        path: PathBuf,
        /// Where the mistake is.
        at: Position,
        /// What the mistake is.
        message: String,
    },
    /// The user's file has something in a form that nothing can be added to.
    #[error("`{}` has `{key}` in a form that nothing can be added to", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
        /// The key that is written as one value.
        key: &'static str,
    },
    /// The lines that this program has written are not as they were written.
    #[error("`{}` has lines of `annexe` that are not as they were written, from line {line} on", path.display())]
    Edited {
        /// The file.
        path: PathBuf,
        /// The first of these lines.
        line: usize,
    },
    /// The file has changed while it was worked on.
    #[error("`{}` has just been changed by something else", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The editor's configuration is shown, and written by nobody but the user.
    #[error("the configuration of `{editor}` is not written by this program")]
    PrintOnly {
        /// The editor.
        editor: &'static str,
    },
}

impl Hint for EditorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(error) => error.kind(),
            Self::NotText { .. }
            | Self::DeadLink { .. }
            | Self::Malformed { .. }
            | Self::Closed { .. } => ErrorKind::Invalid,
            Self::Edited { .. } | Self::Changed { .. } | Self::PrintOnly { .. } => {
                ErrorKind::Refused
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::NotText { .. } => None,
            Self::DeadLink { .. } => {
                Some("create the file that it leads to, or remove the link".into())
            }
            Self::Malformed { .. } => {
                Some("mend the mistake; nothing has been written".into())
            }
            Self::Closed { key, .. } => {
                let tables = match *key {
                    "language" => "`[[language]]`".to_owned(),
                    key => format!("`[{key}.NAME]`"),
                };
                Some(format!(
                    "write it as tables of their own ({tables}), or add what `--print` shows by hand"
                ))
            }
            Self::Edited { .. } => Some(
                "move what is yours out from between `>>> annexe` and `<<< annexe`, remove these lines, and try again"
                    .into(),
            ),
            Self::Changed { .. } => Some("try again".into()),
            Self::PrintOnly { editor } => {
                Some(format!("`annexe editor {editor} --print` shows what to add"))
            }
        }
    }
}
