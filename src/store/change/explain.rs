//! Explanations of which version would be installed, and why each of the others not.

use super::{
    change_options::ChangeOptions,
    plan::{binding, support},
    policy::served_by,
};
use crate::{
    base::types::{ExtensionId, VersionRequirement},
    network::registry::{
        FreshnessWarning, SkippedLine,
        format::{Candidate, candidates},
    },
    runtime::api::Families,
    store::{
        disk::{installed::Installed, store::Store, withdrawal::Withdrawn},
        error::StoreError,
    },
};

/// Every version of an extension, and what becomes of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The extension.
    pub id: ExtensionId,
    /// What was asked for.
    pub requirement: VersionRequirement,
    /// Which registry was asked: the text of its [`RegistryId`](crate::network::registry::RegistryId).
    pub registry: String,
    /// Every version the registry has, the greatest first, each with its verdict.
    pub candidates: Vec<Candidate>,
    /// Lines of the registry's index that this program could not read.
    pub unreadable: usize,
    /// The first hundred of them, with their reasons.
    pub skipped: Vec<SkippedLine>,
    /// What is installed.
    pub installed: Option<Installed>,
    /// What the registry of the installed version says against it.
    pub withdrawn: Option<Withdrawn>,
    /// What a user should know of the age of what the registry says.
    pub freshness: Vec<FreshnessWarning>,
}

/// Asks the registry, and judges each version it has.
pub(in crate::store) async fn explain(
    store: &Store,
    id: &ExtensionId,
    requirement: &VersionRequirement,
    options: &ChangeOptions<'_>,
    families: &Families,
) -> Result<Explanation, StoreError> {
    let installed = store.generation()?.extensions.remove(id);
    let bound = binding(id, installed.as_ref(), options);
    let listing = options.sources.find(id, bound).await?;
    let served = served_by(families);
    let registry = listing.registry.id();
    let withdrawals = store
        .withdrawals()?
        .with(&registry.to_string(), &listing.index);
    let withdrawn = installed.as_ref().and_then(|it| withdrawals.of(it));
    let requirement = &requirement.among(listing.index.published());
    let support = support(requirement, installed.as_ref(), registry, options, &served);
    Ok(Explanation {
        id: id.clone(),
        requirement: requirement.clone(),
        registry: listing.registry.id().to_string(),
        candidates: candidates(&listing.index, requirement, &support),
        unreadable: listing.index.skipped.total(),
        skipped: listing.index.skipped.iter().cloned().collect(),
        withdrawn: withdrawn.cloned(),
        freshness: listing.registry.freshness_warnings(),
        installed,
    })
}
