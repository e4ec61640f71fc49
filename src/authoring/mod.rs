//! Tools of an extension's author: the rules of a registry, the build, and a folder kept live while it is edited.

pub mod builder;
pub mod check;
pub mod dev;
