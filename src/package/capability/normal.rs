//! The one form in which rules and what is asked for are compared: of hosts, and of the segments of a URL's path.
//!
//! Servers take several spellings for the same, and a rule in one of them must hold for all:
//!
//! - a host has no case, may end in a dot, has its name of other letters in ASCII (`xn--…`), and an address in its
//!   shortest form: `0x7f.1` is `127.0.0.1`, and so is `[::ffff:127.0.0.1]`;
//! - an empty segment of a path is none, and a character may be written as `%` and its number;
//! - GitHub takes the names of owners and repositories in any case.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use url::{Host, Url};

/// A host's name, or an address, in its one form. What cannot be a host is compared as it is written.
pub(super) fn host(text: &str) -> String {
    parsed_host(text).unwrap_or_else(|| text.to_ascii_lowercase())
}

/// As [`host`]; `None` for what cannot be one.
pub(super) fn parsed_host(text: &str) -> Option<String> {
    // The dot at the end stands for the root of all names.
    let host = Host::parse(text.trim_end_matches('.')).ok()?;
    Some(match host {
        Host::Domain(name) => name.trim_end_matches('.').to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => match IpAddr::from(address).to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        },
    })
}

/// The addresses that a host stands for by itself: one that is an address, or this machine. No name does, nor a pattern.
pub(super) fn addresses(text: &str) -> Vec<IpAddr> {
    match parsed_host(text).as_deref() {
        Some("localhost") => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        _ => Vec::from_iter(address(text)),
    }
}

/// The address that a host is, in its shortest form.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    match Host::parse(text.trim_end_matches('.')).ok()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(IpAddr::from(address).to_canonical()),
    }
}

/// Whether a host in its one form is an address.
pub(super) fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

/// The path of a URL, as rules are held against it.
pub(super) struct Segments {
    /// Its segments that are not empty.
    pub(super) words: Vec<String>,
    /// What the server makes of it cannot be told: an encoded separator is one for some.
    pub(super) is_ambiguous: bool,
}

impl Segments {
    pub(super) fn of(url: &Url) -> Self {
        let written: Vec<&str> = written_segments(url).collect();
        Self {
            words: normal_words(url.host_str().unwrap_or_default(), &written),
            is_ambiguous: written.iter().any(|word| is_ambiguous(word)),
        }
    }
}

/// The segments of a URL's path that are not empty, as they are written.
pub(super) fn written_segments(url: &Url) -> impl Iterator<Item = &str> {
    let segments = url.path_segments().into_iter().flatten();
    segments.filter(|segment| !segment.is_empty())
}

/// Whether a segment holds a separator, or the end of a string, as a number.
pub(super) fn is_ambiguous(segment: &str) -> bool {
    segment.contains('\\') || decoded(segment).any(|byte| matches!(byte, b'/' | b'\\' | 0))
}

/// The words of a rule for the paths of a host, in their one form.
pub(super) fn words_of_rule(host: &str, path: &[String]) -> Vec<String> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut words = normal_words(host, &path);
    let written = path.iter().filter(|word| !word.is_empty());
    for (word, written) in words.iter_mut().zip(written) {
        // A pattern, and no word.
        if matches!(*written, "*" | "**") {
            *word = (*written).to_owned();
        }
    }
    words
}

fn normal_words(host_name: &str, path: &[&str]) -> Vec<String> {
    let without_case = names_without_case(&host(host_name));
    let words = path.iter().filter(|word| !word.is_empty());
    let words = words.enumerate().map(|(at, written)| {
        let word = normal_word(written);
        match at < without_case {
            true => word.to_ascii_lowercase(),
            false => word,
        }
    });
    words.collect()
}

/// How many words at the beginning of a path have no case.
fn names_without_case(host: &str) -> usize {
    match host {
        // Its paths begin with `repos`.
        "api.github.com" => 3,
        "github.com" | "raw.githubusercontent.com" => 2,
        _ if host.ends_with(".github.com") => 2,
        _ => 0,
    }
}

/// A segment whose characters are all numbers but for those that never have to be.
fn normal_word(segment: &str) -> String {
    let mut word = String::new();
    for byte in decoded(segment) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                word.push(char::from(byte));
            }
            // In small letters, which stay the same where a word has no case.
            _ => word.push_str(&format!("%{byte:02x}")),
        }
    }
    word
}

