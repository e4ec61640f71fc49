//! The host's side of a choice: what it can run, what its user accepts, and what follows for one version.

use std::{fmt, ops::RangeInclusive, time::Duration};

use semver::{Prerelease, Version, VersionReq};

use super::super::{
    index_file::{IndexedVersion, State},
    line::{Channel, VersionLine},
};
use super::reason::RejectReason;
use crate::base::{
    timestamp::Timestamp,
    types::{ExtensionVersion, VersionRequirement},
};

/// A function that says whether a host serves a family's API version. The error is the clause that ends
/// "2.0.0 needs extension API 0.9.0, …": `this host serves 0.0.1 to 0.7`.
pub type ApiSupport<'a> = dyn Fn(&str, &Version) -> Result<(), String> + Send + Sync + 'a;

/// The versions that this host can run and the user accepts.
///
/// [`HostSupport::new`] asks for what every host has; the other fields are set afterwards.
#[non_exhaustive]
pub struct HostSupport<'a> {
    /// Whether the host serves a family's API version.
    pub api: &'a ApiSupport<'a>,
    /// The manifest schemas the host reads.
    pub schemas: RangeInclusive<u32>,
    /// The host's own version.
    pub host_version: Version,
    /// The platform, operating system first: `linux-x86_64`.
    pub platform: String,
    /// [`Channel::Preview`] takes versions of both channels, pre-releases included. Default:
    /// [`Channel::Stable`].
    pub channel: Channel,
    /// How long a version must have been published before it is taken, so that others meet what is
    /// wrong with it first; one that is asked for exactly is taken at once. Default: no time.
    pub minimum_age: Duration,
    /// The moment from which ages are counted. Default: when this was made.
    pub now: Timestamp,
    /// Only this version will do. Default: none is pinned.
    pub pinned: Option<ExtensionVersion>,
    /// Versions that did not start on this machine; one that is asked for exactly is tried again.
    /// Default: none.
    pub failed: Vec<ExtensionVersion>,
    /// The API versions the user limits the host to, of those it serves. Default: all.
    pub api_limit: Option<VersionReq>,
    /// The one yanked version that will do, because it is installed or locked already. A blocked one
    /// never will. Default: none.
    pub yanked: Option<ExtensionVersion>,
}

impl fmt::Debug for HostSupport<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HostSupport")
            .field("schemas", &self.schemas)
            .field("host_version", &self.host_version)
            .field("platform", &self.platform)
            .field("channel", &self.channel)
            .field("minimum_age", &self.minimum_age)
            .field("now", &self.now)
            .field("pinned", &self.pinned)
            .field("failed", &self.failed)
            .field("api_limit", &self.api_limit)
            .field("yanked", &self.yanked)
            .finish_non_exhaustive()
    }
}

impl<'a> HostSupport<'a> {
    /// A host that takes what is stable, of any age, and has no other wishes.
    pub fn new(
        api: &'a ApiSupport<'a>,
        schemas: RangeInclusive<u32>,
        host_version: Version,
        platform: String,
    ) -> Self {
        Self {
            api,
            schemas,
            host_version,
            platform,
            channel: Channel::Stable,
            minimum_age: Duration::ZERO,
            now: Timestamp::now(),
            pinned: None,
            failed: Vec::new(),
            api_limit: None,
            yanked: None,
        }
    }

    /// The first reason against a version, in the order a user would want to hear it: what was
    /// asked for, what the registry says, what cannot run here however long one waits, and last what
    /// a wish of the user's alone stands against.
    pub(super) fn reason_against(
        &self,
        candidate: &IndexedVersion,
        requirement: &VersionRequirement,
        prereleases_will_do: bool,
    ) -> Option<RejectReason> {
        self.not_wanted(&candidate.line, requirement, prereleases_will_do)
            .or_else(|| self.withdrawn(candidate, requirement))
            .or_else(|| self.cannot_run(&candidate.line))
            .or_else(|| self.not_yet(&candidate.line, requirement))
    }

