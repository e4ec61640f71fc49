//! Outcomes of changes of several extensions.

use std::{fmt, path::PathBuf};

use serde::{Serialize, Serializer};

use super::apply::Part;
use crate::{
    base::{
        causes::in_full,
        printable::printable,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::{self, Rejected, ResolveError},
    store::{disk::installed::Installed, report::Receipt},
};

/// The outcome of a change.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The number of the generation that the change has made; `None` where nothing has changed, or was
    /// to change.
    pub generation: Option<u64>,
    /// What is installed now of what was asked for, what was installed already among it.
    pub receipts: Vec<Receipt>,
    /// What is installed no longer.
    pub removed: Vec<Installed>,
    /// What an update has left as it was.
    pub skipped: Vec<Skipped>,
}

/// The outcome of a removal.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Removed {
    /// What is installed no longer.
    pub extensions: Vec<Installed>,
    /// The working directories that are gone, where they were to go.
    pub work_dirs: Vec<PathBuf>,
}

/// An extension that an update has left as it was.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The extension.
    pub id: ExtensionId,
    /// The version that is installed.
    pub version: ExtensionVersion,
    /// The identity of the registry that it came from; `None` where it came from none.
    #[serde(skip)]
    pub registry: Option<String>,
    /// Why no other was taken.
    #[serde(serialize_with = "in_words")]
    pub reason: SkipReason,
}

/// The reason for which an update has left an extension as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is the greatest version that can be chosen.
    UpToDate {
        /// Greater versions that cannot be, the greatest first.
        passed_over: Vec<Rejected>,
    },
    /// It is pinned.
    Pinned,
    /// A dev extension shadows it.
    Dev,
    /// It came from an archive of the user's own, which has no later versions.
    NoRegistry,
    /// It came from a repository, of which nothing newer was packed for the update.
    Repository {
        /// Why not, in words that follow its name.
        reason: String,
        /// There is, or may be, something newer.
        is_news: bool,
    },
    /// None of the registry's versions can be chosen.
    NothingToChoose(ResolveError),
    /// What the registry says of it cannot be read, or is older than what is installed.
    Unreadable(Box<registry::Error>),
    /// The update, as it would have been, needs a yes that was not given.
    NeedsConsent(Box<Receipt>),
}

impl Skipped {
    pub(in crate::store) fn new(installed: &Installed, reason: SkipReason) -> Self {
        Self {
            id: installed.id.clone(),
            version: installed.version.clone(),
            registry: installed.origin.registry().map(str::to_owned),
            reason,
        }
    }

    /// A part of a change that the user does not allow.
    pub(in crate::store) fn needs_consent(part: Part) -> Self {
        let receipt = part.receipt;
        let version = receipt.previous.as_ref();
        Self {
            id: receipt.installed.id.clone(),
            version: version.unwrap_or(&receipt.installed.version).clone(),
            registry: receipt.installed.origin.registry().map(str::to_owned),
            reason: SkipReason::NeedsConsent(Box::new(receipt)),
        }
    }

    /// The update that was left out because it needs a yes, if that is the reason.
    pub fn needing_consent(&self) -> Option<&Receipt> {
        match &self.reason {
            SkipReason::NeedsConsent(receipt) => Some(receipt),
            _ => None,
        }
    }

    /// Whether a user should hear of it: there is, or may be, something newer that was not taken.
    pub fn is_worth_telling(&self) -> bool {
        match &self.reason {
            SkipReason::UpToDate { passed_over } => !passed_over.is_empty(),
            SkipReason::NoRegistry => false,
            SkipReason::Repository { is_news, .. } => *is_news,
            _ => true,
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpToDate { passed_over } => match passed_over.as_slice() {
                [] => formatter.write_str("is up to date"),
                [first, rest @ ..] => {
                    write!(formatter, "is the greatest that can be taken: {first}")?;
                    match rest.len() {
                        0 => Ok(()),
                        more => write!(formatter, " (and {more} more)"),
                    }
                }
            },
            Self::Pinned => formatter.write_str("is pinned"),
            Self::Dev => formatter.write_str("is shadowed by a dev extension"),
            Self::NoRegistry => formatter.write_str("came from an archive, not from a registry"),
            Self::Repository { reason, .. } => formatter.write_str(reason),
            Self::NothingToChoose(error) => write!(formatter, "stays: {error}"),
            Self::Unreadable(error) => write!(formatter, "stays: {}", unreadable_words(error)),
            Self::NeedsConsent(receipt) => {
                write!(
                    formatter,
                    "stays: {} needs a yes",
                    receipt.installed.version
                )?;
                match receipt.added_permissions.is_empty() {
                    true => Ok(()),
                    false => write!(formatter, ", as it may newly {}", receipt.added_permissions),
                }
            }
        }
    }
}

/// The words for why it is not known what a registry says of an extension that came from it.
pub(super) fn unreadable_words(error: &registry::Error) -> String {
    match error {
        registry::Error::UnknownExtension { registries, .. } => match registries.as_slice() {
            [registry] => format!("no longer in the registry `{}`", printable(registry)),
            _ => "no longer in its registry".into(),
        },
        error => in_full(error),
    }
}

fn in_words<S: Serializer>(reason: &SkipReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}
