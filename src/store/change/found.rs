//! A lockfile that was found where the work is done, and that the user has not named: it may be a stranger's, who has
//! put it there for those who clone a repository. It only chooses among the versions of the registry that an
//! extension belongs to without it; each choice has to be what that registry itself says.
//!
//! Where the user wants what a lockfile has and nothing else, one that was found may choose among the registries
//! of the configuration too, but replaces nothing by what comes from elsewhere, and brings no archives.

use std::path::Path;

use super::{change_options::ChangeOptions, plan::Step, release::Release};
use crate::{
    network::registry::{self, Listing},
    store::{
        difference::LockDifference,
        disk::{generation::Generation, installed::Installed, layout::Layout, lockfile::Locked},
        error::StoreError,
    },
};

/// The verdict on a version that such a lockfile has.
pub(in crate::store) enum Judged {
    /// It is what the registry says, or what is installed.
    Taken(Box<Step>, Option<Box<Listing>>),
    /// It is not. The step is for those who agree.
    Differs(Box<LockDifference>, Box<Step>),
}

/// Compares a locked version with what the extension's own registry says, and with what the store has held.
///
/// # Errors
/// [`StoreError::LockUnproven`] where the registry cannot be asked and the store has never held the version.
pub(in crate::store) fn judge(
    layout: &Layout,
    lockfile: Option<&Path>,
    locked: &Locked,
    step: Step,
    listing: Result<Listing, registry::Error>,
    installed: Option<&Installed>,
) -> Result<(Judged, Option<registry::Error>), StoreError> {
    let taken = |step, listing| Judged::Taken(Box::new(step), listing);
    if installed.is_some_and(|installed| is_same(installed, locked)) {
        return Ok(match listing {
            Ok(listing) if locked.origin.registry() == Some(listing.registry.id().as_str()) => {
                (taken(step, Some(Box::new(listing))), None)
            }
            Err(error) if locked.origin.registry().is_some() => (taken(step, None), Some(error)),
            _ => (taken(step, None), None),
        });
    }
    let differs = |registry: Option<String>, published| {
        let difference = LockDifference {
            registry,
            published,
            ..LockDifference::new(locked)
        };
        Judged::Differs(Box::new(difference), Box::new(step.clone()))
    };
    let listing = match listing {
        Ok(listing) => listing,
        Err(registry::Error::UnknownExtension { .. }) => return Ok((differs(None, None), None)),
        Err(error) if has_held(layout, locked)? => return Ok((taken(step, None), Some(error))),
        Err(error) => {
            return Err(StoreError::LockUnproven {
                lockfile: lockfile.map(Path::to_owned),
                id: locked.id.clone(),
                version: locked.version.clone(),
                source: Box::new(error),
            });
        }
    };
    let name = listing.registry.id().to_string();
    let published = listing.index.version(&locked.version);
    let sha256 = published.and_then(|version| version.line.digest().map(|it| it.sha256));
    let judged = match published {
        Some(version)
            if locked.origin.registry() == Some(&name)
                && sha256.is_none_or(|sha256| sha256 == locked.sha256) =>
        {
            // Everything else that the lockfile says of it is not asked for.
            let mut release = Release::published(&version.line, listing.registry.id());
            // A registry that publishes no digest brings what it has under the version, or what is locked is refused.
            release.content = release.content.or(step.release.content);
            let step = Step {
                release,
                registry: Some(listing.registry.clone()),
                ..step
            };
            taken(step, Some(Box::new(listing)))
        }
        _ => differs(Some(name), sha256),
    };
    Ok((judged, None))
}

/// Returns the difference that speaks against a locked version where exactly the lockfile is wanted.
/// `listing` is
/// what the registry says that the lockfile names; one that does not say anything speaks against nothing, since
/// what it has not published is not fetched from it either.
pub(in crate::store) fn difference(
    locked: &Locked,
    listing: Option<&Listing>,
    installed: Option<&Installed>,
    options: &ChangeOptions<'_>,
) -> Option<LockDifference> {
    if installed.is_some_and(|installed| is_same(installed, locked)) {
        return None;
    }
    let is_elsewhere = |installed: &&Installed| {
        !options.rebind && !installed.origin.is_same_source(&locked.origin)
    };
    if let Some(installed) = installed.filter(is_elsewhere) {
        return Some(LockDifference {
            installed: Some(installed.origin.clone()),
            ..LockDifference::new(locked)
        });
    }
    if locked.origin.registry().is_none() {
        return Some(LockDifference::new(locked));
    }
    let listing = listing?;
    let published = listing.index.version(&locked.version);
    let is_by_sight = published.is_some_and(|version| version.line.archive.is_none());
    if is_by_sight || listing.index.newest_only {
        return None;
    }
    let published = published.and_then(|version| version.line.digest().map(|it| it.sha256));
    // Offline, the listing on this machine may be older than the lockfile.
    let is_its_own = published.map_or(options.sources.is_offline(), |it| it == locked.sha256);
    (!is_its_own).then(|| LockDifference {
        registry: Some(listing.registry.id().to_string()),
        published,
        ..LockDifference::new(locked)
    })
}

/// Whether what is installed is what is locked.
fn is_same(installed: &Installed, locked: &Locked) -> bool {
    installed.sha256 == locked.sha256
        && installed.origin == locked.origin
        && installed.version.reads_as(&locked.version)
}

/// Whether the store has held this version before, from the same registry.
fn has_held(layout: &Layout, locked: &Locked) -> Result<bool, StoreError> {
    if locked.origin.registry().is_none() {
        return Ok(false);
    }
    let current = Generation::current(layout)?;
    let earlier = (current.others(layout)?.into_iter())
        .filter_map(|number| Generation::read(layout, number).ok());
    let mut generations = std::iter::once(current).chain(earlier);
    Ok(generations.any(|generation| {
        generation
            .extensions
            .get(&locked.id)
            .is_some_and(|held| held.sha256 == locked.sha256 && held.origin == locked.origin)
    }))
}
