//! The plan: the version of each extension that is to be installed, without a step towards it.

use super::{
    change_options::ChangeOptions,
    outcome::{SkipReason, Skipped},
    policy::served_by,
    release::Release,
};
use crate::{
    base::types::{ExtensionId, ExtensionVersion, VersionRequirement},
    network::registry::{
        self, ApiSupport, HostSupport, Listing, Registry, RegistryId, RejectReason, Rejected,
        Resolution, ResolveError, format::State,
    },
    runtime::api::Families,
    store::{
        disk::{
            installed::{Installed, Origin},
            lockfile::Locked,
            withdrawal::{Withdrawals, blocked},
        },
        error::StoreError,
        report::Warning,
    },
};

/// How many of the versions passed over are told one by one.
const MOST_PASSED_OVER: usize = 3;

/// One extension that is to be installed.
#[derive(Debug, Clone)]
pub(in crate::store) struct Step {
    pub(in crate::store) release: Release,
    /// The registry it was found in, where one was asked.
    pub(in crate::store) registry: Option<Registry>,
    /// Whether the user keeps it at this version; `None` leaves that as it is.
    pub(in crate::store) pinned: Option<bool>,
    /// It was asked for by its number.
    pub(in crate::store) is_exact: bool,
    pub(in crate::store) warnings: Vec<Warning>,
}

impl Step {
    /// Returns the step for a version chosen already, by a lockfile, an earlier installation or the like.
    pub(in crate::store) fn chosen(release: Release) -> Self {
        Self {
            release,
            registry: None,
            pinned: None,
            is_exact: false,
            warnings: Vec::new(),
        }
    }
}

/// The choice of an update for one extension.
#[derive(Debug)]
pub(in crate::store) enum Choice {
    Take(Box<Step>),
    Keep(Skipped),
}

/// The locked version of an extension that is to be installed, if there is one that will do.
///
/// # Errors
/// Where only what is locked may be installed and this is not.
pub(in crate::store) fn locked<'a>(
    id: &ExtensionId,
    requirement: &VersionRequirement,
    options: &ChangeOptions<'a>,
) -> Result<Option<(&'a Locked, Step)>, StoreError> {
    let locked = options.lockfile.and_then(|lockfile| lockfile.get(id));
    match locked {
        Some(locked) if satisfies(&locked.version, requirement) => {
            let requirement = requirement.among([&locked.version]);
            let step = Step {
                pinned: Some(locked.pinned),
                is_exact: requirement.exact().is_some(),
                ..Step::chosen(Release::locked(locked))
            };
            Ok(Some((locked, step)))
        }
        Some(locked) if options.locked => Err(StoreError::LockedOtherwise {
            id: id.clone(),
            locked: locked.version.clone(),
            requirement: requirement.clone(),
        }),
        None if options.locked => Err(StoreError::NotLocked { id: id.clone() }),
        _ => Ok(None),
    }
}

