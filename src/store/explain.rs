//! Why which version would be installed, and each of the others not.

use semver::VersionReq;

use super::{
    ExtensionStore,
    change_options::ChangeOptions,
    error::StoreError,
    installed::Installed,
    plan::{binding, support},
    policy::served_by,
};
use crate::{
    base::types::ExtensionId,
    network::registry::{Candidate, candidates},
};

/// Every version of an extension, and what becomes of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The extension.
    pub id: ExtensionId,
    /// What was asked for.
    pub requirement: VersionReq,
    /// Which registry was asked: the text of its [`RegistryId`](crate::network::registry::RegistryId).
    pub registry: String,
    /// Every version the registry has, the greatest first, each with its verdict.
    pub candidates: Vec<Candidate>,
    /// Lines of the registry's index that this program could not read.
    pub unreadable: usize,
    /// What is installed.
    pub installed: Option<Installed>,
}

impl ExtensionStore {
    /// Explains which version an installation or an update would choose, and why it would pass over each
    /// of the others. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Registry`] where the registry cannot be asked, and as [`Self::generation`].
    pub async fn explain(
        &self,
        id: &ExtensionId,
        requirement: &VersionReq,
        terms: &ChangeOptions<'_>,
    ) -> Result<Explanation, StoreError> {
        let installed = self.generation()?.extensions.remove(id);
        let bound = binding(id, installed.as_ref(), terms);
        let listing = terms.sources.find(id, bound).await?;
        let served = served_by(self.host().families());
        let support = support(requirement, installed.as_ref(), terms, &served);
        Ok(Explanation {
            id: id.clone(),
            requirement: requirement.clone(),
            registry: listing.registry.id().to_string(),
            candidates: candidates(&listing.index, requirement, &support),
            unreadable: listing.index.skipped.total(),
            installed,
        })
    }
}
