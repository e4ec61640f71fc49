//! Rules for private addresses, and what one request may do there.

use std::{net::IpAddr, str::FromStr};

use serde::Deserialize;
use url::{Host, Url};

use super::reach::{Range, unwrapped};
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        printable::printable,
    },
    package::capability::{Capability, NamedAddresses},
};

/// A rule for private addresses that may be asked: a range, `10.0.0.0/8`, one address, or the name of a host at whatever
/// private address it is, exactly, by `*`, or by `*.corp.example` for all that lie below a domain.
///
/// Addresses of a link (`169.254.0.0/16`, `fe80::/10`) and of a cloud's metadata are asked by no rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PrivateHost(Rule);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Range(Range),
    /// Requests to a host.
    Host(Capability),
}

/// The reason why a string is not a rule for private addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateHostError {
    /// It has a `/` and is not a range.
    #[error("`{}` is not a range of addresses, such as `10.0.0.0/8`", printable(.text))]
    Range {
        /// The rule as written.
        text: String,
    },
    /// Its address has bits that the range leaves open, so that another one may be meant.
    #[error("`{}` is not the beginning of a range; write `{range}`", printable(.text))]
    Beginning {
        /// The rule as written.
        text: String,
        /// The range that it is in.
        range: String,
    },
    /// All its addresses are public, and need no rule.
    #[error("`{}` is not private: it is asked without a rule", printable(.text))]
    Public {
        /// The rule as written.
        text: String,
    },
    /// Nobody is ever asked there.
    #[error("`{}` is an address of a link or of a cloud's metadata, which nothing allows", printable(.text))]
    Never {
        /// The rule as written.
        text: String,
    },
    /// It cannot be a host.
    #[error("{problem}")]
    Host {
        /// Why.
        problem: String,
    },
}

impl Hint for PrivateHostError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write a range such as `10.0.0.0/8`, an address, or a host such as `*.corp.example`"
                .into(),
        )
    }
}

impl FromStr for PrivateHost {
    type Err = PrivateHostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = match text.split_once('/') {
            Some((address, prefix)) => Some(range(text, address, prefix)?),
            None => address(text).map(Range::of_one),
        };
        let text = text.to_owned();
        let Some(range) = range else {
            let host = Capability::Http { host: text };
            return match host.ineffective() {
                None => Ok(Self(Rule::Host(host))),
                Some(found) => Err(PrivateHostError::Host {
                    problem: found.problem,
                }),
            };
        };
        if range.is_never() {
            Err(PrivateHostError::Never { text })
        } else if !range.has_private() {
            Err(PrivateHostError::Public { text })
        } else {
            Ok(Self(Rule::Range(range)))
        }
    }
}

impl TryFrom<String> for PrivateHost {
    type Error = PrivateHostError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

fn range(text: &str, address: &str, prefix: &str) -> Result<Range, PrivateHostError> {
    let no_range = || PrivateHostError::Range {
        text: text.to_owned(),
    };
    let address = self::address(address).ok_or_else(no_range)?;
    let prefix = prefix.parse().map_err(|_| no_range())?;
    let range = Range::of_prefix(address, prefix).ok_or_else(no_range)?;
    if !range.begins_at(address) {
        return Err(PrivateHostError::Beginning {
            text: text.to_owned(),
            range: range.to_string(),
        });
    }
    Ok(range)
}

/// The address that is written so; `None` for a name.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    match Host::parse(text.trim_end_matches('.')).ok()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
    }
}

impl PrivateHost {
    /// Whether the rule allows an address, whatever it is called.
    pub(super) fn allows_address(&self, address: IpAddr) -> bool {
        matches!(&self.0, Rule::Range(range) if range.contains(unwrapped(address)))
    }

    /// Whether the rule allows a URL's host by its name.
    pub(super) fn allows_host(&self, url: &Url) -> bool {
        matches!(&self.0, Rule::Host(host) if host.allows_http(url))
    }
}

/// The permission of one request to reach addresses, besides what the options say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Permission {
    allowed: Allowed,
    denied: Vec<IpAddr>,
}

/// The private addresses that a request may come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
enum Allowed {
    #[default]
    Nothing,
    Addresses(Vec<IpAddr>),
    Everything,
}