    fn not_wanted(
        &self,
        line: &VersionLine,
        requirement: &VersionRequirement,
        prereleases_will_do: bool,
    ) -> Option<RejectReason> {
        let version = &line.version;
        if !requirement.matches(version) {
            let is_preview = version.is_prerelease() && requirement.matches(&version.release());
            match (is_preview, self.channel) {
                (true, Channel::Preview) => {}
                (true, _) if prereleases_will_do => {}
                (true, _) => return Some(RejectReason::Preview),
                (false, _) => {
                    return Some(RejectReason::NotAskedFor {
                        requirement: requirement.clone(),
                    });
                }
            }
        }
        let to = self.pinned.as_ref()?;
        (!to.reads_as(&line.version)).then(|| RejectReason::Pinned { to: to.clone() })
    }

    fn withdrawn(
        &self,
        candidate: &IndexedVersion,
        requirement: &VersionRequirement,
    ) -> Option<RejectReason> {
        let line = &candidate.line;
        // A stable channel takes no pre-release unless the requirement names one.
        let is_named = is_exactly(requirement, &line.version) || line.version.is_prerelease();
        let allowed = || {
            self.yanked
                .as_ref()
                .is_some_and(|it| it.reads_as(&line.version))
        };
        match &candidate.state {
            State::Blocked(withdrawal) => Some(RejectReason::Blocked(withdrawal.clone())),
            State::Yanked(withdrawal) if !allowed() => {
                Some(RejectReason::Yanked(withdrawal.clone()))
            }
            _ if line.channel == Channel::Preview
                && self.channel == Channel::Stable
                && !is_named =>
            {
                Some(RejectReason::Preview)
            }
            _ => None,
        }
    }

    fn cannot_run(&self, line: &VersionLine) -> Option<RejectReason> {
        if !self.schemas.contains(&line.schema) {
            let served = self.schemas.clone();
            return Some(RejectReason::Schema {
                schema: line.schema,
                served,
            });
        }
        if let Some(api) = &line.api
            && let Err(served) = (self.api)(&line.family, api)
        {
            return Some(RejectReason::Api {
                family: line.family.clone(),
                api: api.clone(),
                served,
            });
        }
        if let Some(requirement) = &line.requires.host
            && !requirement.matches(&without_prerelease(&self.host_version))
        {
            let host_version = self.host_version.clone();
            return Some(RejectReason::Host {
                requirement: requirement.clone(),
                host_version,
            });
        }
        let platforms = &line.requires.platforms;
        if !platforms.is_empty() && !platforms.iter().any(|one| self.is_platform(one)) {
            let platform = self.platform.clone();
            return Some(RejectReason::Platform {
                platforms: platforms.clone(),
                platform,
            });
        }
        None
    }

    fn not_yet(
        &self,
        line: &VersionLine,
        requirement: &VersionRequirement,
    ) -> Option<RejectReason> {
        if let (Some(api), Some(limit)) = (&line.api, &self.api_limit)
            && !limit.matches(&without_prerelease(api))
        {
            return Some(RejectReason::ApiLimit {
                family: line.family.clone(),
                api: api.clone(),
                limit: limit.clone(),
            });
        }
        if is_exactly(requirement, &line.version) {
            return None;
        }
        if self.failed.iter().any(|one| one.reads_as(&line.version)) {
            return Some(RejectReason::Failed);
        }
        // A publisher's clock that is ahead makes no version old enough.
        let age = self.now.unix_seconds() - line.published.unix_seconds();
        let age = Duration::from_secs(u64::try_from(age).unwrap_or(0));
        (age < self.minimum_age).then_some(RejectReason::TooYoung {
            published: line.published,
            minimum_age: self.minimum_age,
        })
    }

    /// `linux` stands for every `linux-…`.
    fn is_platform(&self, name: &str) -> bool {
        self.platform
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

fn is_exactly(requirement: &VersionRequirement, version: &ExtensionVersion) -> bool {
    (requirement.exact()).is_some_and(|exact| exact.reads_as(version))
}

/// A development build `0.2.0-dev` counts as 0.2.0 where an extension asks for `>=0.1`.
fn without_prerelease(version: &Version) -> Version {
    Version {
        pre: Prerelease::EMPTY,
        ..version.clone()
    }
}
