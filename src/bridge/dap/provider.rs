//! The provider of a bridge's debug adapter.

use std::{path::PathBuf, process::ExitStatus};

use async_trait::async_trait;
use serde_json::Value;

use crate::{
    base::types::{DebugAdapterBinary, DebugRequestKind},
    bridge::preparation::{PreparationError, PreparationProgress},
};

/// The member of a configuration by which the provider is told where the adapter is to listen. The adapter does not get
/// it.
pub const TCP_CONNECTION: &str = "tcp_connection";

/// The editor's request that begins a session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StartRequest {
    /// Whether a program is started or attached to.
    pub kind: DebugRequestKind,
    /// The configuration, in the adapter's own form.
    pub configuration: Value,
}

/// A debug adapter that is ready to be started or connected to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PreparedAdapter {
    /// The way to start or reach it, and what it is asked.
    pub binary: DebugAdapterBinary,
    /// The folder it is started in, where `binary` names none.
    pub folder: PathBuf,
    /// What the user should see once, such as settings that are left out.
    pub warnings: Vec<String>,
    /// The way out where its program cannot be started. Default: none.
    pub start_hint: Option<String>,
}

impl PreparedAdapter {
    /// An adapter, started in a folder.
    pub fn new(binary: DebugAdapterBinary, folder: PathBuf) -> Self {
        Self {
            binary,
            folder,
            ..Self::default()
        }
    }
}

/// The provider of a bridge's debug adapter: it is asked once, when the editor has said what is to be debugged.
#[async_trait]
pub trait AdapterProvider: Send + Sync {
    /// Returns the capabilities that the adapter had last, where they are known. Default: they are not.
    fn capabilities(&self) -> Option<Value> {
        None
    }

    /// Hears the capabilities that the adapter has. Default: nothing.
    fn remember(&self, capabilities: &Value) {
        let _ = capabilities;
    }

    /// Prepares the adapter for a session. Dropped where the editor gives up.
    ///
    /// # Errors
    /// A [`PreparationError`], which the editor shows.
    async fn prepare(
        &self,
        request: &StartRequest,
        progress: &dyn PreparationProgress,
    ) -> Result<PreparedAdapter, PreparationError>;

    /// Hears that the adapter has been started, as a process of this number; `None` where it was only connected to.
    /// Default: nothing.
    fn started(&self, process: Option<u32>) {
        let _ = process;
    }

    /// Hears that the adapter has ended, after all that it has written to its standard error, and how, where that is
    /// known. May block for less than a second. Default: nothing.
    fn ended(&self, status: Option<ExitStatus>) {
        let _ = status;
    }

    /// Hears a line of the adapter's standard error, or of the bridge about the session. Must not block. Default: it is
    /// lost.
    fn hear(&self, line: &str) {
        let _ = line;
    }
}
