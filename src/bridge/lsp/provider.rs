//! The provider of a bridge's server and of its settings.

use std::{
    path::{Path, PathBuf},
    process::ExitStatus,
};

use async_trait::async_trait;
use serde_json::Value;

use super::root::Root;
use crate::base::{
    hint::{ErrorKind, Hint},
    types::Command,
};

/// A language server that is ready to be started, and what it is to be told.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PreparedServer {
    /// The program, its arguments, and the variables that are added to the environment of this process.
    pub command: Command,
    /// The folder it is started in.
    pub folder: PathBuf,
    /// The options for its start, which the editor's own go over; `None` leaves those as they are.
    pub initialization_options: Option<Value>,
    /// Its settings, which the editor's own go over.
    pub configuration: Option<Value>,
    /// Ids of languages by which the server knows them, by the editor's ids where the two differ.
    pub language_ids: Vec<(String, String)>,
    /// What the user should see once, such as settings that are left out.
    pub warnings: Vec<String>,
    /// Lines for the editor's log.
    pub notes: Vec<String>,
    /// The way out where its program cannot be started. Default: none.
    pub start_hint: Option<String>,
}

impl PreparedServer {
    /// A server by its command, started in a folder.
    pub fn new(command: Command, folder: PathBuf) -> Self {
        Self {
            command,
            folder,
            ..Self::default()
        }
    }
}

/// An error of the preparation of a server, in the words that the user sees.
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
    pub(super) fn in_full(&self) -> String {
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

/// The provider of a bridge's server: it is asked for the server once the root is known, and for settings whenever they
/// may have changed.
#[async_trait]
pub trait ServerProvider: Send + Sync {
    /// Prepares the server for a root. Dropped where the editor gives up.
    ///
    /// # Errors
    /// A [`PreparationError`], which the editor shows.
    async fn prepare(
        &self,
        root: &Root,
        progress: &dyn PreparationProgress,
    ) -> Result<PreparedServer, PreparationError>;

    /// Returns the server's settings for a folder of the workspace, as they are now.
    ///
    /// # Errors
    /// A [`PreparationError`]; what was known before holds on.
    async fn configuration(&self, folder: &Path) -> Result<Option<Value>, PreparationError>;

    /// Waits until settings may have changed. Default: for ever.
    async fn changed(&self) {
        std::future::pending().await
    }

    /// Hears that the server has been started, as a process of this number. Default: nothing.
    fn started(&self, process: Option<u32>) {
        let _ = process;
    }

    /// Hears that the server has ended, after all that it has written to its standard error, and how, where that is
    /// known. May block for less than a second. Default: nothing.
    fn ended(&self, status: Option<ExitStatus>) {
        let _ = status;
    }

    /// Hears a line that the server has written to its standard error. Must not block. Default: it is lost.
    fn hear(&self, line: &str) {
        let _ = line;
    }
}
