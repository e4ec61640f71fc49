//! The errors of what is to run.

use semver::Version;

use super::compatibility::Incompatibility;
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        task::TaskError,
    },
    package::version::UnsupportedApi,
    runtime::{engine::EngineError, extension::CallError},
};

/// The reason why a component cannot be run by this host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The bytes are not a component, or cannot be compiled.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No adapter serves the component's API version.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedApi),
    /// The component's imports or exports are not those of the API it says it was built with.
    #[error(
        "the component says that it was built with API {api}, but does not fit it: {}",
        first(incompatibilities)
    )]
    Unfit {
        /// The API version its section gives.
        api: Version,
        /// What differs; at least one thing.
        incompatibilities: Vec<Incompatibility>,
        /// The API versions whose world it does fit, as a semver requirement.
        fits: Option<&'static str>,
        /// The way out, in the family's own words.
        rebuild: &'static str,
    },
    /// Two API families claim the file.
    #[error("the file is claimed by two API families of this host, `{first}` and `{second}`")]
    Ambiguous {
        /// The family that was given to the host first.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// The extension could not be started.
    #[error(transparent)]
    Start(#[from] CallError),
}

impl From<TaskError> for HostError {
    fn from(error: TaskError) -> Self {
        EngineError::from(error).into()
    }
}

impl Hint for HostError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Engine(error) => error.kind(),
            Self::Unsupported(error) => error.kind(),
            Self::Unfit { .. } | Self::Ambiguous { .. } => ErrorKind::Incompatible,
            Self::Start(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(error) => error.hint(),
            Self::Unsupported(error) => error.hint(),
            Self::Unfit {
                fits: Some(fits), ..
            } => Some(format!(
                "its imports and exports are those of API {fits}: was the version it gives written by something else than the build?"
            )),
            Self::Unfit {
                incompatibilities, ..
            } if incompatibilities.iter().any(|incompatibility| {
                matches!(
                    incompatibility,
                    Incompatibility::UnknownImport { since: None, .. }
                )
            }) =>
            {
                Some("an extension may import what its API version has, and WASI preview 2".into())
            }
            Self::Unfit { rebuild, .. } => Some((*rebuild).into()),
            Self::Ambiguous { .. } => Some(
                "build it so that only one of them knows it, or give the host one of them".into(),
            ),
            Self::Start(error) => error.hint(),
        }
    }
}

/// The first thing that differs, and how many there are.
pub(crate) fn first(incompatibilities: &[Incompatibility]) -> String {
    let mut words = incompatibilities
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    if incompatibilities.len() > 1 {
        words.push_str(&format!(" (and {} more)", incompatibilities.len() - 1));
    }
    words
}