impl Permission {
    /// No private address.
    pub(crate) const PUBLIC: Self = Self {
        allowed: Allowed::Nothing,
        denied: Vec::new(),
    };

    /// Whichever address the server has: the user has named it.
    pub(crate) const NAMED: Self = Self {
        allowed: Allowed::Everything,
        denied: Vec::new(),
    };

    /// What the user allows and denies an extension by rules that name addresses.
    pub(crate) fn of(NamedAddresses { allowed, denied }: NamedAddresses) -> Self {
        let allowed = match allowed.is_empty() {
            true => Allowed::Nothing,
            false => Allowed::Addresses(normal(allowed)),
        };
        Self {
            allowed,
            denied: normal(denied),
        }
    }

    /// The same, where the user has named the server.
    pub(super) fn named(&self) -> Self {
        Self {
            allowed: Allowed::Everything,
            denied: self.denied.clone(),
        }
    }

    pub(super) fn allows(&self, address: IpAddr) -> bool {
        match &self.allowed {
            Allowed::Nothing => false,
            Allowed::Addresses(allowed) => allowed.contains(&unwrapped(address)),
            Allowed::Everything => true,
        }
    }

    pub(super) fn denies(&self, address: IpAddr) -> bool {
        self.denied.contains(&unwrapped(address))
    }
}

fn normal(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut addresses: Vec<_> = addresses.into_iter().map(unwrapped).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_range_an_address_or_a_host() {
        for (rule, address, is_allowed) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "64:ff9b::10.1.2.3", true),
            ("10.0.0.0/8", "192.168.0.1", false),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("fc00::/7", "fd00::1", true),
            ("[fc00::]/7", "fd00::1", true),
            ("127.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("::1", "::1", true),
            ("[::1]", "::1", true),
            ("[::ffff:7f00:1]", "127.0.0.1", true),
            ("0.0.0.0/0", "192.168.0.1", true),
            ("*", "10.0.0.1", false),
        ] {
            let allowed: PrivateHost = rule.parse().unwrap();
            let address = address.parse().unwrap();
            assert_eq!(
                allowed.allows_address(address),
                is_allowed,
                "{rule} {address}"
            );
        }
        for (rule, host, is_allowed) in [
            ("*.corp.example", "wiki.corp.example", true),
            ("*.corp.example", "WIKI.corp.example.", true),
            ("*.corp.example", "corp.example", false),
            ("wiki", "wiki", true),
            ("localhost", "localhost", true),
            ("*", "anything.example", true),
            ("10.0.0.0/8", "10.0.0.1", false),
        ] {
            let allowed: PrivateHost = rule.parse().unwrap();
            let url = Url::parse(&format!("http://{host}:8080/")).unwrap();
            assert_eq!(allowed.allows_host(&url), is_allowed, "{rule} {host}");
        }
    }

    #[test]
    fn a_rule_that_can_allow_nothing_is_an_error() {
        for (rule, words) in [
            ("10.0.0.0/33", "is not a range of addresses"),
            ("10.0.0.0/", "is not a range of addresses"),
            ("10.0.0.0/255.0.0.0", "is not a range of addresses"),
            ("corp.example/8", "is not a range of addresses"),
            (
                "10.0.0.1/8",
                "is not the beginning of a range; write `10.0.0.0/8`",
            ),
            ("8.8.8.8", "is not private"),
            ("8.0.0.0/8", "is not private"),
            ("2a00::/12", "is not private"),
            ("169.254.169.254", "which nothing allows"),
            ("[::ffff:169.254.169.254]", "which nothing allows"),
            ("169.254.0.0/16", "which nothing allows"),
            ("fe80::/10", "which nothing allows"),
            ("", "is not a host"),
            ("http://wiki.corp.example", "is not a range of addresses"),
            ("wiki.corp.example:80", "is not a host"),
            ("wiki*", "has a `*` elsewhere"),
            ("*.10.0.0.1", "nothing lies below the address"),
        ] {
            let error = rule.parse::<PrivateHost>().unwrap_err();
            assert!(error.to_string().contains(words), "{rule}: {error}");
            assert!(error.hint().is_some());
        }
    }
}
