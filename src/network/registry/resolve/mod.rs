//! The choice of a version: the greatest that is asked for, offered, served by this host and accepted
//! by its user. What is passed over keeps its reason, so a refusal explains itself.

mod candidate;
mod error;
mod host;
mod reason;
#[cfg(test)]
mod tests;

pub use self::{
    candidate::{Candidate, Verdict},
    error::ResolveError,
    host::{ApiSupport, HostSupport},
    reason::{RejectReason, Rejected},
};
use super::{
    index_file::{IndexFile, IndexedVersion},
    line::VersionLine,
};
use crate::base::types::{ExtensionVersion, VersionRequirement};

/// The version to take, and those passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolution {
    /// The version to take.
    pub chosen: VersionLine,
    /// Versions that could not be taken, the greatest first.
    pub rejected: Vec<Rejected>,
}

/// Chooses the greatest version of `index` that satisfies `requirement` and that the host serves.
///
/// Requirements are cargo's: `1.2` takes 1.2.0 up to 2.0.0, `=1.2.3` one version, and a pre-release is
/// taken only if the requirement names one of the same release, the host takes previews, or there is nothing else and the
/// registry does not tell them from releases ([`IndexFile::prereleases_will_do`]). One that is a name
/// under which `index` has published a version asks for that one ([`VersionRequirement::among`]).
///
/// # Errors
/// [`ResolveError`] with every version's reason, if none is left.
pub fn resolve(
    index: &IndexFile,
    requirement: &VersionRequirement,
    host: &HostSupport<'_>,
) -> Result<Resolution, ResolveError> {
    let requirement = &requirement.among(index.published());
    let candidates = candidates(index, requirement, host);
    let rejected = candidates.iter().filter_map(Candidate::rejected).collect();
    let mut candidates = candidates.into_iter();
    match candidates.find(|candidate| candidate.verdict == Verdict::Chosen) {
        Some(Candidate { line: chosen, .. }) => Ok(Resolution { chosen, rejected }),
        None => Err(ResolveError {
            id: index.id.clone(),
            requirement: requirement.clone(),
            rejected,
            unreadable: index.skipped.total(),
        }),
    }
}

/// Every version of `index` with what becomes of it, the greatest first. At most one is
/// [chosen](Verdict::Chosen).
pub fn candidates(
    index: &IndexFile,
    requirement: &VersionRequirement,
    host: &HostSupport<'_>,
) -> Vec<Candidate> {
    let requirement = &requirement.among(index.published());
    let mut versions: Vec<&IndexedVersion> = index.versions.iter().collect();
    versions.sort_by(|one, other| other.line.version.cmp(&one.line.version));
    // Of the newest alone it is not known whether there is a release.
    let prereleases_will_do = index.prereleases_will_do
        && !index.newest_only
        && versions.iter().all(|it| it.line.version.is_prerelease());
    let mut taken: Option<ExtensionVersion> = None;
    let judged = versions.into_iter().map(|version| {
        let reason = host.reason_against(version, requirement, prereleases_will_do);
        let verdict = match (reason, &taken) {
            (Some(reason), _) => Verdict::Rejected(reason),
            (None, Some(chosen)) => Verdict::Older {
                chosen: chosen.clone(),
            },
            (None, None) => {
                taken = Some(version.line.version.clone());
                Verdict::Chosen
            }
        };
        Candidate {
            line: version.line.clone(),
            state: version.state.clone(),
            verdict,
        }
    });
    judged.collect()
}
