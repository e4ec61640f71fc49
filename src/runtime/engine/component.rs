//! A component: compiled, version-checked, not running.

use std::{sync::Arc, time::Duration};

use semver::Version;

use crate::{base::digest::Blake3Digest, package::version::Artefact};

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

/// The machine code of a component or a core module.
#[derive(Clone)]
pub(crate) enum Code {
    Component(wasmtime::component::Component),
    Module(wasmtime::Module),
}

impl Code {
    /// Compiles a file.
    pub(super) fn compile(
        engine: &wasmtime::Engine,
        wasm: &[u8],
        artefact: Artefact,
    ) -> wasmtime::Result<Self> {
        match artefact {
            Artefact::Component => {
                wasmtime::component::Component::from_binary(engine, wasm).map(Self::Component)
            }
            Artefact::Module => wasmtime::Module::from_binary(engine, wasm).map(Self::Module),
        }
    }

    pub(super) fn serialize(&self) -> wasmtime::Result<Vec<u8>> {
        match self {
            Self::Component(component) => component.serialize(),
            Self::Module(module) => module.serialize(),
        }
    }
}

/// Machine code, and where it came from.
pub(crate) struct Compiled {
    pub(super) code: Code,
    pub(super) digest: Blake3Digest,
    pub(super) origin: CodeOrigin,
}

/// A component, or a core module of a family that has such: compiled, version-checked, not running. Cheap
/// to clone.
#[derive(Clone)]
pub struct Component {
    pub(crate) code: Code,
    pub(crate) family: &'static str,
    pub(crate) role: &'static str,
    pub(crate) api: Arc<Version>,
    digest: Blake3Digest,
    origin: CodeOrigin,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Component")
            .field("family", &self.family)
            .field("api", &self.api)
            .field("digest", &self.digest)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Component {
    pub(crate) fn new(
        compiled: Compiled,
        family: &'static str,
        role: &'static str,
        api: Version,
    ) -> Self {
        Self {
            code: compiled.code,
            family,
            role,
            api: Arc::new(api),
            digest: compiled.digest,
            origin: compiled.origin,
        }
    }

    /// The API family that it is of.
    pub fn family(&self) -> &'static str {
        self.family
    }

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