/// The bytes of a segment. A `%` without a number stands for itself.
fn decoded(segment: &str) -> impl Iterator<Item = u8> {
    let bytes: Cow<'_, [u8]> = percent_encoding::percent_decode_str(segment).into();
    bytes.into_owned().into_iter()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use crate::package::capability::{
        examples::{download, http},
        grants::Grants,
    };

    #[test]
    fn no_spelling_of_an_address_gets_round_a_rule() {
        let own = || download("github.com", &["owner", "name", "**"]);
        let of_host = |host: &str| download(host, &["**"]);
        // The rule, an address, and what the rule says of it: as what is allowed, and as what is denied.
        let table = [
            (own(), "https://github.com/owner/name/x", true, true),
            (own(), "https://github.com//owner/name/x", true, true),
            (own(), "https://github.com/owner///name/x/", true, true),
            (own(), "https://GitHub.com./OWNER/Name/x", true, true),
            (own(), "https://github.com/%6fwner/n%61me/x", true, true),
            (own(), "https://github.com/./owner/y/../name/x", true, true),
            (own(), "https://github.com\\owner\\name\\x", true, true),
            (own(), "https://github.com:8443/owner/name/x", true, true),
            (own(), "https://github.com/owner/other/x", false, false),
            (own(), "https://github.com/owner/../x/name", false, false),
            // What a server makes of these cannot be told.
            (own(), "https://github.com/owner%2Fname/x", false, true),
            (own(), "https://github.com/owner/name%2f..%2fx", false, true),
            (own(), "https://github.com/owner/name/a%5Cb", false, true),
            (own(), "https://github.com/owner/name/a%00", false, true),
            (own(), "https://example.org/owner%2Fname/x", false, false),
            (
                of_host("github.com"),
                "https://github.com/owner%2Fname/x",
                true,
                true,
            ),
            (
                of_host("*"),
                "https://github.com/owner%2Fname/x",
                true,
                true,
            ),
            // A number in a number is another name.
            (own(), "https://github.com/owner%252Fname/x", false, false),
            // The rule's own spelling.
            (
                download("GITHUB.com.", &["Owner", "", "n%61me", "**"]),
                "https://github.com/owner/NAME/x",
                true,
                true,
            ),
            (
                download("github.com", &["owner", "name", "Tag"]),
                "https://github.com/owner/name/tag",
                false,
                false,
            ),
            (
                download("api.github.com", &["repos", "Owner", "name"]),
                "https://api.github.com/repos/owner/Name",
                true,
                true,
            ),
            (
                download("example.org", &["Owner"]),
                "https://example.org/owner",
                false,
                false,
            ),
            (
                download("*", &["Owner", "*"]),
                "https://github.com/owner/x",
                true,
                true,
            ),
            (
                download("example.org", &["%2A"]),
                "https://example.org/a",
                false,
                false,
            ),
            (
                download("example.org", &["%2A"]),
                "https://example.org/*",
                true,
                true,
            ),
            (
                download("example.org", &["größe"]),
                "https://example.org/gr%C3%B6%c3%9fe",
                true,
                true,
            ),
            // Hosts.
            (
                of_host("127.0.0.1"),
                "http://[::ffff:127.0.0.1]/x",
                true,
                true,
            ),
            (of_host("127.0.0.1"), "http://0x7f.1/x", true, true),
            (of_host("127.0.0.1"), "http://2130706433/x", true, true),
            (of_host("127.0.0.1"), "http://127.1./x", true, true),
            (of_host("0x7f.1"), "http://127.0.0.1/x", true, true),
            (of_host("[::ffff:7f00:1]"), "http://127.0.0.1/x", true, true),
            (of_host("[0:0:0:0:0:0:0:1]"), "http://[::1]/x", true, true),
            (of_host("127.0.0.1"), "http://127.0.0.2/x", false, false),
            (
                of_host("münchen.example"),
                "https://xn--mnchen-3ya.example/x",
                true,
                true,
            ),
            (
                of_host("xn--mnchen-3ya.example"),
                "https://M%C3%9Cnchen.example/x",
                true,
                true,
            ),
            (
                of_host("example.org"),
                "https://ｅxample。org/x",
                true,
                true,
            ),
        ];
        for (rule, url, allows, denies) in table {
            let url = Url::parse(url).unwrap();
            assert_eq!(rule.allows_download(&url), allows, "{rule:?} {url}");
            let granted = Grants::none().with([rule.clone()]).check_download(&url);
            assert_eq!(granted.is_ok(), allows, "{rule:?} {url}");
            let denied = Grants::all().without([rule.clone()]);
            assert_eq!(
                denied.check_download(&url).is_err(),
                denies,
                "{rule:?} {url}"
            );
        }
    }

    #[test]
    fn hosts_of_requests_have_one_form() {
        for (rule, host, is_it) in [
            ("127.0.0.1", "[::ffff:127.0.0.1]", true),
            ("127.0.0.1", "0177.0.0.1", true),
            ("127.1", "127.0.0.1", true),
            ("[::1]", "[0:0::1]", true),
            ("*.münchen.example", "a.xn--mnchen-3ya.example", true),
            ("*.example.org", "A.EXAMPLE.ORG.", true),
            ("*.0.0.1", "127.0.0.1", false),
            ("*.example.org", "example.org", false),
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(http(rule).allows_http(&url), is_it, "{rule} {host}");
            let asked = super::super::Capability::of_request(&url);
            assert_eq!(http(rule).covers(&asked), is_it, "{rule} {host}");
        }
    }
}
