//! The API version of a component: read from the component itself, before anything is compiled, and
//! checked against what the adapters serve.
//!
//! Every component built with a published `zed_extension_api` carries the crate's version in a custom
//! section, `zed:api-version`: six bytes, three big-endian 16-bit numbers. Nothing else tells the
//! generations apart: their worlds import the same names, and many components link in a wrong one.

mod error;
mod function_bounds;
mod name_counts;
mod outline;
mod section;

use crate::base::hint::{ErrorKind, Hint};

pub use self::{
    error::ComponentError,
    outline::{Artefact, Outline},
    section::{api_version, check_component},
};
pub(crate) use self::{
    name_counts::NameCounts,
    outline::module_imports,
    section::{version_data, version_of},
};

/// The name of the custom section that holds the API version.
pub const API_VERSION_SECTION: &str = "zed:api-version";

/// The reason why no adapter serves a component's API version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsupportedApi {
    /// The component was built with an API newer than any this host knows.
    #[error(
        "the extension was built with API {actual}, newer than the newest this host serves, {newest}"
    )]
    TooNew {
        /// The component's API version.
        actual: semver::Version,
        /// The newest range this host serves.
        newest: semver::VersionReq,
    },
    /// The component was built with an API older than any this host knows.
    #[error(
        "the extension was built with API {actual}, older than the oldest this host serves, {oldest}"
    )]
    TooOld {
        /// The component's API version.
        actual: semver::Version,
        /// The oldest range this host serves.
        oldest: semver::VersionReq,
    },
    /// The component's API version lies between two that this host serves.
    #[error(
        "the extension was built with API {actual}, which no adapter serves: this host serves {below} and {above}"
    )]
    Gap {
        /// The component's API version.
        actual: semver::Version,
        /// The range below it.
        below: semver::VersionReq,
        /// The range above it.
        above: semver::VersionReq,
        /// The way out, in the family's own words.
        rebuild: &'static str,
    },
    /// The family has no such role.
    #[error("the API family `{family}` has no role `{role}`")]
    Role {
        /// The family's name.
        family: String,
        /// The role.
        role: String,
    },
    /// What a world of the family says it serves is not a semver requirement.
    #[error(
        "the world `{world}` of the API family `{family}` serves `{serves}`, which is not a semver requirement"
    )]
    Table {
        /// The family's name.
        family: String,
        /// The world's name.
        world: String,
        /// What it says.
        serves: String,
    },
    /// The family of APIs is not one this host knows.
    #[error("this host knows no API family `{family}`")]
    Family {
        /// The family's name.
        family: String,
    },
}

impl Hint for UnsupportedApi {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Table { .. } => ErrorKind::Internal,
            _ => ErrorKind::Incompatible,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::TooNew { .. } => {
                "update this host, or install an earlier version of the extension".into()
            }
            Self::TooOld { .. } | Self::Role { .. } | Self::Family { .. } => {
                "ask the extension's author for a build with a published API version".into()
            }
            Self::Table { .. } => "report it to the author of this host".into(),
            Self::Gap { rebuild, .. } => {
                format!("the API never had this version, or withdrew it: {rebuild}")
            }
        })
    }
}
