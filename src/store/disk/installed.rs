//! Installed extensions, as the store knows them.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Deserializer, Serialize};

use super::archive::ArchiveLocation;
use crate::{
    base::{
        digest::{Blake3Digest, Sha256Digest},
        timestamp::Timestamp,
        types::{
            ExtensionId, ExtensionOrigin, ExtensionVersion, GitAddress, GitFolder, GitReference,
            GitRevision,
        },
    },
    network::registry::{self, RegistryId},
    package::{
        capability::Capability,
        manifest::{Provides, Trigger},
    },
};

/// An installed extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Installed {
    /// The extension.
    pub id: ExtensionId,
    /// Its name for people. The author's text: escape it before showing it in a terminal.
    pub name: String,
    /// What it is for; the author's text as well.
    #[serde(default)]
    pub description: Option<String>,
    /// Its version.
    pub version: ExtensionVersion,
    /// The API family of its component.
    pub family: String,
    /// The API version its component was built with; `None` without a component.
    pub api: Option<Version>,
    /// The adapter that served its component when it was installed.
    pub adapter: Option<String>,
    /// Where it came from.
    #[serde(flatten)]
    pub origin: Origin,
    /// The digest of the archive it came in.
    pub sha256: Sha256Digest,
    /// The size of that archive in bytes.
    #[serde(default)]
    pub archive_bytes: u64,
    /// The digest of its files, by which the store keeps them.
    pub tree: Blake3Digest,
    /// The digest of its component, by which the compiled cache keeps it.
    pub component: Option<Blake3Digest>,
    /// Its manifest's schema.
    pub schema: u32,
    /// What it provides.
    #[serde(deserialize_with = "known")]
    pub provides: Vec<Provides>,
    /// What its component is needed for; `None` where it was installed by a program that did not note it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_triggers"
    )]
    pub triggers: Option<Vec<Trigger>>,
    /// What its manifest asks for.
    pub capabilities: Vec<Capability>,
    /// When it was installed.
    pub installed: Timestamp,
    /// When the first of the versions was installed that this one has replaced; `None` where it has
    /// replaced none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The user keeps it at this version: updates leave it alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// The user does without it for now: it is not started and contributes nothing. Updates go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The version it has replaced and that comes back if this one does not start the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Box<Self>>,
    /// Versions that did not start on this machine: updates pass them over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedStart>,
}

/// The origin of an installed extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Origin {
    /// From a registry, to which its id is bound from then on.
    Registry {
        /// Which registry: the text of its [`RegistryId`], or `unknown:` and its name for itself where an
        /// earlier version of this program has noted no more.
        registry: String,
    },
    /// From an archive that the user named. There is nothing to update it from.
    Archive {
        /// The archive's path or address, without credentials.
        archive: String,
    },
    /// From a commit of a Git repository.
    Git {
        /// The repository.
        git: GitAddress,
        /// The commit.
        revision: GitRevision,
        /// The tag or the branch that was asked for and pointed to the commit: updates follow it. `None` where the
        /// commit itself was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<GitReference>,
        /// The folder of the repository that the extension is in; `None` where it is the whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<GitFolder>,
    },
}

impl Origin {
    /// Returns the registry it came from, if any.
    pub fn registry(&self) -> Option<&str> {
        match self {
            Self::Registry { registry } => Some(registry),
            Self::Archive { .. } | Self::Git { .. } => None,
        }
    }

    /// The request that installs from the same commit, or from what its tag or branch points to:
    /// `git+https://example.org/a#refs/tags/v1:folder`; `None` where it did not come from a repository.
    pub fn as_request(&self) -> Option<String> {
        let Self::Git {
            git,
            revision,
            reference,
            folder,
        } = self
        else {
            return None;
        };
        let folder = folder.as_ref().map(|folder| format!(":{folder}"));
        let folder = folder.unwrap_or_default();
        Some(match reference {
            Some(reference) => format!("git+{git}#{reference}{folder}"),
            None => format!("git+{git}#{revision}{folder}"),
        })
    }

    /// The name of an extension from there whose manifest has no id.
    pub(in crate::store) fn stem(&self) -> String {
        match self {
            Self::Registry { .. } => String::new(),
            Self::Archive { archive } => ArchiveLocation::named(archive).stem(),
            Self::Git { git, folder, .. } => match folder {
                Some(folder) => folder.name().to_owned(),
                None => git.name().to_owned(),
            },
        }
    }

    /// Whether both are of one identity: for repositories whatever their commits.
    pub fn is_same_source(&self, other: &Self) -> bool {
        ExtensionOrigin::from(self) == ExtensionOrigin::from(other)
    }
}

impl From<&Origin> for ExtensionOrigin {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Registry { registry } => Self::Registry(registry.clone()),
            Origin::Archive { archive } => Self::Archive(archive.clone()),
            Origin::Git { git, folder, .. } => Self::Git {
                repository: git.clone(),
                folder: folder.clone(),
            },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry { registry } => {
                write!(formatter, "the registry `{}`", registry.escape_debug())
            }
            Self::Archive { archive } => {
                write!(formatter, "the archive `{}`", archive.escape_debug())
            }
            Self::Git {
                revision,
                reference,
                ..
            } => {
                write!(formatter, "{}", ExtensionOrigin::from(self))?;
                if let Some(reference) = reference {
                    write!(formatter, " at {}", reference.in_words())?;
                }
                write!(formatter, " (commit {})", revision.short())
            }
        }
    }
}

