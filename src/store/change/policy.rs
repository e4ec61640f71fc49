//! The policy of which versions may be chosen, beyond what was asked for.

use std::time::Duration;

use semver::{Version, VersionReq};

use super::release::Release;
use crate::{
    base::types::VersionRequirement,
    network::registry::{
        ApiSupport, Channel, HostSupport, Listing, RegistryId,
        format::{Candidate, candidates},
    },
    package::{manifest::Manifest, version::UnsupportedApi},
    runtime::api::Families,
    store::disk::installed::Installed,
};

/// The policy of which versions may be chosen, beyond what was asked for and what the host can run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// [`Channel::Preview`] takes previews and pre-releases too. Default: [`Channel::Stable`].
    pub channel: Channel,
    /// How long a version must have been published. Default: no time at all. A version that is asked
    /// for by its exact number need not wait.
    pub minimum_age: Duration,
    /// The API versions that extensions may be built with, where the host is to serve fewer than it
    /// can. Default: all it can.
    pub api: Option<VersionReq>,
}

impl Policy {
    /// Returns the versions of a registry that can be chosen under this policy in place of the installed one.
    pub(in crate::store) fn support<'a>(
        &self,
        installed: Option<&Installed>,
        registry: &RegistryId,
        api: &'a ApiSupport<'a>,
    ) -> HostSupport<'a> {
        let schemas = 0..=u32::try_from(Manifest::NEWEST_SCHEMA_VERSION).unwrap_or_default();
        let mut support = HostSupport::new(api, schemas, host_version(), platform());
        support.channel = self.channel;
        support.minimum_age = self.minimum_age;
        support.api_limit = self.api.clone();
        // From elsewhere, the same number may stand for other bytes.
        let is_of_registry =
            |installed: &&Installed| installed.origin.registry() == Some(registry.as_str());
        if let Some(installed) = installed.filter(is_of_registry) {
            let failed = installed.failed.iter();
            support.failed = failed.map(|failed| failed.version.clone()).collect();
            // It is here already: it stays though it was withdrawn for others.
            support.yanked = Some(installed.version.clone());
        }
        support
    }
}

impl Policy {
    /// Every version of what a registry has, the greatest first, and what becomes of each on a host of these API
    /// families, where nothing is installed yet: what [`Store::explain`](crate::store::Store::explain) tells, of a
    /// listing that is at hand.
    pub fn candidates(
        &self,
        listing: &Listing,
        requirement: &VersionRequirement,
        families: &Families,
    ) -> Vec<Candidate> {
        let served = served_by(families);
        let support = self.support(None, listing.registry.id(), &served);
        candidates(&listing.index, requirement, &support)
    }

    /// The API family and version of a release, and the limit that it is beyond, where it is.
    pub(in crate::store) fn beyond_limit(
        &self,
        release: &Release,
    ) -> Option<(String, Version, VersionReq)> {
        let (api, limit) = (release.api.as_ref()?, self.api.as_ref()?);
        let plain = Version {
            pre: semver::Prerelease::EMPTY,
            ..api.clone()
        };
        let is_beyond = !limit.matches(&plain);
        is_beyond.then(|| (release.family.clone(), api.clone(), limit.clone()))
    }
}

fn host_version() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0))
}

/// The platform as the index names it.
fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Whether one of these families serves an API version; the error is the end of "2.0.0 needs extension API
/// 0.9.0, …".
pub(super) fn served_by(
    families: &Families,
) -> impl Fn(&str, &Version) -> Result<(), String> + Send + Sync + '_ {
    |family, api| (families.supports(family, api)).map_err(|error| clause(&error))
}

/// The end of "2.0.0 needs extension API 0.9.0, …".
fn clause(error: &UnsupportedApi) -> String {
    match error {
        UnsupportedApi::TooNew { newest, .. } => {
            format!("the newest this host serves is `{newest}`")
        }
        UnsupportedApi::TooOld { oldest, .. } => {
            format!("the oldest this host serves is `{oldest}`")
        }
        UnsupportedApi::Gap { below, above, .. } => {
            format!("this host serves `{below}` and `{above}`")
        }
        UnsupportedApi::Table { .. } => "a family whose table of worlds cannot be read".into(),
        UnsupportedApi::Role { .. } => "a role this host does not know".into(),
        UnsupportedApi::Family { .. } => "a family this host does not know".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manifest_format_is_installed_and_other_families_are_refused() {
        let families = Families::default();
        let served = served_by(&families);
        let registry = RegistryId::embedded();
        let host = Policy::default().support(None, &registry, &served);
        assert_eq!(host.schemas, 0..=1);
        assert_eq!(host.host_version.to_string(), env!("CARGO_PKG_VERSION"));
        let refused = (host.api)("producer", &Version::new(0, 1, 0)).unwrap_err();
        assert_eq!(refused, "a family this host does not know");
        assert!(
            (host.api)("extension", &Version::new(999, 0, 0))
                .unwrap_err()
                .contains("newest")
        );
    }
}
