//! Rules by which what is at one address is fetched from another: a mirror of one's own.

use percent_encoding::percent_decode;
use serde::Deserialize;
use url::Url;

use crate::{
    base::{
        hint::{ErrorKind, Hint},
        printable::printable,
    },
    network::http::{is_plain, without_credentials},
};

/// How often what is encoded may be encoded again.
const MOST_DECODED: usize = 8;

/// A rule by which downloads from all addresses below one are fetched from below another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "AddressRuleParts")]
pub struct AddressRule {
    from: Url,
    to: Url,
}

/// A rule as it is written: two addresses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressRuleParts {
    from: String,
    to: String,
}

/// The reason why a rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressRuleError {
    /// One of its addresses is not a web server's.
    #[error("`{}` is not the address of a web server", printable(.text))]
    Address {
        /// The address as written.
        text: String,
    },
    /// One of its addresses is not that of a folder: it does not end in `/`, or has a query or a fragment.
    #[error("`{}` does not end in `/`", printable(.text))]
    Folder {
        /// The address.
        text: String,
    },
    /// One of its addresses has a name or a password in it.
    #[error("`{}` has a name or a password in it", printable(.text))]
    Credentials {
        /// The address without them.
        text: String,
    },
}

impl Hint for AddressRuleError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Address { .. } => "give `https://` and the host".into(),
            Self::Folder { .. } => {
                "write a `/` at its end: whole parts of a path are replaced, and what follows stays"
                    .into()
            }
            Self::Credentials { .. } => {
                "give the server a token of its own, by `[[credential]]`".into()
            }
        })
    }
}

impl TryFrom<AddressRuleParts> for AddressRule {
    type Error = String;

    fn try_from(parts: AddressRuleParts) -> Result<Self, Self::Error> {
        Self::parse(&parts.from, &parts.to).map_err(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
    }
}

impl AddressRule {
    /// Reads a rule. Both addresses are a web server's, end in `/`, and have no query, fragment or password.
    ///
    /// # Errors
    /// [`AddressRuleError`] otherwise.
    pub fn parse(from: &str, to: &str) -> Result<Self, AddressRuleError> {
        Ok(Self {
            from: folder(from)?,
            to: folder(to)?,
        })
    }

    /// The addresses that it is for: all below this one.
    pub fn from(&self) -> &Url {
        &self.from
    }

    /// Where what is there is fetched.
    pub fn to(&self) -> &Url {
        &self.to
    }

    /// Whether what would come over `https` comes over plain `http` from another machine.
    pub fn is_insecure(&self) -> bool {
        self.from.scheme() == "https" && is_plain(&self.to)
    }

    /// Where what is at an address is fetched; `None` where the rule is not for it. A password in the address is not
    /// taken along.
    fn apply(&self, url: &Url) -> Option<Url> {
        let rest = url.path().strip_prefix(self.from.path())?;
        if self.from.origin() != url.origin() || may_leave(rest) {
            return None;
        }
        let mut there = self.to.clone();
        there.set_path(&format!("{}{rest}", self.to.path()));
        there.set_query(url.query());
        Some(there)
    }

    /// Where what is at an address is fetched by the rule for the longest beginning of it; `None` where none is for it.
    pub(super) fn longest<'a>(rules: impl IntoIterator<Item = &'a Self>, url: &Url) -> Option<Url> {
        let fitting = rules
            .into_iter()
            .filter_map(|rule| Some((rule.from.path().len(), rule.apply(url)?)));
        // Of equals the first that is written.
        fitting
            .reduce(|one, other| if other.0 > one.0 { other } else { one })
            .map(|(_, there)| there)
    }
}

/// Whether some server could take the rest of a path for one that leaves the folder it is put into: what separates its
/// parts may be encoded, and so may the name of the folder above, more than once, and with parameters behind it (`..;x`).
fn may_leave(rest: &str) -> bool {
    let lower = rest.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%5c") || rest.contains('\\') {
        return true;
    }
    let mut text = rest.as_bytes().to_vec();
    for _ in 0..MOST_DECODED {
        let decoded: Vec<u8> = percent_decode(&text).collect();
        if decoded == text {
            let Ok(text) = String::from_utf8(text) else {
                // Bytes that a lenient reader may take for a dot.
                return true;
            };
            return text.split(['/', '\\']).any(|part| {
                let part = part.split(';').next().unwrap_or_default();
                let blank = |it: char| it.is_whitespace() || it.is_control();
                matches!(part.trim_matches(blank), "." | "..")
            });
        }
        text = decoded;
    }
    true
}

