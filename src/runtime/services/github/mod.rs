//! Releases published on GitHub.

mod error;
mod options;
mod published;
mod rate_limit;
mod releases;

use std::sync::Arc;

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, HeaderValue, LINK},
};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use self::releases::{Page, Release};
pub use self::{error::GithubError, options::GithubOptions};
pub(crate) use self::{published::Published, rate_limit::RateLimit};
use super::{
    ServiceResult, Services,
    cache::{CacheKey, Fetched},
    http::{add, in_time, take_out, whole},
};
use crate::{
    base::types::{GithubRelease, GithubReleaseOptions, ToolAnswer},
    network::http::{
        Permission, Request, Validator, beginning, is_too_young, lasting_validator, plain,
    },
    package::capability::Capability,
};

/// How many pages of releases are read until one fits: GitHub has 30 on a page.
const MOST_PAGES: usize = 5;

/// How many redirects are followed: a repository that was renamed has one.
const REDIRECTS: usize = 5;

impl Services {
    /// The newest release of a repository (`owner/name`) that fits the options; drafts never do. Releases are
    /// looked at in GitHub's own order, as Zed does.
    ///
    /// # Errors
    /// [`GithubError`] for a name that is not one, where GitHub has no such repository or release, refuses, or is
    /// asked too often; otherwise as [`fetch`](Self::fetch). Where GitHub does not say itself that there is no such
    /// thing, the last good answer is given.
    pub async fn latest_github_release(
        self: &Arc<Self>,
        repository: &str,
        options: GithubReleaseOptions,
    ) -> ServiceResult<GithubRelease> {
        let what = format!("the latest release of `{repository}`");
        let mut url = self.repository(repository, &["releases"])?;
        self.allow_http(&url)?;
        let asked = asked(&options);
        if let Some(release) = self.locked_release(repository, &asked, &what)? {
            self.refuse_other_release(repository, &release.version)?;
            return Ok(release);
        }
        if let Some(tag) = self.held_release(repository) {
            let release = self.github_release_by_tag_name(repository, &tag).await?;
            self.note_release(repository, asked, &release).await?;
            return Ok(release);
        }
        for number in 1..=MOST_PAGES {
            let page = self.ask_github(&url, &what, Self::read_page).await;
            let page: Page = match page {
                Ok(page) => page,
                Err(error) => {
                    let question = (ToolAnswer::GITHUB, repository, asked.as_str());
                    return self.known_answer(question, Err(error), released);
                }
            };
            let fits = |release: &&Release| release.fits(&options);
            if let Some(release) = page.releases.iter().find(fits) {
                let release = release.clone().into();
                self.note_release(repository, asked, &release).await?;
                return Ok(release);
            }
            if !page.has_next {
                break;
            }
            url.set_query(Some(&format!("page={}", number + 1)));
        }
        Err(GithubError::NoRelease {
            repository: repository.into(),
            options,
        }
        .into())
    }

    /// The release of a repository (`owner/name`) that has a tag.
    ///
    /// # Errors
    /// As [`latest_github_release`](Self::latest_github_release).
    pub async fn github_release_by_tag_name(
        self: &Arc<Self>,
        repository: &str,
        tag: &str,
    ) -> ServiceResult<GithubRelease> {
        let what = format!("the release `{tag}` of `{repository}`");
        let url = self.repository(repository, &["releases", "tags", tag])?;
        self.allow_http(&url)?;
        self.refuse_other_release(repository, tag)?;
        let asked = format!("tag {tag}");
        if let Some(release) = self.locked_release(repository, &asked, &what)? {
            return Ok(release);
        }
        let release = self.ask_github(&url, &what, Self::read_release).await;
        let release = release.map(GithubRelease::from);
        // What a bundle has brought is known already, and nobody has just told it.
        if let Ok(release) = &release {
            self.note_release(repository, asked.clone(), release)
                .await?;
        }
        let question = (ToolAnswer::GITHUB, repository, asked.as_str());
        let release = self.known_answer(question, release, released);
        release.map_err(|error| match self.held_release(repository) {
            Some(held) => Self::held_in_vain(|| format!("`{repository}` on GitHub"), &held, error),
            None => error,
        })
    }

    /// The release that the extension is held to; `None` where it is held to nothing.
    fn locked_release(
        &self,
        repository: &str,
        asked: &str,
        what: &str,
    ) -> ServiceResult<Option<GithubRelease>> {
        let question = (ToolAnswer::GITHUB, repository, asked);
        let answer = self.locked_answer(question, || what.to_owned())?;
        Ok(answer.map(released))
    }

    async fn note_release(
        &self,
        repository: &str,
        asked: String,
        release: &GithubRelease,
    ) -> ServiceResult<()> {
        self.note_answer(ToolAnswer {
            from: ToolAnswer::GITHUB.into(),
            name: repository.to_owned(),
            asked,
            version: release.version.clone(),
            assets: release.assets.clone(),
        })
        .await
    }

    fn read_page(&self, body: &[u8], has_next: bool) -> serde_json::Result<Page> {
        let releases: Vec<Release> = serde_json::from_slice(body)?;
        for release in &releases {
            self.shared.published.note(&release.assets);
        }
        Ok(Page { releases, has_next })
    }

