//! Releases published on GitHub.

use super::{ServiceError, ServiceResult, Services};
use crate::types::{GithubRelease, GithubReleaseOptions};

const NOT_OFFERED: ServiceError = ServiceError::NotOffered { operation: "GitHub releases" };

impl Services {
    /// The newest release of a repository (`owner/name`) that fits the options.
    ///
    /// # Errors
    /// Always [`ServiceError::NotOffered`]: this host does not ask GitHub yet.
    pub async fn latest_github_release(
        &self,
        _repository: &str,
        _options: GithubReleaseOptions,
    ) -> ServiceResult<GithubRelease> {
        Err(NOT_OFFERED)
    }
}
