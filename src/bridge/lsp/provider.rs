//! The provider of a bridge's server and of its settings.

use std::{
    path::{Path, PathBuf},
    process::ExitStatus,
};

use async_trait::async_trait;
use serde_json::Value;

use super::root::Root;
use crate::{
    base::types::Command,
    bridge::preparation::{PreparationError, PreparationProgress},
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
