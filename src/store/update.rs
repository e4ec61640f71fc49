//! Updates what is installed, and makes it what a lockfile says.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ExtensionStore, Kept, KeptReason, Lockfile, Outcome, StoreError, Terms,
    apply::{self, Decided},
    blocking, dev, find,
    plan::{self, Choice, Step},
    release::Release,
    withdrawal::Withdrawals,
};
use crate::types::ExtensionId;

impl ExtensionStore {
    /// Updates extensions to the greatest versions that this host serves, as one change: those given, or
    /// all that are installed where none is given. Nothing new costs two requests for each registry, and
    /// each extension with something new one more.
    ///
    /// Pinned extensions are left alone, and so are those that a dev extension shadows, that came from an
    /// archive or have no version that could be chosen; [`Outcome::kept`] says why. A version that its registry has blocked is
    /// replaced even by an older one; where there is none, that is an error if the extension is named.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] for an id that is not, [`StoreError::Dev`] for one that is a dev
    /// extension's alone; [`StoreError::NotAllowed`] where the consent of
    /// `terms` refuses what a new version may do; otherwise any [`StoreError`]. Nothing has changed then.
    pub async fn update(
        &self,
        ids: &[ExtensionId],
        terms: &Terms<'_>,
    ) -> Result<Outcome, StoreError> {
        let generation = self.generation()?;
        let is_named = !ids.is_empty();
        let ids: Vec<ExtensionId> = match ids {
            [] => generation.extensions.keys().cloned().collect(),
            ids => ids.to_vec(),
        };
        let dev: BTreeSet<ExtensionId> = dev::ids(self.layout())?.into_iter().collect();
        let mut registries = BTreeMap::new();
        for id in &ids {
            if dev.contains(id) {
                if !generation.extensions.contains_key(id) {
                    self.refuse_dev(id)?;
                }
                continue;
            }
            let installed = find(&generation, id)?;
            if let Some(registry) = installed.origin.registry() {
                registries.insert(id.clone(), registry.to_owned());
            }
        }
        let mut listings = terms.sources.indexes(&registries).await;
        let change = self.change(terms.reporter).await?;
        let indexes: Vec<_> = listings
            .values()
            .filter_map(|listing| listing.as_ref().ok())
            .map(|listing| (listing.registry.id().to_string(), listing.index.clone()))
            .collect();
        let learning = change.clone();
        blocking(move || {
            let indexes = indexes.iter().map(|(name, index)| (name.as_str(), index));
            Withdrawals::learn(learning.layout(), indexes, learning.lock())
        })
        .await?;

        // One registry's outage, or one extension's broken index file, keeps none of the others from
        // their updates.
        let is_partial = !is_named && listings.values().any(Result::is_ok);
        let mut decided = Decided::default();
        let mut kept = Vec::new();
        for id in ids {
            // Removed, or installed from elsewhere, while its registry was asked: nothing to update.
            let Some(installed) = change.generation().extensions.get(&id) else {
                continue;
            };
            if dev.contains(&id) {
                kept.push(Kept::new(installed, KeptReason::Dev));
                continue;
            }
            let asked = registries.get(&id).map(String::as_str);
            let choice = match listings.remove(&id) {
                Some(Err(error)) if is_partial || (!is_named && !error.is_temporary()) => {
                    let reason = KeptReason::Unreadable(Box::new(error));
                    Choice::Keep(Kept::new(installed, reason))
                }
                Some(listing) if installed.origin.registry() == asked => {
                    plan::update(listing?, installed, is_named, terms)?
                }
                _ => Choice::Keep(Kept::new(installed, KeptReason::NoRegistry)),
            };
            match choice {
                Choice::Take(step) => decided.steps.push(*step),
                Choice::Keep(one) => kept.push(one),
            }
        }
        if let (true, Some(step)) = (terms.locked, decided.steps.first()) {
            return Err(StoreError::LockOutdated {
                id: step.release.id.clone(),
                version: step.release.version.clone(),
            });
        }
        let mut outcome = apply::apply(self, change, decided, terms).await?;
        outcome.kept = kept;
        Ok(outcome)
    }

    /// Makes the store hold what a lockfile says, and nothing else, as one change. Registries' indexes
    /// are not read: each archive that the store lacks is fetched and must have the digest that is locked.
    ///
    /// # Errors
    /// [`StoreError::Blocked`] for a version that is known to do harm; otherwise any [`StoreError`]. Nothing
    /// has changed then.
    pub async fn sync(
        &self,
        lockfile: &Lockfile,
        terms: &Terms<'_>,
    ) -> Result<Outcome, StoreError> {
        let change = self.change(terms.reporter).await?;
        let reading = change.clone();
        let withdrawals = blocking(move || Withdrawals::read(reading.layout())).await?;
        let mut decided = Decided {
            reason: Some("sync".into()),
            ..Decided::default()
        };
        for locked in lockfile.extensions() {
            let release = Release::locked(locked);
            plan::check_withdrawn(&release, &withdrawals)?;
            plan::check_api_limit(&release, terms)?;
            decided.steps.push(Step {
                pinned: Some(locked.pinned),
                ..Step::chosen(release)
            });
        }
        let installed = change.generation().extensions.keys();
        decided.removed = installed
            .filter(|id| lockfile.get(id).is_none())
            .cloned()
            .collect();
        // The lockfile is what was agreed to: nobody is asked again.
        let terms = Terms {
            consent: &super::AllowAll,
            ..terms.clone()
        };
        let outcome = apply::apply(self, change, decided, &terms).await?;
        if !terms.dry_run {
            for locked in lockfile.extensions() {
                self.expect_downloads(locked)?;
            }
        }
        Ok(outcome)
    }
}
