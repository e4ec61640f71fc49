//! What the user says of tools, whoever fetches them: where they are fetched from ([`address_rule`]), and which are held
//! where they are ([`held`]). It holds for every extension and every version of the API.
//!
//! What an extension wishes is judged by its gate first, as ever. Where a rule sends it elsewhere, the address it really
//! goes to is judged as well: what denies that is heeded, and it is recorded beside the wish; that it is not granted to
//! the extension does not matter, for the user has named it.

mod address_rule;
mod github_address;
mod held;

use url::Url;

pub use self::{
    address_rule::{AddressRule, AddressRuleError},
    held::{HeldToolError, HeldTools},
};
use super::{ServiceResult, Services, error::ServiceError};
use crate::{base::types::Download, network::http::Permission};

/// The options for the tools that extensions fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolOptions {
    /// Where downloads are fetched from: of the rules for an address, the one with the longest beginning of it. They are
    /// for what extensions download, the files of GitHub's releases among it; not for requests of their own, where
    /// GitHub's API is (`api` of [`GithubOptions`](crate::GithubOptions)) and npm's registry, which npm's own
    /// configuration says. The servers they lead to may be at private addresses, and get their own
    /// [credentials](crate::registry::HttpOptions::credentials). Default: none.
    pub download: Vec<AddressRule>,
    /// Tools that are held where they are. Default: none.
    pub hold: HeldTools,
}

/// Where a download really goes.
pub(super) struct Destination {
    pub(super) url: Url,
    /// The private addresses that it may be at.
    pub(super) permission: Permission,
    /// A rule of the user's leads there, so that the user's own token for it goes along.
    pub(super) is_ruled: bool,
}

impl Services {
    fn held(&self) -> &HeldTools {
        &self.shared.options.tools.hold
    }

    /// Where a download goes that is allowed, after the user's rules.
    ///
    /// # Errors
    /// As [`allow_download`](Self::allow_download) and [`refuse_other_download`](Self::refuse_other_download), for the
    /// address it leads to.
    pub(super) fn destination(
        &self,
        url: &Url,
        permission: Permission,
    ) -> ServiceResult<Destination> {
        let there = AddressRule::longest(&self.shared.options.tools.download, url);
        Ok(match there {
            Some(there) => {
                let permission = self.allow_ruled_download(&there)?;
                self.refuse_other_download(&there)?;
                Destination {
                    url: there,
                    permission,
                    is_ruled: true,
                }
            }
            None => Destination {
                url: url.clone(),
                permission,
                is_ruled: false,
            },
        })
    }

    /// The tag that a repository is held at.
    pub(super) fn held_release(&self, repository: &str) -> Option<String> {
        self.held().release(repository).map(str::to_owned)
    }

    /// Refuses a release of a repository that is held at another.
    pub(super) fn refuse_other_release(&self, repository: &str, tag: &str) -> ServiceResult<()> {
        match self.held().release(repository) {
            Some(held) if held != tag => Err(ServiceError::Held {
                what: format!("the release `{tag}` of `{repository}`"),
                held: held.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The version that a package is held at.
    pub(super) fn held_package(&self, package: &str) -> Option<String> {
        self.held().package(package).map(str::to_owned)
    }

    /// Refuses a version of a package that is held at another. A range and a tag are others, for they may become so.
    pub(super) fn refuse_other_package(&self, package: &str, version: &str) -> ServiceResult<()> {
        match self.held().package(package) {
            Some(held) if held != version => Err(ServiceError::Held {
                what: format!("the npm package `{package}@{version}`"),
                held: held.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The error of something that the user holds, where the one who would have it says that there is no such thing: that
    /// it is held, too.
    pub(super) fn held_in_vain(
        what: impl FnOnce() -> String,
        held: &str,
        error: ServiceError,
    ) -> ServiceError {
        let is_not_there = match &error {
            ServiceError::Node(error) => error.is_final(),
            ServiceError::Github(error) => error.is_final(),
            _ => false,
        };
        match is_not_there {
            true => ServiceError::HeldInVain {
                what: what(),
                held: held.to_owned(),
                source: Box::new(error),
            },
            false => error,
        }
    }

    /// Refuses a file of a release of a repository that is held at another.
    pub(super) fn refuse_other_download(&self, url: &Url) -> ServiceResult<()> {
        match self.held().other_release(url) {
            Some((repository, held)) => Err(ServiceError::Held {
                what: format!("a file of another release of `{repository}`"),
                held: held.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Refuses what an address has where another file is held.
    pub(super) fn check_held(&self, url: &Url, download: &Download) -> ServiceResult<()> {
        match self.held().download(url) {
            Some(held) if *held != download.sha256 => Err(ServiceError::Held {
                what: format!("`{}` with the sha256 {}", download.url, download.sha256),
                held: held.to_string(),
            }),
            _ => Ok(()),
        }
    }
}
