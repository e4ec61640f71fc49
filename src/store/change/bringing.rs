//! The bringing of archives into the staging folder, from wherever they are.

use std::{io::Write, path::Path};

use super::{obtain::Obtaining, plan::Step, release::Release};
use crate::{
    base::{digest::Sha256Hasher, fs, task::blocking},
    network::registry::{self, ArchiveDigest, Registry, SourceError},
    package::archive::Limits,
    store::{
        disk::{archive::ArchiveLocation, installed::Origin, staging::StagingSlot},
        error::StoreError,
        import::{error::ImportError, room::ImportRoom, snapshot::pack_folder},
        report::ChangeStep,
    },
};

/// The size of the pieces a file is copied in, in bytes.
const PIECE_BYTES: usize = 64 << 10;

impl Obtaining<'_> {
    /// Brings the archive of a release from its origin, which must be what was said of it; gives what came.
    pub(super) async fn bring_release(
        &self,
        step: &mut Step,
        place: &StagingSlot,
    ) -> Result<ArchiveDigest, StoreError> {
        if let Origin::Registry { registry } = &step.release.origin {
            // Whatever has chosen it. A registry that is not known here is none to fetch from either.
            let registry = self.registry_of(registry, step).await;
            step.release.by_sight |= registry.is_ok_and(|registry| !registry.publishes_digests());
        }
        let step = &*step;
        if let Some(archive) = self.at_hand(&step.release) {
            return self.bring_again(&archive, &step.release, place).await;
        }
        match &step.release.origin {
            Origin::Registry { registry } => self.fetch(registry, step, place).await,
            Origin::Archive { archive } => {
                let archive = ArchiveLocation::named(archive);
                match &archive {
                    // What was imported from another editor lies in a folder of that one's.
                    ArchiveLocation::File(path)
                        if fs::metadata(path).is_ok_and(|it| it.is_dir()) =>
                    {
                        self.pack(path, &step.release, place).await
                    }
                    _ => {
                        let brought = self.bring_again(&archive, &step.release, place).await;
                        brought.map_err(|error| match error {
                            StoreError::NoArchive { path } => StoreError::OriginGone {
                                id: step.release.id.clone(),
                                version: step.release.version.clone(),
                                path,
                            },
                            error => error,
                        })
                    }
                }
            }
            Origin::Git { .. } => self.packed(&step.release, place).await,
        }
    }

    /// The archive of a release in the folder of those that need not be fetched.
    fn at_hand(&self, release: &Release) -> Option<ArchiveLocation> {
        let name = format!("{}.tar.gz", release.content?.sha256);
        let path = self.archives?.join(name);
        fs::symlink_metadata(&path).ok()?;
        Some(ArchiveLocation::File(path))
    }

    /// Brings an archive of the user's own that was chosen before, and must be what it was.
    async fn bring_again(
        &self,
        archive: &ArchiveLocation,
        release: &Release,
        place: &StagingSlot,
    ) -> Result<ArchiveDigest, StoreError> {
        let brought = self.bring(archive, release.id.as_str(), place).await?;
        match release.content {
            Some(expected) if expected.sha256 != brought.sha256 => {
                Err(StoreError::from(registry::Error::DigestMismatch {
                    id: release.id.clone(),
                    version: release.version.clone(),
                    location: archive.to_string(),
                    expected: expected.sha256.into(),
                    actual: brought.sha256.into(),
                }))
            }
            expected => Ok(expected.unwrap_or(brought)),
        }
    }

    /// Packs a folder that a locked release was packed of, which must be what it was.
    async fn pack(
        &self,
        folder: &Path,
        release: &Release,
        place: &StagingSlot,
    ) -> Result<ArchiveDigest, StoreError> {
        let (folder, archive) = (folder.to_path_buf(), place.archive());
        let change = self.change.clone();
        let packed = blocking(move || {
            let packed = pack_folder(&folder, &archive, &ImportRoom::default())?;
            drop(change);
            Ok::<_, ImportError>(packed)
        });
        let packed = packed.await.map_err(Box::new)?;
        let packed = ArchiveDigest {
            sha256: packed.sha256,
            size: packed.compressed_bytes,
        };
        same(release, packed, false)
    }

    /// Brings what was packed of a locked release's origin, which must be what was locked.
    async fn packed(
        &self,
        release: &Release,
        place: &StagingSlot,
    ) -> Result<ArchiveDigest, StoreError> {
        let (id, version) = (release.id.clone(), release.version.clone());
        let packed = self.packed.iter().find(|it| it.origin == release.origin);
        let Some(packed) = packed else {
            let origin = Box::new(release.origin.clone());
            return Err(StoreError::NotPacked {
                id,
                version,
                origin,
            });
        };
        let archive = ArchiveLocation::File(packed.archive.clone());
        let brought = self.bring(&archive, id.as_str(), place).await?;
        same(release, brought, packed.is_compiled)
    }

    /// The registry that a release is fetched from.
    pub(super) async fn registry_of(
        &self,
        name: &str,
        step: &Step,
    ) -> Result<Registry, StoreError> {
        Ok(match &step.registry {
            Some(registry) => registry.clone(),
            None => self.sources.registry(name).await?,
        })
    }

    async fn fetch(
        &self,
        name: &str,
        step: &Step,
        place: &StagingSlot,
    ) -> Result<ArchiveDigest, StoreError> {
        let registry = self.registry_of(name, step).await?;
        let id = step.release.id.as_str();
        let mut file = fs::create_new(&place.archive())?;
        let progress =
            |received, total| self.sink.step(id, ChangeStep::Fetching { received, total });
        let archive = step.release.archive();
        let fetched = registry.fetch(&archive, &mut file, &progress).await;
        fetched.map_err(|error| match error {
            registry::Error::Write { source, .. } => unwritten(source, &place.archive()),
            registry::Error::DigestMismatch { .. } | registry::Error::SizeMismatch { .. }
                if step.release.was_seen =>
            {
                match step.release.content {
                    Some(seen) => other_bytes(&step.release, name, seen, false),
                    None => error.into(),
                }
            }
            error => error.into(),
        })
    }

    /// Copies a file or downloads an address; gives the digest and size of what came.
    pub(super) async fn bring(
        &self,
        archive: &ArchiveLocation,
        subject: &str,
        place: &StagingSlot,
    ) -> Result<ArchiveDigest, StoreError> {
        let limit = Limits::default().compressed_bytes;
        let target = place.archive();
        match archive {
            ArchiveLocation::File(path) => {
                let (path, change) = (path.clone(), self.change.clone());
                blocking(move || {
                    let copied = copy(&path, &target, limit)?;
                    drop(change);
                    Ok(copied)
                })
                .await
            }
            ArchiveLocation::Url(url) => {
                let mut file = fs::create_new(&target)?;
                let progress = |received, total| {
                    self.sink
                        .step(subject, ChangeStep::Fetching { received, total });
                };
                let access = self.sources.access();
                let fetched = registry::fetch_url(url, access, limit, &mut file, &progress).await;
                let fetched = fetched.map(|(sha256, size)| ArchiveDigest { sha256, size });
                fetched.map_err(|error| match error {
                    SourceError::Write { source, .. } => unwritten(source, &target),
                    error => StoreError::Download(Box::new(error)),
                })
            }
        }
    }
}

