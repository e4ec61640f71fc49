//! API families: each is a name and a table of the versions it has had.
//!
//! A *world* is the interface of one API generation. It serves its own version and the later ones up
//! to the next world. The *adapter* of a world links the host's services into it and presents what it
//! exports as the family's guest trait. Everything outside a family's folder knows families and worlds
//! as data: to add an API version is to add a folder and a line to the family's table.

mod compatibility;
pub mod extension;
mod listing;
mod portable;
mod wit;

pub use self::{
    compatibility::Incompatibility,
    listing::{Listed, WorldListing, worlds},
    wit::{Form, Wit, WitFile, wit},
};

use std::sync::OnceLock;

use semver::{Version, VersionReq};
use wasmtime::{
    Store,
    component::{InstancePre, Linker},
};

use crate::{
    package::{component_type::ComponentType, version::UnsupportedApi},
    runtime::engine::State,
};

/// The names of the families this host serves, as the registry index has them.
pub const FAMILIES: &[&str] = &[extension::NAME];

/// A future that borrows the guest and its store.
pub(crate) type BoxFuture<'a, T> = futures_util::future::BoxFuture<'a, T>;

/// A family of APIs: its name and its worlds, oldest first. `G` is the family's guest trait.
#[derive(Debug)]
pub struct Family<G: ?Sized + 'static> {
    /// The family's name, as the registry index has it.
    pub name: &'static str,
    /// The worlds, oldest first.
    pub worlds: &'static [World<G>],
    /// The package of its interfaces, as WIT names it.
    pub(crate) package: &'static str,
    /// Functions that the first version of their world did not have yet, and the version that brought
    /// them.
    pub(crate) later: &'static [(&'static str, &'static str)],
    /// The folder and the world of what is defined beside every world, for components in the portable
    /// form.
    pub(crate) portable: &'static str,
    /// The worlds' types, each read from its WIT when it is first needed.
    pub(crate) types: OnceLock<Box<[OnceLock<ComponentType>]>>,
    /// The type of the portable form's world.
    pub(crate) portable_type: OnceLock<ComponentType>,
}

/// Turns a linked component into one that can be instantiated.
type Prepare<G> = fn(InstancePre<State>) -> wasmtime::Result<Box<dyn Prepared<G>>>;

/// The interface of one API generation, and its adapter.
pub struct World<G: ?Sized + 'static> {
    /// The adapter's name: `since_v0_6_0`.
    pub name: &'static str,
    /// The API versions it serves, as a semver requirement.
    pub serves: &'static str,
    pub(crate) link: fn(&mut Linker<State>) -> wasmtime::Result<()>,
    pub(crate) prepare: Prepare<G>,
}

impl<G: ?Sized> std::fmt::Debug for World<G> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("World")
            .field("name", &self.name)
            .field("serves", &self.serves)
            .finish_non_exhaustive()
    }
}

/// A component that is linked and checked against its world, ready to be instantiated again and again.
pub(crate) trait Prepared<G: ?Sized>: Send + Sync {
    /// Makes an instance in a fresh store.
    fn instantiate<'a>(
        &'a self,
        store: &'a mut Store<State>,
    ) -> BoxFuture<'a, wasmtime::Result<Box<G>>>;
}

impl<G: ?Sized> World<G> {
    /// The first API version it serves: its own.
    pub(crate) fn since(&self) -> String {
        let numbers = self.name.trim_start_matches("since_v");
        numbers.replace('_', ".")
    }

    /// The API versions the world serves.
    ///
    /// # Panics
    /// Never: a test parses every line of every table.
    pub fn requirement(&self) -> VersionReq {
        VersionReq::parse(self.serves).unwrap_or(VersionReq::STAR)
    }
}

impl<G: ?Sized> Family<G> {
    /// The world that serves an API version.
    ///
    /// # Errors
    /// An [`UnsupportedApi`] that names the version and what this host serves in its place.
    pub fn select(&self, actual: &Version) -> Result<&'static World<G>, UnsupportedApi> {
        self.worlds[self.position(actual)?..]
            .first()
            .ok_or_else(|| UnsupportedApi::Family {
                family: self.name.into(),
            })
    }

    /// The place in the table of the world that serves an API version.
    pub(crate) fn position(&self, actual: &Version) -> Result<usize, UnsupportedApi> {
        let requirements: Vec<_> = self.worlds.iter().map(World::requirement).collect();
        // A table's ranges carry no pre-release, and a component's version cannot have one.
        if let Some(position) = requirements.iter().rposition(|range| range.matches(actual)) {
            return Ok(position);
        }
        let above = requirements
            .iter()
            .position(|range| starts_after(range, actual));
        let family = || UnsupportedApi::Family {
            family: self.name.into(),
        };
        Err(match above {
            None => UnsupportedApi::TooNew {
                actual: actual.clone(),
                newest: requirements.last().cloned().ok_or_else(family)?,
            },
            Some(0) => UnsupportedApi::TooOld {
                actual: actual.clone(),
                oldest: requirements.first().cloned().ok_or_else(family)?,
            },
            Some(above) => UnsupportedApi::Gap {
                actual: actual.clone(),
                below: requirements[above - 1].clone(),
                above: requirements[above].clone(),
            },
        })
    }
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
