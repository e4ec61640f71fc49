//! Annexe.

mod api;
pub mod archive;
pub mod capability;
pub mod delegate;
pub mod digest;
mod engine;
mod extension;
mod fs;
mod host;
pub mod manifest;
pub mod registry;
mod services;
pub mod types;
pub mod version;

pub use self::{
    api::extension::{CallError, EXPORTS, Export, Lendable},
    engine::{
        CacheConfiguration, CacheSize, CodeOrigin, Component, EngineError, LimitExceeded, Limits,
    },
    extension::Extension,
    host::{Fit, Host, HostBuilder, HostError, Identity},
};
