//! The logins of a person at container registries.

use std::fmt;

use crate::network::registry::source::BoxError;

/// A login at a container registry. Shown for debugging, it tells nothing secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerLogin {
    /// A name and a password, which may be a token.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that others are made from.
    IdentityToken(String),
}

impl fmt::Debug for ContainerLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Password { .. } => "Password",
            Self::IdentityToken(_) => "IdentityToken",
        })
    }
}

/// The logins of a person at container registries, such as Docker's configuration has. They are asked for only where a
/// container registry wants one.
pub trait ContainerLogins: fmt::Debug + Send + Sync {
    /// Returns the login at a host, such as `ghcr.io` or `registry.example:5000`; `None` where there is none. It may
    /// block: it is called off the async threads.
    ///
    /// # Errors
    /// Where it cannot be had.
    fn login(&self, host: &str) -> Result<Option<ContainerLogin>, BoxError>;
}
