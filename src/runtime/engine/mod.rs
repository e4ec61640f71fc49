//! The engine: compiles components into the cache, maps them back, and keeps guests in their limits.

mod cache;
mod component;
mod configuration;
mod limits;
mod monitor;
mod output;
mod requests;
mod state;
mod ticker;
mod told;
mod wasi;

use std::{
    collections::HashMap,
    hash::{Hash as _, Hasher},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Instant,
};

use self::cache::CompiledCache;
pub use self::{
    cache::{CacheConfiguration, CacheSize},
    component::{CodeOrigin, Component},
    state::State,
};
pub(crate) use self::{
    component::{Code, Compiled},
    monitor::Monitor,
    state::new_store,
    ticker::Ticker,
    told::told,
    wasi::link as link_wasi,
};
pub use crate::runtime::limits::{LimitExceeded, Limits};
use crate::{
    base::{
        digest::Blake3Digest,
        fs,
        hint::{ErrorKind, Hint},
    },
    package::version::{Artefact, ComponentError},
};

/// Changes whenever entries of the compiled cache made before must not be used any more.
const CACHE_FORMAT: &str = "annexe compiled component 2";

/// The reason why a component could not be made ready to run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The bytes are not a component that says which API it was built with.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The engine does not accept the component.
    #[error("the component cannot be compiled: {message}")]
    Compile {
        /// What the engine says.
        message: String,
    },
    /// The engine cannot be set up on this machine.
    #[error("the WebAssembly engine cannot be set up: {message}")]
    Setup {
        /// What the engine says.
        message: String,
    },
    /// The compiled cache cannot be opened.
    #[error("the compiled cache cannot be opened")]
    Cache(#[source] fs::Error),
}

impl Hint for EngineError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Component(error) => error.kind(),
            Self::Compile { .. } => ErrorKind::Invalid,
            Self::Setup { .. } => ErrorKind::Internal,
            Self::Cache(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Component(error) => error.hint(),
            Self::Compile { .. } => Some(
                "the file may be damaged, or use a WebAssembly feature no API version needs".into(),
            ),
            Self::Setup { .. } => None,
            Self::Cache(error) => error.hint(),
        }
    }
}

/// The compiler of components and core modules, with the cache of what was compiled before.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) ticker: Ticker,
    cache: Option<CompiledCache>,
    compatibility: Blake3Digest,
    /// Compilations under way in this process: a second task waits for the first.
    flights: Mutex<HashMap<Blake3Digest, Weak<Mutex<()>>>>,
}

impl Engine {
    /// Sets up the engine, with a compiled cache where one is configured. `core_dumps` says whether it
    /// copies the memories of guests that trap.
    ///
    /// # Errors
    /// [`EngineError::Setup`] or [`EngineError::Cache`].
    pub(crate) fn new(
        cache: Option<&CacheConfiguration>,
        core_dumps: bool,
    ) -> Result<Self, EngineError> {
        let configuration = configuration::configuration(core_dumps);
        let wasmtime =
            wasmtime::Engine::new(&configuration).map_err(|error| EngineError::Setup {
                message: format!("{error:#}"),
            })?;
        Ok(Self {
            ticker: Ticker::new(wasmtime.weak()),
            cache: cache
                .map(CompiledCache::open)
                .transpose()
                .map_err(EngineError::Cache)?,
            compatibility: compatibility(&wasmtime),
            wasmtime,
            flights: Mutex::default(),
        })
    }

    /// Compiles a component or a core module, or maps what was compiled before. Blocks while it compiles.
    ///
    /// # Errors
    /// [`EngineError::Compile`] for one the engine refuses.
    pub(crate) fn compile(&self, wasm: &[u8], artefact: Artefact) -> Result<Compiled, EngineError> {
        let digest = Blake3Digest::of(wasm);
        if let Some(compiled) = self.load(&digest, artefact) {
            return Ok(compiled);
        }
        let key = self.key(&digest, artefact);
        let flight = self.flight(key);
        let _flight = flight.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self
            .cache
            .as_ref()
            .map(|cache| cache.lock(&key))
            .and_then(|lock| {
                lock.inspect_err(|error| tracing::warn!(%error, "compiling without a lock"))
                    .ok()
            });
        // Another task or process may have compiled it while this one waited.
        if let Some(compiled) = self.load(&digest, artefact) {
            return Ok(compiled);
        }
        let started = Instant::now();
        let code = Code::compile(&self.wasmtime, wasm, artefact).map_err(|error| {
            EngineError::Compile {
                message: format!("{error:#}"),
            }
        })?;
        let origin = CodeOrigin::compiled(started.elapsed());
        tracing::debug!(%digest, ?origin, "component compiled");
        let code = match self.keep(&key, &code) {
            // Mapped rather than kept as compiled: the pages are then shared and backed by the file.
            Ok(()) => self.map(&key, artefact).unwrap_or(code),
            Err(reason) => {
                tracing::warn!(%reason, "compiled component not kept: it will be compiled again");
                code
            }
        };
        Ok(Compiled {
            code,
            digest,
            origin,
        })
    }

    /// Maps what was compiled before, known by the digest of its bytes; `None` where the cache has no entry
    /// beyond doubt.
    pub(crate) fn load(&self, digest: &Blake3Digest, artefact: Artefact) -> Option<Compiled> {
        Some(Compiled {
            code: self.map(&self.key(digest, artefact), artefact)?,
            digest: *digest,
            origin: CodeOrigin::Cached,
        })
    }

    fn map(&self, key: &Blake3Digest, artefact: Artefact) -> Option<Code> {
        self.cache.as_ref()?.load(&self.wasmtime, key, artefact)
    }

    /// The number and size of the compiled cache's entries; zero without a cache.
    pub(crate) fn cache_size(&self) -> fs::Result<CacheSize> {
        self.cache
            .as_ref()
            .map_or(Ok(CacheSize::default()), CompiledCache::size)
    }

    /// Deletes every entry of the compiled cache; tells what there was.
    pub(crate) fn clear_cache(&self) -> fs::Result<CacheSize> {
        self.cache
            .as_ref()
            .map_or(Ok(CacheSize::default()), CompiledCache::clear)
    }

    fn keep(&self, key: &Blake3Digest, code: &Code) -> Result<(), String> {
        let Some(cache) = &self.cache else {
            return Ok(());
        };
        let code = code.serialize().map_err(|error| format!("{error:#}"))?;
        cache.store(key, &code).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        })
    }

    fn key(&self, digest: &Blake3Digest, artefact: Artefact) -> Blake3Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.compatibility.as_bytes());
        hasher.update(match artefact {
            Artefact::Component => b"component",
            Artefact::Module => b"module",
        });
        hasher.update(digest.as_bytes());
        Blake3Digest::from(*hasher.finalize().as_bytes())
    }

    fn flight(&self, key: Blake3Digest) -> Arc<Mutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Mutex::new(()));
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
}

/// Everything but the component that compiled code depends on. The engine's own hash holds its full
/// version, while the check it does when it loads code knows the major number alone: without the hash
/// a fix of the code generator in a patch release would not reach what was compiled before.
fn compatibility(engine: &wasmtime::Engine) -> Blake3Digest {
    let mut hasher = StableHasher(blake3::Hasher::new());
    hasher.write(CACHE_FORMAT.as_bytes());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Blake3Digest::from(*hasher.0.finalize().as_bytes())
}

/// A hasher whose result is the same in every process, which the standard one's is not.
struct StableHasher(blake3::Hasher);

impl Hasher for StableHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.finalize();
        u64::from_le_bytes(digest.as_bytes()[..8].try_into().unwrap_or_default())
    }
}
