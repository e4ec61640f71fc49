//! What extensions were told of tools, and what npm has installed for them: what a start depends on besides files.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};

use super::{download::Download, github::GithubReleaseAsset};

/// An answer of npm or GitHub by which an extension has chosen a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolAnswer {
    /// The one who was asked: `npm` or `github`.
    pub from: String,
    /// The npm package, or the repository as `owner/name`.
    pub name: String,
    /// The question. Of npm: `latest`, another tag or a range of versions. Of GitHub: `latest`, with `+previews` and
    /// `+files` where those were wanted, or `tag` and the tag.
    pub asked: String,
    /// The version, or the release's tag.
    pub version: String,
    /// The files of a release.
    #[serde(default, rename = "asset", skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<GithubReleaseAsset>,
}

impl ToolAnswer {
    /// The value of [`from`](Self::from) for npm.
    pub const NPM: &str = "npm";

    /// The value of [`from`](Self::from) for GitHub.
    pub const GITHUB: &str = "github";

    /// Whether two are answers to the same question.
    pub fn answers_as(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// The question: who was asked, of what, and for which.
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.from, &self.name, &self.asked)
    }
}

/// A package that npm has installed: an entry of its `package-lock.json`, with all that installing the same bytes
/// again needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpmPackage {
    /// Where it lies, as `node_modules/name`, or in another package's folder as `node_modules/other/node_modules/name`.
    pub path: String,
    /// Its name, where that is not the last part of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    pub version: String,
    /// The address of its archive; `None` for one that another brings along in its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<String>,
    /// The archive's digest: `sha512-` and 64 bytes in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
    /// The licence that it says it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The extension has asked for it: it is not there for another's sake alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct: bool,
    /// Another package brings it along in its archive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bundled: bool,
    /// Whether what needs it can do without.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// It is there as the peer of another.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub peer: bool,
    /// It has scripts that run when it is installed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_install_script: bool,
    /// Its programs, each a name, a space and a path in the package.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bin: Vec<String>,
    /// The systems it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub os: Vec<String>,
    /// The processors it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cpu: Vec<String>,
    /// The C libraries it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libc: Vec<String>,
    /// The packages it needs, each a name, a space and a range of versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// The packages it uses and can do without, in the same form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional_dependencies: Vec<String>,
    /// The packages it wants beside it, in the same form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_dependencies: Vec<String>,
    /// The names of the peers it can do without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional_peers: Vec<String>,
    /// The names of what it brings along in its archive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bundle_dependencies: Vec<String>,
}

impl NpmPackage {
    /// The name of a file that holds its archive: `sha512-`, the digest in the base64 of file names, and
    /// `.tgz`, by which npm knows an archive; `None` without a sha512.
    pub fn file_name(&self) -> Option<String> {
        Some(Self::file_name_of(&self.sha512()?))
    }

    /// The name of a file that holds an archive with this digest.
    pub(crate) fn file_name_of(sha512: &[u8; 64]) -> String {
        format!("sha512-{}.tgz", URL_SAFE_NO_PAD.encode(sha512))
    }

    /// The digest of its archive.
    pub(crate) fn sha512(&self) -> Option<[u8; 64]> {
        let digest = self.integrity.as_ref()?.strip_prefix("sha512-")?;
        STANDARD.decode(digest).ok()?.try_into().ok()
    }

    /// The name of the package.
    pub fn package_name(&self) -> &str {
        let last = self.path.rsplit_once("node_modules/");
        self.name
            .as_deref()
            .unwrap_or(last.map_or(self.path.as_str(), |(_, name)| name))
    }
}

/// The tools of an extension as they were at a start: what it was told, what it has fetched, and what npm has
/// installed for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// The answers.
    pub answers: Vec<ToolAnswer>,
    /// The files.
    pub downloads: Vec<Download>,
    /// The packages of npm, all together one tree; none where npm has installed nothing.
    pub packages: Vec<NpmPackage>,
}
