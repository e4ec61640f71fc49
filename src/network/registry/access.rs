//! Access to registries: the settings that all of them share.

use std::{path::PathBuf, sync::Arc};

use super::{
    bindings::Bindings, freshness::OldestCatalogues, oci::ContainerLogins, served::ServedVersions,
};
use crate::network::http::HttpOptions;

/// The settings for reaching registries.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Access {
    /// The settings of HTTP, credentials included.
    pub http: HttpOptions,
    /// The folder in which what web servers said is kept, so that it need not be transferred again
    /// and a registry that goes back on its word is noticed. Archives are not kept there. Default:
    /// nothing is kept.
    pub cache: Option<PathBuf>,
    /// No web server is asked: what the cache has is used, and nothing else. The embedded registry
    /// and folders work as ever. Default: no.
    pub offline: bool,
    /// Archives that no registry has may come over plain `http` from another machine. Default: no.
    pub insecure: bool,
    /// The user's notes of where each named registry was first. A registry that is configured elsewhere is
    /// refused until [`Bindings::accept`]. Default: nothing is noted, and every location is believed.
    pub bindings: Option<Bindings>,
    /// The versions that this host can run, which registries are told that choose for their clients. Default: as
    /// [`ServedVersions`].
    pub served: ServedVersions,
    /// The ages from which installations and updates refuse what registries say. Default: as each says itself.
    pub oldest: OldestCatalogues,
    /// The user's logins at container registries. Default: none, and what anybody may read is read.
    pub container_logins: Option<Arc<dyn ContainerLogins>>,
}
