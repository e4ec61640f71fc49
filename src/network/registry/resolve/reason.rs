//! Reasons for passing over a version, in words.

use std::{fmt, ops::RangeInclusive, time::Duration};

use semver::{Version, VersionReq};

use super::super::index_file::Withdrawal;
use crate::base::{
    printable::printable,
    timestamp::Timestamp,
    types::{ExtensionVersion, VersionRequirement},
};

/// A version that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The version.
    pub version: ExtensionVersion,
    /// Why.
    pub reason: RejectReason,
}

/// The reason for which a version could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The requirement does not ask for it.
    NotAskedFor {
        /// The requirement.
        requirement: VersionRequirement,
    },
    /// Another version is pinned.
    Pinned {
        /// The only version that will do.
        to: ExtensionVersion,
    },
    /// It is known to do harm.
    Blocked(Withdrawal),
    /// It was withdrawn.
    Yanked(Withdrawal),
    /// It is a preview.
    Preview,
    /// The host does not read its manifest's schema.
    Schema {
        /// The manifest's schema.
        schema: u32,
        /// The schemas the host reads.
        served: RangeInclusive<u32>,
    },
    /// The host does not serve its API.
    Api {
        /// The API family.
        family: String,
        /// The API version it needs.
        api: Version,
        /// What the host serves, as a clause.
        served: String,
    },
    /// It needs another version of the host.
    Host {
        /// The host versions it works with.
        requirement: VersionReq,
        /// The host's version.
        host_version: Version,
    },
    /// It does not work on this platform.
    Platform {
        /// The platforms it works on.
        platforms: Vec<String>,
        /// This platform.
        platform: String,
    },
    /// The host serves its API, and was told to leave it alone.
    ApiLimit {
        /// The API family.
        family: String,
        /// The API version it needs.
        api: Version,
        /// The API versions the host is limited to.
        limit: VersionReq,
    },
    /// It did not start on this machine.
    Failed,
    /// It has not been published for long enough.
    TooYoung {
        /// When it was published.
        published: Timestamp,
        /// How long a version must have been published.
        minimum_age: Duration,
    },
}

impl RejectReason {
    /// Whether a request for exactly this version gets it all the same.
    pub(super) fn yields_to_exact(&self) -> bool {
        matches!(self, Self::Failed | Self::TooYoung { .. })
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAskedFor { requirement } => write!(formatter, "is not in `{requirement}`"),
            Self::Pinned { to } => write!(formatter, "is not {to}, to which it is pinned"),
            Self::Blocked(withdrawal) => write_withdrawal(formatter, "is blocked", withdrawal),
            Self::Yanked(withdrawal) => write_withdrawal(formatter, "was yanked", withdrawal),
            Self::Preview => formatter.write_str("is a preview"),
            Self::Schema { schema, served } => write!(
                formatter,
                "needs manifest schema {schema}, this host reads {} to {}",
                served.start(),
                served.end()
            ),
            Self::Api {
                family,
                api,
                served,
            } => {
                write!(formatter, "needs {} API {api}, {served}", printable(family))
            }
            Self::Host {
                requirement,
                host_version,
            } => {
                write!(
                    formatter,
                    "needs a host `{requirement}`, this one is {host_version}"
                )
            }
            Self::Platform {
                platforms,
                platform,
            } => write!(
                formatter,
                "works on {}, this is {platform}",
                printable(&platforms.join(", "))
            ),
            Self::ApiLimit { family, api, limit } => write!(
                formatter,
                "needs {} API {api}, this host is limited to `{limit}`",
                printable(family)
            ),
            Self::Failed => formatter.write_str("did not start on this machine"),
            Self::TooYoung {
                published,
                minimum_age,
            } => write!(
                formatter,
                "was published at {published}, less than {} ago",
                in_words(*minimum_age)
            ),
        }
    }
}

fn write_withdrawal(
    formatter: &mut fmt::Formatter<'_>,
    verb: &str,
    withdrawal: &Withdrawal,
) -> fmt::Result {
    formatter.write_str(verb)?;
    if let Some(reason) = &withdrawal.reason {
        write!(formatter, ": {}", printable(reason))?;
    }
    if let Some(replacement) = &withdrawal.replacement {
        write!(formatter, "; use `{}` instead", printable(replacement))?;
    }
    Ok(())
}

/// A time in the largest unit that divides it: `3 days`, `1 hour`, `90 minutes`.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60)];
    let whole = units
        .into_iter()
        .find(|(_, length)| seconds >= *length && seconds.is_multiple_of(*length));
    let (unit, length) = whole.unwrap_or(("second", 1));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.version, self.reason)
    }
}
