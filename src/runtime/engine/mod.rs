//! The engine: compiles components into the cache, maps them back, and keeps guests in their limits.

mod cache;
pub mod compiler;
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

use bytes::Bytes;

pub use self::{
    cache::{CacheConfiguration, CacheSize},
    component::{CodeOrigin, Component},
    state::State,
};
use self::{
    cache::{CompiledCache, EntryLock},
    compiler::{Compiler, CompilerError, Parent},
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
        task::{TaskError, blocking},
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
    /// The process that compiles the component did not.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
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

impl EngineError {
    /// Whether it is the component's fault, and not this machine's: another component could be compiled.
    pub fn is_of_component(&self) -> bool {
        match self {
            Self::Component(_) | Self::Compile { .. } => true,
            Self::Compiler(error) => error.is_of_component(),
            Self::Setup { .. } | Self::Cache(_) => false,
        }
    }
}

impl Hint for EngineError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Component(error) => error.kind(),
            Self::Compile { .. } => ErrorKind::Invalid,
            Self::Compiler(error) => error.kind(),
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
            Self::Compiler(error) => error.hint(),
            Self::Setup { .. } => None,
            Self::Cache(error) => error.hint(),
        }
    }
}

impl From<TaskError> for EngineError {
    fn from(error: TaskError) -> Self {
        Self::Compile {
            message: error.to_string(),
        }
    }
}

/// The compiler of components and core modules, with the cache of what was compiled before.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) ticker: Ticker,
    cache: Option<CompiledCache>,
    /// Compiles in child processes, where this process does not.
    parent: Option<Parent>,
    compatibility: Blake3Digest,
    /// Compilations under way in this process: a second task waits for the first.
    flights: Mutex<HashMap<Blake3Digest, Weak<Turn>>>,
}

/// The turn at compiling one component.
type Turn = tokio::sync::Mutex<()>;

/// The right to compile one component, alone among the tasks of this process and among the processes that use the cache.
struct Flight {
    // Given back before the turn is.
    _lock: Option<EntryLock>,
    _turn: tokio::sync::OwnedMutexGuard<()>,
}

impl Engine {
    /// Sets up the engine, with a compiled cache where one is configured. `core_dumps` says whether it
    /// copies the memories of guests that trap.
    ///
    /// # Errors
    /// [`EngineError::Setup`] or [`EngineError::Cache`].
    pub(crate) fn new(
        cache: Option<&CacheConfiguration>,
        compiler: Compiler,
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
            parent: match compiler {
                Compiler::ThisProcess => None,
                Compiler::Child(options) => Some(Parent::new(options)),
            },
            compatibility: compatibility(&wasmtime),
            wasmtime,
            flights: Mutex::default(),
        })
    }

    /// Compiles a component or a core module with this digest, or maps what another task or process has compiled in
    /// the meantime. What this process compiles, it compiles to the end, even where the caller waits no more.
    ///
    /// # Errors
    /// [`EngineError::Compile`] for one the engine refuses, [`EngineError::Compiler`] where a child process fails.
    pub(crate) async fn compile(
        self: &Arc<Self>,
        wasm: Bytes,
        digest: Blake3Digest,
        artefact: Artefact,
    ) -> Result<Compiled, EngineError> {
        let key = self.key(&digest, artefact);
        let turn = self.turn(key).lock_owned().await;
        let engine = self.clone();
        let (flight, found) = blocking(move || {
            let flight = Flight {
                _lock: engine.lock(&key),
                _turn: turn,
            };
            Ok::<_, EngineError>((flight, engine.load(&digest, artefact)))
        })
        .await?;
        if let Some(compiled) = found {
            return Ok(compiled);
        }
        let started = Instant::now();
        let machine_code = match &self.parent {
            Some(parent) => Some(parent.compile(&wasm, artefact, self.compatibility).await?),
            None => None,
        };
        let engine = self.clone();
        blocking(move || {
            let _flight = flight;
            let code = match machine_code {
                Some(machine_code) => engine.take(&key, &machine_code, artefact)?,
                None => engine.make(&key, &wasm, artefact)?,
            };
            let origin = CodeOrigin::compiled(started.elapsed());
            tracing::debug!(%digest, ?origin, "component compiled");
            Ok(Compiled {
                code,
                digest,
                origin,
            })
        })
        .await
    }

    /// Compiles here, and keeps the code.
    fn make(
        &self,
        key: &Blake3Digest,
        wasm: &[u8],
        artefact: Artefact,
    ) -> Result<Code, EngineError> {
        let code = Code::compile(&self.wasmtime, wasm, artefact).map_err(refused)?;
        let Some(cache) = &self.cache else {
            return Ok(code);
        };
        match code.serialize() {
            // Mapped rather than kept as compiled: the pages are then shared and backed by the file.
            Ok(machine_code) if keep(cache, key, &machine_code) => {
                Ok(self.map(key, artefact).unwrap_or(code))
            }
            Ok(_) => Ok(code),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "compiled component not kept");
                Ok(code)
            }
        }
    }

    /// Keeps the code that a child process has compiled.
    fn take(
        &self,
        key: &Blake3Digest,
        machine_code: &[u8],
        artefact: Artefact,
    ) -> Result<Code, EngineError> {
        let kept = self.cache.as_ref();
        let kept = kept.is_some_and(|cache| keep(cache, key, machine_code));
        match kept.then(|| self.map(key, artefact)).flatten() {
            Some(code) => Ok(code),
            None => cache::load_own(&self.wasmtime, machine_code, artefact).map_err(refused),
        }
    }

    /// Waits until no other process compiles this.
    fn lock(&self, key: &Blake3Digest) -> Option<EntryLock> {
        let lock = self.cache.as_ref()?.lock(key);
        lock.inspect_err(|error| tracing::warn!(%error, "compiling without a lock"))
            .ok()
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

    fn turn(&self, key: Blake3Digest) -> Arc<Turn> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = flights.get(&key).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Turn::default());
        flights.insert(key, Arc::downgrade(&turn));
        turn
    }
}

fn refused(error: wasmtime::Error) -> EngineError {
    EngineError::Compile {
        message: format!("{error:#}"),
    }
}

/// Writes code into the cache; whether that was done.
fn keep(cache: &CompiledCache, key: &Blake3Digest, machine_code: &[u8]) -> bool {
    let kept = cache.store(key, machine_code);
    if let Err(error) = &kept {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let reason = format!("{error}: {}", cause.unwrap_or_default());
        tracing::warn!(%reason, "compiled component not kept: it will be compiled again");
    }
    kept.is_ok()
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
