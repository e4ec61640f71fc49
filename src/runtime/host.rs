//! The host: one engine, one linker for each world, and what every extension it runs has in common.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use semver::Version;
use wasmtime::component::Linker;

use crate::{
    base::{
        digest::Blake3Digest,
        fs,
        hint::{ErrorKind, Hint},
        types::{ExtensionId, ExtensionOrigin},
    },
    package::{
        capability::{Capability, Grants, Policy},
        component_type::{ComponentType, WitError},
        version::{self, API_VERSION_SECTION, UnsupportedApi},
    },
    runtime::{
        api::{
            self, Incompatibility, World,
            extension::{CallError, FAMILY, Guest},
        },
        delegate::{EventSink, ExtensionObserver, HostDelegate, NoDelegate, Observers},
        engine::{
            self, CacheConfiguration, CacheSize, Component, Engine, EngineError, Limits, State,
        },
        extension::{Extension, ExtensionOptions, Launch, Supervision},
        sandbox::Sandbox,
        services::{Allowance, DownloadRecords, ServiceOptions, Services, SharedServices, Shown},
    },
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
        first(misfits)
    )]
    Unfit {
        /// The API version its section gives.
        api: Version,
        /// What differs; at least one thing.
        misfits: Vec<Incompatibility>,
        /// The API versions whose world it does fit, as a semver requirement.
        fits: Option<&'static str>,
    },
    /// The extension could not be started.
    #[error(transparent)]
    Start(#[from] CallError),
}

impl Hint for HostError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Engine(error) => error.kind(),
            Self::Unsupported(error) => error.kind(),
            Self::Unfit { .. } => ErrorKind::Incompatible,
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
                "its imports and exports are those of API {fits}: was its `{API_VERSION_SECTION}` section written by something else than the build?"
            )),
            Self::Unfit { misfits, .. }
                if misfits.iter().any(|misfit| {
                    matches!(misfit, Incompatibility::UnknownImport { since: None, .. })
                }) =>
            {
                Some("an extension may import what its API version has, and WASI preview 2".into())
            }
            Self::Unfit { .. } => Some(
                "build the extension again with one version of the `zed_extension_api` crate"
                    .into(),
            ),
            Self::Start(error) => error.hint(),
        }
    }
}

/// The first thing that differs, and how many there are.
pub(crate) fn first(misfits: &[Incompatibility]) -> String {
    let mut words = misfits.first().map(ToString::to_string).unwrap_or_default();
    if misfits.len() > 1 {
        words.push_str(&format!(" (and {} more)", misfits.len() - 1));
    }
    words
}

/// A world of the family whose extensions this host starts.
type Editor = World<dyn Guest>;

/// A component, ready to be instantiated in its world.
type Prepared = Box<dyn api::Prepared<dyn Guest>>;

/// The compatibility of a component: the adapter that serves it, found without compiling it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compatibility {
    /// The API family.
    pub family: &'static str,
    /// The API version the component was built with.
    pub api: Version,
    /// The adapter that serves it: `since_v0_6_0`.
    pub adapter: &'static str,
}

/// The identity and capabilities of an extension that is started.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The extension's id.
    pub id: ExtensionId,
    /// The folder it may write to, created where missing: the guest's working directory. It must be
    /// absolute: extensions build the paths of programs from it.
    pub work_dir: PathBuf,
    /// What its manifest asks for.
    pub capabilities: Vec<Capability>,
    /// Where it comes from, to which its grants are bound.
    pub origin: ExtensionOrigin,
}

impl Identity {
    /// An extension that asks for nothing and comes from the program itself.
    pub fn new(id: ExtensionId, work_dir: impl Into<PathBuf>) -> Self {
        Self {
            id,
            work_dir: work_dir.into(),
            capabilities: Vec::new(),
            origin: ExtensionOrigin::default(),
        }
    }
}

/// An extension host. Cheap to clone; all clones are the same host.
///
/// Unless it is told otherwise ([`HostBuilder::policy`]), it grants every extension what its manifest asks for
/// ([`Grants::all`]), as Zed does.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<Engine>,
    /// One for each world, made when the first component needs it.
    linkers: Vec<OnceLock<Linker<State>>>,
    options: ExtensionOptions,
    options_of: BTreeMap<ExtensionId, ExtensionOptions>,
    /// What one of an id sees of the machine that comes from there.
    sandboxes: BTreeMap<(ExtensionId, ExtensionOrigin), Sandbox>,
    /// Hears of every extension, whatever its own options are.
    observer: Option<Arc<dyn ExtensionObserver>>,
    policy: Policy,
    delegate: Arc<dyn HostDelegate>,
    equipment: Arc<SharedServices>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Host")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

