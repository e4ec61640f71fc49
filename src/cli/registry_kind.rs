//! The kinds of registries, as the configuration and `annexe source add` name them.

use annexe::registry::{Location, ZED_REGISTRY};
use serde::{Deserialize, Serialize};

/// The kind of a registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryKind {
    /// Static files in Annexe's own format, which any web server or folder has
    #[default]
    Annexe,
    /// A service of the interface that Zed's own registry has
    Zed,
}

impl RegistryKind {
    /// The kind of the registry at a location.
    pub fn of(location: &Location) -> Self {
        match location {
            Location::Zed(_) => Self::Zed,
            _ => Self::Annexe,
        }
    }

    /// The name that stands for a kind's own service, where a user gives no location.
    pub fn named(name: &str) -> Option<Self> {
        (name == "zed").then_some(Self::Zed)
    }

    /// The location of a registry of this kind; without one, that of the kind's own service.
    ///
    /// # Errors
    /// A sentence, where a registry of this kind cannot be there.
    pub fn locate(self, location: Option<Location>) -> Result<Location, String> {
        match (self, location) {
            (Self::Zed, None) => match ZED_REGISTRY.parse() {
                Ok(Location::Http(address)) => Ok(Location::Zed(address)),
                _ => Err("the address of Zed's registry is not one".into()),
            },
            (Self::Zed, Some(Location::Http(address) | Location::Zed(address))) => {
                Ok(Location::Zed(address))
            }
            (Self::Zed, Some(_)) => Err(
                "a registry of the kind `zed` is a service: give its address with `https://`"
                    .into(),
            ),
            (Self::Annexe, None) => Err("missing field `location`".into()),
            (Self::Annexe, Some(location)) => Ok(location),
        }
    }
}
