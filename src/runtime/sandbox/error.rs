//! Errors of making a sandbox.

use std::path::PathBuf;

use crate::base::{
    hint::{ErrorKind, Hint},
    types::GuestPath,
};

/// The reason why a sandbox cannot be made as it is described, which is not a fault of the extension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A folder cannot be mounted.
    #[error("the folder `{}` cannot be mounted as `{guest}`: {problem}", host.display())]
    Mount {
        /// The folder.
        host: PathBuf,
        /// The name it was to have in the guest.
        guest: GuestPath,
        /// What is wrong.
        problem: String,
        /// The way out.
        hint: String,
    },
}

impl Hint for SandboxError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Mount { hint, .. } => Some(hint.clone()),
        }
    }
}
