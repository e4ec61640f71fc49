//! An API family as the rest of the host sees it.

use std::{any::Any, ops::RangeInclusive};

use async_trait::async_trait;
use semver::{Comparator, Op, Version, VersionReq};
use wasmtime::Store;

use super::interfaces::Interfaces;
use crate::{
    base::types::ExtensionId,
    package::version::{Artefact, ComponentError, Outline, UnsupportedApi},
    runtime::{engine::State, limits::Limits},
};

/// A future that borrows the guest and its store.
pub type BoxFuture<'a, T> = futures_util::future::BoxFuture<'a, T>;

/// An instance of an extension, in the type that its family has for all its versions, as
/// `Box<dyn Guest>`: [`Extension::call_guest`](crate::Extension::call_guest) asks for that type.
pub type AnyGuest = Box<dyn Any + Send + Sync>;

/// The value that a family keeps in an extension's store for its own host functions:
/// [`State::family`](super::State::family) gives it back by its type.
pub type FamilyServices = Box<dyn Any + Send>;

/// An API family: its name, its worlds, and how its files are known. A host that is given one runs,
/// supervises, limits, caches, installs and updates its extensions as it does those of any other. What is installed has
/// a manifest, which for now is of Zed's form (`extension.toml`) for extensions of all families.
pub trait Family: Send + Sync + 'static {
    /// The family's name, as lines of a registry's index have it. No two of a host have the same.
    fn name(&self) -> &'static str;

    /// The worlds, of each role the oldest first.
    fn worlds(&self) -> &'static [World];

    /// The role and API version of a file that is of this family; `None` for any other. Nothing of the file
    /// but its outline is to be trusted.
    ///
    /// # Errors
    /// A [`ComponentError`] for a file that is of this family and damaged.
    fn detect(&self, outline: &Outline<'_>) -> Result<Option<Detected>, ComponentError>;

    /// Why a file is not of this family, where the host serves no other. Default:
    /// [`ComponentError::Unrecognised`].
    fn unrecognised(&self, outline: &Outline<'_>) -> ComponentError {
        let _ = outline;
        ComponentError::Unrecognised {
            families: vec![self.name()],
        }
    }

    /// The custom section by which a file says its API version: its name and content. `None` where the family
    /// has no such section, or the version does not fit into it. Default: none.
    fn version_section(&self, api: &Version) -> Option<(&'static str, Vec<u8>)> {
        let _ = api;
        None
    }

    /// The way out for the author of a file that does not fit the API, as a hint says it. Default: words that name
    /// no library and no tool.
    fn rebuild_hint(&self) -> &'static str {
        "build the extension again with a version of its API that this host serves"
    }

    /// What its extensions may use where the host was told nothing else. Default: [`Limits::default`].
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// What its host functions need beside the common services, made anew for each instance. Default:
    /// nothing.
    fn services(&self, extension: &ExtensionId) -> FamilyServices {
        let _ = extension;
        Box::new(())
    }

    /// The interfaces of its worlds, by which a component is compared before it is linked; where there are
    /// none, what is wrong is said in the engine's words.
    #[doc(hidden)]
    fn interfaces(&self) -> Option<&'static Interfaces> {
        None
    }
}

/// The role and API version of a file of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// The role, one of those that the family's worlds have.
    pub role: &'static str,
    /// The API version it was built with.
    pub version: Version,
}

/// The interface of one API generation, and its adapter.
#[derive(Debug)]
pub struct World {
    /// The adapter's name: `since_v0_6_0`.
    pub name: &'static str,
    /// The role that its extensions play. A family whose extensions are all of one kind has one role.
    pub role: &'static str,
    /// The API versions it serves, as a semver requirement.
    pub serves: &'static str,
    /// Links the host's functions, and finds what an extension exports.
    pub adapter: Adapter,
}

/// The functions by which a world's artefacts are linked and started.
#[derive(Debug, Clone, Copy)]
pub enum Adapter {
    /// The world's artefacts are components.
    Component {
        /// Defines what the world imports; WASI preview 2 is there already.
        link: fn(&mut wasmtime::component::Linker<State>) -> wasmtime::Result<()>,
        /// Finds what the world exports in a linked component.
        prepare: fn(wasmtime::component::InstancePre<State>) -> wasmtime::Result<Box<dyn Prepared>>,
    },
    /// The world's artefacts are core modules.
    Module {
        /// Defines what the world imports; nothing is there already.
        link: fn(&mut wasmtime::Linker<State>) -> wasmtime::Result<()>,
        /// Finds what the world exports in a linked module.
        prepare: fn(wasmtime::InstancePre<State>) -> wasmtime::Result<Box<dyn Prepared>>,
    },
}

