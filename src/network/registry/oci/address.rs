//! The address of a registry in a container registry.

use std::{fmt, str::FromStr};

use url::Url;

use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
    types::{ExtensionId, ExtensionVersion},
};

/// The scheme, as it is written.
const SCHEME: &str = "oci://";

/// The longest name of a repository, in bytes.
const LONGEST_REPOSITORY: usize = 255;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 128;

/// The address of a registry in a container registry: `oci://ghcr.io/somebody/extensions`.
///
/// It is asked over `https`, and over plain `http` on this machine alone.
#[derive(Clone, PartialEq, Eq)]
pub struct OciAddress {
    /// The host, with its port where that is not the usual one, as it is written.
    host: String,
    repository: String,
    /// Where the host's interface begins.
    api: Url,
}

/// The reason why a string is not the address of a registry in a container registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the address of a container registry: {problem}", printable(.text))]
pub struct ParseOciAddressError {
    text: String,
    problem: &'static str,
}

impl Hint for ParseOciAddressError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some("write `oci://`, the host, and a repository in lower case, such as `oci://ghcr.io/somebody/extensions`".into())
    }
}

impl OciAddress {
    /// The host, with its port where it is not the usual one: whom the person's login is for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository, to which the ids of extensions are appended.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Where the host's interface begins, which ends in `/`.
    pub(crate) fn api(&self) -> &Url {
        &self.api
    }

    /// The repository of an extension's archives; `None` where its id cannot be part of a repository's name.
    pub(in crate::network::registry) fn repository_of(&self, id: &ExtensionId) -> Option<String> {
        let repository = format!("{}/{id}", self.repository);
        let fits = repository.len() <= LONGEST_REPOSITORY && is_component(id.as_str());
        fits.then_some(repository)
    }
}

/// The tag of a version; `None` where it is too long for one.
pub(in crate::network::registry) fn tag_of(version: &ExtensionVersion) -> Option<String> {
    // No version has a `_`, so that no two have one tag.
    let tag = version.published().replace('+', "_");
    (tag.len() <= LONGEST_TAG).then_some(tag)
}

impl FromStr for OciAddress {
    type Err = ParseOciAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |problem| ParseOciAddressError {
            text: match text.rsplit_once('@') {
                Some((_, rest)) => format!("{SCHEME}…@{rest}"),
                None => text.to_owned(),
            },
            problem,
        };
        let rest = text.strip_prefix(SCHEME);
        let rest = rest.ok_or_else(|| wrong("it does not begin with `oci://`"))?;
        let (host, repository) = rest
            .trim_end_matches('/')
            .split_once('/')
            .ok_or_else(|| wrong("it names no repository"))?;
        if host.contains('@') {
            return Err(wrong("it has a login, which Docker's configuration is for"));
        }
        if repository.contains([':', '@']) {
            return Err(wrong("it has a tag or a digest"));
        }
        if !repository.split('/').all(is_component) || repository.len() > LONGEST_REPOSITORY {
            return Err(wrong("the repository's name is not one"));
        }
        // Nothing that an address would be read without, and no name in another script.
        let is_plain = |it: char| it.is_ascii_alphanumeric() || ".-:[]".contains(it);
        if host.is_empty() || !host.chars().all(is_plain) {
            return Err(wrong("the host is not one"));
        }
        // Where the host is reached that is written so.
        let server = match host {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            host => host,
        };
        let api = |scheme: &str| Url::parse(&format!("{scheme}://{server}/v2/"));
        let plain = api("http").map_err(|_| wrong("the host is not one"))?;
        let is_here = !crate::network::http::is_plain(&plain);
        let api = match is_here {
            true => plain,
            false => api("https").map_err(|_| wrong("the host is not one"))?,
        };
        if api.path() != "/v2/" || api.query().is_some() || api.fragment().is_some() {
            return Err(wrong("the host is not one"));
        }
        Ok(Self {
            host: host.to_ascii_lowercase(),
            repository: repository.to_owned(),
            api,
        })
    }
}

/// Whether a text can be one part of a repository's name: runs of lower-case letters and digits, with one `.`, one or two
/// `_`, or any number of `-` between.
fn is_component(text: &str) -> bool {
    let is_plain = |it: &u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(is_plain) || !bytes.last().is_some_and(is_plain) {
        return false;
    }
    let mut between = bytes.split(is_plain).filter(|run| !run.is_empty());
    between.all(|run| matches!(run, b"." | b"_" | b"__") || run.iter().all(|it| *it == b'-'))
}

impl fmt::Display for OciAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}/{}", self.host, self.repository)
    }
}

impl fmt::Debug for OciAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OciAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> OciAddress {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_names_a_host_and_a_repository() {
        for (text, shown, api) in [
            (
                "oci://GHCR.io/some-body/extensions/",
                "oci://ghcr.io/some-body/extensions",
                "https://ghcr.io/v2/",
            ),
            (
                "oci://127.0.0.1:5000/a",
                "oci://127.0.0.1:5000/a",
                "http://127.0.0.1:5000/v2/",
            ),
            (
                "oci://localhost:5000/a/b__c/d.e",
                "oci://localhost:5000/a/b__c/d.e",
                "http://localhost:5000/v2/",
            ),
            (
                "oci://docker.io/a/b",
                "oci://docker.io/a/b",
                "https://registry-1.docker.io/v2/",
            ),
            (
                "oci://r.example:8443/a",
                "oci://r.example:8443/a",
                "https://r.example:8443/v2/",
            ),
        ] {
            let address = parse(text);
            assert_eq!(address.to_string(), shown);
            assert_eq!(address.api().as_str(), api);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_no_password_shown() {
        for text in [
            "oci://",
            "oci://host",
            "oci://host/",
            "oci:///a",
            "oci://host/A",
            "oci://host/a//b",
            "oci://host/../a",
            "oci://host/a:1.0",
            "oci://host/a@sha256:00",
            "oci://host/a?b",
            "oci://host/-a",
            "oci://host/a___b",
            "oci://ho st/a",
            "oci://ho\tst/a",
            "oci://b\u{fc}cher.example/a",
            "oci://host?x/a",
            "oci://host:99999/a",
            "https://host/a",
        ] {
            assert!(text.parse::<OciAddress>().is_err(), "{text}");
        }
        let error = "oci://me:secret@host/a".parse::<OciAddress>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn ids_and_versions_become_names() {
        let address = parse("oci://host/r");
        let of = |id: &str| address.repository_of(&id.parse().unwrap());
        assert_eq!(of("java-x"), Some("r/java-x".into()));
        assert_eq!(of("vscode_dark_plus"), Some("r/vscode_dark_plus".into()));
        for id in ["trailing-", "a___b", "a_-b"] {
            assert_eq!(of(id), None, "{id}");
        }
        let tag = |version: &str| tag_of(&version.parse().unwrap());
        assert_eq!(tag("v1.0-rc.1+b5"), Some("v1.0-rc.1_b5".into()));
        assert_eq!(tag(&format!("1.0-{}", "a".repeat(130))), None);
    }
}
