//! Delegates, which an embedder implements: the parts of an editor that only the editor knows.
//!
//! Every method answers a question of a guest that is waiting. An `Err` reaches the guest as its
//! `Err(string)`; it never stops the extension.

mod event_sink;
mod local_worktree;
mod observer;

use std::{fmt, sync::Arc};

use async_trait::async_trait;

pub(crate) use self::{event_sink::EventSink, observer::Observers};
pub use self::{
    local_worktree::LocalWorktree,
    observer::{ExtensionEvent, ExtensionObserver, HostCall, OutputStream, Unrecorded},
};
use crate::base::{
    hint::{ErrorKind, Hint},
    types::{
        ContextServerSettings, EnvironmentVariables, LanguageServerSettings, LanguageSettings,
        SettingsLocation,
    },
};

/// The longest text a guest is given in one answer: 16 MiB. More would fill the guest's memory, or fail
/// on the way into it.
pub const MAX_TEXT_BYTES: u64 = 16 << 20;

/// An error of a delegate: the words the guest will see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DelegateError(String);

impl Hint for DelegateError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl DelegateError {
    /// An error with these words.
    pub fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl From<std::io::Error> for DelegateError {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

/// One folder a user has opened.
#[async_trait]
pub trait WorktreeDelegate: Send + Sync + 'static {
    /// The editor's number of this worktree.
    fn id(&self) -> u64;

    /// The folder's path, in the system's own form.
    fn root_path(&self) -> String;

    /// The text of a file. `path` is relative to the worktree, with `/` between its parts, and has
    /// been checked: it does not leave the worktree by its text. A text longer than
    /// [`MAX_TEXT_BYTES`] does not reach the guest.
    async fn read_text_file(&self, path: &str) -> Result<String, DelegateError>;

    /// The path of a program, looked up on the `PATH` of this worktree's shell.
    async fn which(&self, program: &str) -> Option<String>;

    /// The environment of this worktree's shell.
    async fn shell_env(&self) -> EnvironmentVariables;
}

/// The folders a user has opened together.
pub trait ProjectDelegate: Send + Sync + 'static {
    /// The editor's numbers of the visible worktrees.
    fn worktree_ids(&self) -> Vec<u64>;
}

/// A store that an extension fills while it indexes documentation.
#[async_trait]
pub trait KeyValueStoreDelegate: Send + Sync + 'static {
    /// Sets a key's value.
    async fn insert(&self, key: String, value: String) -> Result<(), DelegateError>;
}

/// The editor's side of an extension, beside the answers to its calls. Every method has a default
/// that answers nothing, so an embedder implements what it has. What an extension does is told to an
/// [`ExtensionObserver`].
#[async_trait]
pub trait HostDelegate: Send + Sync + 'static {
    /// Returns the settings of a language at a place, or anywhere. Default: [`LanguageSettings::default`].
    async fn language_settings(
        &self,
        location: Option<&SettingsLocation>,
        language: Option<&str>,
    ) -> Result<LanguageSettings, DelegateError> {
        let _ = (location, language);
        Ok(LanguageSettings::default())
    }

    /// Returns the user's settings for a language server. Default: nothing.
    async fn language_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<LanguageServerSettings, DelegateError> {
        let _ = (location, server);
        Ok(LanguageServerSettings::default())
    }

    /// Returns the user's settings for a context server. Default: nothing.
    async fn context_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<ContextServerSettings, DelegateError> {
        let _ = (location, server);
        Ok(ContextServerSettings::default())
    }
}

/// An editor that shows nothing and has no settings.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDelegate;

impl HostDelegate for NoDelegate {}

/// A worktree shared between calls.
pub type SharedWorktree = Arc<dyn WorktreeDelegate>;

/// A project shared between calls.
pub type SharedProject = Arc<dyn ProjectDelegate>;

/// A key-value store shared between calls.
pub type SharedKeyValueStore = Arc<dyn KeyValueStoreDelegate>;
