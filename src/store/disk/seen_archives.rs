//! The archives of registries that publish no digests, each by the digest it had when it was installed first: other bytes
//! under the same version are noticed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use crate::{
    base::{
        digest::Sha256Digest,
        fs,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::ArchiveDigest,
    store::error::StoreError,
};

/// The most bytes that are read of the file: hundreds of thousands of archives.
const MOST_BYTES: u64 = 64 << 20;

/// An archive as it was when it was installed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeenArchive {
    /// The version that it is of.
    pub version: ExtensionVersion,
    /// Its digest.
    pub sha256: Sha256Digest,
    /// Its size in bytes.
    pub size: u64,
    /// When it was installed first.
    pub at: Timestamp,
}

/// An archive that is installed, of which no registry says what it should be.
#[derive(Debug, Clone)]
pub(in crate::store) struct Sighting {
    pub(in crate::store) registry: String,
    pub(in crate::store) id: ExtensionId,
    pub(in crate::store) version: ExtensionVersion,
    pub(in crate::store) content: ArchiveDigest,
}

/// All archives that were seen, by registry and extension.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::store) struct SeenArchives(BTreeMap<String, BTreeMap<ExtensionId, Vec<SeenArchive>>>);

impl SeenArchives {
    /// Reads what is known. The file is there only where a registry without digests was used.
    ///
    /// # Errors
    /// [`StoreError::Broken`] or [`StoreError::File`] where it cannot be read: nothing passes for unseen then.
    pub(in crate::store) fn read(layout: &Layout) -> Result<Self, StoreError> {
        Layout::read_known(layout.seen_archives(), MOST_BYTES)
    }

    /// Returns what a version's archive was when it was installed first.
    pub(in crate::store) fn find(
        &self,
        registry: &str,
        id: &ExtensionId,
        version: &ExtensionVersion,
    ) -> Option<&SeenArchive> {
        let mut seen = self.0.get(registry)?.get(id)?.iter();
        seen.find(|one| one.version == *version)
    }

    /// Writes down what is installed now; in the place of what was seen of the same versions, where the user accepts that.
    /// The change holds the lock.
    ///
    /// # Errors
    /// [`StoreError::OtherBytes`] where another process has seen other bytes meanwhile, as [`Self::read`], and where it
    /// cannot be written.
    pub(in crate::store) fn note(
        layout: &Layout,
        sightings: &[Sighting],
        accepts_other_archives: bool,
        _lock: &fs::FileLock,
    ) -> Result<(), StoreError> {
        if sightings.is_empty() {
            return Ok(());
        }
        let mut known = Self::read(layout)?;
        let before = known.clone();
        for sighting in sightings {
            let Sighting {
                registry,
                id,
                version,
                content,
            } = sighting;
            let seen = known.find(registry, id, version);
            if let Some(seen) = seen.filter(|seen| seen.sha256 != content.sha256)
                && !accepts_other_archives
            {
                return Err(StoreError::OtherBytes {
                    id: id.clone(),
                    version: version.clone(),
                    registry: registry.clone(),
                    seen: seen.sha256,
                    is_locked: false,
                });
            }
            known.set(sighting);
        }
        if known == before {
            return Ok(());
        }
        layout.write_known(&layout.seen_archives(), &known)
    }

    fn set(&mut self, sighting: &Sighting) {
        let Sighting {
            registry,
            id,
            version,
            content: ArchiveDigest { sha256, size },
        } = sighting.clone();
        let seen = self.0.entry(registry).or_default().entry(id).or_default();
        let is_same = |one: &SeenArchive| one.version == version && one.sha256 == sha256;
        if seen.iter().any(is_same) {
            return;
        }
        seen.retain(|one| one.version != version);
        seen.push(SeenArchive {
            version,
            sha256,
            size,
            at: Timestamp::now(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_of_a_version_are_noted_only_where_the_user_accepts_them() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let lock = layout.try_lock().unwrap().unwrap();
        let sighting = |content: &[u8], version: &str| Sighting {
            registry: "zed".into(),
            id: "toml".parse().unwrap(),
            version: version.parse().unwrap(),
            content: ArchiveDigest {
                sha256: Sha256Digest::of(content),
                size: content.len() as u64,
            },
        };
        let note = |content: &[u8], version: &str, accepts| {
            let sightings = [sighting(content, version)];
            SeenArchives::note(&layout, &sightings, accepts, &lock)
        };
        note(b"one", "1.0.0", false).unwrap();
        note(b"one", "1.0.0", false).unwrap();
        note(b"two", "1.0.1", false).unwrap();
        let error = note(b"other", "1.0.0", false).unwrap_err();
        assert!(matches!(error, StoreError::OtherBytes { .. }), "{error}");
        let seen = |version: &str| {
            let seen = SeenArchives::read(&layout).unwrap();
            let id = "toml".parse().unwrap();
            let version = version.parse().unwrap();
            seen.find("zed", &id, &version).map(|seen| seen.sha256)
        };
        assert_eq!(seen("1.0.0"), Some(Sha256Digest::of(b"one")));
        note(b"other", "1.0.0", true).unwrap();
        assert_eq!(seen("1.0.0"), Some(Sha256Digest::of(b"other")));
        assert_eq!(seen("1.0.1"), Some(Sha256Digest::of(b"two")));
    }
}
