//! The lines of an index file: one JSON object each, either a *version line*, which never changes, or
//! a *state line*, appended later, which withdraws a version or brings it back.

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reference::ArchiveDigest;
use crate::base::timestamp::Timestamp;
use crate::base::{
    digest::Sha256Digest,
    types::{self, ExtensionId, ExtensionVersion},
};

/// The form of index and catalogue lines (their `v`) that this program reads and writes.
pub const LINE_FORM: u64 = 1;

/// One published version of an extension.
///
/// Keys this program does not know are kept in [`unknown`](Self::unknown) and otherwise ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionLine {
    /// The line's form, [`LINE_FORM`].
    pub v: u64,
    /// The extension.
    pub id: ExtensionId,
    /// The version. Build metadata does not distinguish versions.
    pub version: ExtensionVersion,
    /// The API family the component belongs to.
    pub family: String,
    /// The version of the family's API the component was built with; `None` without a component.
    #[serde(default, deserialize_with = "types::version_or_none")]
    pub api: Option<Version>,
    /// The manifest's schema version.
    pub schema: u32,
    /// The archive's digest and sizes; `None` where the registry does not say. Lines of our own format say it always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<ArchiveFacts>,
    /// What the extension provides: `languages`, `themes`, …
    #[serde(default)]
    pub provides: Vec<String>,
    /// The capabilities its manifest asks for, as the manifest's tables in JSON.
    #[serde(default)]
    pub capabilities: Vec<Value>,
    /// What it needs beyond its API. Default: nothing.
    #[serde(default, skip_serializing_if = "Requires::is_empty")]
    pub requires: Requires,
    /// Who should get it. Default: everyone.
    #[serde(default)]
    pub channel: Channel,
    /// When it was published.
    pub published: Timestamp,
    /// Keys of a later minor form, kept as they came.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl VersionLine {
    /// The digest and size of its archive; `None` where the registry does not say.
    pub fn digest(&self) -> Option<ArchiveDigest> {
        self.archive.as_ref().map(|archive| ArchiveDigest {
            sha256: archive.sha256,
            size: archive.size,
        })
    }
}

/// The facts that the index states of an archive; a download that differs is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveFacts {
    /// The digest of the archive file.
    pub sha256: Sha256Digest,
    /// The archive file's size in bytes.
    pub size: u64,
    /// The size of all its files together, unpacked, in bytes.
    pub unpacked: u64,
}

/// The requirements of a version on its host, beyond the API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires {
    /// The host versions it works with. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<VersionReq>,
    /// The platforms it works on: `linux-x86_64`, or `linux` for all of a system. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
}

impl Requires {
    /// Nothing is required.
    pub fn is_empty(&self) -> bool {
        self.host.is_none() && self.platforms.is_empty()
    }
}

/// The channel of a version: whom it is meant for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Everyone.
    #[default]
    Stable,
    /// Those who ask for previews.
    Preview,
}

/// The state that a line declares of a version. The last line about a version holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateChange {
    /// Not for new installations; installed copies and lockfiles keep it.
    Yanked,
    /// As if it had never been withdrawn.
    Restored,
    /// Never to be installed or run: known to do harm.
    Blocked,
}

/// A later word on a version: withdrawn, blocked or restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateLine {
    /// The line's form, [`LINE_FORM`].
    pub v: u64,
    /// What is declared.
    pub state: StateChange,
    /// The version it is declared of.
    pub version: ExtensionVersion,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to use instead, for people: a version or another extension's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// When it was declared.
    pub at: Timestamp,
    /// Keys of a later minor form, kept as they came.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A complete version line of the extension `id` as JSON, to be changed by tests.
    pub(crate) fn version_json(id: &str, version: &str) -> Value {
        serde_json::json!({
            "v": 1, "id": id, "version": version, "family": "extension", "api": "0.6.0", "schema": 1,
            "archive": {"sha256": "0".repeat(64), "size": 10, "unpacked": 20},
            "provides": ["languages"], "capabilities": [{"kind": "process:exec", "command": "x"}],
            "requires": {"host": ">=0.1", "platforms": ["linux"]},
            "channel": "stable", "published": "2026-11-22T10:00:00Z",
        })
    }

    #[test]
    fn unknown_keys_survive_a_round_trip() {
        let mut value = version_json("toml", "1.0.0");
        value["invented"] = serde_json::json!({"later": [1, 2]});
        let line: VersionLine = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&line).unwrap(), value);
    }

    #[test]
    fn optional_keys_may_be_absent() {
        let mut value = version_json("toml", "1.0.0");
        for key in ["provides", "capabilities", "requires", "channel", "api"] {
            value.as_object_mut().unwrap().remove(key);
        }
        let line: VersionLine = serde_json::from_value(value).unwrap();
        assert_eq!(line.api, None);
        assert_eq!(line.channel, Channel::Stable);
        assert!(line.requires.is_empty());
    }

    #[test]
    fn an_unknown_channel_is_refused_and_not_taken_for_stable() {
        let mut value = version_json("toml", "1.0.0");
        value["channel"] = "nightly".into();
        assert!(serde_json::from_value::<VersionLine>(value).is_err());
    }
}
