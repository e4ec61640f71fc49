//! A component: compiled, version-checked, not running.

use std::{sync::Arc, time::Duration};

use semver::Version;

use crate::base::digest::Blake3Digest;

/// The origin of a component's machine code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeOrigin {
    /// It was compiled now.
    Compiled {
        /// How long that took, in milliseconds.
        milliseconds: u64,
    },
    /// It was mapped from the compiled cache.
    Cached,
}

impl CodeOrigin {
    pub(crate) fn compiled(time: Duration) -> Self {
        Self::Compiled {
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// A component: compiled, version-checked, not running. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    pub(crate) compiled: wasmtime::component::Component,
    pub(crate) api: Arc<Version>,
    pub(crate) digest: Blake3Digest,
    pub(crate) origin: CodeOrigin,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Component")
            .field("api", &self.api)
            .field("digest", &self.digest)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Component {
    /// The API version the component was built with.
    pub fn api(&self) -> &Version {
        &self.api
    }

    /// The blake3 digest of the component's bytes.
    pub fn digest(&self) -> Blake3Digest {
        self.digest
    }

    /// Returns the origin of its machine code.
    pub fn origin(&self) -> CodeOrigin {
        self.origin
    }
}
