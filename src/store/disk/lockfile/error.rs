//! Failures of reading and writing a lockfile.

use super::FORM;
use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
    printable::printable,
    types::ExtensionId,
};

/// The reason why a lockfile cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockfileError {
    /// It is not TOML, or lacks a key.
    #[error("the lockfile cannot be read")]
    Syntax(#[source] Box<toml::de::Error>),
    /// A later version of this program wrote it.
    #[error("the lockfile has version {found}, this program reads version {FORM}")]
    Version {
        /// The lockfile's version.
        found: u64,
    },
    /// It is another program's: it has keys that no lockfile has, and does not begin as one of ours does.
    #[error("the file is not a lockfile of annexe{}", key.as_ref().map_or_else(String::new, |key| format!(": it has the key `{}`", printable(key))))]
    Foreign {
        /// The first such key; `None` where the text was not even read.
        key: Option<String>,
    },
    /// It names an extension twice.
    #[error("the lockfile has `{id}` twice")]
    Twice {
        /// The extension.
        id: ExtensionId,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// It does not say where an extension's archive is, or says it twice.
    #[error(
        "the lockfile must give `{id}` one of `registry`, `archive`, and `git` with `revision`"
    )]
    Origin {
        /// The extension.
        id: ExtensionId,
    },
}

impl Hint for LockfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Syntax(_) | Self::Foreign { .. } | Self::Twice { .. } | Self::Origin { .. } => {
                ErrorKind::Invalid
            }
            Self::Version { .. } => ErrorKind::Incompatible,
            Self::File(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Version { .. } => "update this program to one that reads it".into(),
            Self::File(error) => return error.hint(),
            Self::Foreign { .. } => "name another file: nothing but a lockfile is written over".into(),
            _ => "take an earlier one from where you keep it, or write it anew with `annexe lock` on a machine that has what you want"
                .into(),
        })
    }
}