/// The error of other bytes than those that were seen first.
pub(super) fn other_bytes(
    release: &Release,
    registry: &str,
    seen: ArchiveDigest,
    is_locked: bool,
) -> StoreError {
    StoreError::OtherBytes {
        id: release.id.clone(),
        version: release.version.clone(),
        registry: registry.to_owned(),
        seen: seen.sha256,
        is_locked,
    }
}

/// Holds what was packed now against what was locked.
fn same(
    release: &Release,
    packed: ArchiveDigest,
    is_compiled: bool,
) -> Result<ArchiveDigest, StoreError> {
    match release.content {
        Some(expected) if expected.sha256 != packed.sha256 => Err(StoreError::PackedDiffers {
            id: release.id.clone(),
            version: release.version.clone(),
            origin: Box::new(release.origin.clone()),
            expected: expected.sha256,
            actual: packed.sha256,
            is_compiled,
        }),
        expected => Ok(expected.unwrap_or(packed)),
    }
}

/// Names the file of a failed download, of which the registry knows none.
fn unwritten(source: std::io::Error, path: &Path) -> StoreError {
    fs::Error::new("write", path, source).into()
}

/// Copies a file that a user has named, as far as an archive may be large.
fn copy(from: &Path, to: &Path, limit: u64) -> Result<ArchiveDigest, StoreError> {
    let too_large = || {
        let source = std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            format!("it has more than {limit} bytes, the most an archive may have"),
        );
        fs::Error::new("read", from, source)
    };
    let path = || from.to_owned();
    let mut source = match fs::open_regular(from) {
        Err(error) if error.is_not_a_file() => return Err(StoreError::NoFile { path: path() }),
        Err(error) if error.is_not_found() => return Err(StoreError::NoArchive { path: path() }),
        opened => opened?,
    };
    let mut target = fs::create_new(to)?;
    let mut hasher = Sha256Hasher::new();
    let mut buffer = vec![0; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        let read = std::io::Read::read(&mut source, &mut buffer)
            .map_err(|source| fs::Error::new("read", from, source))?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            return Ok(ArchiveDigest {
                sha256: hasher.finish(),
                size: bytes,
            });
        }
        bytes += read as u64;
        if bytes > limit {
            return Err(too_large().into());
        }
        hasher.update(piece);
        target
            .write_all(piece)
            .map_err(|source| fs::Error::new("write", to, source))?;
    }
}
