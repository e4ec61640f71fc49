//! Updates of what is installed, and the sync with a lockfile.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

use super::{
    apply::{self, Carried, Decided},
    change_options::{ChangeOptions, Consent},
    found,
    install::{tell_freshness, tell_silent},
    outcome::{Outcome, SkipReason, Skipped},
    packed,
    plan::{self, Choice, Step},
    release::Release,
};
use crate::{
    base::types::{ExtensionId, VersionRequirement},
    network::registry::{self, Listing},
    runtime::{api::Families, host::Host},
    store::{
        dev,
        difference::LockDifference,
        disk::{
            generation::Generation, installed::Installed, lockfile::Lockfile, store::Store,
            withdrawal::Withdrawals,
        },
        error::StoreError,
        report::Receipt,
    },
};

/// The number of extensions asked for by themselves at a time.
const AT_A_TIME: usize = 16;

/// Updates the extensions given, or all where none is given.
pub(in crate::store) async fn update(
    store: &Store,
    host: &Host,
    ids: &[ExtensionId],
    options: &ChangeOptions<'_>,
) -> Result<Outcome, StoreError> {
    let generation = store.generation()?;
    let is_named = !ids.is_empty();
    let ids: Vec<ExtensionId> = match ids {
        [] => generation.extensions.keys().cloned().collect(),
        ids => ids.to_vec(),
    };
    let mut carried = Carried::default();
    loop {
        let updated = update_once(store, host, &ids, is_named, options, &mut carried).await?;
        if let Some(outcome) = updated {
            return Ok(outcome);
        }
    }
}

/// Updates as [`update`] does; `None` where another process has changed the store while the user
/// was asked.
async fn update_once(
    store: &Store,
    host: &Host,
    ids: &[ExtensionId],
    is_named: bool,
    options: &ChangeOptions<'_>,
    carried: &mut Carried,
) -> Result<Option<Outcome>, StoreError> {
    let generation = store.generation()?;
    let dev: BTreeSet<ExtensionId> = dev::ids(store.layout())?.into_iter().collect();
    let mut registries = BTreeMap::new();
    for id in ids {
        if dev.contains(id) {
            if !generation.extensions.contains_key(id) {
                store.refuse_dev(id)?;
            }
            continue;
        }
        let installed = match generation.find(id) {
            // Not named, it was removed while the user was asked.
            Err(_) if !is_named => continue,
            installed => installed?,
        };
        if let Some(registry) = installed.origin.registry() {
            registries.insert(id.clone(), registry.to_owned());
        }
    }
    let mut listings = listings(&registries, &generation, options, host.families()).await;
    let change = store.change("update").await?;
    let listed = listings
        .values()
        .filter_map(|listing| listing.as_ref().ok());
    Withdrawals::learn(&change, listed).await?;
    // What is withdrawn is learnt from one that is too old as well; what is offered there is not taken.
    for listing in listings.values_mut() {
        let age = listing.as_ref().map(|listing| listing.registry.check_age());
        if let Ok(Err(error)) = age {
            *listing = Err(error);
        }
    }
    let listed = listings
        .values()
        .filter_map(|listing| listing.as_ref().ok());
    tell_freshness(listed, store.sink());

    // One registry's outage, or one extension's broken index file, keeps none of the others from
    // their updates.
    let is_partial = !is_named && listings.values().any(Result::is_ok);
    let mut decided = Decided {
        partial: !is_named,
        ..Decided::default()
    };
    let mut skipped = Vec::new();
    for id in ids {
        // Removed, or installed from elsewhere, while its registry was asked: nothing to update.
        let Some(installed) = change.generation().extensions.get(id) else {
            continue;
        };
        if dev.contains(id) {
            skipped.push(Skipped::new(installed, SkipReason::Dev));
            continue;
        }
        if let Some(archive) = packed::of_same_source(options.packed, installed) {
            match installed.pinned {
                true => skipped.push(Skipped::new(installed, SkipReason::Pinned)),
                false => decided.archives.push(archive),
            }
            continue;
        }
        let asked = registries.get(id).map(String::as_str);
        let choice = match listings.remove(id) {
            Some(Err(error)) if is_partial || (!is_named && !error.is_temporary()) => {
                let reason = SkipReason::Unreadable(Box::new(error));
                Choice::Keep(Skipped::new(installed, reason))
            }
            Some(listing) if installed.origin.registry() == asked => {
                plan::update(listing?, installed, is_named, options, host.families())?
            }
            _ => Choice::Keep(Skipped::new(installed, packed::without_registry(installed))),
        };
        match choice {
            Choice::Take(step) => decided.steps.push(*step),
            Choice::Keep(one) => skipped.push(one),
        }
    }
    if let (true, Some(step)) = (options.locked, decided.steps.first()) {
        return Err(StoreError::LockOutdated {
            id: step.release.id.clone(),
            version: step.release.version.clone(),
        });
    }
    let outcome = apply::apply(store, host, change, decided, options, carried).await?;
    Ok(outcome.map(|mut outcome| {
        outcome.skipped.splice(0..0, skipped);
        outcome
    }))
}

