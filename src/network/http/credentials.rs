//! Credentials for web servers.

use std::{collections::BTreeMap, fmt};

use reqwest::header::HeaderValue;
use url::{Host, Url};

use super::address::without_credentials;
use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// Tokens by exact origin: scheme, host and port. A token is sent (`Authorization: Bearer …`) only
/// with requests to its own origin, never after a redirect to another, and over plain `http` only to
/// this machine itself.
///
/// Shown for debugging, it names the origins and no token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// From an origin as ASCII text to the whole header.
    by_origin: BTreeMap<String, HeaderValue>,
}

/// The reason why a credential cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The address is not that of a web server.
    #[error("`{}` is not the address of a web server", printable(.text))]
    Origin {
        /// The address, without what may be secret in it.
        text: String,
    },
    /// The token has characters that no request can carry. It is not shown.
    #[error("the token for `{origin}` is empty or has characters that cannot be sent")]
    Token {
        /// Whom it is for.
        origin: String,
    },
}

/// The refusal to send a token or a password over the network for everyone on the way to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credentials for `{location}` are not sent over plain `http`")]
pub(crate) struct InsecureCredentials {
    /// The address.
    pub(crate) location: String,
}

impl Hint for CredentialsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Origin { .. } => {
                "give `https://`, the host, and the port if it is not 443".into()
            }
            Self::Token { .. } => "check for a line break or a space at its end".into(),
        })
    }
}

impl Credentials {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends `token` to the origin of `address`, whatever its path; a token set before is replaced.
    ///
    /// # Errors
    /// [`CredentialsError::Origin`] for an address with another scheme than `http` and `https`,
    /// [`CredentialsError::Token`] if no header can carry the token.
    pub fn insert(&mut self, address: &Url, token: &str) -> Result<(), CredentialsError> {
        let origin = address.origin().ascii_serialization();
        if !matches!(address.scheme(), "http" | "https") {
            return Err(CredentialsError::Origin {
                text: without_credentials(address).to_string(),
            });
        }
        let visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let header = HeaderValue::from_str(&format!("Bearer {token}"));
        let (true, Ok(mut header)) = (visible, header) else {
            return Err(CredentialsError::Token { origin });
        };
        header.set_sensitive(true);
        self.by_origin.insert(origin, header);
        Ok(())
    }

    /// The origins there is a token for, sorted.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.by_origin.keys().map(String::as_str)
    }

    /// There is no token.
    pub fn is_empty(&self) -> bool {
        self.by_origin.is_empty()
    }

    /// There is a token for the origin of `address`.
    pub(crate) fn is_for(&self, address: &Url) -> bool {
        let origin = address.origin().ascii_serialization();
        self.by_origin.contains_key(&origin)
    }

    /// Returns the credential to send with a request of `address`. A name and a password in the address itself go
    /// before a token; the client sends those.
    ///
    /// # Errors
    /// [`InsecureCredentials`] where everyone on the way could read it.
    pub(crate) fn header(
        &self,
        address: &Url,
    ) -> Result<Option<&HeaderValue>, InsecureCredentials> {
        let own = !address.username().is_empty() || address.password().is_some();
        let token = self.by_origin.get(&address.origin().ascii_serialization());
        if (own || token.is_some()) && is_plain(address) {
            return Err(InsecureCredentials {
                location: without_credentials(address).to_string(),
            });
        }
        Ok(token.filter(|_| !own))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.by_origin.keys())
            .finish()
    }
}

/// Whoever is on the way can read what is sent there, and put something else in the place of the answer.
pub(crate) fn is_plain(address: &Url) -> bool {
    address.scheme() != "https" && !is_loopback(address)
}

/// Nothing sent there leaves this machine.
fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        let mut credentials = Credentials::new();
        for address in [
            "https://a.example/x",
            "http://a.example:8080",
            "http://127.0.0.1:1",
        ] {
            let address = address.parse().unwrap();
            credentials.insert(&address, "secret").unwrap();
        }
        credentials
    }

    #[test]
    fn only_the_exact_origin_gets_a_token() {
        let credentials = credentials();
        let sent = |text: &str| {
            let header = credentials.header(&text.parse().unwrap());
            header.map(|it| it.is_some())
        };
        assert_eq!(sent("https://a.example/r/config.json"), Ok(true));
        assert_eq!(sent("https://a.example:443/"), Ok(true));
        for other in [
            "https://a.example:444/",
            "https://b.a.example/",
            "https://a.example.evil/",
            "http://a.example/",
            "http://127.0.0.1:2/",
        ] {
            assert_eq!(sent(other), Ok(false), "{other}");
        }
        assert_eq!(sent("http://127.0.0.1:1/x"), Ok(true));
        // The address's own name and password go first.
        assert_eq!(sent("https://me:word@a.example/"), Ok(false));
    }

    #[test]
    fn nothing_secret_is_said_over_plain_http() {
        for address in ["http://a.example:8080/", "http://me:secret@b.example/"] {
            let error = credentials().header(&address.parse().unwrap()).unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
        let local = "http://me:secret@localhost:1/".parse().unwrap();
        assert!(credentials().header(&local).is_ok());
    }

    #[test]
    fn no_token_is_ever_shown_and_none_is_taken_that_cannot_be_sent() {
        let mut credentials = credentials();
        assert!(!format!("{credentials:?}").contains("secret"));
        let address = "https://a.example".parse().unwrap();
        for token in ["", "secret\n", "secret word", "geheim\u{fc}"] {
            let error = credentials.insert(&address, token).unwrap_err();
            assert!(error.hint().is_some());
            assert_eq!(
                error.to_string(),
                "the token for `https://a.example` is empty or has characters that cannot be sent"
            );
        }
        let file = "file:///x".parse().unwrap();
        let error = credentials.insert(&file, "secret").unwrap_err();
        assert!(matches!(error, CredentialsError::Origin { .. }));
    }
}
