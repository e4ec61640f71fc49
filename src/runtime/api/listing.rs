//! Listings of what the worlds import and export, read from their WIT, with the versions that brought and changed
//! each function.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{families::Families, family::World, interfaces::Interfaces};
use crate::package::component_type::{ComponentType, FunctionName, Item, WitError, find};

/// A world: which API versions it serves, and what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WorldListing {
    /// The API family.
    pub family: &'static str,
    /// The adapter's name: `since_v0_6_0`.
    pub adapter: &'static str,
    /// The API versions it serves, as a semver requirement.
    pub serves: &'static str,
    /// The first of them.
    pub since: String,
    /// What the host does for its extensions.
    pub imports: Vec<Listed>,
    /// What the host may ask of them.
    pub exports: Vec<Listed>,
}

/// A function of a world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// Its name, a method's with its resource: `worktree.which`.
    pub name: String,
    /// The interface it stands in: `zed:extension/github`; `None` at the root.
    pub interface: Option<String>,
    /// The API version that brought it, at the root or in whatever interface.
    pub since: String,
    /// The worlds' first versions in which its types were others than in the world before.
    pub changed: Vec<String>,
    /// Its type in this world, with every type written out.
    pub signature: String,
}

impl fmt::Display for Listed {
    /// As people write it: `download-file`, `github.latest-github-release`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a family's worlds have is of the family's own package.
        if let Some((_, interface)) = self.interface.as_deref().and_then(|it| it.rsplit_once('/')) {
            write!(formatter, "{interface}.")?;
        }
        formatter.write_str(&self.name)
    }
}

/// All worlds, oldest first, of every default family that has them in WIT.
///
/// # Errors
/// A [`WitError`] where the program was built with text that is not WIT.
pub fn worlds() -> Result<Vec<WorldListing>, WitError> {
    let families = Families::default();
    let interfaces = families.all().filter_map(|family| family.interfaces());
    let lists: Vec<Vec<WorldListing>> = interfaces.map(list).collect::<Result<_, _>>()?;
    Ok(lists.concat())
}

/// A side of a world: its imports or its exports.
type Side = fn(&ComponentType) -> &BTreeMap<FunctionName, Item>;

fn list(family: &'static Interfaces) -> Result<Vec<WorldListing>, WitError> {
    let mut listings = Vec::new();
    let mut worlds = Vec::new();
    for (position, world) in family.worlds.iter().enumerate() {
        worlds.push((world, family.component_type(position)?));
        let of_role = worlds.iter().copied();
        let of_role: Vec<_> = of_role.filter(|(it, _)| it.role == world.role).collect();
        listings.push(WorldListing {
            family: family.family,
            adapter: world.name,
            serves: world.serves,
            since: world.since(),
            imports: functions(family, &of_role, |world| &world.imports),
            exports: functions(family, &of_role, |world| &world.exports),
        });
    }
    Ok(listings)
}

/// The functions of the last of some worlds, with what the worlds before had.
fn functions(family: &Interfaces, worlds: &[(&World, &ComponentType)], side: Side) -> Vec<Listed> {
    let Some((_, last)) = worlds.last() else {
        return Vec::new();
    };
    let functions = side(last).iter().filter_map(|(name, item)| match item {
        Item::Function(function) => Some((name, function)),
        _ => None,
    });
    functions
        .map(|(name, function)| {
            let mut before = None;
            let mut since = None;
            let mut changed = Vec::new();
            for (world, component_type) in worlds {
                let Some((_, found)) = find(side(component_type), name) else {
                    continue;
                };
                since.get_or_insert_with(|| family.since(world, name.bare()));
                if before.is_some_and(|before| before != found) {
                    changed.push(world.since());
                }
                before = Some(found);
            }
            Listed {
                name: name.bare().to_owned(),
                interface: name.interface.clone(),
                since: since.unwrap_or_default(),
                changed,
                signature: function.to_string(),
            }
        })
        .collect()
}
