//! The refusal of a request.

use std::fmt;

use serde::Serialize;

use super::{Capability, wording::Word};
use crate::base::hint::{ErrorKind, Hint};

/// The side that refuses a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeniedBy {
    /// The extension's manifest does not list it.
    Manifest,
    /// The user has not granted it.
    Grants,
    /// It is at a private address, which no rule names.
    Address,
    /// It is at an address that nobody is asked at.
    Always,
    /// It cannot be recorded: see [`ExtensionObserver::record`](crate::runtime::delegate::ExtensionObserver::record).
    Audit,
}

/// The refusal of something that an extension asked for and may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    pub(super) request: Capability,
    pub(super) by: DeniedBy,
}

impl Denied {
    /// Returns the refused request, to the letter: nothing in it is a pattern.
    pub fn request(&self) -> &Capability {
        &self.request
    }

    /// The side that refused.
    pub fn by(&self) -> DeniedBy {
        self.by
    }
}

impl Hint for Denied {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn hint(&self) -> Option<String> {
        // A guest that asks for `*` to the letter must not get a user to grant everything.
        if !self.request.is_literal() {
            return None;
        }
        // Nor advice that would be refused: an encoded slash is under no rule for a path.
        if self.request.ineffective().is_some() {
            return None;
        }
        let line = self.request.to_toml();
        Some(match self.by {
            DeniedBy::Manifest => {
                format!("the extension's author can add `{line}` to `capabilities` in its manifest")
            }
            DeniedBy::Grants => format!("if you trust the extension with it, grant `{line}`"),
            DeniedBy::Address | DeniedBy::Always | DeniedBy::Audit => return None,
        })
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the capability `{}` to ", self.request.kind())?;
        self.request
            .describe(formatter, |word| Word(word).to_string())?;
        formatter.write_str(match self.by {
            DeniedBy::Manifest => " is not listed in the extension's manifest",
            DeniedBy::Grants => " is not granted",
            DeniedBy::Address => " is not granted, for it is at a private address",
            DeniedBy::Always => " is never granted",
            DeniedBy::Audit => " cannot be recorded",
        })
    }
}

impl std::error::Error for Denied {}

#[cfg(test)]
mod tests {
    use crate::base::hint::Hint as _;
    use crate::package::capability::{examples::process, execution::Execution, grants::Grants};

    #[test]
    fn a_refusal_never_advises_to_grant_a_pattern_the_guest_wrote() {
        let denied = Grants::none().check_npm("*").unwrap_err();
        assert_eq!(denied.hint(), None);
        let listed = [process("*", &["**"])];
        let denied = Grants::none()
            .check_process(&listed, &"sh".into(), &["**"], &Execution::default())
            .unwrap_err();
        assert_eq!(denied.hint(), None);
        assert!(denied.to_string().contains("run `sh **`"));
    }

    #[test]
    fn a_refusal_cannot_move_the_cursor() {
        let denied = Grants::all()
            .check_process(
                &[],
                &"a\u{1b}[2J".into(),
                &["b\nc", ""],
                &Execution::default(),
            )
            .unwrap_err();
        assert!(
            !denied.to_string().chars().any(char::is_control),
            "{denied}"
        );
        assert!(denied.to_string().contains("\"b\\nc\" \"\""), "{denied}");
    }
}
