//! The text of a JSON or TOML file as one tree of values that know where they stand: JSON with comments and trailing
//! commas, as editors have it. Manifests alone are read from TOML's own tables, key by key.

mod json;
mod tree;

pub(crate) use self::{
    json::parse_json,
    tree::{Entry, Node, Value, parse_toml},
};

/// The reason why a text is not JSON or TOML, and the byte it is found at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) offset: Option<usize>,
    pub(crate) problem: String,
}
