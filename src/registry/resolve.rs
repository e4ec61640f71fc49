//! Which version to take: the greatest that is asked for, offered, and served by this host. What is
//! passed over keeps its reason, so a refusal explains itself.

use std::{fmt, ops::RangeInclusive};

use semver::{Prerelease, Version, VersionReq};

use super::{Channel, IndexFile, IndexedVersion, State, VersionLine, Withdrawal, printable};
use crate::types::ExtensionId;

/// What this host can run, and what the person accepts.
pub struct HostSupport<'a> {
    /// Whether the host serves a family's API version. The error is the clause that ends
    /// "2.0.0 needs extension API 0.9.0, …": `this host serves 0.0.1 to 0.7`.
    pub api: &'a (dyn Fn(&str, &Version) -> Result<(), String> + Send + Sync),
    /// The manifest schemas the host reads.
    pub schemas: RangeInclusive<u32>,
    /// The host's own version.
    pub host_version: Version,
    /// The platform, operating system first: `linux-x86_64`.
    pub platform: String,
    /// [`Channel::Preview`] takes versions of both channels, pre-releases included.
    pub channel: Channel,
    /// Takes a yanked version too, as a lockfile or an exact request may. A blocked one is never taken.
    pub allow_yanked: bool,
}

impl fmt::Debug for HostSupport<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HostSupport")
            .field("schemas", &self.schemas)
            .field("host_version", &self.host_version)
            .field("platform", &self.platform)
            .field("channel", &self.channel)
            .field("allow_yanked", &self.allow_yanked)
            .finish_non_exhaustive()
    }
}

/// The version to take, and those passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolution {
    /// The version to take.
    pub chosen: VersionLine,
    /// Versions that could not be taken, the greatest first.
    pub rejected: Vec<Rejected>,
}

/// A version that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The version.
    pub version: Version,
    /// Why.
    pub reason: RejectReason,
}

/// Why a version could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The requirement does not ask for it.
    NotAskedFor {
        /// The requirement.
        requirement: VersionReq,
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
}

impl fmt::Display for RejectReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAskedFor { requirement } => write!(formatter, "is not in `{requirement}`"),
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

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.version, self.reason)
    }
}

/// No version can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no version of `{id}` can be installed for the requirement `{requirement}`")]
#[non_exhaustive]
pub struct ResolveError {
    /// The extension.
    pub id: ExtensionId,
    /// What was asked for.
    pub requirement: VersionReq,
    /// Every version with its reason, the greatest first.
    pub rejected: Vec<Rejected>,
    /// How many lines of the index this program could not read.
    pub unreadable: usize,
}

impl ResolveError {
    /// The way out: why the versions asked for were passed over, or what there is instead.
    pub fn hint(&self) -> Option<String> {
        let asked_for = |one: &&Rejected| !matches!(one.reason, RejectReason::NotAskedFor { .. });
        let mut lines: Vec<String> = self
            .rejected
            .iter()
            .filter(asked_for)
            .take(3)
            .map(Rejected::to_string)
            .collect();
        if lines.is_empty() && !self.rejected.is_empty() {
            let versions: Vec<String> = self
                .rejected
                .iter()
                .take(5)
                .map(|one| one.version.to_string())
                .collect();
            lines.push(format!("the registry has {}", versions.join(", ")));
        }
        if self.unreadable > 0 {
            lines.push(format!(
                "{} lines of its index could not be read; a newer program may read them",
                self.unreadable
            ));
        }
        if lines.is_empty() {
            lines.push("nothing has been published of it yet".into());
        }
        Some(lines.join("\n"))
    }
}

