//! Summaries of installed extensions: what a list shows, read without the rest.

use semver::Version;
use serde::Deserialize;

use super::{
    generation::Generation,
    installed::{Installed, Origin, known},
    layout::Layout,
};
use crate::{
    base::types::{
        ExtensionId, ExtensionVersion, GitAddress, GitFolder, GitReference, GitRevision,
    },
    package::manifest::Provides,
    store::error::StoreError,
};

/// The part of an installed extension that a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Entry")]
#[non_exhaustive]
pub struct Summary {
    /// The extension.
    pub id: ExtensionId,
    /// Its version.
    pub version: ExtensionVersion,
    /// The API version its component was built with; `None` without a component.
    pub api: Option<Version>,
    /// The adapter that served its component when it was installed.
    pub adapter: Option<String>,
    /// What it provides.
    pub provides: Vec<Provides>,
    /// Where it came from.
    pub origin: Origin,
    /// The user keeps it at this version: updates leave it alone.
    pub pinned: bool,
    /// The user does without it for now: it is not started and contributes nothing.
    pub disabled: bool,
}

/// The part of an entry of the generation's file. Its origin is read key by key, which spares the text of all others.
#[derive(Deserialize)]
struct Entry {
    id: ExtensionId,
    version: ExtensionVersion,
    api: Option<Version>,
    adapter: Option<String>,
    #[serde(deserialize_with = "known")]
    provides: Vec<Provides>,
    #[serde(default)]
    registry: Option<String>,
    #[serde(default)]
    archive: String,
    #[serde(default)]
    git: Option<GitAddress>,
    #[serde(default)]
    revision: Option<GitRevision>,
    #[serde(default)]
    reference: Option<GitReference>,
    #[serde(default)]
    folder: Option<GitFolder>,
    #[serde(default)]
    pinned: bool,
    #[serde(default)]
    disabled: bool,
}

impl From<Entry> for Summary {
    fn from(entry: Entry) -> Self {
        let archive = entry.archive;
        Self {
            id: entry.id,
            version: entry.version,
            api: entry.api,
            adapter: entry.adapter,
            provides: entry.provides,
            origin: match (entry.registry, entry.git, entry.revision) {
                (Some(registry), ..) => Origin::Registry { registry },
                (None, Some(git), Some(revision)) => Origin::Git {
                    git,
                    revision,
                    reference: entry.reference,
                    folder: entry.folder,
                },
                _ => Origin::Archive { archive },
            },
            pinned: entry.pinned,
            disabled: entry.disabled,
        }
    }
}

impl From<Installed> for Summary {
    fn from(installed: Installed) -> Self {
        Self {
            id: installed.id,
            version: installed.version,
            api: installed.api,
            adapter: installed.adapter,
            provides: installed.provides,
            origin: installed.origin,
            pinned: installed.pinned,
            disabled: installed.disabled,
        }
    }
}

impl Summary {
    /// Reads the summaries of the current generation, sorted by id.
    pub(super) fn of_current(layout: &Layout) -> Result<Vec<Self>, StoreError> {
        let mut entries = Generation::current_entries::<Self>(layout)?;
        if entries.is_of_before {
            // Which registry that form means needs the whole of each.
            let extensions = Generation::current(layout)?.extensions.into_values();
            return Ok(extensions.map(Self::from).collect());
        }
        entries
            .extensions
            .sort_by(|one, other| one.id.cmp(&other.id));
        Ok(entries.extensions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::installed::tests::installed;

    #[test]
    fn a_summary_is_read_as_the_whole_is() {
        let mut one = installed("1.0.0");
        one.api = Some(Version::new(0, 7, 0));
        one.pinned = true;
        one.disabled = true;
        let archive = Origin::Archive {
            archive: "/a.tar.gz".into(),
        };
        let git = Origin::Git {
            git: "https://example.org/a".parse().unwrap(),
            revision: "0".repeat(40).parse().unwrap(),
            reference: Some("refs/tags/v1".parse().unwrap()),
            folder: Some("b/c".parse().unwrap()),
        };
        for origin in [one.origin.clone(), archive, git] {
            one.origin = origin;
            let text = serde_json::to_string(&one).unwrap();
            let read: Summary = serde_json::from_str(&text).unwrap();
            assert_eq!(read, Summary::from(one.clone()));
        }
    }
}