/// An artefact that is linked and checked against its world, ready to be started again and again.
#[async_trait]
pub trait Prepared: Send + Sync {
    /// Makes an instance in a fresh store, and runs the extension's own start.
    ///
    /// # Errors
    /// What the engine says of a guest that was stopped in it.
    async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<AnyGuest>;
}

impl World {
    /// Whether its artefacts are components or core modules.
    pub fn artefact(&self) -> Artefact {
        match self.adapter {
            Adapter::Component { .. } => Artefact::Component,
            Adapter::Module { .. } => Artefact::Module,
        }
    }

    /// The API versions the world serves.
    ///
    /// # Errors
    /// Where what it says it serves is not a semver requirement; no host is built with such a world.
    pub fn requirement(&self) -> Result<VersionReq, semver::Error> {
        VersionReq::parse(self.serves)
    }

    /// The first API version it serves: its own.
    pub(crate) fn since(&self) -> String {
        let numbers = self.name.trim_start_matches("since_v");
        numbers.replace('_', ".")
    }
}

impl dyn Family {
    /// The world that serves an API version in a role.
    ///
    /// # Errors
    /// An [`UnsupportedApi`] that names the version and what this host serves in its place.
    pub fn select(&self, role: &str, actual: &Version) -> Result<&'static World, UnsupportedApi> {
        let family = self.name();
        let of_role = self.worlds().iter().filter(|world| world.role == role);
        let ranges: Vec<(&World, VersionReq)> = of_role
            .map(|world| Ok((world, range(family, world)?)))
            .collect::<Result<_, UnsupportedApi>>()?;
        // A table's ranges carry no pre-release, and a component's version cannot have one.
        if let Some((world, _)) = ranges.iter().rfind(|(_, range)| range.matches(actual)) {
            return Ok(world);
        }
        let (Some((_, oldest)), Some((_, newest))) = (ranges.first(), ranges.last()) else {
            return Err(UnsupportedApi::Role {
                family: family.into(),
                role: role.into(),
            });
        };
        let actual = actual.clone();
        let above = (ranges.iter()).position(|(_, range)| starts_after(range, &actual));
        Err(match above {
            None => UnsupportedApi::TooNew {
                actual,
                newest: newest.clone(),
            },
            Some(0) => UnsupportedApi::TooOld {
                actual,
                oldest: oldest.clone(),
            },
            Some(above) => UnsupportedApi::Gap {
                actual,
                below: ranges[above - 1].1.clone(),
                above: ranges[above].1.clone(),
                rebuild: self.rebuild_hint(),
            },
        })
    }

    /// Checks that an API version is served, in whatever role.
    ///
    /// # Errors
    /// As `select` of each role.
    pub fn supports(&self, actual: &Version) -> Result<(), UnsupportedApi> {
        self.serving(actual).map(drop)
    }

    /// The API versions that are served, from the oldest to the newest that is known.
    pub fn served(&self) -> Option<RangeInclusive<Version>> {
        let oldest = self.worlds().first()?.since().parse().ok()?;
        let newest = self.worlds().last()?;
        let range = newest.requirement().ok()?;
        let since: Version = newest.since().parse().ok()?;
        // `<0.8.0`: 0.7 is served too.
        let below = |bound: &Comparator| match (bound.op, bound.minor) {
            (Op::Less, Some(minor)) if bound.major == since.major && minor > since.minor => {
                Some(Version::new(bound.major, minor - 1, 0))
            }
            _ => None,
        };
        let newest = range.comparators.iter().find_map(below).unwrap_or(since);
        Some(oldest..=newest)
    }

    /// The world that serves an API version, in whatever role.
    pub(super) fn serving(&self, actual: &Version) -> Result<&'static World, UnsupportedApi> {
        let mut outcome = Err(UnsupportedApi::Family {
            family: self.name().into(),
        });
        for world in self.worlds() {
            outcome = self.select(world.role, actual);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The one role that all its worlds have; `None` where there are several.
    pub(crate) fn only_role(&self) -> Option<&'static str> {
        let mut roles = self.worlds().iter().map(|world| world.role);
        let first = roles.next()?;
        roles.all(|role| role == first).then_some(first)
    }
}

/// The versions that a world of a family serves.
pub(super) fn range(family: &str, world: &World) -> Result<VersionReq, UnsupportedApi> {
    world.requirement().map_err(|_| UnsupportedApi::Table {
        family: family.into(),
        world: world.name.into(),
        serves: world.serves.into(),
    })
}

/// Whether a range's lower bound lies above a version.
fn starts_after(range: &VersionReq, version: &Version) -> bool {
    range.comparators.first().is_some_and(|bound| {
        let start = (
            bound.major,
            bound.minor.unwrap_or(0),
            bound.patch.unwrap_or(0),
        );
        start > (version.major, version.minor, version.patch)
    })
}
