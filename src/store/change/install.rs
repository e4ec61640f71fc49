//! Installations of extensions: from registries, as a lockfile has them, or from archives of the user's own.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    apply::{self, Carried, Decided},
    change_options::{AllowAll, ChangeOptions},
    found::{self, Judged},
    install_request::InstallRequest,
    obtain::OwnArchive,
    outcome::Outcome,
    plan::{self, Step, binding},
    release::Release,
};
use crate::{
    base::types::{ExtensionId, VersionRequirement},
    network::registry::{self, Listing, Registry, Sources},
    runtime::{api::Families, host::Host},
    store::{
        difference::LockDifference,
        disk::{
            generation::Generation,
            installed::Installed,
            lockfile::{Locked, Lockfile},
            store::Store,
            transaction::Change,
            withdrawal::Withdrawals,
        },
        error::StoreError,
        listener::ListenerSink,
        report::{ChangeStep, Receipt, Warning},
    },
};

/// How many index files are asked for at a time.
const AT_A_TIME: usize = 16;

/// One extension that was asked for, with what was found out about it before the store was locked.
struct Candidate {
    id: ExtensionId,
    requirement: VersionRequirement,
    way: Way,
    /// What its registry says of it, where it was chosen already.
    state: Option<Box<Listing>>,
    /// A lockfile that the user has not named has chosen it.
    by_found_lockfile: bool,
    /// What that lockfile has and the registry does not say.
    difference: Option<LockDifference>,
    /// The registry that could not say whether it has blocked the version, and why.
    silent: Option<(String, String)>,
}

/// The way to obtain an extension.
enum Way {
    /// As it was chosen before: by the lockfile or by an earlier installation.
    Chosen(Box<Step>),
    /// The greatest version of a registry's index that will do.
    Listed(Box<Listing>),
}

/// Installs the greatest version of one extension that will do.
pub(in crate::store) async fn install(
    store: &Store,
    host: &Host,
    registry: &Registry,
    id: &ExtensionId,
    requirement: &VersionRequirement,
) -> Result<Receipt, StoreError> {
    let sources = Sources::from(registry.clone());
    let options = ChangeOptions {
        rebind: true,
        consent: &AllowAll,
        ..ChangeOptions::new(&sources)
    };
    let request = InstallRequest::Extension {
        id: id.clone(),
        requirement: requirement.clone(),
    };
    let outcome = install_all(store, host, &[request], &options).await?;
    let receipt = outcome.receipts.into_iter().next();
    receipt.ok_or_else(|| StoreError::Task {
        message: "an installation came to nothing".into(),
    })
}

/// Installs several extensions as one change.
pub(in crate::store) async fn install_all(
    store: &Store,
    host: &Host,
    requests: &[InstallRequest],
    options: &ChangeOptions<'_>,
) -> Result<Outcome, StoreError> {
    let mut asked: BTreeMap<ExtensionId, VersionRequirement> = BTreeMap::new();
    let mut archives: Vec<OwnArchive> = Vec::new();
    for request in requests {
        match request {
            InstallRequest::Extension { id, requirement } => {
                if asked.insert(id.clone(), requirement.clone()).is_some() {
                    return Err(StoreError::Twice { id: id.clone() });
                }
            }
            InstallRequest::Archive(_) | InstallRequest::Packed(_) if options.locked => {
                return Err(StoreError::ArchiveNotLocked {
                    archive: request.to_string(),
                });
            }
            InstallRequest::Archive(archive) => archives.push(OwnArchive::Named(archive.clone())),
            InstallRequest::Packed(packed) => archives.push(OwnArchive::Packed(packed.clone())),
        }
    }
    let mut carried = Carried::default();
    loop {
        let before = store.generation()?;
        let mut newest = newest(&asked, &before, options, host.families()).await?;
        let asked = asked.clone().into_iter().map(|(id, requirement)| {
            let listing = newest.remove(&id);
            (id, requirement, listing)
        });
        let found: Vec<Candidate> = stream::iter(asked)
            .map(|(id, requirement, listing)| {
                find(store, id, requirement, listing, &before, options)
            })
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        let differences = found.iter().filter_map(|found| found.difference.clone());
        carried
            .agreed
            .ask_locked(differences.collect(), options.lockfile, options)
            .await?;
        let change = store.change("install").await?;
        let is_other = change.generation().number != before.number
            && found.iter().any(|found| found.by_found_lockfile);
        let now = change.generation();
        if is_other
            || (!options.rebind && is_rebound(&found, &before, now))
            || is_outdated(&found, &before, now)
        {
            // Another process has installed one of them in the meantime, from elsewhere, or pinned it.
            continue;
        }
        let steps = choose(store, &change, found, options, host.families()).await?;
        let decided = Decided {
            steps,
            archives: archives.clone(),
            ..Decided::default()
        };
        if let Some(outcome) =
            apply::apply(store, host, change, decided, options, &mut carried).await?
        {
            return Ok(outcome);
        }
    }
}

