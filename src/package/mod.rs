//! An extension as it lies on disk: manifest, declarative files, archive, capabilities, and the API version and type of
//! its component. Nothing here runs anything.

pub mod archive;
pub mod capability;
pub mod component_type;
pub mod declarative;
pub(crate) mod document;
pub mod manifest;
pub mod opened;
pub mod version;
