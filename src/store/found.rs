//! A lockfile that was found where the work is done, and that nobody has named: it may be a stranger's, who has
//! put it there for whoever clones a repository. It only chooses among the versions of the registry that an
//! extension belongs to without it; each choice has to be what that registry itself says.

use std::fmt;

use semver::Version;

use super::{
    Generation, Installed, Origin, StoreError, generation::numbers, layout::Layout,
    lockfile::Locked, plan::Step, release::Release,
};
use crate::{
    digest::Sha256Digest,
    registry::{self, Listing},
    types::ExtensionId,
};

/// Something that a lockfile has and that the extension's registry does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockDifference {
    /// The extension.
    pub id: ExtensionId,
    /// The version that the lockfile has.
    pub version: Version,
    /// Where the lockfile takes it from.
    pub origin: Origin,
    /// The digest of the archive that it wants.
    pub sha256: Sha256Digest,
    /// The registry that the extension belongs to; `None` where no registry has it.
    pub registry: Option<String>,
    /// The digest of that registry's archive of this version; `None` where it has no such version.
    pub published: Option<Sha256Digest>,
}

impl fmt::Display for LockDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            version,
            origin,
            sha256,
            ..
        } = self;
        write!(
            formatter,
            "`{id}` {version} from {origin}, with the sha256 {sha256}, where "
        )?;
        match (&self.registry, &self.published) {
            (None, _) => write!(formatter, "no registry has `{id}`"),
            (Some(registry), None) => {
                write!(formatter, "the registry `{registry}` has no such version")
            }
            (Some(registry), Some(published)) if origin.registry() == Some(registry) => {
                write!(
                    formatter,
                    "the registry `{registry}` has published {published}"
                )
            }
            (Some(registry), Some(published)) => write!(
                formatter,
                "`{id}` belongs to the registry `{registry}`, which has published {published}"
            ),
        }
    }
}

/// What is to be done with a version that such a lockfile has.
pub(super) enum Judged {
    /// It is what the registry says, or what is installed.
    Taken(Box<Step>, Option<Box<Listing>>),
    /// It is not. The step is for those who agree.
    Differs(LockDifference, Box<Step>),
}

/// Compares a locked version with what the extension's own registry says, and with what the store has held.
///
/// # Errors
/// [`StoreError::LockUnproven`] where the registry cannot be asked and the store has never held the version.
pub(super) fn judge(
    layout: &Layout,
    locked: &Locked,
    step: Step,
    listing: Result<Listing, registry::Error>,
    installed: Option<&Installed>,
) -> Result<(Judged, Option<registry::Error>), StoreError> {
    let is_it = |one: &Installed| {
        one.sha256 == locked.sha256
            && one.origin == locked.origin
            && one.version.cmp_precedence(&locked.version).is_eq()
    };
    let taken = |step, listing| Judged::Taken(Box::new(step), listing);
    if installed.is_some_and(is_it) {
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
            id: locked.id.clone(),
            version: locked.version.clone(),
            origin: locked.origin.clone(),
            sha256: locked.sha256,
            registry,
            published,
        };
        Judged::Differs(difference, Box::new(step.clone()))
    };
    let listing = match listing {
        Ok(listing) => listing,
        Err(registry::Error::UnknownExtension { .. }) => return Ok((differs(None, None), None)),
        Err(error) if has_held(layout, locked)? => return Ok((taken(step, None), Some(error))),
        Err(error) => {
            return Err(StoreError::LockUnproven {
                id: locked.id.clone(),
                version: locked.version.clone(),
                source: Box::new(error),
            });
        }
    };
    let name = listing.registry.id().to_string();
    let published = listing.index.version(&locked.version);
    let sha256 = published.map(|version| version.line.archive.sha256);
    let judged = match published {
        Some(version)
            if locked.origin.registry() == Some(&name) && sha256 == Some(locked.sha256) =>
        {
            // Everything else that the lockfile says of it is not asked for.
            let step = Step {
                release: Release::published(&version.line, listing.registry.id()),
                registry: Some(listing.registry.clone()),
                ..step
            };
            taken(step, Some(Box::new(listing)))
        }
        _ => differs(Some(name), sha256),
    };
    Ok((judged, None))
}

/// Whether the store has held this version before, from the same registry.
fn has_held(layout: &Layout, locked: &Locked) -> Result<bool, StoreError> {
    if locked.origin.registry().is_none() {
        return Ok(false);
    }
    let mut generations = numbers(layout)?
        .into_iter()
        .filter_map(|number| Generation::read(layout, number).ok());
    Ok(generations.any(|generation| {
        generation
            .extensions
            .get(&locked.id)
            .is_some_and(|held| held.sha256 == locked.sha256 && held.origin == locked.origin)
    }))
}