/// Finds what the registries of installed extensions say of them, as much as it takes to choose.
async fn listings(
    registries: &BTreeMap<ExtensionId, String>,
    generation: &Generation,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> BTreeMap<ExtensionId, Result<Listing, registry::Error>> {
    let found = options.sources.indexes(registries).await;
    let completing = found.into_iter().map(|(id, listing)| async move {
        let installed = generation.extensions.get(&id);
        let listing = match listing {
            // What is pinned stays, whatever else there is.
            Ok(listing) if installed.is_none_or(|installed| !installed.pinned) => {
                let any = &VersionRequirement::STAR;
                plan::completed(listing, any, installed, options, families).await
            }
            listing => listing,
        };
        (id, listing)
    });
    stream::iter(completing).buffered(AT_A_TIME).collect().await
}

/// Makes the store hold what a lockfile says.
pub(in crate::store) async fn sync(
    store: &Store,
    host: &Host,
    lockfile: &Lockfile,
    options: &ChangeOptions<'_>,
) -> Result<Outcome, StoreError> {
    let registries: BTreeMap<ExtensionId, String> = lockfile
        .extensions()
        .filter_map(|locked| Some((locked.id.clone(), locked.origin.registry()?.to_owned())))
        .collect();
    let listings = options.sources.indexes(&registries).await;
    if !options.sources.is_offline() {
        let silent = listings.iter().filter_map(|(id, listing)| {
            let error = listing.as_ref().err()?;
            Some((registries.get(id)?.clone(), error.to_string()))
        });
        tell_silent(silent, store.sink());
    }
    let listings: BTreeMap<ExtensionId, Listing> = listings
        .into_iter()
        .filter_map(|(id, listing)| Some((id, listing.ok()?)))
        .collect();
    tell_freshness(listings.values(), store.sink());
    let mut carried = Carried::default();
    loop {
        let differences = differences(lockfile, &listings, &store.generation()?, options);
        carried
            .agreed
            .ask_locked(differences, Some(lockfile), options)
            .await?;
        let synced = sync_once(store, host, lockfile, &listings, options, &mut carried).await?;
        if let Some(outcome) = synced {
            return Ok(outcome);
        }
    }
}

/// Does what [`sync`] does; `None` where another process has changed the store while the user was
/// asked.
async fn sync_once(
    store: &Store,
    host: &Host,
    lockfile: &Lockfile,
    listings: &BTreeMap<ExtensionId, Listing>,
    options: &ChangeOptions<'_>,
    carried: &mut Carried,
) -> Result<Option<Outcome>, StoreError> {
    let change = store.change("sync").await?;
    if !carried.agreed.has_all(&differences(
        lockfile,
        listings,
        change.generation(),
        options,
    )) {
        return Ok(None);
    }
    let withdrawals = Withdrawals::learn(&change, listings.values()).await?;
    let mut decided = Decided {
        reason: Some("sync".into()),
        ..Decided::default()
    };
    for locked in lockfile.extensions() {
        let release = Release::locked(locked);
        plan::check_withdrawn(&release, &withdrawals)?;
        plan::check_api_limit(&release, options)?;
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
    let consent = RemovalAlone {
        consent: options.consent,
        is_found: options.lockfile_found,
    };
    let options = ChangeOptions {
        consent: &consent,
        ..options.clone()
    };
    let outcome = apply::apply(store, host, change, decided, &options, carried).await?;
    if outcome.is_some() && !options.dry_run {
        for locked in lockfile.extensions() {
            store.expect_downloads(locked)?;
            if !options.lockfile_found {
                store.expect_answers(locked)?;
            }
        }
    }
    Ok(outcome)
}

/// Returns entries of a found lockfile that its registries do not confirm, or that replace what is from elsewhere.
fn differences(
    lockfile: &Lockfile,
    listings: &BTreeMap<ExtensionId, Listing>,
    generation: &Generation,
    options: &ChangeOptions<'_>,
) -> Vec<LockDifference> {
    if !options.lockfile_found {
        return Vec::new();
    }
    let differences = lockfile.extensions().filter_map(|locked| {
        let installed = generation.extensions.get(&locked.id);
        found::difference(locked, listings.get(&locked.id), installed, options)
    });
    differences.collect()
}

/// Consent to what is installed, whatever it is: a lockfile that was named is what was agreed to, and what one that
/// was found must not bring was asked about before. The caller's consent decides what is removed.
struct RemovalAlone<'a> {
    consent: &'a dyn Consent,
    /// The user has not named the lockfile: what it changes is shown.
    is_found: bool,
}

#[async_trait]
impl Consent for RemovalAlone<'_> {
    async fn allows(&self, changes: &[Receipt]) -> bool {
        !self.is_found || self.consent.allows(changes).await
    }

    async fn allows_removal(&self, removed: &[Installed]) -> bool {
        self.consent.allows_removal(removed).await
    }

    fn takes_time(&self, _: &[Receipt], removed: &[Installed]) -> bool {
        !removed.is_empty() && self.consent.takes_time(&[], removed)
    }
}
