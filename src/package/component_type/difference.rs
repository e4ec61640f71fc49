//! Differences between two functions.

use std::fmt;

use super::{
    Item,
    value::{FunctionType, ValueType},
};

/// The longest text of a type that is shown, in characters.
const SHOWN: usize = 160;

/// The first place where a component's function is not that of a world.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct TypeDifference {
    /// Where: `parameter 2, field kind`; the function itself where it is empty.
    pub place: String,
    /// What the component has there, as WIT writes it.
    pub component: String,
    /// What the world has there.
    pub world: String,
}

impl fmt::Display for TypeDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            component,
            world,
        } = self;
        if !place.is_empty() {
            write!(formatter, "{place} ")?;
        }
        write!(formatter, "is `{component}` and must be `{world}`")
    }
}

impl TypeDifference {
    /// Returns the difference between a component's item of a name and a world's; `None` where
    /// there is none.
    pub fn between_items(component: &Item, world: &Item) -> Option<Self> {
        match (component, world) {
            (Item::Function(component), Item::Function(world)) => Self::between(component, world),
            _ if component == world => None,
            _ => Some(Self::at(String::new(), component, world)),
        }
    }

    /// Returns the first difference between a component's function and a world's; `None` where there is none.
    pub fn between(component: &FunctionType, world: &FunctionType) -> Option<Self> {
        if component.parameters.len() != world.parameters.len() {
            return Some(Self::at(String::new(), component, world));
        }
        let pairs = component.parameters.iter().zip(&world.parameters);
        let parameter = pairs
            .enumerate()
            .find_map(|(place, ((_, component), (name, world)))| {
                Self::of_values(
                    format!("parameter {} ({name})", place + 1),
                    component,
                    world,
                )
            });
        parameter.or_else(|| match (&component.result, &world.result) {
            (Some(component), Some(world)) => {
                Self::of_values("its result".into(), component, world)
            }
            (None, None) => None,
            _ => Some(Self::at(String::new(), component, world)),
        })
    }

    /// Goes down to the first part that differs by itself.
    fn of_values(place: String, component: &ValueType, world: &ValueType) -> Option<Self> {
        use ValueType as V;
        if component == world {
            return None;
        }
        let inner = match (component, world) {
            (V::List(component), V::List(world)) => {
                Self::of_values(format!("{place}, each item"), component, world)
            }
            (V::Option(component), V::Option(world)) => {
                Self::of_values(place.clone(), component, world)
            }
            (V::Result(Some(component), a), V::Result(Some(world), b)) if a == b => {
                Self::of_values(format!("{place}, its value"), component, world)
            }
            (V::Record(ours), V::Record(theirs)) if names(ours) == names(theirs) => ours
                .iter()
                .zip(theirs)
                .find_map(|((name, component), (_, world))| {
                    Self::of_values(format!("{place}, field `{name}`"), component, world)
                }),
            (V::Variant(ours), V::Variant(theirs)) if names(ours) == names(theirs) => ours
                .iter()
                .zip(theirs)
                .find_map(|((name, component), (_, world))| {
                    let place = format!("{place}, case `{name}`");
                    Self::of_values(place, component.as_ref()?, world.as_ref()?)
                }),
            (V::Tuple(ours), V::Tuple(theirs)) if ours.len() == theirs.len() => ours
                .iter()
                .zip(theirs)
                .enumerate()
                .find_map(|(at, (component, world))| {
                    Self::of_values(format!("{place}, item {}", at + 1), component, world)
                }),
            _ => None,
        };
        inner.or_else(|| Some(Self::at(place, component, world)))
    }

    fn at(place: String, component: &impl fmt::Display, world: &impl fmt::Display) -> Self {
        Self {
            place,
            component: shown(component),
            world: shown(world),
        }
    }
}

fn names<T>(named: &[(String, T)]) -> Vec<&str> {
    named.iter().map(|(name, _)| name.as_str()).collect()
}

fn shown(what: &impl fmt::Display) -> String {
    let text = what.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