/// Sets up a [`Host`].
#[must_use]
pub struct HostBuilder {
    cache: Option<CacheConfiguration>,
    core_dumps: bool,
    options: ExtensionOptions,
    options_of: BTreeMap<ExtensionId, ExtensionOptions>,
    /// What one of an id sees of the machine that comes from there.
    sandboxes: BTreeMap<(ExtensionId, ExtensionOrigin), Sandbox>,
    /// Hears of every extension, whatever its own options are.
    observer: Option<Arc<dyn ExtensionObserver>>,
    policy: Policy,
    delegate: Arc<dyn HostDelegate>,
    services: ServiceOptions,
}

impl std::fmt::Debug for HostBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HostBuilder")
            .field("cache", &self.cache)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl HostBuilder {
    /// Keeps compiled components on disk. Default: they are compiled at each start.
    pub fn cache(mut self, configuration: CacheConfiguration) -> Self {
        self.cache = Some(configuration);
        self
    }

    /// Whether an extension that traps leaves a core dump, which its observer is given: a copy of all its
    /// memory. Default: no.
    pub fn core_dumps(mut self, core_dumps: bool) -> Self {
        self.core_dumps = core_dumps;
        self
    }

    /// How extensions are run. Default: [`ExtensionOptions::default`].
    pub fn options(mut self, options: ExtensionOptions) -> Self {
        self.options = options;
        self
    }

    /// How one extension is run, in place of what [`options`](Self::options) and those below say for all.
    /// The host's [`observer`](Self::observer) hears of it all the same.
    pub fn options_of(mut self, id: ExtensionId, options: ExtensionOptions) -> Self {
        self.options_of.insert(id, options);
        self
    }

    /// What one extension sees of the machine that has this id and comes from there, in place of what
    /// [`options_of`](Self::options_of) says for all of its id: folders and variables are for whom they were
    /// meant, and not for another of the same id.
    pub fn sandbox_of(
        mut self,
        id: ExtensionId,
        origin: ExtensionOrigin,
        sandbox: Sandbox,
    ) -> Self {
        self.sandboxes.insert((id, origin), sandbox);
        self
    }

    /// What each extension may use: [`ExtensionOptions::limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// What each extension sees of the machine: [`ExtensionOptions::sandbox`].
    pub fn sandbox(mut self, sandbox: Sandbox) -> Self {
        self.options.sandbox = sandbox;
        self
    }

    /// How often each extension is started again: [`ExtensionOptions::supervision`].
    pub fn supervision(mut self, supervision: Supervision) -> Self {
        self.options.supervision = supervision;
        self
    }

    /// Who hears of what every extension does, those with [`options_of`](Self::options_of) their own too. An
    /// [`ExtensionOptions::observer`] hears of its extensions besides.
    pub fn observer(mut self, observer: Arc<dyn ExtensionObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// What the user allows all extensions alike. Default: [`Grants::all`], as in Zed.
    pub fn grants(self, grants: Grants) -> Self {
        self.policy(grants.into())
    }

    /// What the user allows each extension. Default: [`Grants::all`] for each, as in Zed.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The embedder's side. Default: [`NoDelegate`].
    pub fn delegate(mut self, delegate: Arc<dyn HostDelegate>) -> Self {
        self.delegate = delegate;
        self
    }

    /// How what extensions ask of their host is done: downloads, GitHub, Node.js, programs. Default:
    /// [`ServiceOptions::default`].
    pub fn services(mut self, options: ServiceOptions) -> Self {
        self.services = options;
        self
    }

    /// Sets up the host.
    ///
    /// # Errors
    /// [`EngineError::Setup`] or [`EngineError::Cache`].
    pub fn build(self) -> Result<Host, EngineError> {
        Ok(Host {
            shared: Arc::new(Shared {
                engine: Arc::new(Engine::new(self.cache.as_ref(), self.core_dumps)?),
                linkers: FAMILY.worlds.iter().map(|_| OnceLock::new()).collect(),
                options: self.options,
                options_of: self.options_of,
                sandboxes: self.sandboxes,
                observer: self.observer,
                policy: self.policy,
                delegate: self.delegate,
                equipment: Arc::new(SharedServices::new(self.services)),
            }),
        })
    }
}

impl Host {
    /// Begins to set up a host.
    pub fn builder() -> HostBuilder {
        HostBuilder {
            cache: None,
            core_dumps: false,
            options: ExtensionOptions::default(),
            options_of: BTreeMap::new(),
            sandboxes: BTreeMap::new(),
            observer: None,
            policy: Policy::default(),
            delegate: Arc::new(NoDelegate),
            services: ServiceOptions::default(),
        }
    }

    /// Finds the adapter for a component by reading it; nothing is compiled.
    ///
    /// # Errors
    /// [`HostError::Engine`] for what is not a component with one API version,
    /// [`HostError::Unsupported`] where no adapter serves that version.
    pub fn fit(wasm: &[u8]) -> Result<Compatibility, HostError> {
        let api = version::api_version(wasm).map_err(EngineError::from)?;
        let adapter = FAMILY.select(&api)?.name;
        Ok(Compatibility {
            family: FAMILY.name,
            api,
            adapter,
        })
    }

    /// Finds the adapter for a component as [`fit`](Self::fit) does, and compares its imports and exports
    /// with the world of its API version. Nothing is compiled.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), and [`HostError::Unfit`].
    pub fn examine(wasm: &[u8]) -> Result<Compatibility, HostError> {
        let fit = Self::fit(wasm)?;
        check(wasm, &fit.api)?;
        Ok(fit)
    }

    /// Checks that an adapter serves a version of a family's API.
    ///
    /// # Errors
    /// An [`UnsupportedApi`] that names what this host serves instead.
    pub fn supports(family: &str, api: &Version) -> Result<(), UnsupportedApi> {
        if family != FAMILY.name {
            return Err(UnsupportedApi::Family {
                family: family.into(),
            });
        }
        FAMILY.position(api).map(drop)
    }

    /// Makes a component ready to run: from the compiled cache, or by compiling it on a blocking
    /// thread. Its imports and exports are checked against the world of its API version.
    ///
    /// # Errors
    /// [`HostError::Engine`], [`HostError::Unsupported`] or [`HostError::Unfit`].
    pub async fn compile(&self, wasm: Vec<u8>) -> Result<Component, HostError> {
        let engine = self.shared.engine.clone();
        let compiling = tokio::task::spawn_blocking(move || {
            let fit = Self::examine(&wasm)?;
            Ok::<_, HostError>(engine.compile(&wasm, &fit.api)?)
        });
        let component = compiling.await.map_err(|error| EngineError::Compile {
            message: error.to_string(),
        })??;
        self.prepare(&component)?;
        Ok(component)
    }

    /// What a component exports that its own API version does not have, though others do: it is never
    /// asked for it. Nothing is compiled.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn never_asked(wasm: &[u8]) -> Result<Vec<String>, HostError> {
        let api = version::api_version(wasm).map_err(EngineError::from)?;
        let position = FAMILY.position(&api)?;
        let component = ComponentType::of_component(wasm).map_err(EngineError::from)?;
        FAMILY
            .never_asked(position, &component)
            .map_err(built_with_no_wit)
    }

    /// The functions that a component imports from its host, WASI's apart: by their bare names
    /// (`worktree.which`), each as people write it with its interface. Nothing is compiled.
    ///
    /// # Errors
    /// [`HostError::Engine`] for what is not a component.
    pub fn asked_of_host(wasm: &[u8]) -> Result<BTreeMap<String, String>, HostError> {
        let component = ComponentType::of_component(wasm).map_err(EngineError::from)?;
        Ok(FAMILY.asked_of_host(&component))
    }

    /// Maps a component that was compiled before, known by the digest of its bytes and the API version
    /// noted with it; `None` where it must be compiled.
    pub fn compiled(&self, digest: &Blake3Digest, api: &Version) -> Option<Component> {
        self.shared.engine.load(digest, api)
    }

    /// Starts an extension on the caller's tokio runtime, and returns when its own start is done.
    ///
    /// # Errors
    /// [`HostError::Unsupported`], [`HostError::Unfit`], or [`HostError::Start`] where the extension
    /// traps or runs into a limit.
    pub async fn start(
        &self,
        component: &Component,
        identity: Identity,
    ) -> Result<Extension, HostError> {
        self.start_observed(component, identity, None, None).await
    }

    /// Starts an extension as [`start`](Self::start) does; what it does is heard by one more observer, and what
    /// it fetches is kept by `records`.
    pub(crate) async fn start_observed(
        &self,
        component: &Component,
        identity: Identity,
        observer: Option<Arc<dyn ExtensionObserver>>,
        records: Option<Arc<dyn DownloadRecords>>,
    ) -> Result<Extension, HostError> {
        let (world, prepared) = self.prepare(component)?;
        let mut options = self.options_of(&identity.id).clone();
        let who = (identity.id.clone(), identity.origin.clone());
        if let Some(sandbox) = self.shared.sandboxes.get(&who) {
            options.sandbox = sandbox.clone();
        }
        let observer = Observers::of([
            self.shared.observer.clone(),
            options.observer.take(),
            observer,
        ]);
        let grants = self.shared.policy.grants(&identity.id, &identity.origin);
        let services = Services {
            audience: EventSink::new(identity.id.clone(), observer),
            allowance: Allowance::new(&options.limits, &identity.work_dir),
            extension: identity.id,
            work_dir: identity.work_dir,
            capabilities: identity.capabilities,
            grants,
            delegate: self.shared.delegate.clone(),
            records,
            shown: Shown::default(),
            equipment: self.shared.equipment.clone(),
        };
        for mount in services.mounts() {
            // The sandbox may give it already.
            if !options.sandbox.mounts.contains(&mount) {
                options.sandbox.mounts.push(mount);
            }
        }
        let launch = Launch {
            engine: self.shared.engine.clone(),
            prepared,
            options,
            services: Arc::new(services),
            api: component.api.clone(),
        };
        Ok(Extension::start(launch, world.name).await?)
    }

    /// What the user allows each extension.
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// How an extension is run. The host's [`observer`](HostBuilder::observer) is not told here.
    pub fn options_of(&self, id: &ExtensionId) -> &ExtensionOptions {
        let own = self.shared.options_of.get(id);
        own.unwrap_or(&self.shared.options)
    }

    /// Whether there may be an extension that is to start with the host.
    pub(crate) fn has_on_startup(&self) -> bool {
        let Shared {
            options,
            options_of,
            ..
        } = &*self.shared;
        options.on_startup || options_of.values().any(|options| options.on_startup)
    }

    /// The number and size of the compiled cache's entries.
    ///
    /// # Errors
    /// Where the cache's folder cannot be listed.
    pub fn cache_size(&self) -> fs::Result<CacheSize> {
        self.shared.engine.cache_size()
    }

    /// Deletes every entry of the compiled cache and tells what there was. Running extensions go on.
    ///
    /// # Errors
    /// Where an entry cannot be removed.
    pub fn clear_cache(&self) -> fs::Result<CacheSize> {
        self.shared.engine.clear_cache()
    }

    /// Links a component into the world of its API version, and finds the exports that world has.
    fn prepare(&self, component: &Component) -> Result<(&'static Editor, Prepared), HostError> {
        let position = FAMILY.position(&component.api)?;
        let world = &FAMILY.worlds[position];
        let linker = match self.shared.linkers[position].get() {
            Some(linker) => linker,
            None => {
                let linker = self.new_linker(world).map_err(|error| EngineError::Setup {
                    message: format!("{error:#}"),
                })?;
                self.shared.linkers[position].get_or_init(|| linker)
            }
        };
        let prepared = linker
            .instantiate_pre(&component.compiled)
            .and_then(world.prepare)
            .map_err(|error| HostError::Unfit {
                api: component.api().clone(),
                misfits: vec![Incompatibility::Link {
                    message: format!("{error:#}"),
                }],
                fits: None,
            })?;
        Ok((world, prepared))
    }

    /// All of WASI preview 2 and `wasi:http`, and the world's own imports.
    fn new_linker(&self, world: &Editor) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(&self.shared.engine.wasmtime);
        engine::link_wasi(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        (world.link)(&mut linker)?;
        Ok(linker)
    }
}

/// Checks that a component's imports and exports are those of the API version it says.
fn check(wasm: &[u8], api: &Version) -> Result<(), HostError> {
    let component = ComponentType::of_component(wasm).map_err(EngineError::from)?;
    let misfits = FAMILY
        .misfits(FAMILY.position(api)?, &component)
        .map_err(built_with_no_wit)?;
    if misfits.is_empty() {
        return Ok(());
    }
    let fits = FAMILY
        .newest_fitting(&component)
        .map_err(built_with_no_wit)?;
    Err(HostError::Unfit {
        api: api.clone(),
        misfits,
        fits: fits.map(|world| world.serves),
    })
}

fn built_with_no_wit(error: WitError) -> HostError {
    HostError::Engine(EngineError::Setup {
        message: error.to_string(),
    })
}