/// Chooses the greatest version of `index` that satisfies `requirement` and that the host serves.
///
/// Requirements are cargo's: `1.2` takes 1.2.0 up to 2.0.0, `=1.2.3` one version, and a pre-release is
/// taken only if the requirement names one of the same release, or the host takes previews.
///
/// # Errors
/// [`ResolveError`] with every version's reason, if none is left.
pub fn resolve(
    index: &IndexFile,
    requirement: &VersionReq,
    host: &HostSupport<'_>,
) -> Result<Resolution, ResolveError> {
    let mut candidates: Vec<&IndexedVersion> = index.versions.iter().collect();
    candidates.sort_by(|one, other| other.line.version.cmp(&one.line.version));
    let mut chosen = None;
    let mut rejected = Vec::new();
    for candidate in candidates {
        match host.reason_against(candidate, requirement) {
            Some(reason) => {
                rejected.push(Rejected {
                    version: candidate.line.version.clone(),
                    reason,
                });
            }
            None if chosen.is_none() => chosen = Some(candidate.line.clone()),
            None => {}
        }
    }
    match chosen {
        Some(chosen) => Ok(Resolution { chosen, rejected }),
        None => Err(ResolveError {
            id: index.id.clone(),
            requirement: requirement.clone(),
            rejected,
            unreadable: index.skipped.total(),
        }),
    }
}

