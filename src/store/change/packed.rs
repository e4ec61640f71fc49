//! What was packed on this machine for a change, because the store cannot bring it itself: which entries of a lockfile
//! need that, and what an update takes of it.

use std::collections::HashSet;

use super::{install_request::PackedExtension, obtain::OwnArchive, outcome::SkipReason};
use crate::{
    base::{digest::Blake3Digest, task::blocking},
    store::{
        disk::{
            generation::Generation,
            installed::{Installed, Origin},
            layout::Layout,
            lockfile::{Locked, Lockfile},
            store::Store,
            tree::Tree,
        },
        error::StoreError,
    },
};

impl Store {
    /// Returns the entries of a lockfile that were packed of a repository and whose files are not on this machine: what
    /// a change takes from [`ChangeOptions::packed`](super::change_options::ChangeOptions::packed). Changes nothing.
    ///
    /// # Errors
    /// As [`generation`](Self::generation).
    pub async fn to_pack(&self, lockfile: &Lockfile) -> Result<Vec<Locked>, StoreError> {
        let of_repositories = lockfile.extensions();
        let of_repositories: Vec<Locked> = of_repositories
            .filter(|locked| matches!(locked.origin, Origin::Git { .. }))
            .cloned()
            .collect();
        if of_repositories.is_empty() {
            return Ok(of_repositories);
        }
        let layout = self.layout().clone();
        blocking(move || missing(&layout, of_repositories)).await
    }
}

/// Those of which no generation has the same archive of the same origin, with all of its files.
fn missing(layout: &Layout, entries: Vec<Locked>) -> Result<Vec<Locked>, StoreError> {
    let mut held: Vec<Installed> = Vec::new();
    let current = Generation::current(layout)?;
    // One that cannot be read holds nothing.
    let earlier = (current.others(layout)?.into_iter())
        .filter_map(|number| Generation::read(layout, number).ok());
    for generation in std::iter::once(current).chain(earlier) {
        for mut installed in generation.extensions.into_values() {
            held.extend(installed.fallback.take().map(|fallback| *fallback));
            held.push(installed);
        }
    }
    let mut whole: HashSet<Blake3Digest> = HashSet::new();
    let mut missing = Vec::new();
    for locked in entries {
        let is_it = |installed: &&Installed| {
            installed.id == locked.id
                && installed.sha256 == locked.sha256
                && installed.origin == locked.origin
        };
        let Some(installed) = held.iter().find(is_it) else {
            missing.push(locked);
            continue;
        };
        let tree = installed.tree;
        if !whole.contains(&tree) && Tree::whole(&layout.tree(&tree), &tree)?.is_none() {
            missing.push(locked);
            continue;
        }
        whole.insert(tree);
    }
    Ok(missing)
}

/// The archive packed of the repository that an extension came from.
pub(super) fn of_same_source(
    packed: &[PackedExtension],
    installed: &Installed,
) -> Option<OwnArchive> {
    let is_its = |packed: &&PackedExtension| packed.origin.is_same_source(&installed.origin);
    packed.iter().find(is_its).cloned().map(OwnArchive::Packed)
}

/// Why what no registry has is not updated.
pub(super) fn without_registry(installed: &Installed) -> SkipReason {
    match installed.origin {
        Origin::Git { .. } => SkipReason::Repository {
            reason: "came from a repository, which was not asked".into(),
            is_news: false,
        },
        _ => SkipReason::NoRegistry,
    }
}
