//! Errors of asking GitHub.

use crate::base::{
    hint::{ErrorKind, Hint},
    timestamp::Timestamp,
    types::GithubReleaseOptions,
};

/// The reason why GitHub does not answer as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GithubError {
    /// What an extension named is not a repository.
    #[error("`{repository}` is not the name of a repository: `owner/name`")]
    Repository {
        /// What it named.
        repository: String,
    },
    /// There is no such repository, or no such release, or one that must not be seen.
    #[error("{what} does not exist")]
    NotFound {
        /// What was asked for.
        what: String,
        /// A token was sent.
        has_token: bool,
    },
    /// No release is as the extension wants it.
    #[error("`{repository}` has no release{}", wanted(options))]
    NoRelease {
        /// The repository.
        repository: String,
        /// What the extension wants.
        options: GithubReleaseOptions,
    },
    /// Too much was asked within the hour.
    #[error("GitHub answers no more until {until}: its limit of requests is used up")]
    RateLimit {
        /// When it answers again.
        until: Timestamp,
        /// A token was sent.
        has_token: bool,
    },
    /// The token is not valid, or not any more.
    #[error("GitHub does not take the token: {what} was not answered")]
    Token {
        /// What was asked for.
        what: String,
    },
    /// Another refusal.
    #[error("GitHub answered {status} for {what}: {answer}")]
    Status {
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// How its answer begins, safe to show.
        answer: String,
    },
    /// The answer is not what GitHub's API gives.
    #[error("`{url}` answers with something that is not a release")]
    Answer {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

fn wanted(options: &GithubReleaseOptions) -> &'static str {
    match (options.require_assets, options.pre_release) {
        (false, false) => " that is not a pre-release",
        (true, false) => " with files that is not a pre-release",
        (true, true) => " with files",
        (false, true) => "",
    }
}

impl GithubError {
    /// GitHub itself has said so of the name, or it is no name.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Repository { .. } | Self::NotFound { .. } | Self::NoRelease { .. }
        )
    }
}

impl Hint for GithubError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Repository { .. } => ErrorKind::Invalid,
            Self::NotFound { .. } | Self::NoRelease { .. } => ErrorKind::NotFound,
            Self::Token { .. } => ErrorKind::Refused,
            Self::RateLimit { .. } | Self::Status { .. } | Self::Answer { .. } => {
                ErrorKind::Network
            }
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Repository { .. } | Self::NoRelease { .. } => {
                "tell the extension's author".into()
            }
            Self::NotFound { has_token: true, .. } => {
                "it may have been renamed, or the token may not see it".into()
            }
            Self::NotFound { .. } => {
                "it may have been renamed, or be private: then GitHub wants a token".into()
            }
            Self::RateLimit { has_token: true, .. } => "try again then".into(),
            Self::RateLimit { .. } => {
                "with a token the limit is 80 times as high: set GITHUB_TOKEN, or `token` under `[github]` in the configuration".into()
            }
            Self::Token { .. } => {
                "it has expired, or was revoked: make another, or take it out of GITHUB_TOKEN or the configuration".into()
            }
            Self::Status { status, .. } if *status >= 500 => {
                "GitHub has a problem of its own: try again later".into()
            }
            Self::Status { status: 401, .. } => {
                "it may want a token: set GITHUB_TOKEN, or `token` under `[github]` in the configuration; or something on the way wants you to sign in".into()
            }
            Self::Status {
                status: 403 | 404 | 407 | 410 | 451 | 511,
                ..
            } => "something on the way may answer for it: check the network and the proxy".into(),
            Self::Status { .. } => return None,
            Self::Answer { .. } => {
                "something on the way answers for it, as a page to sign in does".into()
            }
        })
    }
}