/// Finds what registries have of those of which any version will do, in as few requests as that takes.
///
/// # Errors
/// Where only what is locked may be installed and one is not.
async fn newest(
    asked: &BTreeMap<ExtensionId, VersionRequirement>,
    generation: &Generation,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<BTreeMap<ExtensionId, Result<Listing, registry::Error>>, StoreError> {
    let any = VersionRequirement::STAR;
    let mut wanted = BTreeMap::new();
    for (id, _) in asked.iter().filter(|(_, requirement)| **requirement == any) {
        if plan::locked(id, &any, options)?.is_none() {
            let bound = binding(id, generation.extensions.get(id), options);
            wanted.insert(id.clone(), bound.map(str::to_owned));
        }
    }
    let found = options.sources.find_newest(&wanted).await;
    let completing = found.into_iter().map(|(id, listing)| {
        let any = &any;
        async move {
            let listing = match listing {
                Ok(listing) => {
                    let installed = generation.extensions.get(&id);
                    plan::completed(listing, any, installed, options, families).await
                }
                Err(error) => Err(error),
            };
            (id, listing)
        }
    });
    Ok(stream::iter(completing).buffered(AT_A_TIME).collect().await)
}

/// Finds out about an extension what its registry says, where it has to be asked. `listing` is what that has said already.
async fn find(
    store: &Store,
    id: ExtensionId,
    requirement: VersionRequirement,
    listing: Option<Result<Listing, registry::Error>>,
    generation: &Generation,
    options: &ChangeOptions<'_>,
) -> Result<Candidate, StoreError> {
    let installed = generation.extensions.get(&id);
    let bound = binding(&id, installed, options);
    if let Some((locked, step)) = plan::locked(&id, &requirement, options)? {
        return self::locked(store, locked, step, requirement, bound, installed, options).await;
    }
    let Some(step) = held(store, &id, &requirement, bound, generation, options)? else {
        let listing = match listing {
            Some(listing) => listing?,
            None => options.sources.find(&id, bound).await?,
        };
        return Ok(Candidate::new(
            id,
            requirement,
            Way::Listed(Box::new(listing)),
        ));
    };
    Ok(Candidate::chosen(id, requirement, step, options).await)
}

/// Finds out what is to be known of an extension that a lockfile has: whether its registry has blocked the
/// version, and, where the user has not named the lockfile, whether the registry says the same.
async fn locked(
    store: &Store,
    locked: &Locked,
    step: Step,
    requirement: VersionRequirement,
    bound: Option<&str>,
    installed: Option<&Installed>,
    options: &ChangeOptions<'_>,
) -> Result<Candidate, StoreError> {
    let id = locked.id.clone();
    if !options.lockfile_found {
        return Ok(Candidate::chosen(id, requirement, step, options).await);
    }
    if options.locked {
        let mut candidate = Candidate::chosen(id, requirement, step, options).await;
        let listing = candidate.state.as_deref();
        candidate.difference = found::difference(locked, listing, installed, options);
        candidate.by_found_lockfile = true;
        return Ok(candidate);
    }
    let listing = options.sources.find(&id, bound).await;
    let lockfile = options.lockfile.and_then(Lockfile::path);
    let (judged, error) = found::judge(store.layout(), lockfile, locked, step, listing, installed)?;
    let registry = locked.origin.registry();
    let (step, state, difference) = match judged {
        Judged::Taken(step, state) => (step, state, None),
        Judged::Differs(difference, step) => (step, None, Some(*difference)),
    };
    Ok(Candidate {
        state,
        by_found_lockfile: true,
        difference,
        silent: error.and_then(|error| silent(registry?, &error, options)),
        ..Candidate::new(id, requirement, Way::Chosen(step))
    })
}

/// A version that is asked for by its number and that was installed before: what is published never
/// changes, so the registry need not be asked.
fn held(
    store: &Store,
    id: &ExtensionId,
    requirement: &VersionRequirement,
    bound: Option<&str>,
    before: &Generation,
    options: &ChangeOptions<'_>,
) -> Result<Option<Step>, StoreError> {
    let Some(version) = requirement.exact() else {
        return Ok(None);
    };
    let earlier = (before.others(store.layout())?.into_iter())
        .filter_map(|number| Generation::read(store.layout(), number).ok());
    let mut generations = std::iter::once(before.clone()).chain(earlier);
    let held = generations.find_map(|mut generation| {
        let installed = generation.extensions.remove(id)?;
        let registry = installed.origin.registry()?;
        let is_it = installed.version.reads_as(&version)
            && bound.is_none_or(|bound| bound == registry)
            && options.sources.knows(registry);
        is_it.then_some(installed)
    });
    Ok(held.map(|installed| Step {
        is_exact: true,
        ..Step::chosen(Release::installed(&installed))
    }))
}

/// Chooses a version of each extension, by what is installed now.
async fn choose(
    store: &Store,
    change: &Arc<Change>,
    found: Vec<Candidate>,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Vec<Step>, StoreError> {
    let listings = found.iter().filter_map(|found| match &found.way {
        Way::Listed(listing) => Some(&**listing),
        Way::Chosen(_) => found.state.as_deref(),
    });
    let withdrawals = Withdrawals::learn(change, listings).await?;
    let silent = found.iter().filter_map(|found| found.silent.clone());
    tell_silent(silent, store.sink());
    // Where a version is taken of one that is refused for its age, the error tells of it; where a lockfile has chosen it,
    // nothing else does.
    let told = found.iter().filter_map(|found| match &found.way {
        Way::Listed(listing) => Some(&**listing).filter(|it| it.registry.check_age().is_ok()),
        Way::Chosen(_) => found.state.as_deref(),
    });
    tell_freshness(told, store.sink());
    let mut steps = Vec::new();
    for found in found {
        let installed = change.generation().extensions.get(&found.id);
        let step = match found.way {
            Way::Listed(listing) => {
                plan::install(*listing, &found.requirement, installed, options, families)?
            }
            Way::Chosen(step) => *step,
        };
        plan::check_withdrawn(&step.release, &withdrawals)?;
        plan::check_api_limit(&step.release, options)?;
        // Where only what is locked is wanted, its registry is known from the lockfile.
        if found.by_found_lockfile && !options.locked {
            let event = ChangeStep::Locked {
                version: step.release.version.clone(),
                pinned: step.pinned == Some(true),
            };
            store.sink().step(found.id.as_str(), event);
        }
        steps.push(step);
    }
    Ok(steps)
}

impl Candidate {
    fn new(id: ExtensionId, requirement: VersionRequirement, way: Way) -> Self {
        Self {
            id,
            requirement,
            way,
            state: None,
            by_found_lockfile: false,
            difference: None,
            silent: None,
        }
    }

    /// One that was chosen before: its registry is only asked whether it has blocked the version.
    async fn chosen(
        id: ExtensionId,
        requirement: VersionRequirement,
        step: Step,
        options: &ChangeOptions<'_>,
    ) -> Self {
        let origin = step.release.origin.clone();
        let mut candidate = Self::new(id, requirement, Way::Chosen(Box::new(step)));
        if let Some(name) = origin.registry() {
            match options.sources.find(&candidate.id, Some(name)).await {
                Ok(listing) => candidate.state = Some(Box::new(listing)),
                Err(error) => candidate.silent = silent(name, &error, options),
            }
        }
        candidate
    }
}

/// The report of a registry that could not be asked; none where the user wants no connection.
fn silent(
    name: &str,
    error: &registry::Error,
    options: &ChangeOptions<'_>,
) -> Option<(String, String)> {
    let is_news = !options.sources.is_offline();
    is_news.then(|| (name.to_owned(), error.to_string()))
}

/// Tells of each registry once that could not be asked what it has blocked, and why.
pub(super) fn tell_silent(silent: impl IntoIterator<Item = (String, String)>, sink: &ListenerSink) {
    let mut by_registry = BTreeMap::new();
    for (registry, reason) in silent {
        by_registry.entry(registry).or_insert(reason);
    }
    for (registry, reason) in by_registry {
        sink.step(&registry, ChangeStep::StateUnknown { reason });
    }
}

/// Tells of each registry once whose word is old, or older than it was.
pub(super) fn tell_freshness<'a>(
    listings: impl IntoIterator<Item = &'a Listing>,
    sink: &ListenerSink,
) {
    let mut by_registry = BTreeMap::new();
    for listing in listings {
        by_registry
            .entry(listing.registry.id().as_str())
            .or_insert(&listing.registry);
    }
    for (id, registry) in by_registry {
        for warning in registry.freshness_warnings() {
            sink.step(id, ChangeStep::Warning(Warning::Freshness(warning)));
        }
    }
}

/// Whether an extension belongs to another registry now than when its registry was asked.
fn is_rebound(found: &[Candidate], before: &Generation, now: &Generation) -> bool {
    let registry = |generation: &Generation, id: &ExtensionId| {
        let installed = generation.extensions.get(id)?;
        installed.origin.registry().map(str::to_owned)
    };
    found.iter().any(|found| match &found.way {
        Way::Listed(listing) => registry(now, &found.id).is_some_and(|registry_now| {
            Some(&registry_now) != registry(before, &found.id).as_ref()
                && registry_now != listing.registry.id().as_str()
        }),
        Way::Chosen(_) => false,
    })
}

/// Whether one of which the newest version alone is known is installed or pinned otherwise than when it was asked for:
/// another version may have to be chosen now.
fn is_outdated(found: &[Candidate], before: &Generation, now: &Generation) -> bool {
    found.iter().any(|found| match &found.way {
        Way::Listed(listing) => {
            listing.index.newest_only
                && before.extensions.get(&found.id) != now.extensions.get(&found.id)
        }
        Way::Chosen(_) => false,
    })
}
