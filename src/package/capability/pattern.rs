//! Matching of patterns: word by word, `*` for any one and `**` for all that are left.
//!
//! Hosts and segments of paths are compared in their [one form](super::normal), so that no spelling gets round what is
//! denied.

use super::normal;

/// Whether a host's name matches. `*.` stands for whatever lies below a domain.
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
    normal::host(one) == normal::host(other)
}

/// The domain of a pattern such as `*.example.org`.
pub(super) fn domain_of(pattern: &str) -> Option<&str> {
    pattern
        .strip_prefix("*.")
        .filter(|domain| !domain.is_empty())
}

/// Whether a host has a domain's name after some of its own.
pub(super) fn lies_below(host: &str, domain: &str) -> bool {
    let [host, domain] = [host, domain].map(normal::host);
    let own = host
        .strip_suffix(&domain)
        .and_then(|it| it.strip_suffix('.'));
    own.is_some_and(|own| !own.is_empty()) && !normal::is_address(&host)
}

/// Whether a variable's name matches: exactly, or by its beginning before a `*`.
pub(super) fn name_matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

/// Whether a package's name matches: exactly, or as one of a scope, `@scope/*`.
pub(super) fn package_matches(pattern: &str, name: &str) -> bool {
    let of_scope = |scope: &str| scope.ends_with('/') && name.starts_with(scope);
    is_match(pattern, name) || pattern.strip_suffix('*').is_some_and(of_scope)
}

pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    pattern == "*" || pattern == text
}

/// Whether all texts match a list of patterns.
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
