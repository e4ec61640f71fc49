//! The runtime of extensions: the engine, the API families and their adapters, the services of guests, and the
//! supervised instance.

pub mod api;
pub mod delegate;
pub(crate) mod engine;
pub(crate) mod extension;
pub(crate) mod host;
pub(crate) mod limits;
pub mod sandbox;
pub(crate) mod services;
pub mod settings;
