//! The preparation of what a bridge starts: how it can fail, and who hears of its steps.

use crate::base::hint::{ErrorKind, Hint};

/// An error of the preparation of a server or an adapter, in the words that the user sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct PreparationError {
    /// What failed.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// The kind, by which the bridge treats it.
    pub kind: PreparationErrorKind,
}

/// The kind of an error of a preparation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreparationErrorKind {
    /// The server cannot be had: the editor gets the error.
    #[default]
    Failed,
    /// The user or the project does without the server: the editor gets a server that can do nothing, and a line in its
    /// log.
    Disabled,
    /// A fetch would be needed, and the network may not be asked: the editor gets the error.
    Offline,
    /// The extension has answered with an error of its own: the editor gets it.
    OfExtension,
}

impl PreparationError {
    /// An error that the editor gets.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            kind: PreparationErrorKind::Failed,
        }
    }

    /// Adds the way out, where there is one.
    #[must_use]
    pub fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Sets its kind.
    #[must_use]
    pub fn with_kind(self, kind: PreparationErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// The error, and the way out of it.
    pub(in crate::bridge) fn in_full(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}\n{hint}", self.message),
            None => self.message.clone(),
        }
    }
}

impl Hint for PreparationError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// A listener to the steps of a preparation that takes time: an installation, for example.
pub trait PreparationProgress: Send + Sync {
    /// Hears of a step: one line.
    fn step(&self, text: &str);
}
