//! Withdrawals of versions by their registries, kept so that they hold without a network.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{installed::Installed, layout::Layout, summary::Summary, transaction::Change};
use crate::{
    base::{
        fs,
        task::blocking,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::{
        Listing,
        format::{IndexFile, State, Withdrawal},
        label_of_unknown,
    },
    store::error::StoreError,
};

/// The most bytes that are read of the file: hundreds of thousands of withdrawals.
const MOST_BYTES: u64 = 64 << 20;

/// A version that its registry has withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Withdrawn {
    /// The registry that says so: the text of its [`RegistryId`](crate::network::registry::RegistryId).
    pub registry: String,
    /// The version.
    pub version: ExtensionVersion,
    /// It is known to do harm: it is neither installed nor started. Otherwise it is yanked: it is not
    /// for new installations.
    pub blocked: bool,
    /// Why. The registry's text: escape it before showing it in a terminal.
    pub reason: Option<String>,
    /// What to use instead: a version or another extension's id. The registry's text as well.
    pub replacement: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// All versions that registries have withdrawn, as of when each index file was last read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Withdrawals(BTreeMap<ExtensionId, Vec<Withdrawn>>);

impl Withdrawals {
    /// Reads what is known. The file is there only where something was withdrawn.
    pub(in crate::store) fn read(layout: &Layout) -> Result<Self, StoreError> {
        Layout::read_known(layout.withdrawals(), MOST_BYTES)
    }

    /// Takes over what registries list, and writes it down if that is news. The change holds the lock.
    pub(in crate::store) async fn learn<'a>(
        change: &Arc<Change>,
        listings: impl Iterator<Item = &'a Listing>,
    ) -> Result<Self, StoreError> {
        let indexes: Vec<_> = listings
            .map(|listing| (listing.registry.id().to_string(), listing.index.clone()))
            .collect();
        let change = change.clone();
        blocking(move || Self::take_over(change.layout(), &indexes, change.lock())).await
    }

    fn take_over(
        layout: &Layout,
        indexes: &[(String, IndexFile)],
        _lock: &fs::FileLock,
    ) -> Result<Self, StoreError> {
        let mut known = Self::read(layout)?;
        let before = known.clone();
        for (registry, index) in indexes {
            known.set(registry, index);
        }
        if known != before {
            layout.write_known(&layout.withdrawals(), &known)?;
        }
        Ok(known)
    }

    /// Returns what is known, with what a registry lists now.
    pub(in crate::store) fn with(mut self, registry: &str, index: &IndexFile) -> Self {
        self.set(registry, index);
        self
    }

    /// Returns the registry's statement about an installed version: `None` where it was not withdrawn.
    pub fn of(&self, installed: &Installed) -> Option<&Withdrawn> {
        self.find(
            &installed.id,
            installed.origin.registry()?,
            &installed.version,
        )
    }

    /// Returns the registry's statement about an installed version of which a part was read, as [`Self::of`] does.
    pub fn of_summary(&self, summary: &Summary) -> Option<&Withdrawn> {
        self.find(&summary.id, summary.origin.registry()?, &summary.version)
    }

    /// Returns the withdrawal of a registry's version.
    pub(in crate::store) fn find(
        &self,
        id: &ExtensionId,
        registry: &str,
        version: &ExtensionVersion,
    ) -> Option<&Withdrawn> {
        let mut known = self.0.get(id)?.iter();
        // Old notes have the registry's name for itself: a block holds for all registries of that name.
        let label = label_of_unknown(registry);
        known.find(|one| {
            (one.registry == registry || Some(one.registry.as_str()) == label)
                && one.version.reads_as(version)
        })
    }

    fn set(&mut self, registry: &str, index: &IndexFile) {
        let known = self.0.entry(index.id.clone()).or_default();
        for version in &index.versions {
            let is_it = |one: &Withdrawn| {
                one.registry == registry && one.version.reads_as(&version.line.version)
            };
            // What was said stands until it is taken back: an older index may be read after a newer one.
            let (blocked, withdrawal, at) = match &version.state {
                State::Available => {
                    known.retain(|one| {
                        !is_it(one) || version.restored.is_none_or(|restored| restored < one.at)
                    });
                    continue;
                }
                State::Yanked(withdrawal) => (false, withdrawal, withdrawal.at),
                State::Blocked(withdrawal) => (true, withdrawal, withdrawal.at),
            };
            if known.iter().any(|one| is_it(one) && one.at > at) {
                continue;
            }
            known.retain(|one| !is_it(one));
            let Withdrawal {
                reason,
                replacement,
                at,
            } = withdrawal.clone();
            known.push(Withdrawn {
                registry: registry.to_owned(),
                version: version.line.version.clone(),
                blocked,
                reason,
                replacement,
                at,
            });
        }
        if known.is_empty() {
            self.0.remove(&index.id);
        }
    }
}

/// The error for a version that is known to do harm.
pub(in crate::store) fn blocked(id: &ExtensionId, withdrawn: &Withdrawn) -> StoreError {
    StoreError::Blocked {
        id: id.clone(),
        withdrawn: Box::new(withdrawn.clone()),
    }
}