fn folder(text: &str) -> Result<Url, AddressRuleError> {
    let address = || AddressRuleError::Address {
        text: text.to_owned(),
    };
    let url: Url = text.parse().map_err(|_| address())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(address());
    }
    if !url.username().is_empty() || url.password().is_some() {
        let text = without_credentials(&url).to_string();
        return Err(AddressRuleError::Credentials { text });
    }
    if !url.path().ends_with('/') || url.query().is_some() || url.fragment().is_some() {
        let text = url.to_string();
        return Err(AddressRuleError::Folder { text });
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(rules: &[(&str, &str)], url: &str) -> Option<String> {
        let rules: Vec<AddressRule> = rules
            .iter()
            .map(|(from, to)| AddressRule::parse(from, to).unwrap())
            .collect();
        AddressRule::longest(&rules, &url.parse().unwrap()).map(String::from)
    }

    #[test]
    fn the_longest_beginning_counts_in_whole_parts_of_the_path() {
        let rules = [
            ("https://github.com/", "https://mirror.example/github/"),
            ("https://github.com/a/", "https://other.example/"),
        ];
        for (url, expected) in [
            (
                "https://github.com/b/c?d=e#f",
                "https://mirror.example/github/b/c?d=e",
            ),
            ("https://github.com/a/b/c", "https://other.example/b/c"),
            (
                "https://github.com/ab/c",
                "https://mirror.example/github/ab/c",
            ),
            ("https://github.com/a", "https://mirror.example/github/a"),
            (
                "https://GitHub.com:443/x/../b",
                "https://mirror.example/github/b",
            ),
            (
                "https://me:word@github.com/b",
                "https://mirror.example/github/b",
            ),
        ] {
            assert_eq!(applied(&rules, url).as_deref(), Some(expected), "{url}");
        }
        for url in [
            "http://github.com/b",
            "https://github.com:444/b",
            "https://github.com.evil.example/b",
            "https://api.github.com/b",
            "https://github.com/..%2f..%2Fsecret",
            "https://github.com/a%5C..%5csecret",
            "https://github.com/..;/secret",
            "https://github.com/a/..;x=y/..%3B/secret",
            "https://github.com/%252e%252e/secret",
            "https://github.com/.%252E%253bx/secret",
            "https://github.com/b/..%252f..%25252fsecret",
            "https://github.com/b/..%255Csecret",
            "https://github.com/..%00/secret",
            "https://github.com/%C0%AE%C0%AE/secret",
            "https://github.com/%25252525252525252e./secret",
        ] {
            assert_eq!(applied(&rules, url), None, "{url}");
        }
        for url in ["a;b/...", "x%2520y/a%252fb", "v1..2/%C3%A9"] {
            let expected = Some(format!("https://mirror.example/github/{url}"));
            assert_eq!(
                applied(&rules, &format!("https://github.com/{url}")),
                expected
            );
        }
    }

    #[test]
    fn only_what_leaves_https_for_plain_http_elsewhere_is_insecure() {
        for (from, to, is_insecure) in [
            ("https://github.com/", "http://mirror.example/", true),
            ("https://github.com/", "http://127.0.0.1:9/", false),
            ("https://github.com/", "https://mirror.example/", false),
            ("http://example.org/", "http://mirror.example/", false),
        ] {
            let rule = AddressRule::parse(from, to).unwrap();
            assert_eq!(rule.is_insecure(), is_insecure, "{to}");
        }
    }

    #[test]
    fn a_rule_that_could_mean_something_else_is_refused() {
        for (from, to) in [
            ("github.com/", "https://mirror.example/"),
            ("ftp://github.com/", "https://mirror.example/"),
            ("https://github.com/a", "https://mirror.example/"),
            ("https://github.com/", "https://mirror.example/a"),
            ("https://github.com/", "https://mirror.example/?a/"),
            ("https://github.com/", "https://me@mirror.example/"),
        ] {
            assert!(AddressRule::parse(from, to).is_err(), "{from} {to}");
        }
        assert!(AddressRule::parse("https://github.com", "https://mirror.example").is_ok());
    }
}