impl HostSupport<'_> {
    /// The first reason against a version, in the order a person would want to hear it.
    fn reason_against(
        &self,
        candidate: &IndexedVersion,
        requirement: &VersionReq,
    ) -> Option<RejectReason> {
        let line = &candidate.line;
        if !self.asks_for(&line.version, requirement) {
            return Some(RejectReason::NotAskedFor {
                requirement: requirement.clone(),
            });
        }
        match &candidate.state {
            State::Blocked(withdrawal) => return Some(RejectReason::Blocked(withdrawal.clone())),
            State::Yanked(withdrawal) if !self.allow_yanked => {
                return Some(RejectReason::Yanked(withdrawal.clone()));
            }
            _ => {}
        }
        if line.channel == Channel::Preview && self.channel == Channel::Stable {
            return Some(RejectReason::Preview);
        }
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

    fn asks_for(&self, version: &Version, requirement: &VersionReq) -> bool {
        requirement.matches(version)
            || (self.channel == Channel::Preview
                && !version.pre.is_empty()
                && requirement.matches(&without_prerelease(version)))
    }

    /// `linux` stands for every `linux-…`.
    fn is_platform(&self, name: &str) -> bool {
        self.platform
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// A development build `0.2.0-dev` counts as 0.2.0 where an extension asks for `>=0.1`.
fn without_prerelease(version: &Version) -> Version {
    Version {
        pre: Prerelease::EMPTY,
        ..version.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::registry::line::tests::version_json;

    fn serves(family: &str, api: &Version) -> Result<(), String> {
        if family == "extension" && *api < Version::new(0, 8, 0) {
            Ok(())
        } else {
            Err("this host serves 0.0.1 to 0.7".into())
        }
    }

    fn host() -> HostSupport<'static> {
        HostSupport {
            api: &serves,
            schemas: 0..=1,
            host_version: "0.2.0-dev".parse().unwrap(),
            platform: "linux-x86_64".into(),
            channel: Channel::Stable,
            allow_yanked: false,
        }
    }

    fn index(changes: &[(&str, Value)]) -> IndexFile {
        let mut content = String::new();
        for (version, change) in changes {
            let mut line = version_json("toml", version);
            for (key, value) in change
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != "state")
            {
                line[key] = value.clone();
            }
            content.push_str(&format!("{line}\n"));
            if let Some(state) = change.get("state") {
                let at = "2026-11-23T10:00:00Z";
                let line = json!({"v": 1, "state": state, "version": version, "reason": "it hangs", "at": at});
                content.push_str(&format!("{line}\n"));
            }
        }
        IndexFile::parse(&"toml".parse().unwrap(), content.as_bytes())
    }

    fn chosen(index: &IndexFile, requirement: &str, host: &HostSupport<'_>) -> Option<String> {
        let resolution = resolve(index, &requirement.parse().unwrap(), host).ok()?;
        Some(resolution.chosen.version.to_string())
    }

    #[test]
    fn the_greatest_version_that_is_left_is_chosen_and_the_others_keep_their_reasons() {
        let index = index(&[
            ("1.9.0", json!({})),
            ("1.10.0", json!({})),
            ("2.0.0", json!({"api": "0.9.0"})),
            ("2.1.0", json!({"schema": 2})),
            ("2.2.0", json!({"state": "blocked"})),
            ("2.3.0", json!({"state": "yanked"})),
            ("2.4.0", json!({"channel": "preview"})),
            ("2.5.0", json!({"requires": {"host": ">=3"}})),
            (
                "2.6.0",
                json!({"requires": {"platforms": ["macos", "linux-x86"]}}),
            ),
            ("2.7.0", json!({"family": "producer"})),
        ]);
        let resolution = resolve(&index, &VersionReq::STAR, &host()).unwrap();
        assert_eq!(resolution.chosen.version, Version::new(1, 10, 0));
        let reasons: Vec<String> = resolution
            .rejected
            .iter()
            .map(Rejected::to_string)
            .collect();
        assert_eq!(
            reasons,
            [
                "2.7.0 needs producer API 0.6.0, this host serves 0.0.1 to 0.7",
                "2.6.0 works on macos, linux-x86, this is linux-x86_64",
                "2.5.0 needs a host `>=3`, this one is 0.2.0-dev",
                "2.4.0 is a preview",
                "2.3.0 was yanked: it hangs",
                "2.2.0 is blocked: it hangs",
                "2.1.0 needs manifest schema 2, this host reads 0 to 1",
                "2.0.0 needs extension API 0.9.0, this host serves 0.0.1 to 0.7",
            ]
        );
    }

    #[test]
    fn a_pre_release_is_taken_only_when_asked_for() {
        let index = index(&[("1.0.0", json!({})), ("1.1.0-rc.1", json!({}))]);
        assert_eq!(chosen(&index, "1", &host()).unwrap(), "1.0.0");
        assert_eq!(chosen(&index, "1.1.0-rc.1", &host()).unwrap(), "1.1.0-rc.1");
        let preview = HostSupport {
            channel: Channel::Preview,
            ..host()
        };
        assert_eq!(chosen(&index, "1", &preview).unwrap(), "1.1.0-rc.1");
        assert_eq!(chosen(&index, "<1.1", &preview).unwrap(), "1.0.0");
    }

    #[test]
    fn a_yanked_version_is_taken_only_when_allowed_and_a_blocked_one_never() {
        let index = index(&[
            ("1.0.0", json!({"state": "yanked"})),
            ("1.1.0", json!({"state": "blocked"})),
        ]);
        assert_eq!(chosen(&index, "=1.0.0", &host()), None);
        let allowing = HostSupport {
            allow_yanked: true,
            ..host()
        };
        assert_eq!(chosen(&index, "1", &allowing).unwrap(), "1.0.0");
        assert_eq!(chosen(&index, "=1.1.0", &allowing), None);
    }

    #[test]
    fn a_version_without_a_component_needs_no_api() {
        let index = index(&[("1.0.0", json!({"api": null, "family": "unheard-of"}))]);
        assert_eq!(chosen(&index, "*", &host()).unwrap(), "1.0.0");
    }

    #[test]
    fn a_refusal_says_what_there_is() {
        let one = index(&[("1.0.0", json!({})), ("2.0.0", json!({"api": "0.9.0"}))]);
        let error = resolve(&one, &"3".parse().unwrap(), &host()).unwrap_err();
        assert_eq!(error.hint().unwrap(), "the registry has 2.0.0, 1.0.0");
        let error = resolve(&one, &"2".parse().unwrap(), &host()).unwrap_err();
        assert_eq!(
            error.hint().unwrap(),
            "2.0.0 needs extension API 0.9.0, this host serves 0.0.1 to 0.7"
        );
        let error = resolve(&index(&[]), &VersionReq::STAR, &host()).unwrap_err();
        assert_eq!(
            error.hint().unwrap(),
            "nothing has been published of it yet"
        );
    }
}
