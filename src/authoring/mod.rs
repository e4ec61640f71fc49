//! Tools of an extension's author: the rules of a registry, the build, a folder kept live while it is edited, and the
//! packing of what lies in a repository.

pub mod builder;
pub mod check;
pub mod dev;
pub mod packing;
