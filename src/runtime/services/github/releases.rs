//! Releases as GitHub's API gives them; of all that it gives, what is of use here.

use serde::{Deserialize, Serialize};

use crate::base::types::{GithubRelease, GithubReleaseAsset, GithubReleaseOptions};

/// One page of a repository's releases.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) releases: Vec<Release>,
    pub(super) has_next: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Release {
    tag_name: String,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    pub(super) assets: Vec<Asset>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asset {
    name: String,
    pub(super) browser_download_url: String,
    #[serde(default)]
    pub(super) digest: Option<String>,
    #[serde(default)]
    pub(super) size: Option<u64>,
}

impl Release {
    /// Whether it is one that an extension asks for.
    pub(super) fn fits(&self, options: &GithubReleaseOptions) -> bool {
        !self.draft
            && (options.pre_release || !self.prerelease)
            && (!options.require_assets || !self.assets.is_empty())
    }
}

impl From<Release> for GithubRelease {
    fn from(release: Release) -> Self {
        let assets = release.assets.into_iter().map(|asset| GithubReleaseAsset {
            name: asset.name,
            download_url: asset.browser_download_url,
            digest: asset.digest,
        });
        Self {
            version: release.tag_name,
            assets: assets.collect(),
        }
    }
}
