//! What of the installed is outdated: what an update would choose for each, without the update.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::{
    change_options::ChangeOptions,
    install::tell_freshness,
    outcome::{SkipReason, Skipped},
    packed,
    plan::{self, Choice},
    unknown::Unknown,
};
use crate::{
    base::types::{ExtensionId, ExtensionVersion},
    network::registry::{self, Listing, Rejected},
    runtime::api::Families,
    store::{
        dev,
        disk::{
            installed::{Installed, Origin},
            store::Store,
        },
        error::StoreError,
        report::Warning,
    },
};

/// The installed extensions that newer versions are published of, and those of which that is not known.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Outdated {
    /// Those with a newer version, by their ids.
    pub extensions: Vec<OutdatedExtension>,
    /// Those of which it is not known whether there is a newer version, and why. Serialized in groups with one reason
    /// ([`Unknown`]).
    #[serde(serialize_with = "in_groups")]
    pub unknown: Vec<Skipped>,
}

fn in_groups<S: Serializer>(unknown: &[Skipped], serializer: S) -> Result<S::Ok, S::Error> {
    Unknown::of(unknown).serialize(serializer)
}

/// An installed extension that a newer version is published of, or that its registry has blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutdatedExtension {
    /// The extension.
    pub id: ExtensionId,
    /// The version that is installed.
    pub version: ExtensionVersion,
    /// Where it came from.
    #[serde(flatten)]
    pub origin: Origin,
    /// The version that an update would take; `None` where it would take none.
    pub update: Option<ExtensionVersion>,
    /// The greatest version that is published, whether or not it can be taken.
    pub newest: ExtensionVersion,
    /// Why an update would not take the greatest: it is pinned, shadowed by a dev extension, or the reason that
    /// [`Store::explain`] gives. May hold a registry's own text.
    pub held: Option<String>,
    /// A dev extension shadows it.
    pub dev: bool,
}

/// Asks the registries of the extensions given, or of all where none is given, for what is newer.
pub(in crate::store) async fn outdated(
    store: &Store,
    ids: &[ExtensionId],
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Outdated, StoreError> {
    let generation = store.generation()?;
    let dev: BTreeSet<ExtensionId> = dev::ids(store.layout())?.into_iter().collect();
    let is_named = !ids.is_empty();
    let ids: BTreeSet<ExtensionId> = match ids {
        [] => generation.extensions.keys().cloned().collect(),
        ids => ids.iter().cloned().collect(),
    };
    let mut asked = Vec::new();
    let mut registries = BTreeMap::new();
    for id in &ids {
        if dev.contains(id) && !generation.extensions.contains_key(id) {
            store.refuse_dev(id)?;
        }
        let installed = generation.find(id)?;
        if let Some(registry) = installed.origin.registry() {
            registries.insert(id.clone(), registry.to_owned());
        }
        asked.push(installed);
    }
    let mut listings = options.sources.indexes(&registries).await;
    for listing in listings.values_mut() {
        let age = listing.as_ref().map(|listing| listing.registry.check_age());
        if let Ok(Err(error)) = age {
            *listing = Err(error);
        }
    }
    // One registry's outage keeps nothing of the others from being told; where all are silent, that is the answer.
    let is_answer = |error: &registry::Error| is_named || error.is_temporary();
    if listings.values().all(Result::is_err)
        && let Some(error) = listings
            .extract_if(.., |_, it| it.as_ref().is_err_and(is_answer))
            .find_map(|(_, it)| it.err())
    {
        return Err(error.into());
    }
    let listed = listings
        .values()
        .filter_map(|listing| listing.as_ref().ok());
    tell_freshness(listed, store.sink());
    let mut outdated = Outdated::default();
    for installed in asked {
        let known = match listings.remove(&installed.id) {
            None => Err(packed::without_registry(&installed)),
            Some(Err(error)) => Err(SkipReason::Unreadable(Box::new(error))),
            Some(Ok(listing)) => {
                let is_dev = dev.contains(&installed.id);
                judged(listing, &installed, is_dev, options, families)?
            }
        };
        match known {
            Ok(one) => outdated.extensions.extend(one),
            Err(reason) => outdated.unknown.push(Skipped::new(&installed, reason)),
        }
    }
    Ok(outdated)
}

/// Returns what an update would choose; the reason where that cannot be known.
fn judged(
    listing: Listing,
    installed: &Installed,
    is_dev: bool,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Result<Option<OutdatedExtension>, SkipReason>, StoreError> {
    // What would be chosen without the pin is what the pin holds back.
    let mut free = installed.clone();
    free.pinned = false;
    let pinned = plan::update(listing.clone(), installed, false, options, families)?;
    let is_pinned = matches!(
        &pinned,
        Choice::Keep(Skipped {
            reason: SkipReason::Pinned,
            ..
        })
    );
    let choice = match is_pinned {
        true => plan::update(listing, &free, false, options, families)?,
        false => pinned,
    };
    let (update, beyond) = match choice {
        Choice::Take(step) => {
            let passed = step.warnings.into_iter().find_map(|warning| match warning {
                Warning::PassedOver(rejected) => Some(rejected),
                _ => None,
            });
            (Some(step.release.version), passed)
        }
        Choice::Keep(skipped) => match skipped.reason {
            SkipReason::UpToDate { passed_over } => (None, passed_over.into_iter().next()),
            SkipReason::NothingToChoose(error) => {
                let newer = error.rejected.into_iter().max_by(by_version);
                (None, newer.filter(|it| it.version > installed.version))
            }
            reason => return Ok(Err(reason)),
        },
    };
    let newest = match (&beyond, &update) {
        (Some(rejected), _) => rejected.version.clone(),
        (None, Some(update)) => update.clone(),
        (None, None) => return Ok(Ok(None)),
    };
    let held = match (is_dev, is_pinned) {
        (true, _) => Some(SkipReason::Dev.to_string()),
        (_, true) => Some(SkipReason::Pinned.to_string()),
        _ => beyond.map(|rejected| rejected.to_string()),
    };
    Ok(Ok(Some(OutdatedExtension {
        id: installed.id.clone(),
        version: installed.version.clone(),
        origin: installed.origin.clone(),
        update: update.filter(|_| !is_dev && !is_pinned),
        newest,
        held,
        dev: is_dev,
    })))
}

fn by_version(one: &Rejected, other: &Rejected) -> std::cmp::Ordering {
    one.version.cmp(&other.version)
}
