//! Redirects, and which of them are followed. Credentials are not sent to where they lead: the client
//! drops them wherever the scheme, the host or the port changes.

use reqwest::{
    Method, StatusCode,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
        PROXY_AUTHORIZATION,
    },
    redirect,
};
use url::Url;

use super::{address::plain, credentials::is_plain, exchange::Request};

/// A redirect to another machine over plain `http`, where that is not allowed.
#[derive(Debug, thiserror::Error)]
#[error("one leads to `{location}`, which anyone on the way can change")]
pub(crate) struct PlainRedirect {
    pub(crate) location: String,
}

/// Follows at most so many redirects; to another machine over plain `http` only where `allows_plain`.
pub(crate) fn redirects(most: usize, allows_plain: bool) -> redirect::Policy {
    redirect::Policy::custom(move |attempt| {
        if !allows_plain && is_plain(attempt.url()) {
            let location = plain(attempt.url());
            return attempt.error(PlainRedirect { location });
        }
        match objection(attempt.previous(), attempt.url(), most) {
            Some(objection) => attempt.error(objection),
            None => attempt.follow(),
        }
    })
}

/// The request that an answer leads to, as browsers make it; `None` where the answer leads nowhere.
/// `previous` are the addresses so far, this request's the last of them.
///
/// # Errors
/// Why the redirect is not followed, as the rest of a sentence.
pub(super) fn next_request(
    request: &Request,
    previous: &[Url],
    most: usize,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Request>, String> {
    let keeps_method = match status.as_u16() {
        301 | 302 => request.method != Method::POST,
        303 => request.method == Method::HEAD,
        307 | 308 => true,
        _ => return Ok(None),
    };
    let Some(location) = headers.get(LOCATION) else {
        return Ok(None);
    };
    let text = location.to_str().map_err(|_| "one leads to no address")?;
    let url = request
        .url
        .join(text)
        .map_err(|_| "one leads to no address")?;
    if let Some(objection) = objection(previous, &url, most) {
        return Err(objection);
    }
    let mut next = request.clone();
    if !keeps_method {
        next.method = Method::GET;
        next.body = None;
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE] {
            next.headers.remove(name);
        }
    }
    if url.origin() != request.url.origin() {
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            next.headers.remove(name);
        }
    }
    next.url = url;
    Ok(Some(next))
}

/// Returns the reason why a redirect is not followed, given the addresses it came through.
fn objection(previous: &[Url], next: &Url, most: usize) -> Option<String> {
    if previous.len() > most {
        return Some(format!("there are more than {most}"));
    }
    if !matches!(next.scheme(), "http" | "https") {
        let next = plain(next);
        return Some(format!("`{next}` is not the address of a web server"));
    }
    let was_secure = previous.iter().any(|url| url.scheme() == "https");
    (was_secure && next.scheme() != "https")
        .then(|| "one leads from `https` to an address that anyone on the way can change".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_may_not_leave_https_nor_the_web_nor_go_on_for_ever() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let (secure, plain) = (url("https://a/"), url("http://b/"));
        assert_eq!(objection(std::slice::from_ref(&plain), &secure, 5), None);
        assert_eq!(objection(std::slice::from_ref(&secure), &secure, 5), None);
        assert!(objection(std::slice::from_ref(&secure), &plain, 5).is_some());
        for other in ["ftp://a/", "file:///a", "data:,a"] {
            assert!(objection(std::slice::from_ref(&plain), &url(other), 5).is_some());
        }
        assert!(objection(&[secure, plain.clone()], &plain, 5).is_some());
        assert!(objection(&vec![plain.clone(); 6], &plain, 5).is_some());
    }
}
