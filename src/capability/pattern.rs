//! How patterns match: word by word, `*` for any one and `**` for all that are left.

use url::Url;

/// Whether a host's name matches. It has no case, and `*.` stands for whatever lies below a domain.
pub(super) fn host_matches(pattern: &str, host: &str) -> bool {
    pattern == "*"
        || pattern.eq_ignore_ascii_case(host)
        || domain_of(pattern).is_some_and(|domain| lies_below(host, domain))
}

/// The domain of a pattern such as `*.example.org`.
pub(super) fn domain_of(pattern: &str) -> Option<&str> {
    pattern
        .strip_prefix("*.")
        .filter(|domain| !domain.is_empty())
}

/// Whether a host has a domain's name after some of its own.
pub(super) fn lies_below(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let own = host
        .strip_suffix(&domain)
        .and_then(|it| it.strip_suffix('.'));
    own.is_some_and(|own| !own.is_empty())
}

/// Whether a variable's name matches: exactly, or by its beginning before a `*`.
pub(super) fn name_matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    pattern == "*" || pattern == text
}

pub(super) fn all_match<'text>(
    patterns: &[String],
    mut texts: impl Iterator<Item = &'text str>,
) -> bool {
    for pattern in patterns {
        if pattern == "**" {
            return true;
        }
        if !texts.next().is_some_and(|text| is_match(pattern, text)) {
            return false;
        }
    }
    texts.next().is_none()
}

/// The segments of a URL's path; the root has none.
pub(super) fn segments(url: &Url) -> impl Iterator<Item = &str> {
    let is_root = url.path().is_empty() || url.path() == "/";
    url.path_segments()
        .filter(|_| !is_root)
        .into_iter()
        .flatten()
}
