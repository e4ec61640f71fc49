//! The host: one engine, one linker for each world, and what every extension it runs has in common.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use semver::Version;

use crate::{
    base::{
        digest::Blake3Digest,
        fs,
        task::blocking,
        types::{ExtensionId, ExtensionOrigin},
    },
    package::{
        capability::{Capability, Grants, Policy},
        version::{Artefact, UnsupportedApi},
    },
    runtime::{
        api::{
            Compatibility, Families, Family, HostError, Incompatibility, Linker, Prepared, World,
        },
        delegate::{EventSink, ExtensionObserver, HostDelegate, NoDelegate, Observers},
        engine::{
            CacheConfiguration, CacheSize, Compiled, Component, Engine, EngineError, Limits,
            compiler::Compiler,
        },
        extension::{Extension, ExtensionOptions, Launch, Supervision},
        sandbox::Sandbox,
        services::{
            Allowance, LockedTools, ServiceOptions, Services, SharedServices, Shown, ToolRecords,
        },
    },
};

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

/// The things attached to an extension when it starts, besides what its options say.
#[derive(Default)]
pub(crate) struct Attached {
    /// One more observer of what it does.
    pub(crate) observer: Option<Arc<dyn ExtensionObserver>>,
    /// The keeper of what it is told and fetches.
    pub(crate) records: Option<Arc<dyn ToolRecords>>,
    /// The tools it is held to, in the place of what its options say.
    pub(crate) locked: Option<Arc<LockedTools>>,
    /// The tools known of it, for where servers cannot be asked.
    pub(crate) known: Option<Arc<LockedTools>>,
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
    families: Families,
    /// One for each world, by its family, role and name; made when the first artefact needs it.
    linkers: BTreeMap<(&'static str, &'static str, &'static str), OnceLock<Linker>>,
    options: ExtensionOptions,
    options_of: BTreeMap<ExtensionId, ExtensionOptions>,
    /// What one of an id sees of the machine that comes from there.
    sandboxes: BTreeMap<(ExtensionId, ExtensionOrigin), Sandbox>,
    /// Hears of every extension, whatever its own options are.
    observer: Option<Arc<dyn ExtensionObserver>>,
    policy: Policy,
    delegate: Arc<dyn HostDelegate>,
    shared: Arc<SharedServices>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Host")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

/// A builder of a [`Host`].
#[must_use]
pub struct HostBuilder {
    families: Families,
    cache: Option<CacheConfiguration>,
    compiler: Compiler,
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
    /// The API families whose extensions the host runs. Default: [`Families::default`].
    pub fn families(mut self, families: Families) -> Self {
        self.families = families;
        self
    }

    /// Keeps compiled components on disk. Default: they are compiled at each start.
    pub fn cache(mut self, configuration: CacheConfiguration) -> Self {
        self.cache = Some(configuration);
        self
    }

    /// Where components are compiled. Default: in this process, [`Compiler::ThisProcess`].
    pub fn compiler(mut self, compiler: Compiler) -> Self {
        self.compiler = compiler;
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

    /// What each extension may use: [`ExtensionOptions::limits`]. Default: what its family says.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = Some(limits);
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
    /// [`EngineError::Setup`], also where two families have one name, one says of a world that it serves what is
    /// not a semver requirement, or has two worlds of one role and name, or components and core modules in one
    /// role; or [`EngineError::Cache`].
    pub fn build(self) -> Result<Host, EngineError> {
        self.families.check()?;
        let worlds = self.families.all().flat_map(|family| {
            let worlds = family.worlds().iter();
            worlds.map(|world| ((family.name(), world.role, world.name), OnceLock::new()))
        });
        Ok(Host {
            shared: Arc::new(Shared {
                engine: Arc::new(Engine::new(
                    self.cache.as_ref(),
                    self.compiler,
                    self.core_dumps,
                )?),
                linkers: worlds.collect(),
                families: self.families,
                options: self.options,
                options_of: self.options_of,
                sandboxes: self.sandboxes,
                observer: self.observer,
                policy: self.policy,
                delegate: self.delegate,
                shared: Arc::new(SharedServices::new(self.services)),
            }),
        })
    }
}

impl Host {
    /// Begins to set up a host.
    pub fn builder() -> HostBuilder {
        HostBuilder {
            families: Families::default(),
            cache: None,
            compiler: Compiler::default(),
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

    /// The API families whose extensions this host runs.
    pub fn families(&self) -> &Families {
        &self.shared.families
    }

    /// Makes a component, or a core module of a family that has such, ready to run: from the compiled
    /// cache, or by compiling it where [`HostBuilder::compiler`] says, on a blocking thread or in a child process. Its
    /// imports and exports are checked against the world of its API version.
    ///
    /// # Errors
    /// Those of [`Families::examine`], and [`HostError::Engine`].
    pub async fn compile(&self, wasm: Vec<u8>) -> Result<Component, HostError> {
        match self.find(wasm.into()).await? {
            Found::Compiled(component) => Ok(component),
            Found::Fit(fit) => self.compile_fit(fit).await,
        }
    }

    /// Examines a component, and maps it where it was compiled before: what does not take long.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub(crate) async fn find(&self, wasm: Bytes) -> Result<Found, HostError> {
        let host = self.clone();
        let finding = move || {
            let Shared {
                engine, families, ..
            } = &*host.shared;
            let found = families.examined(&wasm)?;
            let (artefact, compatibility) = (found.world.artefact(), found.compatibility);
            let digest = Blake3Digest::of(&wasm);
            let Some(compiled) = engine.load(&digest, artefact) else {
                return Ok(Found::Fit(Fit {
                    wasm,
                    digest,
                    artefact,
                    compatibility,
                }));
            };
            let component = component(compiled, compatibility);
            host.prepare(&component)?;
            Ok(Found::Compiled(component))
        };
        blocking(finding).await
    }

    /// Compiles a component that fits its world.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub(crate) async fn compile_fit(&self, fit: Fit) -> Result<Component, HostError> {
        let Fit {
            wasm,
            digest,
            artefact,
            compatibility,
        } = fit;
        let compiled = self.shared.engine.compile(wasm, digest, artefact).await?;
        let component = component(compiled, compatibility);
        self.prepare(&component)?;
        Ok(component)
    }

    /// Maps a component that was compiled before, known by the digest of its bytes, and the API family and
    /// version noted with it; `None` where it must be compiled. So must all of a family with several roles,
    /// since only their files tell which they play.
    pub fn compiled(
        &self,
        digest: &Blake3Digest,
        family: &str,
        api: &Version,
    ) -> Option<Component> {
        let family = self.shared.families.get(family).ok()?;
        let role = family.only_role()?;
        let world = family.select(role, api).ok()?;
        let compiled = self.shared.engine.load(digest, world.artefact())?;
        Some(Component::new(compiled, family.name(), role, api.clone()))
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
        self.start_attached(component, identity, Attached::default())
            .await
    }

    /// Starts an extension as [`start`](Self::start) does, with what is attached to it.
    pub(crate) async fn start_attached(
        &self,
        component: &Component,
        identity: Identity,
        attached: Attached,
    ) -> Result<Extension, HostError> {
        let Attached {
            observer,
            records,
            locked,
            known,
        } = attached;
        let Linked {
            family,
            world,
            prepared,
        } = self.prepare(component)?;
        let mut options = self.options_of(&identity.id).clone();
        let limits = options.limits.take().unwrap_or_else(|| family.limits());
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
            sink: EventSink::new(identity.id.clone(), observer),
            allowance: Allowance::new(&limits, &identity.work_dir),
            extension: identity.id,
            work_dir: identity.work_dir,
            capabilities: identity.capabilities,
            grants,
            delegate: self.shared.delegate.clone(),
            records,
            known,
            locked: locked.or_else(|| options.locked.take()),
            shown: Shown::default(),
            shared: self.shared.shared.clone(),
        };
        for mount in services.mounts() {
            // The sandbox may give it already.
            if !options.sandbox.mounts.contains(&mount) {
                options.sandbox.mounts.push(mount);
            }
        }
        let launch = Launch {
            engine: self.shared.engine.clone(),
            family,
            world,
            prepared,
            limits,
            options,
            services: Arc::new(services),
            api: component.api.clone(),
        };
        Ok(Extension::start(launch).await?)
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

    /// Links an artefact into the world of its API version, and finds the exports that world has.
    fn prepare(&self, component: &Component) -> Result<Linked, HostError> {
        let Shared {
            engine,
            families,
            linkers,
            ..
        } = &*self.shared;
        let family = families.get(component.family)?;
        let world = family.select(component.role, &component.api)?;
        let setup = |error: wasmtime::Error| EngineError::Setup {
            message: format!("{error:#}"),
        };
        let kept = (linkers.get(&(family.name(), world.role, world.name))).ok_or_else(|| {
            UnsupportedApi::Family {
                family: family.name().into(),
            }
        })?;
        let linker = match kept.get() {
            Some(linker) => linker,
            None => {
                let linker = Linker::new(&engine.wasmtime, &world.adapter).map_err(setup)?;
                kept.get_or_init(|| linker)
            }
        };
        let prepared = linker.prepare(&world.adapter, &component.code);
        let prepared = prepared.map_err(|error| HostError::Unfit {
            api: component.api().clone(),
            incompatibilities: vec![Incompatibility::Link {
                message: format!("{error:#}"),
            }],
            fits: None,
            rebuild: family.rebuild_hint(),
        })?;
        Ok(Linked {
            family: family.clone(),
            world,
            prepared,
        })
    }
}

fn component(compiled: Compiled, compatibility: Compatibility) -> Component {
    let Compatibility {
        family, role, api, ..
    } = compatibility;
    Component::new(compiled, family, role, api)
}

/// The findings about a component before it is compiled.
pub(crate) enum Found {
    /// It was compiled before.
    Compiled(Component),
    /// It fits its world, and is to be compiled.
    Fit(Fit),
}

/// A component that fits the world of its API version, and is not compiled.
pub(crate) struct Fit {
    wasm: Bytes,
    digest: Blake3Digest,
    artefact: Artefact,
    compatibility: Compatibility,
}

impl Fit {
    /// The digest of its bytes.
    pub(crate) fn digest(&self) -> Blake3Digest {
        self.digest
    }
}

/// An artefact that is linked into its world.
struct Linked {
    family: Arc<dyn Family>,
    world: &'static World,
    prepared: Box<dyn Prepared>,
}
