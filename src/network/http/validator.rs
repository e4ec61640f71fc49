//! Validators, by which a server recognises what it sent before.

use reqwest::{
    Response,
    header::{ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED},
};
use serde::{Deserialize, Serialize};

/// The longest validator kept, in bytes: it is sent back with every request.
const MAX_VALIDATOR_BYTES: usize = 512;

/// The validator of a file's content, by which its server recognises it: an entity tag or a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validator {
    /// Its `ETag`, sent back as `If-None-Match`.
    ETag(String),
    /// Its `Last-Modified`, sent back as `If-Modified-Since`.
    LastModified(String),
}

impl Validator {
    /// The header that asks for changes only; `None` for one that no request can carry.
    pub(crate) fn condition(&self) -> Option<(HeaderName, HeaderValue)> {
        let (name, text) = match self {
            Self::ETag(text) => (IF_NONE_MATCH, text),
            Self::LastModified(text) => (IF_MODIFIED_SINCE, text),
        };
        Some((name, text.parse().ok()?))
    }
}

/// Returns the validator of this content.
pub(crate) fn validator(response: &Response) -> Option<Validator> {
    let text = |name: HeaderName| {
        let text = response.headers().get(name)?.to_str().ok()?.trim();
        (!text.is_empty() && text.len() <= MAX_VALIDATOR_BYTES).then(|| text.to_owned())
    };
    text(ETAG)
        .map(Validator::ETag)
        .or_else(|| text(LAST_MODIFIED).map(Validator::LastModified))
}
