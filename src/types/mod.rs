//! The neutral model: what crosses the boundary between a host and an extension, in the form that
//! belongs to no API version. Adapters convert it into the types of the version an extension was
//! built with, and back.
//!
//! The model grows with the API. Whatever a later version adds is an optional field, a new case or a
//! new type, so that no older adapter has to change.

mod command;
mod extension_id;
mod github;
mod installation;
mod language_server;
mod platform;

pub use self::{
    command::{Command, EnvironmentVariables},
    extension_id::{ExtensionId, ExtensionIdError},
    github::{GithubRelease, GithubReleaseAsset, GithubReleaseOptions},
    installation::{DownloadedFileKind, InstallationStatus},
    language_server::ServerId,
    platform::{Architecture, OperatingSystem},
};
