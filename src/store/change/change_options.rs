//! Options of a change of the store: where to look, what may be chosen, and who is asked.

use std::{collections::BTreeSet, path::Path};

use async_trait::async_trait;

use super::{install_request::PackedExtension, policy::Policy};
use crate::{
    base::types::ExtensionId,
    network::registry::Sources,
    store::{
        difference::LockDifference,
        disk::{installed::Installed, lockfile::Lockfile},
        report::Receipt,
    },
};

/// The consent to a change: it decides whether the change may be made, once that is known in full.
///
/// It is asked before every change that replaces something installed, so that a user can be shown what
/// changes; [`Receipt::added_permissions`] says what a version may do that the one before could not.
///
/// The store is not locked while it decides, so other processes do not wait for a user's answer. Where another
/// process has
/// changed the store by then, the change is prepared anew, and asked about again if anything of it differs.
#[async_trait]
pub trait Consent: Send + Sync {
    /// Whether all of these changes may be made.
    async fn allows(&self, changes: &[Receipt]) -> bool;

    /// The extensions of these changes that are to stay as they are, while the others are changed: asked of an update
    /// of all that is installed in the place of [`allows`](Self::allows), so that one that needs a yes holds none of
    /// the others back. Default: none where `allows` agrees, else all.
    async fn refused(&self, changes: &[Receipt]) -> BTreeSet<ExtensionId> {
        match self.allows(changes).await {
            true => BTreeSet::new(),
            false => ids(changes.iter()),
        }
    }

    /// Whether these extensions may be removed, which the user has not named: a lockfile that the store is made
    /// equal to
    /// does not have them. Default: no.
    async fn allows_removal(&self, _removed: &[Installed]) -> bool {
        false
    }

    /// Whether what a lockfile has may be installed although the extension's registry does not say the same, and
    /// although the user has not named the lockfile. Default: no.
    async fn allows_locked(&self, _differences: &[LockDifference]) -> bool {
        false
    }

    /// Whether an answer may take long, because a user is asked. Where not, the store stays locked for it.
    /// Default: yes.
    fn takes_time(&self, _changes: &[Receipt], _removed: &[Installed]) -> bool {
        true
    }
}

/// A [`Consent`] that allows every change.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

#[async_trait]
impl Consent for AllowAll {
    async fn allows(&self, _: &[Receipt]) -> bool {
        true
    }

    async fn allows_removal(&self, _: &[Installed]) -> bool {
        true
    }

    async fn allows_locked(&self, _: &[LockDifference]) -> bool {
        true
    }

    fn takes_time(&self, _: &[Receipt], _: &[Installed]) -> bool {
        false
    }
}

/// A [`Consent`] to all but what brings new permissions, removes what the user has not named, or comes from a lockfile
/// alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct DenyAddedPermissions;

#[async_trait]
impl Consent for DenyAddedPermissions {
    async fn allows(&self, changes: &[Receipt]) -> bool {
        changes
            .iter()
            .all(|change| change.added_permissions.is_empty())
    }

    async fn refused(&self, changes: &[Receipt]) -> BTreeSet<ExtensionId> {
        let powerful = changes.iter();
        ids(powerful.filter(|change| !change.added_permissions.is_empty()))
    }

    fn takes_time(&self, _: &[Receipt], _: &[Installed]) -> bool {
        false
    }
}

fn ids<'a>(changes: impl Iterator<Item = &'a Receipt>) -> BTreeSet<ExtensionId> {
    changes.map(|change| change.installed.id.clone()).collect()
}

/// The options of a change of the store.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChangeOptions<'a> {
    /// Where extensions come from.
    pub sources: &'a Sources,
    /// An extension that came from one registry may be replaced by another's of the same id, because the
    /// user has named the registry. Default: no, an id belongs to the registry it came from.
    pub rebind: bool,
    /// Which versions may be chosen. Default: the stable ones.
    pub policy: Policy,
    /// What is locked. Where it has an extension that is to be installed, in a version that will do,
    /// that version is taken. Default: nothing.
    pub lockfile: Option<&'a Lockfile>,
    /// The lockfile was found where the work is done, and not named by the user: it may be a stranger's. It only
    /// chooses among the versions of the registry that an extension belongs to without it, or, where only what is
    /// locked is wanted, among the registries of the configuration; what else it has is asked about. Default: no.
    pub lockfile_found: bool,
    /// The extensions packed on this machine for this change: taken for what a lockfile has of the same origin, and, by
    /// an update, for what is installed of the same repository. Default: nothing.
    pub packed: &'a [PackedExtension],
    /// A folder of archives that need not be fetched, each named by its sha256 and `.tar.gz`. Default: none.
    pub archives: Option<&'a Path>,
    /// A version of a registry that publishes no digests may have other bytes than when it was installed first, which
    /// are then what it is taken to be. Default: no.
    pub accepts_other_archives: bool,
    /// Only what is locked may be installed. Default: no.
    pub locked: bool,
    /// Everything is done but the change itself. Nobody is asked whether what is installed may be replaced: the
    /// receipts tell what would need a yes. Default: no.
    pub dry_run: bool,
    /// The consent that is asked for. Default: [`DenyAddedPermissions`].
    pub consent: &'a dyn Consent,
}

impl std::fmt::Debug for ChangeOptions<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ChangeOptions")
            .field("sources", &self.sources)
            .field("policy", &self.policy)
            .field("locked", &self.locked)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

impl<'a> ChangeOptions<'a> {
    /// The defaults, with extensions from `sources`.
    pub fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            rebind: false,
            policy: Policy::default(),
            lockfile: None,
            lockfile_found: false,
            archives: None,
            accepts_other_archives: false,
            packed: &[],
            locked: false,
            dry_run: false,
            consent: &DenyAddedPermissions,
        }
    }
}
