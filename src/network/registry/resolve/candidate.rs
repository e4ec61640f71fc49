//! One version under consideration, and what becomes of it.

use std::fmt;

use super::super::{index_file::State, line::VersionLine};
use super::reason::{RejectReason, Rejected};
use crate::base::types::ExtensionVersion;

/// A version under consideration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// The version as published.
    pub line: VersionLine,
    /// Whether the registry still offers it.
    pub state: State,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// The verdict on a version. Shown, it ends a sentence that the version begins: "1.3.0 is taken".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is taken.
    Chosen,
    /// It would do, but a greater one is taken.
    Older {
        /// The version taken.
        chosen: ExtensionVersion,
    },
    /// It will not do.
    Rejected(RejectReason),
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen => formatter.write_str("is taken"),
            Self::Older { chosen } => write!(formatter, "would do, but {chosen} is greater"),
            Self::Rejected(reason) => reason.fmt(formatter),
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.line.version, self.verdict)
    }
}

impl Candidate {
    /// The version and the reason, where it will not do.
    pub(super) fn rejected(&self) -> Option<Rejected> {
        match &self.verdict {
            Verdict::Rejected(reason) => Some(Rejected {
                version: self.line.version.clone(),
                reason: reason.clone(),
            }),
            _ => None,
        }
    }
}
