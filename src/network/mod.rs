//! All that asks a server: the HTTP client, and the registries read and written with it.

pub(crate) mod http;
pub mod registry;
