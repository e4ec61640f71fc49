//! Which redirects are followed. What lets us in is not told to whoever they lead to: the client
//! drops it wherever the scheme, the host or the port changes.

use reqwest::redirect;
use url::Url;

pub(super) fn redirects(most: usize) -> redirect::Policy {
    redirect::Policy::custom(move |attempt| {
        match objection(attempt.previous(), attempt.url(), most) {
            Some(objection) => attempt.error(objection),
            None => attempt.follow(),
        }
    })
}

/// Why a redirect is not followed, given the addresses it came through.
fn objection(previous: &[Url], next: &Url, most: usize) -> Option<String> {
    if previous.len() > most {
        return Some(format!("there are more than {most}"));
    }
    let was_secure = previous.iter().any(|url| url.scheme() == "https");
    (was_secure && next.scheme() != "https")
        .then(|| "one leads from `https` to an address that anyone on the way can change".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_may_not_leave_https_nor_go_on_for_ever() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let (secure, plain) = (url("https://a/"), url("http://b/"));
        assert_eq!(objection(std::slice::from_ref(&plain), &secure, 5), None);
        assert_eq!(objection(std::slice::from_ref(&secure), &secure, 5), None);
        assert!(objection(std::slice::from_ref(&secure), &plain, 5).is_some());
        assert!(objection(&[secure, plain.clone()], &plain, 5).is_some());
        assert!(objection(&vec![plain.clone(); 6], &plain, 5).is_some());
    }
}