/// The version to install of an extension that was asked for.
///
/// # Errors
/// Where no version will do, or what is installed would be lost to an older index.
pub(in crate::store) fn install(
    listing: Listing,
    requirement: &VersionRequirement,
    installed: Option<&Installed>,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Step, StoreError> {
    listing.registry.check_age()?;
    let requirement = &requirement.among(listing.index.published());
    // An earlier version is only installed where it is asked for.
    let would_do = installed.filter(|one| satisfies(&one.version, requirement));
    if let Some(error) = would_do.and_then(|installed| behind(&listing, installed)) {
        return Err(error.into());
    }
    let served = served_by(families);
    let registry = listing.registry.id();
    let support = support(requirement, installed, registry, options, &served);
    let resolution =
        registry::resolve(&listing.index, requirement, &support).map_err(registry::Error::from)?;
    let is_kept = |installed: &&Installed| {
        // A preview that is here already is not given up for an earlier version that was not named.
        *requirement == VersionRequirement::STAR
            && installed.origin.registry() == Some(listing.registry.id().as_str())
            && installed.version > resolution.chosen.version
            && installed.version.is_prerelease()
            && listing
                .index
                .version(&installed.version)
                .is_some_and(|known| !matches!(known.state, State::Blocked(_)))
    };
    if let Some(installed) = installed.filter(is_kept) {
        return Ok(Step::chosen(Release::installed(installed)));
    }
    Ok(Step {
        is_exact: requirement.exact().is_some(),
        ..step(listing.registry, resolution)
    })
}

/// Returns what is to be known of an extension: the listing, or, where that has the newest version alone and it will not
/// do, all that its registry has.
///
/// # Errors
/// As [`Sources::find_in`].
pub(in crate::store) async fn completed(
    listing: Listing,
    requirement: &VersionRequirement,
    installed: Option<&Installed>,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Listing, registry::Error> {
    if !listing.index.newest_only {
        return Ok(listing);
    }
    let chosen = {
        let served = served_by(families);
        let support = support(
            requirement,
            installed,
            listing.registry.id(),
            options,
            &served,
        );
        registry::resolve(&listing.index, requirement, &support)
    };
    // What is installed may be greater than what is offered, and still be the one to keep.
    let is_enough = chosen.is_ok_and(|resolution| {
        installed.is_none_or(|installed| resolution.chosen.version >= installed.version)
    });
    match is_enough {
        true => Ok(listing),
        false => {
            (options.sources)
                .find_in(listing.registry.id().as_str(), &listing.index.id)
                .await
        }
    }
}

/// Returns the versions of a registry that can be chosen of a requested extension.
pub(in crate::store) fn support<'a>(
    requirement: &VersionRequirement,
    installed: Option<&Installed>,
    registry: &RegistryId,
    options: &ChangeOptions<'_>,
    api: &'a ApiSupport<'a>,
) -> HostSupport<'a> {
    let mut support = options.policy.support(installed, registry, api);
    // A request without a version does not lift the pin.
    if let Some(installed) =
        installed.filter(|one| one.pinned && *requirement == VersionRequirement::STAR)
    {
        support.pinned = Some(installed.version.clone());
    }
    support
}

/// Refuses a version that was chosen before, where its API is not one that the host is limited to.
pub(in crate::store) fn check_api_limit(
    release: &Release,
    options: &ChangeOptions<'_>,
) -> Result<(), StoreError> {
    let Some((family, api, limit)) = options.policy.beyond_limit(release) else {
        return Ok(());
    };
    let reason = RejectReason::ApiLimit { family, api, limit };
    let error = ResolveError {
        id: release.id.clone(),
        requirement: VersionRequirement::exactly(release.version.clone()),
        rejected: vec![Rejected {
            version: release.version.clone(),
            reason,
        }],
        unreadable: 0,
    };
    Err(registry::Error::from(error).into())
}

