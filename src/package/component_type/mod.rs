//! The type of a component: what it imports and exports, function by function.
//!
//! A world in WIT is the type of every component that fits it. Both a world's text and a component's
//! bytes are read into one form, [`ComponentType`], in which types have no names but their structure,
//! which is all that linking looks at; so two of them can be compared, and what differs can be shown.

mod binary;
mod difference;
mod name;
mod value;
mod wit;

use std::{collections::BTreeMap, fmt};

pub use self::{
    difference::TypeDifference,
    name::FunctionName,
    value::{FunctionType, ValueType},
    wit::WitError,
};

/// An import or export of a component or a world.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// A function.
    Function(FunctionType),
    /// A resource, whose functions are items of their own.
    Resource,
    /// What no world of ours has: a core module, a component, a value.
    Other(&'static str),
}

/// The imports and exports of a component or of a world. Types other than resources are left out: they
/// are part of the functions that use them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentType {
    /// What it needs.
    pub imports: BTreeMap<FunctionName, Item>,
    /// What it offers.
    pub exports: BTreeMap<FunctionName, Item>,
}

/// Returns the item of a name: at its own place, or else wherever its bare name stands, since functions move
/// from the root into interfaces.
pub(crate) fn find<'a>(
    items: &'a BTreeMap<FunctionName, Item>,
    name: &FunctionName,
) -> Option<(&'a FunctionName, &'a Item)> {
    items
        .get_key_value(name)
        .or_else(|| items.iter().find(|(other, _)| other.bare() == name.bare()))
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(function) => write!(formatter, "{function}"),
            Self::Resource => formatter.write_str("resource"),
            Self::Other(what) => formatter.write_str(what),
        }
    }
}