    fn read_release(&self, body: &[u8], _: bool) -> serde_json::Result<Release> {
        let release: Release = serde_json::from_slice(body)?;
        self.shared.published.note(&release.assets);
        Ok(release)
    }

    /// The address of something of a repository.
    fn repository(&self, repository: &str, below: &[&str]) -> ServiceResult<Url> {
        let invalid = || GithubError::Repository {
            repository: crate::base::printable::printable(repository),
        };
        let is_name = |name: &str| {
            let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !matches!(name, "" | "." | "..") && name.bytes().all(is_character)
        };
        let (owner, name) = repository.split_once('/').ok_or_else(invalid)?;
        if !is_name(owner) || !is_name(name) {
            return Err(invalid().into());
        }
        let mut url = self.shared.options.github.api().map_err(|_| invalid())?;
        url.path_segments_mut()
            .map_err(|()| invalid())?
            .pop_if_empty()
            .extend(["repos", owner, name])
            .extend(below);
        Ok(url)
    }

    async fn ask_github<T: Serialize + DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        url: &Url,
        what: &str,
        read: fn(&Self, &[u8], bool) -> serde_json::Result<T>,
    ) -> ServiceResult<T> {
        let question = CacheKey {
            key: format!("github {url}"),
            what,
            server: url.origin().ascii_serialization(),
            lifetime: self.shared.options.github.lifetime,
        };
        let (url, asked) = (url.clone(), what.to_owned());
        self.cached(question, |services, known| async move {
            let limit = services.shared.options.http.small_file_timeout;
            let ask = || services.ask_github_once(&url, &asked, known.as_ref(), read);
            let asking = services.while_cut(ask);
            in_time(limit, &plain(&url), asking).await
        })
        .await
    }

    async fn ask_github_once<T>(
        &self,
        url: &Url,
        what: &str,
        mut known: Option<&Validator>,
        read: fn(&Self, &[u8], bool) -> serde_json::Result<T>,
    ) -> ServiceResult<Fetched<T>> {
        let limit = &self.shared.rate_limit;
        limit.check(url)?;
        let mut request = Request::get(url.clone());
        request.with_credentials = true;
        request.permission = Permission::of(self.grants.addresses_of_requests());
        let accept = HeaderValue::from_static("application/vnd.github+json");
        request.headers.insert(ACCEPT, accept);
        add(&mut request, known);
        let exchange = self.shared.exchange()?;
        let mut has_token = exchange.options().credentials.is_for(url);
        let response = loop {
            // A repository that was renamed has one.
            let sending = exchange.send(request.clone(), REDIRECTS, |url| {
                self.allow_http_redirect(url)
            });
            let sent = sending.await;
            let response = sent.map_err(|error| self.not_at(error, Capability::of_request))?;
            if let Some(error) = limit.heed(url, &response, has_token) {
                return Err(error.into());
            }
            if known.is_some() && response.status() == StatusCode::NOT_MODIFIED {
                if !is_too_young(&response) {
                    return Ok(Fetched::Unchanged);
                }
                known = None;
                take_out(&mut request);
                continue;
            }
            // A token that has expired, or that an organisation does not take, would see less than no token at all.
            if !has_token || !matches!(response.status().as_u16(), 401 | 403) {
                break response;
            }
            tracing::warn!(what, status = %response.status(), "GitHub does not take the token, and is asked without");
            request.with_credentials = false;
            has_token = false;
        };
        if response.status() != StatusCode::OK {
            return Err(refusal(response, what, has_token).await.into());
        }
        let validator = lasting_validator(&response);
        let has_next = has_next(&response);
        let address = plain(url);
        let body = whole(response, &address).await?;
        let answer = read(self, &body, has_next).map_err(|source| GithubError::Answer {
            url: address,
            source,
        })?;
        Ok(Fetched::New(answer, validator))
    }
}

/// The release of an answer.
fn released(answer: ToolAnswer) -> GithubRelease {
    GithubRelease {
        version: answer.version,
        assets: answer.assets,
    }
}

/// The question of an extension, as it is noted.
fn asked(options: &GithubReleaseOptions) -> String {
    let mut asked = "latest".to_owned();
    if options.pre_release {
        asked.push_str("+previews");
    }
    if options.require_assets {
        asked.push_str("+files");
    }
    asked
}

/// Whether a list goes on: `Link: <…>; rel="next"`.
fn has_next(response: &Response) -> bool {
    let links = response.headers().get_all(LINK).iter();
    links
        .filter_map(|link| link.to_str().ok())
        .any(|link| link.contains("rel=\"next\""))
}

/// Whether the beginning of a refusal is in the form of GitHub's API, an object with a message, or at least not in
/// another's: a firewall has a page or a sentence.
fn may_be_of_api(answer: &str) -> bool {
    answer.is_empty() || (answer.starts_with('{') && answer.contains("\"message\""))
}

async fn refusal(response: Response, what: &str, has_token: bool) -> GithubError {
    let (what, status) = (what.to_owned(), response.status().as_u16());
    if status == 401 && has_token {
        return GithubError::Token { what };
    }
    let answer = beginning(response).await;
    match status {
        // Anything else is of a firewall, or of a server that is set up wrongly.
        404 | 410 if may_be_of_api(&answer) => GithubError::NotFound { what, has_token },
        _ => GithubError::Status {
            what,
            status,
            answer,
        },
    }
}
