//! Redirects, and which of them are followed. Credentials are not sent to where they lead: they are dropped for good
//! wherever the scheme, the host or the port changes.

use reqwest::{
    Method, StatusCode,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
        PROXY_AUTHORIZATION,
    },
};
use url::Url;

use super::{address::plain, exchange::Request};

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
    let mut url = request
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
        next.with_credentials = false;
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            next.headers.remove(name);
        }
    } else if url.username().is_empty() && url.password().is_none() {
        keep_password(&request.url, &mut url);
    }
    next.url = url;
    Ok(Some(next))
}

/// Takes the name and the password of an address along to another one of its server.
fn keep_password(from: &Url, to: &mut Url) {
    // Both fail only on addresses that cannot have credentials.
    let _ = to.set_username(from.username());
    let _ = to.set_password(from.password());
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

    fn leads(from: &str, to: &str) -> Request {
        let mut request = Request::get(from.parse().unwrap());
        request.with_credentials = true;
        let token = "secret".parse().unwrap();
        request.headers.insert(AUTHORIZATION, token);
        let headers = HeaderMap::from_iter([(LOCATION, to.parse().unwrap())]);
        let previous = [request.url.clone()];
        let next = next_request(&request, &previous, 5, StatusCode::FOUND, &headers);
        next.unwrap().unwrap()
    }

    #[test]
    fn credentials_stay_with_their_origin_and_are_gone_for_good_elsewhere() {
        let from = "https://me:word@a.example/x";
        for (to, expected) in [
            ("/y", "https://me:word@a.example/y"),
            ("https://a.example:443/y", "https://me:word@a.example/y"),
            ("//a.example/y", "https://me:word@a.example/y"),
            ("https://you@a.example/y", "https://you@a.example/y"),
        ] {
            let next = leads(from, to);
            assert_eq!(next.url.as_str(), expected);
            assert!(next.with_credentials && next.headers.contains_key(AUTHORIZATION));
        }
        for to in [
            "https://b.example/y",
            "https://a.example:444/y",
            "//a.example.evil/y",
        ] {
            let next = leads(from, to);
            assert!(!next.with_credentials && next.headers.is_empty(), "{to}");
            assert!(!next.url.as_str().contains("word"), "{to}");
        }
    }

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