/// Returns the choice of an update for an installed extension.
pub(in crate::store) fn update(
    listing: Listing,
    installed: &Installed,
    is_named: bool,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Choice, StoreError> {
    let state = listing
        .index
        .version(&installed.version)
        .map(|known| known.state.clone());
    let is_blocked = matches!(state, Some(State::Blocked(_)));
    let keep = |reason| Ok(Choice::Keep(Skipped::new(installed, reason)));
    if installed.pinned && !is_blocked {
        return keep(SkipReason::Pinned);
    }
    if let Some(error) = behind(&listing, installed) {
        return keep(SkipReason::Unreadable(Box::new(error)));
    }
    let served = served_by(families);
    let registry = listing.registry.id();
    let support = options.policy.support(Some(installed), registry, &served);
    let resolution = match registry::resolve(&listing.index, &VersionRequirement::STAR, &support) {
        Ok(resolution) => resolution,
        Err(error) if is_blocked && is_named => return Err(registry::Error::from(error).into()),
        Err(error) => return keep(SkipReason::NothingToChoose(error)),
    };
    let order = resolution.chosen.version.cmp_precedence(&installed.version);
    if order.is_gt() || is_blocked {
        return Ok(Choice::Take(Box::new(step(listing.registry, resolution))));
    }
    keep(SkipReason::UpToDate {
        passed_over: passed_over(resolution.rejected, &installed.version),
    })
}

/// Refuses a version that is known to do harm.
pub(in crate::store) fn check_withdrawn(
    release: &Release,
    withdrawals: &Withdrawals,
) -> Result<(), StoreError> {
    let Some(registry) = release.origin.registry() else {
        return Ok(());
    };
    match withdrawals.find(&release.id, registry, &release.version) {
        Some(withdrawn) if withdrawn.blocked => Err(blocked(&release.id, withdrawn)),
        _ => Ok(()),
    }
}

/// The error of a registry that lacks the version that was installed from it. Versions are never taken
/// out of an index, so it serves an older one, and nothing is to be concluded from what it has not.
fn behind(listing: &Listing, installed: &Installed) -> Option<registry::Error> {
    let index = &listing.index;
    if index.newest_only {
        return None;
    }
    let came_from_it = installed.origin.registry() == Some(listing.registry.id().as_str());
    // A line that cannot be read may be the one.
    let lacks_it = index.skipped.is_empty() && index.version(&installed.version).is_none();
    (came_from_it && lacks_it).then(|| registry::Error::Stale {
        id: installed.id.clone(),
        registry: listing.registry.id().to_string(),
        location: listing.registry.location(),
        read: installed.installed,
    })
}

/// Whether a version is one of those asked for.
fn satisfies(version: &ExtensionVersion, requirement: &VersionRequirement) -> bool {
    requirement.matches(version) || *requirement == VersionRequirement::STAR
}

/// The registry that an id belongs to: the one that the user has named (then none is), the one it came from, or
/// the one it is locked to, where the user has named the lockfile.
pub(in crate::store) fn binding<'a>(
    id: &ExtensionId,
    installed: Option<&'a Installed>,
    options: &ChangeOptions<'a>,
) -> Option<&'a str> {
    if options.rebind {
        return None;
    }
    let origin = |origin: &'a Origin| origin.registry();
    let lockfile = options.lockfile.filter(|_| !options.lockfile_found);
    let locked = lockfile.and_then(|lockfile| lockfile.get(id));
    installed
        .and_then(|installed| origin(&installed.origin))
        .or_else(|| locked.and_then(|locked| origin(&locked.origin)))
}

fn step(registry: Registry, resolution: Resolution) -> Step {
    let Resolution {
        chosen, rejected, ..
    } = resolution;
    Step {
        release: Release::published(&chosen, registry.id()),
        registry: Some(registry),
        pinned: None,
        is_exact: false,
        warnings: told(passed_over(rejected, &chosen.version)),
    }
}

/// The versions that a user who asked for the extension would have expected instead, the greatest
/// first.
fn passed_over(rejected: Vec<Rejected>, chosen: &ExtensionVersion) -> Vec<Rejected> {
    let is_worth_telling = |rejected: &Rejected| {
        rejected.version > *chosen
            && !matches!(
                rejected.reason,
                RejectReason::NotAskedFor { .. }
                    | RejectReason::Pinned { .. }
                    | RejectReason::Preview
            )
    };
    rejected.into_iter().filter(is_worth_telling).collect()
}

/// The greatest of the versions passed over, and how many more.
fn told(mut rejected: Vec<Rejected>) -> Vec<Warning> {
    let more = rejected.len().saturating_sub(MOST_PASSED_OVER);
    rejected.truncate(MOST_PASSED_OVER);
    let mut warnings: Vec<Warning> = rejected.into_iter().map(Warning::PassedOver).collect();
    if more > 0 {
        warnings.push(Warning::MorePassedOver { count: more });
    }
    warnings
}
