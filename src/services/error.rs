//! Why a host operation was not done.

use super::{NodeError, ProcessError};
use crate::{capability::Denied, delegate::DelegateError};

/// Why a host operation was not done. The guest sees the words of the whole chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// This host has no such operation yet.
    #[error("this host does not offer {operation} yet")]
    NotOffered {
        /// The operation, as a noun: "HTTP requests".
        operation: &'static str,
    },
    /// The manifest does not ask for it, or the person does not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The path is not one that the operation accepts.
    #[error("path `{path}` {problem}")]
    Path {
        /// The path as the guest gave it.
        path: String,
        /// What is wrong with it, as the rest of a sentence.
        problem: &'static str,
    },
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] crate::fs::Error),
    /// The embedder's delegate answered with an error.
    #[error(transparent)]
    Delegate(#[from] DelegateError),
    /// The answer is longer than a guest can take.
    #[error("{what} is longer than {} MiB", crate::delegate::MAX_TEXT_BYTES >> 20)]
    TooLong {
        /// What is too long.
        what: String,
    },
    /// An argument has no meaning here.
    #[error("{0}")]
    Argument(String),
    /// A program did not run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Something was not had from Node.js or npm.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl ServiceError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Denied(denied) => denied.hint(),
            Self::File(error) => error.hint(),
            Self::Process(error) => error.hint(),
            Self::Node(error) => error.hint(),
            _ => None,
        }
    }

    /// The words for the guest, which shows them to the person: this error and its causes, joined by colons,
    /// then the way out.
    pub fn for_guest(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        if let Some(hint) = self.hint() {
            words.push_str("; ");
            words.push_str(&hint);
        }
        words
    }
}
