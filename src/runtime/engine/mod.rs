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
mod wasi;

use std::{
    collections::HashMap,
    hash::{Hash as _, Hasher},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Instant,
};

use semver::Version;

use self::cache::CompiledCache;
pub use self::{
    cache::{CacheConfiguration, CacheSize},
    component::{CodeOrigin, Component},
    state::State,
};
pub(crate) use self::{
    monitor::Monitor, state::new_store, ticker::Ticker, wasi::link as link_wasi,
};
pub use crate::runtime::limits::{LimitExceeded, Limits};
use crate::{
    base::{
        digest::Blake3Digest,
        fs,
        hint::{ErrorKind, Hint},
    },
    package::version::ComponentError,
};

/// Changes whenever entries of the compiled cache made before must not be used any more.
const CACHE_FORMAT: &str = "annexe compiled component 1";

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

/// Compiles components, or maps what was compiled before.
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

    /// Checks a component's version and makes it ready to run. Blocks while it compiles.
    ///
    /// # Errors
    /// [`EngineError::Component`] for what is not a component, [`EngineError::Compile`] for one the
    /// engine refuses.
    pub(crate) fn compile(&self, wasm: &[u8], api: &Version) -> Result<Component, EngineError> {
        let digest = Blake3Digest::of(wasm);
        if let Some(component) = self.load(&digest, api) {
            return Ok(component);
        }
        let flight = self.flight(digest);
        let _flight = flight.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self
            .cache
            .as_ref()
            .map(|cache| cache.lock(&self.key(&digest)))
            .and_then(|lock| {
                lock.inspect_err(|error| tracing::warn!(%error, "compiling without a lock"))
                    .ok()
            });
        // Another task or process may have compiled it while this one waited.
        if let Some(component) = self.load(&digest, api) {
            return Ok(component);
        }
        let started = Instant::now();
        let compiled =
            wasmtime::component::Component::from_binary(&self.wasmtime, wasm).map_err(|error| {
                EngineError::Compile {
                    message: format!("{error:#}"),
                }
            })?;
        let origin = CodeOrigin::compiled(started.elapsed());
        tracing::debug!(%digest, ?origin, "component compiled");
        if let Err(reason) = self.keep(&digest, &compiled) {
            tracing::warn!(%reason, "compiled component not kept: it will be compiled again");
            return Ok(Component {
                compiled,
                api: Arc::new(api.clone()),
                digest,
                origin,
            });
        }
        // Mapped rather than kept as compiled: the pages are then shared and backed by the file.
        let compiled = self
            .load(&digest, api)
            .map_or(compiled, |component| component.compiled);
        Ok(Component {
            compiled,
            api: Arc::new(api.clone()),
            digest,
            origin,
        })
    }

    /// Maps a component that was compiled before, known by the digest of its bytes; `None` where the
    /// cache has no entry beyond doubt.
    pub(crate) fn load(&self, digest: &Blake3Digest, api: &Version) -> Option<Component> {
        let compiled = self
            .cache
            .as_ref()?
            .load(&self.wasmtime, &self.key(digest))?;
        Some(Component {
            compiled,
            api: Arc::new(api.clone()),
            digest: *digest,
            origin: CodeOrigin::Cached,
        })
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

    fn keep(
        &self,
        digest: &Blake3Digest,
        compiled: &wasmtime::component::Component,
    ) -> Result<(), String> {
        let Some(cache) = &self.cache else {
            return Ok(());
        };
        let code = compiled.serialize().map_err(|error| format!("{error:#}"))?;
        cache.store(&self.key(digest), &code).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        })
    }

    fn key(&self, digest: &Blake3Digest) -> Blake3Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.compatibility.as_bytes());
        hasher.update(digest.as_bytes());
        Blake3Digest::from(*hasher.finalize().as_bytes())
    }

    fn flight(&self, digest: Blake3Digest) -> Arc<Mutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = flights.get(&digest).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Mutex::new(()));
        flights.insert(digest, Arc::downgrade(&flight));
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
