//! No version is left, and what to do about it.

use super::reason::{RejectReason, Rejected};
use crate::base::{
    hint::{ErrorKind, Hint},
    types::{ExtensionId, VersionRequirement},
};

/// The reason why no version can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no version of `{id}` can be installed for the requirement `{requirement}`")]
#[non_exhaustive]
pub struct ResolveError {
    /// The extension.
    pub id: ExtensionId,
    /// What was asked for.
    pub requirement: VersionRequirement,
    /// Every version with its reason, the greatest first.
    pub rejected: Vec<Rejected>,
    /// How many lines of the index this program could not read.
    pub unreadable: usize,
}

impl Hint for ResolveError {
    fn kind(&self) -> ErrorKind {
        let is_asked_for = |one: &Rejected| !matches!(one.reason, RejectReason::NotAskedFor { .. });
        match self.rejected.iter().any(is_asked_for) {
            true => ErrorKind::Incompatible,
            false => ErrorKind::NotFound,
        }
    }

    fn hint(&self) -> Option<String> {
        let asked_for = |one: &&Rejected| !matches!(one.reason, RejectReason::NotAskedFor { .. });
        let mut lines: Vec<String> = self
            .rejected
            .iter()
            .filter(asked_for)
            .take(3)
            .map(Rejected::to_string)
            .collect();
        if lines.is_empty() && !self.rejected.is_empty() {
            let versions: Vec<String> = self
                .rejected
                .iter()
                .take(5)
                .map(|one| one.version.to_string())
                .collect();
            lines.push(format!("the registry has {}", versions.join(", ")));
        }
        if let Some(first) = self.rejected.iter().find(asked_for)
            && first.reason.yields_to_exact()
        {
            lines.push(format!(
                "ask for `={}` to take it all the same",
                first.version
            ));
        }
        if self.unreadable > 0 {
            lines.push(format!(
                "{} lines of its index could not be read; a newer program may read them",
                self.unreadable
            ));
        }
        if lines.is_empty() {
            lines.push("nothing has been published of it yet".into());
        }
        Some(lines.join("\n"))
    }
}
