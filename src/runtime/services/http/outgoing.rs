//! A guest's request, checked.

use reqwest::{
    Method,
    header::{
        CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
        IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};
use url::Url;

use super::super::error::ServiceError;
use crate::{
    base::{
        digest::Blake3Digest,
        types::{ExtensionId, HttpMethod, HttpRequest, RedirectPolicy},
    },
    network::http::{Permission, Request},
    runtime::services::ServiceResult,
};

/// How many redirects are followed where a guest says "all".
const ALL_REDIRECTS: usize = 20;

/// Headers that belong to the connection, which is the host's.
const CONNECTION_HEADERS: [HeaderName; 7] = [
    CONNECTION,
    CONTENT_LENGTH,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Parts of the names of headers that carry credentials: `authorization`, `x-api-key`, `private-token`.
const PERSONAL: [&str; 7] = [
    "auth", "cookie", "key", "password", "secret", "session", "token",
];

/// Headers that ask for a part, or for changes only: the answer is not the whole.
const PARTIAL: [HeaderName; 5] = [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE];

/// A guest's request.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) method: HttpMethod,
    pub(super) request: Request,
    pub(super) redirects: usize,
}

impl Outgoing {
    /// Checks what a guest asks for.
    ///
    /// # Errors
    /// [`ServiceError::Argument`] for an address or a header that cannot be sent.
    pub(super) fn of(request: HttpRequest) -> ServiceResult<Self> {
        let url = parse(&request.url)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let refuse = |problem: &str| {
                let name = crate::base::printable::printable(name);
                ServiceError::Argument(format!("the header `{name}` {problem}"))
            };
            let name: HeaderName = name.parse().map_err(|_| refuse("has no valid name"))?;
            if CONNECTION_HEADERS.contains(&name) {
                tracing::debug!(%name, "the header is the host's to set");
                continue;
            }
            let value = HeaderValue::from_str(value)
                .map_err(|_| refuse("has a value that cannot be sent"))?;
            headers.try_append(name, value).map_err(|_| {
                let count = request.headers.len();
                ServiceError::Argument(format!("{count} headers are more than can be sent"))
            })?;
        }
        Ok(Self {
            method: request.method,
            request: Request {
                method: method(request.method),
                url,
                headers,
                body: request.body.map(Into::into),
                with_credentials: false,
                permission: Permission::PUBLIC,
            },
            redirects: match request.redirect_policy {
                RedirectPolicy::NoFollow => 0,
                RedirectPolicy::FollowLimit(limit) => usize::try_from(limit)
                    .unwrap_or(ALL_REDIRECTS)
                    .min(ALL_REDIRECTS),
                RedirectPolicy::FollowAll => ALL_REDIRECTS,
            },
        })
    }

    /// Returns a key that tells this request from all others, of all extensions: a digest, for the address may
    /// hold secrets.
    pub(super) fn key(&self, extension: &ExtensionId) -> String {
        let mut key = format!("{} {}", self.request.url, self.redirects);
        for (name, value) in &self.request.headers {
            key.push_str(&format!("\n{name}: {value:?}"));
        }
        format!("fetch {extension} {}", Blake3Digest::of(key.as_bytes()))
    }

    /// Whether it is a plain request that reads, without credentials: its answer may be kept.
    pub(super) fn is_impersonal(&self) -> bool {
        let Request { url, headers, .. } = &self.request;
        let is_plain = |name: &HeaderName| {
            let is_personal = PERSONAL.iter().any(|word| name.as_str().contains(word));
            !is_personal && !PARTIAL.contains(name)
        };
        self.method == HttpMethod::Get
            && self.request.body.is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && headers.keys().all(is_plain)
    }
}

/// An address that a guest has written.
///
/// # Errors
/// [`ServiceError::Argument`] for one that is malformed, or not a web server's.
pub(in crate::runtime::services) fn parse(text: &str) -> ServiceResult<Url> {
    let shown = || crate::base::printable::printable(text);
    let url: Url = text.parse().map_err(|error| {
        ServiceError::Argument(format!("`{}` is not an address: {error}", shown()))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ServiceError::Argument(format!(
            "`{}` is not the address of a web server: it begins with neither `https://` nor `http://`",
            shown()
        )));
    }
    Ok(url)
}

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Patch => Method::PATCH,
    }
}
