//! Services: what a guest may ask of its host, in the form that belongs to no API version.
//!
//! One file per subject. Each operation checks its grant first and answers
//! `Result<_, `[`ServiceError`]`>`; the adapters turn every error into the guest's `Err(string)`, so
//! a refusal is the same on every API version and never a trap.

mod allowance;
mod cache;
mod debug_adapter;
mod download;
mod error;
mod failure;
mod gate;
mod github;
mod http;
mod installation;
mod key_value_store;
mod locked;
mod npm;
mod options;
mod path;
mod platform;
mod process;
mod project;
mod records;
mod settings;
mod shared;
mod tools;
mod worktree;

use std::{path::PathBuf, sync::Arc};

pub(crate) use self::{
    allowance::{Allowance, Fits},
    process::Shown,
    records::ToolRecords,
    shared::SharedServices,
};
pub use self::{
    download::DownloadLimits,
    error::ServiceError,
    failure::HostFailure,
    github::GithubOptions,
    http::HttpResponseStream,
    key_value_store::KeyValueStore,
    locked::LockedTools,
    npm::NodeOptions,
    options::ServiceOptions,
    process::ProcessLimits,
    project::Project,
    tools::{AddressRule, AddressRuleError, HeldToolError, HeldTools, ToolOptions},
    worktree::Worktree,
};
use crate::{
    base::types::ExtensionId,
    package::capability::{Capability, Grants},
    runtime::delegate::{EventSink, HostDelegate, MAX_TEXT_BYTES},
};

/// Passes on a string that a guest can take.
fn of_length(text: String, what: impl FnOnce() -> String) -> ServiceResult<String> {
    if text.len() as u64 > MAX_TEXT_BYTES {
        return Err(ServiceError::TooLong { what: what() });
    }
    Ok(text)
}

/// The result of a host operation.
pub type ServiceResult<T> = Result<T, ServiceError>;

/// The host operations of one extension: what it asked for in its manifest, what the user allows,
/// and the embedder's delegate.
pub struct Services {
    /// Whose operations these are.
    pub extension: ExtensionId,
    /// The folder the extension may write to: the guest's working directory.
    pub work_dir: PathBuf,
    /// What the manifest asks for.
    pub capabilities: Vec<Capability>,
    /// What the user allows.
    pub grants: Grants,
    /// The embedder's side.
    pub delegate: Arc<dyn HostDelegate>,
    /// Who hears of what the extension does.
    pub(crate) sink: EventSink,
    /// The keeper of what it was told and has fetched.
    pub(crate) records: Option<Arc<dyn ToolRecords>>,
    /// The tools it is held to; `None` where it is held to nothing.
    pub(crate) locked: Option<Arc<LockedTools>>,
    /// The tools known of it, for where servers cannot be asked; `None` where that is nothing.
    pub(crate) known: Option<Arc<LockedTools>>,
    /// What it was shown of the shells of worktrees.
    pub(crate) shown: Shown,
    /// What the extension may use, and how much of it is used.
    pub(crate) allowance: Allowance,
    /// What all extensions share.
    pub(crate) shared: Arc<SharedServices>,
}

#[cfg(test)]
impl Services {
    /// The services of an extension without an observer, with its work directory.
    pub(crate) fn for_tests(
        work_dir: &std::path::Path,
        set: impl FnOnce(&mut crate::runtime::limits::Limits),
    ) -> Self {
        let extension: ExtensionId = "test".parse().unwrap();
        let mut limits = crate::runtime::limits::Limits::default();
        set(&mut limits);
        Self {
            sink: EventSink::new(extension.clone(), None),
            allowance: Allowance::new(&limits, work_dir),
            extension,
            work_dir: work_dir.to_owned(),
            capabilities: Vec::new(),
            grants: Grants::all(),
            delegate: Arc::new(crate::runtime::delegate::NoDelegate),
            records: None,
            locked: None,
            known: None,
            shown: Shown::default(),
            shared: Arc::new(SharedServices::new(ServiceOptions::default())),
        }
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Services")
            .field("extension", &self.extension)
            .field("work_dir", &self.work_dir)
            .finish_non_exhaustive()
    }
}
