//! The families that a host serves, and what can be said of a file without compiling it.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use semver::Version;

use super::{
    compatibility::imported_functions,
    error::HostError,
    extension,
    family::{self, Detected, Family, World},
};
use crate::{
    package::{
        component_type::{ComponentType, WitError},
        version::{Artefact, ComponentError, Outline, UnsupportedApi, module_imports},
    },
    runtime::engine::EngineError,
};

/// The adapter that serves a file, found without compiling it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compatibility {
    /// The API family.
    pub family: &'static str,
    /// The role it plays there.
    pub role: &'static str,
    /// The API version the file was built with.
    pub api: Version,
    /// The adapter that serves it: `since_v0_6_0`.
    pub adapter: &'static str,
}

impl Compatibility {
    fn of(family: &'static str, world: &'static World, api: Version) -> Self {
        Self {
            family,
            role: world.role,
            api,
            adapter: world.name,
        }
    }
}

/// The family of a file and its API version, whether an adapter serves that or not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recognised {
    /// The API family.
    pub family: &'static str,
    /// The role it plays there.
    pub role: &'static str,
    /// The API version the file was built with.
    pub api: Version,
}

/// The API families that a host serves. Cheap to clone. Default: that of Zed's extensions, `extension`.
#[derive(Clone)]
pub struct Families(Arc<[Arc<dyn Family>]>);

impl Default for Families {
    fn default() -> Self {
        Self::none().with(extension::Extensions)
    }
}

impl std::fmt::Debug for Families {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

impl Families {
    /// No family at all.
    pub fn none() -> Self {
        Self(Arc::new([]))
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, family: impl Family) -> Self {
        let all = self.0.iter().cloned();
        Self(all.chain([Arc::new(family) as Arc<dyn Family>]).collect())
    }

    /// Their names, in the order in which they were given.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|family| family.name())
    }

    /// The family of a name.
    ///
    /// # Errors
    /// [`UnsupportedApi::Family`] where there is none.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn Family>, UnsupportedApi> {
        let found = self.0.iter().find(|family| family.name() == name);
        found.ok_or_else(|| UnsupportedApi::Family {
            family: name.into(),
        })
    }

    /// Finds the family of a file by its outline.
    ///
    /// # Errors
    /// [`HostError::Engine`] for what is not a whole component or module of one family and version,
    /// [`HostError::Ambiguous`] where two families claim it.
    pub fn recognise(&self, wasm: &[u8]) -> Result<Recognised, HostError> {
        let (family, Detected { role, version }) = self.detect(wasm)?;
        Ok(Recognised {
            family: family.name(),
            role,
            api: version,
        })
    }

    /// Finds the adapter for a file by its outline.
    ///
    /// # Errors
    /// As [`recognise`](Self::recognise), and [`HostError::Unsupported`] where no adapter serves its
    /// version.
    pub fn inspect(&self, wasm: &[u8]) -> Result<Compatibility, HostError> {
        let found = self.inspected(wasm)?;
        Ok(found.compatibility)
    }

    /// Finds the adapter for a file that was recognised.
    ///
    /// # Errors
    /// An [`UnsupportedApi`] where no adapter serves its version.
    pub fn adapter(&self, found: Recognised) -> Result<Compatibility, UnsupportedApi> {
        let Recognised { family, role, api } = found;
        let world = self.get(family)?.select(role, &api)?;
        Ok(Compatibility::of(family, world, api))
    }

    /// Finds the adapter for a file as [`inspect`](Self::inspect) does, and compares a component's imports
    /// and exports with the world of its API version.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect), and [`HostError::Unfit`].
    pub fn examine(&self, wasm: &[u8]) -> Result<Compatibility, HostError> {
        let found = self.examined(wasm)?;
        Ok(found.compatibility)
    }

    pub(crate) fn examined(&self, wasm: &[u8]) -> Result<Inspected<'_>, HostError> {
        let found = self.inspected(wasm)?;
        if let Some(interfaces) = found.family.interfaces() {
            let position = interfaces.position(found.world)?;
            let component = ComponentType::of_component(wasm).map_err(EngineError::from)?;
            let incompatibilities = interfaces
                .incompatibilities(position, &component)
                .map_err(built_with_no_wit)?;
            if !incompatibilities.is_empty() {
                let fits = interfaces
                    .newest_fitting(found.compatibility.role, &component)
                    .map_err(built_with_no_wit)?;
                return Err(HostError::Unfit {
                    api: found.compatibility.api,
                    incompatibilities,
                    fits: fits.map(|world| world.serves),
                    rebuild: found.family.rebuild_hint(),
                });
            }
        }
        Ok(found)
    }

    /// Checks that an adapter serves a version of a family's API, in whatever role.
    ///
    /// # Errors
    /// An [`UnsupportedApi`] that names what this host serves instead.
    pub fn supports(&self, family: &str, api: &Version) -> Result<(), UnsupportedApi> {
        self.get(family)?.supports(api)
    }

    /// The API versions of a family that are served, from the oldest to the newest; `None` for a family that this host
    /// does not know, or without versions.
    pub fn served(&self, family: &str) -> Option<RangeInclusive<Version>> {
        self.get(family).ok()?.served()
    }

    /// What a component exports that its own API version does not have, though others do: it is never
    /// asked for it.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn unused_exports(&self, wasm: &[u8]) -> Result<Vec<String>, HostError> {
        let found = self.inspected(wasm)?;
        let Some(interfaces) = found.family.interfaces() else {
            return Ok(Vec::new());
        };
        let component = ComponentType::of_component(wasm).map_err(EngineError::from)?;
        let position = interfaces.position(found.world)?;
        (interfaces.unused_exports(position, &component)).map_err(built_with_no_wit)
    }

    /// The functions that a component imports from its host, WASI's apart, each as people write it. What is at
    /// the root or of a package of these families, whose functions move from one interface into another, has its
    /// bare name as its key (`worktree.which`), any other function its interface too, without a version. Of a
    /// core module it is all that it imports, each with its module (`env.log`).
    ///
    /// # Errors
    /// [`HostError::Engine`] for what is neither a component nor a core module.
    pub fn host_imports(&self, wasm: &[u8]) -> Result<BTreeMap<String, String>, HostError> {
        if let Some(imports) = module_imports(wasm).map_err(EngineError::from)? {
            let names = (imports.iter()).map(|(module, name)| format!("{module}.{name}"));
            return Ok(names.map(|name| (name.clone(), name)).collect());
        }
        let component = ComponentType::of_component(wasm).map_err(EngineError::from)?;
        let packages = (self.0.iter()).filter_map(|family| Some(family.interfaces()?.package));
        Ok(imported_functions(
            &component,
            &packages.collect::<Vec<_>>(),
        ))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<dyn Family>> {
        self.0.iter()
    }

    /// Checks that no two have one name, that every table can be read, and that its worlds can be told apart.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let names: Vec<_> = self.names().collect();
        for (place, family) in self.0.iter().enumerate() {
            if names[..place].contains(&family.name()) {
                return Err(setup(format!(
                    "two API families have the name `{}`",
                    family.name()
                )));
            }
            let worlds = family.worlds();
            for (place, world) in worlds.iter().enumerate() {
                family::range(family.name(), world).map_err(|error| setup(error.to_string()))?;
                if let Some(interfaces) = family.interfaces() {
                    interfaces.position(world)?;
                }
                check_beside(family.name(), world, &worlds[..place])?;
            }
        }
        Ok(())
    }

    fn inspected(&self, wasm: &[u8]) -> Result<Inspected<'_>, HostError> {
        let (family, Detected { role, version }) = self.detect(wasm)?;
        let world = family.select(role, &version)?;
        Ok(Inspected {
            family,
            world,
            compatibility: Compatibility::of(family.name(), world, version),
        })
    }

    fn detect(&self, wasm: &[u8]) -> Result<(&Arc<dyn Family>, Detected), HostError> {
        let takes_modules = self.0.iter().any(|family| {
            let mut worlds = family.worlds().iter();
            worlds.any(|world| world.artefact() == Artefact::Module)
        });
        let outline = match takes_modules {
            true => Outline::read(wasm),
            false => Outline::of_component(wasm),
        };
        let outline = outline.map_err(EngineError::from)?;
        let mut found: Option<(&Arc<dyn Family>, Detected)> = None;
        for family in self.0.iter() {
            let Some(detected) = family.detect(&outline).map_err(EngineError::from)? else {
                continue;
            };
            let is_of_role = |world: &&World| world.role == detected.role;
            let world = family.worlds().iter().find(is_of_role);
            if world.is_some_and(|world| world.artefact() != outline.artefact()) {
                continue;
            }
            if let Some((first, _)) = found {
                return Err(HostError::Ambiguous {
                    first: first.name(),
                    second: family.name(),
                });
            }
            found = Some((family, detected));
        }
        found.ok_or_else(|| EngineError::from(self.unrecognised(&outline)).into())
    }

    fn unrecognised(&self, outline: &Outline<'_>) -> ComponentError {
        match &*self.0 {
            [family] => family.unrecognised(outline),
            _ => ComponentError::Unrecognised {
                families: self.names().collect(),
            },
        }
    }
}

