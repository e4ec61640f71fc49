//! How patterns match: word by word, `*` for any one and `**` for all that are left.

use url::Url;

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
