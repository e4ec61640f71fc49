//! Matching of patterns: word by word, `*` for any one and `**` for all that are left.
//!
//! One host and one path can be written in several ways, which servers take for the same. They are the same here
//! too, in what is asked for and in patterns, so that no spelling gets round what is denied.

use url::Url;

/// Whether a host's name matches. It has no case, and `*.` stands for whatever lies below a domain.
pub(super) fn host_matches(pattern: &str, host: &str) -> bool {
    is_any_or_same_host(pattern, host)
        || domain_of(pattern).is_some_and(|domain| lies_below(host, domain))
}

/// Whether a pattern is `*` or the host itself.
pub(super) fn is_any_or_same_host(pattern: &str, host: &str) -> bool {
    pattern == "*" || is_same_host(pattern, host)
}

/// Whether two names are of the same host.
pub(super) fn is_same_host(one: &str, other: &str) -> bool {
    without_root(one).eq_ignore_ascii_case(without_root(other))
}

/// A host's name without the dot at its end, which stands for the root of all names.
fn without_root(host: &str) -> &str {
    host.trim_end_matches('.')
}

/// The domain of a pattern such as `*.example.org`.
pub(super) fn domain_of(pattern: &str) -> Option<&str> {
    pattern
        .strip_prefix("*.")
        .filter(|domain| !domain.is_empty())
}

/// Whether a host has a domain's name after some of its own.
pub(super) fn lies_below(host: &str, domain: &str) -> bool {
    let [host, domain] = [host, domain].map(|name| without_root(name).to_ascii_lowercase());
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

/// As [`is_match`], of segments of a URL's path.
pub(super) fn is_segment_match(pattern: &str, segment: &str) -> bool {
    pattern == "*" || is_same_segment(pattern, segment)
}

/// Whether two segments are the same but for characters that one of them writes as `%` and their number. An
/// encoded slash does not separate segments.
pub(super) fn is_same_segment(one: &str, other: &str) -> bool {
    one == other || decoded(one).eq(decoded(other))
}

/// The bytes of a segment. A `%` without a number stands for itself.
fn decoded(segment: &str) -> impl Iterator<Item = u8> {
    let mut rest = segment.as_bytes();
    std::iter::from_fn(move || {
        if let [b'%', high, low, behind @ ..] = rest
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            rest = behind;
            return Some(high << 4 | low);
        }
        let (first, behind) = rest.split_first()?;
        rest = behind;
        Some(*first)
    })
}

/// The value of a hexadecimal digit.
fn digit(character: u8) -> Option<u8> {
    let digit = char::from(character).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Whether all texts match a list of patterns, each by `is_match`.
pub(super) fn all_match<'text>(
    patterns: &[String],
    mut texts: impl Iterator<Item = &'text str>,
    is_match: fn(&str, &str) -> bool,
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
