//! The interfaces of a family's worlds, read from this program's own WIT.

use std::sync::OnceLock;

use super::{family::World, wit};
use crate::{
    package::component_type::{ComponentType, WitError},
    runtime::engine::EngineError,
};

/// The interfaces of a family whose WIT stands below `wit/`: a folder for each name that a world's adapter has,
/// where the world is called as its role is.
#[derive(Debug)]
pub struct Interfaces {
    /// The family's name, which its folder has too.
    pub(super) family: &'static str,
    /// The worlds, oldest first.
    pub(super) worlds: &'static [World],
    /// The package of its interfaces, as WIT names it.
    pub(super) package: &'static str,
    /// Functions that the first version of their world did not have yet, and the version that brought
    /// them.
    pub(super) later: &'static [(&'static str, &'static str)],
    /// The folder and the world of what is defined beside every world, for components in the portable
    /// form.
    pub(super) portable: &'static str,
    /// The worlds' types, each read from its WIT when it is first needed.
    pub(super) types: OnceLock<Box<[OnceLock<ComponentType>]>>,
    /// The type of the portable form's world.
    pub(super) portable_type: OnceLock<ComponentType>,
}

impl Interfaces {
    /// The type of the world at a place of the table, read once.
    ///
    /// # Errors
    /// A [`WitError`] where the program was built with text that is not WIT.
    pub(super) fn component_type(&self, position: usize) -> Result<&ComponentType, WitError> {
        let types =
            (self.types).get_or_init(|| self.worlds.iter().map(|_| OnceLock::new()).collect());
        if let Some(component_type) = types[position].get() {
            return Ok(component_type);
        }
        let world = &self.worlds[position];
        let world = wit::component_type(&self.folder(world), world.role)?;
        Ok(types[position].get_or_init(|| world))
    }

    /// The type of what is defined beside every world, read once.
    pub(super) fn portable_type(&self) -> Result<&ComponentType, WitError> {
        if let Some(portable) = self.portable_type.get() {
            return Ok(portable);
        }
        let folder = format!("{}/{}", self.family, self.portable);
        let portable = wit::component_type(&folder, self.portable)?;
        Ok(self.portable_type.get_or_init(|| portable))
    }

    /// The folder of a world's WIT, below `wit/`.
    pub(super) fn folder(&self, world: &World) -> String {
        format!("{}/since_v{}", self.family, world.since())
    }

    /// The place of a world in the table, by its role and name: a table that is a constant need not lie in memory
    /// once.
    ///
    /// # Errors
    /// [`EngineError::Setup`] where the table has no such world, and it cannot be compared with anything.
    pub(super) fn position(&self, world: &World) -> Result<usize, EngineError> {
        let mut worlds = self.worlds.iter();
        let position = worlds.position(|it| it.role == world.role && it.name == world.name);
        position.ok_or_else(|| EngineError::Setup {
            message: format!(
                "the API family `{}` knows no interfaces of its world `{}`",
                self.family, world.name
            ),
        })
    }

    /// The API version that brought a function which a world has first.
    pub(super) fn since(&self, world: &World, bare: &str) -> String {
        let later = self.later.iter().find(|(name, _)| *name == bare);
        later.map_or_else(|| world.since(), |(_, since)| (*since).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::api::family::Adapter;

    const fn world(name: &'static str, role: &'static str) -> World {
        let adapter = Adapter::Module {
            link: |_| Ok(()),
            prepare: |_| Err(wasmtime::Error::msg("it has nothing to run")),
        };
        World {
            name,
            role,
            serves: "*",
            adapter,
        }
    }

    static WORLDS: [World; 3] = [
        world("since_v1_0_0", "source"),
        world("since_v1_0_0", "parser"),
        world("since_v2_0_0", "parser"),
    ];

    #[test]
    fn a_world_is_found_by_its_role_and_name_and_one_that_is_not_there_is_an_error() {
        let interfaces = Interfaces {
            family: "magpie",
            worlds: &WORLDS,
            package: "magpie:plugin",
            later: &[],
            portable: "portable",
            types: OnceLock::new(),
            portable_type: OnceLock::new(),
        };
        let position = |name, role| interfaces.position(&world(name, role));
        assert_eq!(position("since_v1_0_0", "source").unwrap(), 0);
        assert_eq!(position("since_v1_0_0", "parser").unwrap(), 1);
        assert_eq!(position("since_v2_0_0", "parser").unwrap(), 2);
        let error = position("since_v2_0_0", "source").unwrap_err();
        assert!(
            error.to_string().ends_with(
                "the API family `magpie` knows no interfaces of its world `since_v2_0_0`"
            ),
            "{error}"
        );
    }
}
