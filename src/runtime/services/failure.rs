//! Failures of host operations as they stay with the call that asked for them: what the host knows, whatever the extension
//! makes of it.

use super::error::ServiceError;
use crate::base::{
    causes::chain,
    hint::{ErrorKind, Hint},
};

/// The most bytes of a failure's words, and of its way out (4 KiB each).
const MOST_BYTES: usize = 4 << 10;

/// The failure of something that an extension asked of its host, or its refusal.
///
/// Extensions often answer with words of their own, such as `failed to download latest github release`. This is what
/// their host knows of it: the source of a [`CallError`](crate::CallError).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {}: {}", .0.operation, outcome(.0.kind), .0.message)]
pub struct HostFailure(Box<Facts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    operation: &'static str,
    message: String,
    kind: ErrorKind,
    hint: Option<String>,
    is_offline: bool,
}

impl HostFailure {
    /// The operation, by its name in the API: `download-file`.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// What went wrong, with its causes, joined by colons; at most 4 KiB.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the operation needed the network, and might not ask it.
    pub fn is_offline(&self) -> bool {
        self.0.is_offline
    }

    pub(crate) fn of(operation: &'static str, error: &ServiceError) -> Self {
        let is_offline = |it: &(dyn std::error::Error + 'static)| {
            matches!(it.downcast_ref(), Some(ServiceError::Offline { .. }))
        };
        Self(Box::new(Facts {
            operation,
            message: bounded(error.in_words()),
            kind: error.kind(),
            hint: error.hint().map(bounded),
            is_offline: chain(error).any(is_offline),
        }))
    }

    /// A failure of which nothing is known but its words.
    pub(crate) fn in_words(operation: &'static str, words: String) -> Self {
        Self::without_error(operation, words, ErrorKind::Other, None)
    }

    /// A refusal by the sandbox.
    pub(crate) fn refusal(operation: &'static str, words: String, hint: &str) -> Self {
        Self::without_error(operation, words, ErrorKind::Refused, Some(hint.to_owned()))
    }

    fn without_error(
        operation: &'static str,
        words: String,
        kind: ErrorKind,
        hint: Option<String>,
    ) -> Self {
        Self(Box::new(Facts {
            operation,
            message: bounded(words),
            kind,
            hint,
            is_offline: false,
        }))
    }

    /// Whether an extension's words pass this on: as they are, or quoted as a literal.
    pub(crate) fn is_told_by(&self, words: &str) -> bool {
        let own = self.message().trim_end_matches('…');
        !own.is_empty() && (words.contains(own) || words.contains(&*own.escape_debug().to_string()))
    }
}

impl Hint for HostFailure {
    fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    fn hint(&self) -> Option<String> {
        self.0.hint.clone()
    }
}

fn outcome(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Refused => "was refused",
        _ => "failed",
    }
}

/// The beginning of a text that is too long.
fn bounded(mut text: String) -> String {
    if text.len() > MOST_BYTES {
        text.truncate(text.floor_char_boundary(MOST_BYTES - '…'.len_utf8()));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline() -> ServiceError {
        ServiceError::Offline {
            what: "the latest release of `a/b`".into(),
        }
    }

    #[test]
    fn a_failure_has_the_words_the_kind_and_the_way_out_of_its_error() {
        let failure = HostFailure::of("latest-github-release", &offline());
        assert_eq!(
            failure.to_string(),
            "`latest-github-release` failed: the latest release of `a/b` is not known, and this is offline"
        );
        assert!(failure.is_offline());
        assert_eq!(failure.kind(), ErrorKind::Network);
        assert_eq!(failure.hint().as_deref(), Some("do it once with a network"));
        let refused = HostFailure::refusal("wasi:http", "requests are not answered".into(), "x");
        assert_eq!(
            refused.to_string(),
            "`wasi:http` was refused: requests are not answered"
        );
    }

    #[test]
    fn an_extension_passes_a_failure_on_as_it_is_or_quoted() {
        let failure = HostFailure::in_words("fetch", "a \"b\"\n: c".into());
        for (words, is_told) in [
            ("it failed: a \"b\"\n: c; try again", true),
            ("called `unwrap()`: \"a \\\"b\\\"\\n: c\"", true),
            ("a \"b\"", false),
            ("", false),
        ] {
            assert_eq!(failure.is_told_by(words), is_told, "{words}");
        }
        let nothing = HostFailure::in_words("fetch", String::new());
        assert!(!nothing.is_told_by("anything"));
    }

    #[test]
    fn the_words_are_bounded() {
        let long = "é".repeat(MOST_BYTES);
        let failure = HostFailure::in_words("fetch", long.clone());
        assert!(failure.message().len() <= MOST_BYTES && failure.message().ends_with("é…"));
        assert!(failure.is_told_by(&long));
    }
}