/// A version that did not start the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedStart {
    /// The version.
    pub version: ExtensionVersion,
    /// Why it did not start. May hold the extension's own text.
    pub reason: String,
    /// When that was.
    pub at: Timestamp,
}

impl FailedStart {
    /// Notes that a version has not started just now.
    pub(in crate::store) fn now(version: ExtensionVersion, reason: String) -> Self {
        Self {
            version,
            reason,
            at: Timestamp::now(),
        }
    }
}

impl Installed {
    /// Returns the time the extension was installed, updates aside.
    pub fn first_installed(&self) -> Timestamp {
        self.since.unwrap_or(self.installed)
    }

    /// Returns the origin noted in the first format, where a registry was the name it gave itself. What came from one
    /// that called itself as the built-in one is that one's only if that has published it.
    pub(in crate::store) fn of_before(mut self) -> Self {
        if let Origin::Registry { registry } = &mut self.origin
            && *registry == RegistryId::embedded().as_str()
            && !registry::has_published(&self.id, &self.version, &self.sha256)
        {
            *registry = registry::unknown(registry);
        }
        self.fallback = self.fallback.map(|fallback| Box::new(fallback.of_before()));
        self
    }

    /// Whether this is the same extension, from the same place, with the same files.
    pub(in crate::store) fn is_same(&self, other: &Self) -> bool {
        let other = Self {
            installed: self.installed,
            archive_bytes: self.archive_bytes,
            triggers: self.triggers.clone(),
            ..other.clone().following(Some(self))
        };
        *self == other
    }

    /// This version with what an earlier one in its place hands down: since when it is there, whether
    /// it is pinned or disabled, and what has failed before. One that starts with its predecessor's files needs no
    /// probation of its own.
    pub(in crate::store) fn following(self, previous: Option<&Self>) -> Self {
        let Some(previous) = previous else {
            return self;
        };
        let is_same_component = previous.component == self.component;
        let can_fail = previous.component.is_some() && self.component.is_some();
        Self {
            since: match is_same_component && previous.tree == self.tree {
                true => previous.since,
                false => Some(previous.first_installed()),
            },
            pinned: previous.pinned,
            disabled: previous.disabled,
            fallback: match is_same_component {
                true => previous.fallback.clone(),
                false => can_fail.then(|| Box::new(previous.without_fallback())),
            },
            failed: previous.failed.clone(),
            ..self
        }
    }

    /// This version, with nothing to come back to: fallbacks do not pile up.
    pub(in crate::store) fn without_fallback(&self) -> Self {
        Self {
            fallback: None,
            ..self.clone()
        }
    }
}

/// Leaves out words that a later version of this program may have written.
pub(in crate::store) fn known<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Provides>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    Ok(words.iter().filter_map(|word| word.parse().ok()).collect())
}

/// Leaves out triggers that a later version of this program may have written.
pub(in crate::store) fn known_triggers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Trigger>>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    let known = words.iter().filter_map(|word| word.parse().ok());
    Ok(Some(known.collect()))
}

#[cfg(test)]
pub(in crate::store) mod tests {
    use super::*;

    pub(crate) fn installed(version: &str) -> Installed {
        serde_json::from_value(serde_json::json!({
            "id": "toml", "name": "TOML", "version": version, "family": "extension", "api": null,
            "adapter": null, "registry": "test", "sha256": "0".repeat(64), "tree": "1".repeat(64),
            "component": null, "schema": 1, "provides": ["languages", "teleportation"],
            "capabilities": [], "installed": "2026-11-22T10:00:00Z", "later": true,
        }))
        .unwrap()
    }

    #[test]
    fn what_a_later_program_adds_is_left_out() {
        assert_eq!(installed("1.0.0").provides, [Provides::Languages]);
    }

    #[test]
    fn an_origin_is_a_registry_or_an_archive() {
        let mut one = installed("1.0.0");
        assert_eq!(one.origin.registry(), Some("test"));
        one.origin = Origin::Archive {
            archive: "/a.tar.gz".into(),
        };
        let text = serde_json::to_string(&one).unwrap();
        assert!(text.contains(r#""archive":"/a.tar.gz""#), "{text}");
        assert_eq!(serde_json::from_str::<Installed>(&text).unwrap(), one);
    }

    #[test]
    fn what_follows_keeps_what_the_user_has_set_and_has_one_version_to_come_back_to() {
        let mut first = installed("1.0.0");
        first.pinned = true;
        first.disabled = true;
        let component = |digit: &str| Some(digit.repeat(64).parse().unwrap());
        first.component = component("1");
        let mut second = installed("2.0.0");
        second.component = component("2");
        let second = second.following(Some(&first));
        assert!(second.pinned && second.disabled);
        assert_eq!(second.since, Some(first.installed));
        assert_eq!(second.fallback.as_deref(), Some(&first));

        let mut third = installed("3.0.0");
        third.component = component("3");
        let third = third.following(Some(&second));
        assert_eq!(third.fallback.unwrap().fallback, None);
        assert!(second.is_same(&Installed {
            fallback: None,
            pinned: false,
            disabled: false,
            since: None,
            ..second.clone()
        }));
    }
}
