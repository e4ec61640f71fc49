//! Releases published on GitHub.

mod options;

pub use self::options::GithubOptions;
use super::{ServiceError, ServiceResult, Services};
use crate::types::{GithubRelease, GithubReleaseOptions};

const NOT_OFFERED: ServiceError = ServiceError::NotOffered {
    operation: "GitHub releases",
};

impl Services {
    /// Lets GitHub's API be asked, wherever that is, or refuses.
    fn allow_github(&self) -> ServiceResult<()> {
        match &self.equipment.options.github.api {
            Some(api) => self.allow_http(api),
            None => self.allow_http(&super::http::address("https://api.github.com/")?),
        }
    }

    /// The newest release of a repository (`owner/name`) that fits the options.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host does not ask GitHub yet.
    pub async fn latest_github_release(
        &self,
        _repository: &str,
        _options: GithubReleaseOptions,
    ) -> ServiceResult<GithubRelease> {
        self.allow_github()?;
        Err(NOT_OFFERED)
    }

    /// The release of a repository (`owner/name`) that has a tag.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host does not ask GitHub yet.
    pub async fn github_release_by_tag_name(
        &self,
        _repository: &str,
        _tag: &str,
    ) -> ServiceResult<GithubRelease> {
        self.allow_github()?;
        Err(NOT_OFFERED)
    }
}
