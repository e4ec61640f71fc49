//! Validators, by which a server recognises what it sent before.

use reqwest::{
    Response,
    header::{
        DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED,
    },
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

/// The longest validator kept, in bytes: it is sent back with every request.
const MAX_VALIDATOR_BYTES: usize = 512;

/// The age below which content may change again with no change of its validator: servers date files by the second, and
/// nginx knows them by that second and their size.
const YOUNG: Duration = Duration::seconds(2);

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

/// Returns the validator of this content where it will hold: not where the content changed so lately that another of the
/// same second may get the same one.
pub(crate) fn lasting_validator(response: &Response) -> Option<Validator> {
    if is_too_young(response) {
        return None;
    }
    validator(response)
}

/// Whether the content of an answer was changed within the last two seconds, by the server's clock. Its validator is then
/// not to be trusted. An answer that lacks either date is taken for old.
pub(crate) fn is_too_young(response: &Response) -> bool {
    is_young(response.headers())
}

fn is_young(headers: &HeaderMap) -> bool {
    let moment = |name: HeaderName| {
        let text = headers.get(name)?.to_str().ok()?.trim();
        OffsetDateTime::parse(text, &Rfc2822).ok()
    };
    match (moment(LAST_MODIFIED), moment(DATE)) {
        (Some(changed), Some(answered)) => answered - changed <= YOUNG,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(changed: &str, answered: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, text) in [(LAST_MODIFIED, changed), (DATE, answered)] {
            if !text.is_empty() {
                headers.insert(name, text.parse().unwrap());
            }
        }
        headers
    }

    #[test]
    fn what_changed_within_two_seconds_is_young() {
        let answered = "Mon, 30 Nov 2026 18:00:10 GMT";
        for (changed, expected) in [
            ("Mon, 30 Nov 2026 18:00:10 GMT", true),
            ("Mon, 30 Nov 2026 18:00:08 GMT", true),
            ("Mon, 30 Nov 2026 18:00:07 GMT", false),
            ("Sun, 29 Nov 2026 18:00:10 GMT", false),
            // A publisher that changes a file often sets its time forward.
            ("Mon, 30 Nov 2026 18:00:50 GMT", true),
            ("yesterday", false),
            ("", false),
        ] {
            assert_eq!(is_young(&headers(changed, answered)), expected, "{changed}");
        }
        assert!(!is_young(&headers(answered, "")));
    }
}