/// A file's family and world.
pub(crate) struct Inspected<'a> {
    family: &'a Arc<dyn Family>,
    pub(crate) world: &'static World,
    pub(crate) compatibility: Compatibility,
}

/// Checks that a world of a family can be told apart from those before it.
fn check_beside(family: &str, world: &World, before: &[World]) -> Result<(), EngineError> {
    let World { name, role, .. } = world;
    for other in before.iter().filter(|other| other.role == *role) {
        // They would share a linker.
        if other.name == *name {
            return Err(setup(format!(
                "two worlds of the API family `{family}` have the role `{role}` and the name `{name}`"
            )));
        }
        if other.artefact() != world.artefact() {
            return Err(setup(format!(
                "the role `{role}` of the API family `{family}` has both components and core modules"
            )));
        }
    }
    Ok(())
}

fn built_with_no_wit(error: WitError) -> HostError {
    setup(error.to_string()).into()
}

fn setup(message: String) -> EngineError {
    EngineError::Setup { message }
}

/// [`Families::inspect`] for the default families.
///
/// # Errors
/// As there.
pub fn inspect(wasm: &[u8]) -> Result<Compatibility, HostError> {
    Families::default().inspect(wasm)
}

/// [`Families::examine`] for the default families.
///
/// # Errors
/// As there.
pub fn examine(wasm: &[u8]) -> Result<Compatibility, HostError> {
    Families::default().examine(wasm)
}

/// [`Families::supports`] for the default families.
///
/// # Errors
/// As there.
pub fn supports(family: &str, api: &Version) -> Result<(), UnsupportedApi> {
    Families::default().supports(family, api)
}

/// [`Families::unused_exports`] for the default families.
///
/// # Errors
/// As there.
pub fn unused_exports(wasm: &[u8]) -> Result<Vec<String>, HostError> {
    Families::default().unused_exports(wasm)
}

/// [`Families::host_imports`] for the default families.
///
/// # Errors
/// As there.
pub fn host_imports(wasm: &[u8]) -> Result<BTreeMap<String, String>, HostError> {
    Families::default().host_imports(wasm)
}
