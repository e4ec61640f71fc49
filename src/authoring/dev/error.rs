//! Errors of making a folder a dev extension, and of putting a change of it into service.

use std::path::PathBuf;

use super::watch::WatchError;
use crate::{
    authoring::builder::BuildError,
    base::{
        fs,
        hint::{ErrorKind, Hint},
        task::TaskError,
        types::{ExtensionId, ParseExtensionVersionError},
    },
    package::manifest,
    runtime::api::HostError,
    store::StoreError,
};

/// An error of keeping a dev extension live. The build that is in service stays there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevError {
    /// There is no such folder.
    #[error("there is no folder `{}`", path.display())]
    NoFolder {
        /// The path that was given.
        path: PathBuf,
    },
    /// The manifest cannot be read.
    #[error("the manifest in `{}` cannot be read", folder.display())]
    Manifest {
        /// The extension's folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: Box<manifest::Error>,
    },
    /// The manifest's version is none that can be put in order.
    #[error("the manifest's version cannot be used")]
    Version {
        /// Why.
        #[source]
        source: ParseExtensionVersionError,
    },
    /// The manifest has got another id.
    #[error("the manifest's id is `{now}` now, and was `{before}`")]
    IdChanged {
        /// The id it is a dev extension by.
        before: ExtensionId,
        /// The id in the manifest.
        now: ExtensionId,
    },
    /// Another process has stopped it while it was built.
    #[error("the dev extension `{id}` was stopped meanwhile")]
    Stopped {
        /// The extension.
        id: ExtensionId,
    },
    /// It cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What was built cannot be run by this host, or does not start.
    #[error("the build cannot be put into service")]
    Component(#[source] Box<HostError>),
    /// The store cannot be read or changed, or another process keeps the dev extension live.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The sources cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// A part of the work ended without a result.
    #[error("a task of the build ended early: {message}")]
    Task {
        /// What the runtime says.
        message: String,
    },
}

impl Hint for DevError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoFolder { .. } => ErrorKind::NotFound,
            Self::Manifest { source, .. } => source.kind(),
            Self::Version { .. } | Self::IdChanged { .. } => ErrorKind::Invalid,
            Self::Stopped { .. } => ErrorKind::Cancelled,
            Self::Build(error) => error.kind(),
            Self::Component(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Watch(error) => error.kind(),
            Self::Task { .. } => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder { .. } => Some(
                "give the folder with the `extension.toml`; `annexe new <id>` makes one".into(),
            ),
            Self::Manifest { source, .. } => source.hint(),
            Self::Version { source } => source.hint(),
            Self::IdChanged { before, .. } => Some(format!(
                "write the old id again, or stop it with `annexe dev --stop {before}` and start anew"
            )),
            Self::Build(error) => error.hint(),
            Self::Component(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Watch(error) => error.hint(),
            Self::Stopped { .. } | Self::Task { .. } => None,
        }
    }
}

impl From<TaskError> for DevError {
    fn from(error: TaskError) -> Self {
        Self::Task {
            message: error.to_string(),
        }
    }
}

impl From<StoreError> for DevError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<fs::Error> for DevError {
    fn from(error: fs::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<HostError> for DevError {
    fn from(error: HostError) -> Self {
        Self::Component(Box::new(error))
    }
}
