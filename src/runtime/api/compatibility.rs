//! Compatibility of components with worlds, by the types of their imports and exports.
//!
//! Linking finds out too, but late, in the engine's words, and not for exports whose types differ. What
//! is compared here is the structure of types alone, so the names of parameters do not matter.

use std::collections::BTreeMap;

use super::{family::World, interfaces::Interfaces};
use crate::base::hint::{ErrorKind, Hint};
use crate::package::component_type::{
    ComponentType, FunctionName, Item, TypeDifference, WitError, find,
};

/// The packages that are defined for every component: WASI preview 2. Their versions are the linker's
/// to compare.
const SYSTEM: [&str; 7] = [
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:http",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

/// One thing that keeps a component out of a world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Incompatibility {
    /// The component imports what the world does not have.
    #[error("it imports `{name}`, which {}", brought(since.as_deref()))]
    UnknownImport {
        /// The function, resource or interface.
        name: String,
        /// The API version that brought it; `None` where none has it.
        since: Option<String>,
    },
    /// The component imports something from a place where the world does not have it.
    #[error("it imports `{name}`, which is `{there}` in its API")]
    MovedImport {
        /// The function or resource, as the component names it.
        name: String,
        /// Its name in the world.
        there: String,
    },
    /// The component imports something under a name that is something else in the world.
    #[error("its import `{name}` is not the same: {difference}")]
    Import {
        /// The function.
        name: String,
        /// Where it differs first.
        difference: TypeDifference,
    },
    /// The component lacks an export that the world has.
    #[error("it does not export `{name}`")]
    MissingExport {
        /// The function.
        name: String,
    },
    /// The component exports something under a name that is something else in the world.
    #[error("its export `{name}` is not the same: {difference}")]
    Export {
        /// The function.
        name: String,
        /// Where it differs first.
        difference: TypeDifference,
    },
    /// The engine cannot link the component for a reason of another kind.
    #[error("{message}")]
    Link {
        /// What the engine says.
        message: String,
    },
}

impl Hint for Incompatibility {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Incompatible
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

/// Whether a function is WASI's.
fn is_of_system(name: &FunctionName) -> bool {
    name.package()
        .is_some_and(|package| SYSTEM.contains(&package))
}

fn brought(since: Option<&str>) -> String {
    match since {
        Some(since) => format!("came with API {since}"),
        None => "no API version has".into(),
    }
}

impl Interfaces {
    /// Everything that keeps a component out of the world at a place of the table.
    ///
    /// # Errors
    /// A [`WitError`] where the program was built with text that is not WIT.
    pub(crate) fn incompatibilities(
        &self,
        position: usize,
        component: &ComponentType,
    ) -> Result<Vec<Incompatibility>, WitError> {
        let world = self.component_type(position)?;
        let portable = self.portable_type()?;
        let mut incompatibilities = Vec::new();
        for (name, item) in &component.imports {
            if is_of_system(name) {
                continue;
            }
            match world
                .imports
                .get(name)
                .or_else(|| portable.imports.get(name))
            {
                Some(expected) => {
                    incompatibilities.extend(TypeDifference::between_items(item, expected).map(
                        |difference| Incompatibility::Import {
                            name: name.within(self.package),
                            difference,
                        },
                    ))
                }
                None => incompatibilities.push(match find(&world.imports, name) {
                    Some((there, _)) => Incompatibility::MovedImport {
                        name: name.within(self.package),
                        there: there.within(self.package),
                    },
                    None => Incompatibility::UnknownImport {
                        name: name.within(self.package),
                        since: self.brought(name)?,
                    },
                }),
            }
        }
        for (name, expected) in &world.exports {
            match component.exports.get(name) {
                Some(item) => {
                    incompatibilities.extend(TypeDifference::between_items(item, expected).map(
                        |difference| Incompatibility::Export {
                            name: name.within(self.package),
                            difference,
                        },
                    ))
                }
                None => incompatibilities.push(Incompatibility::MissingExport {
                    name: name.within(self.package),
                }),
            }
        }
        Ok(incompatibilities)
    }

    /// The newest world of a role that a component fits.
    ///
    /// # Errors
    /// A [`WitError`] where the program was built with text that is not WIT.
    pub(crate) fn newest_fitting(
        &self,
        role: &str,
        component: &ComponentType,
    ) -> Result<Option<&'static World>, WitError> {
        for (position, world) in self.worlds.iter().enumerate().rev() {
            if world.role == role && self.incompatibilities(position, component)?.is_empty() {
                return Ok(Some(world));
            }
        }
        Ok(None)
    }

    /// What a component exports that other worlds have and its own does not: it is never asked.
    ///
    /// # Errors
    /// A [`WitError`] where the program was built with text that is not WIT.
    pub(crate) fn unused_exports(
        &self,
        position: usize,
        component: &ComponentType,
    ) -> Result<Vec<String>, WitError> {
        let own = &self.component_type(position)?.exports;
        let mut names = Vec::new();
        for name in component
            .exports
            .keys()
            .filter(|name| !own.contains_key(name))
        {
            for world in 0..self.worlds.len() {
                if self.component_type(world)?.exports.contains_key(name) {
                    names.push(name.within(self.package));
                    break;
                }
            }
        }
        Ok(names)
    }

    /// The API version that brought an import, wherever it stands now.
    fn brought(&self, name: &FunctionName) -> Result<Option<String>, WitError> {
        for (position, world) in self.worlds.iter().enumerate() {
            if find(&self.component_type(position)?.imports, name).is_some() {
                return Ok(Some(self.since(world, name.bare())));
            }
        }
        Ok(None)
    }
}

/// The functions that a component imports from the host, WASI's apart, each as people write it who know these
/// packages. The key of what is at the root or of one of them is its bare name, since functions move from the
/// root into interfaces; that of any other has its interface too, without a version.
pub(super) fn imported_functions(
    component: &ComponentType,
    packages: &[&'static str],
) -> BTreeMap<String, String> {
    let functions = component
        .imports
        .iter()
        .filter(|(_, item)| matches!(item, Item::Function(_)));
    let known = |name: &FunctionName| {
        let mut packages = packages.iter().copied();
        packages.find(|package| name.package() == Some(package))
    };
    let key = |name: &FunctionName| match &name.interface {
        Some(interface) if known(name).is_none() => {
            let interface = interface.split('@').next().unwrap_or_default();
            format!("{interface}.{}", name.bare())
        }
        _ => name.bare().to_owned(),
    };
    functions
        .filter(|(name, _)| !is_of_system(name))
        .map(|(name, _)| (key(name), name.within(known(name).unwrap_or_default())))
        .collect()
}
