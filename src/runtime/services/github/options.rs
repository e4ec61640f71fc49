//! Options for asking GitHub.

use std::time::Duration;

use url::Url;

/// The options for asking GitHub for releases. A token for it is one of the client's credentials
/// ([`HttpOptions::credentials`](crate::network::registry::HttpOptions::credentials)).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GithubOptions {
    /// Where its API is. Default: GitHub's own; an enterprise's server has another.
    pub api: Option<Url>,
    /// How long an answer is taken for new. Default 10 minutes.
    pub lifetime: Duration,
}

impl Default for GithubOptions {
    fn default() -> Self {
        Self {
            api: None,
            lifetime: Duration::from_secs(10 * 60),
        }
    }
}

/// GitHub's own API.
const API: &str = "https://api.github.com/";

impl GithubOptions {
    /// Returns the address of its API.
    pub(super) fn api(&self) -> Result<Url, url::ParseError> {
        self.api.clone().map_or_else(|| API.parse(), Ok)
    }
}
