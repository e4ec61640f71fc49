//! Releases published on GitHub.

use serde::{Deserialize, Serialize};

/// One release of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubRelease {
    /// The release's tag, as it stands: a leading `v` stays.
    pub version: String,
    /// The files published with the release.
    pub assets: Vec<GithubReleaseAsset>,
}

/// One file of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubReleaseAsset {
    /// The file's name.
    pub name: String,
    /// Where the file is downloaded from.
    pub download_url: String,
    /// The file's digest as GitHub publishes it (`sha256:…`), where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// The choice among a repository's releases that an extension makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubReleaseOptions {
    /// Only releases that have at least one asset.
    pub require_assets: bool,
    /// Whether a pre-release will do.
    pub pre_release: bool,
}
