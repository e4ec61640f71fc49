//! A registry's files, read from a container registry.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{
    address::{OciAddress, tag_of},
    manifest::{CATALOGUE_TAG, Manifest},
    session::{Answer, Rights, Session},
};
use crate::{
    base::{
        digest::Sha256Digest,
        types::{ExtensionId, ExtensionVersion},
    },
    network::{
        http::{Validator, plain},
        registry::{
            access::Access,
            source::{HttpClient, Opened, Reading, Source, SourceError, check_path},
        },
    },
};

/// The time for which what the tag leads to is believed: files that are read one after the other are of one state.
const KEPT: Duration = Duration::from_secs(10);

/// A source that reads a registry's files from a container registry.
#[derive(Debug)]
pub(crate) struct OciSource {
    address: OciAddress,
    session: Session,
    catalogue: Mutex<Option<Kept>>,
}

/// The manifest that the tag led to.
#[derive(Debug, Clone)]
struct Kept {
    manifest: Arc<Manifest>,
    validator: Option<Validator>,
    read: Instant,
}

/// An archive, by its path in the registry.
struct Archive {
    id: ExtensionId,
    version: ExtensionVersion,
    sha256: Sha256Digest,
}

impl OciSource {
    /// Reads the files at `address`, reached as `access` says, over connections that others use too.
    pub(crate) fn new(address: OciAddress, access: &Access, client: HttpClient) -> Self {
        Self {
            session: Session::new(&address, access, client),
            address,
            catalogue: Mutex::new(None),
        }
    }

    /// Returns what the tag of the registry's files leads to; `None` where there is none.
    async fn catalogue(&self) -> Result<Option<Arc<Manifest>>, SourceError> {
        let mut kept = self.catalogue.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.read.elapsed() < KEPT) {
            return Ok(Some(kept.manifest.clone()));
        }
        let known = kept.as_ref().and_then(|kept| kept.validator.clone());
        let repository = self.address.repository();
        let reading =
            self.session
                .manifest(repository, CATALOGUE_TAG, Rights::Pull, known.as_ref());
        let new = match (reading.await?, kept.take()) {
            (None, _) | (Some(Answer::Unchanged), None) => return Ok(None),
            (Some(Answer::Unchanged), Some(kept)) => Kept {
                read: Instant::now(),
                ..kept
            },
            (
                Some(Answer::Manifest {
                    manifest,
                    validator,
                    ..
                }),
                _,
            ) => Kept {
                manifest,
                validator,
                read: Instant::now(),
            },
        };
        Ok(Some(kept.insert(new).manifest.clone()))
    }

    fn shown(&self, path: &str) -> String {
        format!("{}{path}", self.location())
    }

    /// Checks that the tag of a version leads to the archive that the index says.
    async fn check_tag(&self, repository: &str, archive: &Archive) -> Result<(), SourceError> {
        let Some(tag) = tag_of(&archive.version) else {
            return Ok(());
        };
        let reading = self.session.manifest(repository, &tag, Rights::Pull, None);
        // Whoever takes a tag away takes nothing from what the digest names.
        let Some(Answer::Manifest { manifest, .. }) = reading.await? else {
            return Ok(());
        };
        match manifest.layers.as_slice() {
            [layer] if layer.sha256() == Some(archive.sha256) => Ok(()),
            _ => Err(SourceError::TagMoved {
                location: format!("oci://{}/{repository}:{tag}", self.address.host()),
                sha256: archive.sha256,
            }),
        }
    }
}

#[async_trait]
impl Source for OciSource {
    fn location(&self) -> String {
        format!("{}/", self.address)
    }

    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError> {
        let reading = self.read_if_changed(path, limit_bytes, None).await?;
        Ok(reading.into_content())
    }

    async fn read_if_changed(
        &self,
        path: &str,
        limit_bytes: u64,
        known: Option<&Validator>,
    ) -> Result<Reading, SourceError> {
        check_path(path)?;
        let location = self.shown(path);
        let catalogue = self.catalogue().await?;
        let file = catalogue.as_ref().and_then(|it| it.file(path));
        let Some((file, sha256)) = file.and_then(|file| Some((file, file.sha256()?))) else {
            return Err(SourceError::NotFound { location });
        };
        if file.size > limit_bytes {
            return Err(SourceError::TooLarge {
                location,
                limit_bytes,
            });
        }
        let validator = Validator::ETag(format!("\"sha256:{sha256}\""));
        if known == Some(&validator) {
            return Ok(Reading::Unchanged);
        }
        let repository = self.address.repository();
        let url = self
            .session
            .url(repository, &format!("blobs/sha256:{sha256}"))?;
        let client = self.session.client(repository).await?;
        match client.read(&url, file.size, None).await? {
            Reading::Content { content, .. } if Sha256Digest::of(&content) == sha256 => {
                Ok(Reading::Content {
                    content,
                    validator: Some(validator),
                })
            }
            _ => Err(SourceError::Damaged { location, sha256 }),
        }
    }

    async fn open(&self, path: &str, offset: u64) -> Result<Opened, SourceError> {
        check_path(path)?;
        let archive = Archive::at(path).ok_or_else(|| SourceError::NotFound {
            location: self.shown(path),
        })?;
        let repository = self.address.repository_of(&archive.id);
        let repository =
            repository.ok_or_else(|| SourceError::InvalidPath { path: path.into() })?;
        if offset == 0 {
            self.check_tag(&repository, &archive).await?;
        }
        let blob = format!("blobs/sha256:{}", archive.sha256);
        let url = self.session.url(&repository, &blob)?;
        let client = self.session.client(&repository).await?;
        tracing::debug!(address = plain(&url), "opens a blob");
        client.open(&url, offset).await
    }
}

impl Archive {
    /// Reads `archives/<id>/<version>/<sha256>.tar.gz`.
    fn at(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("archives/")?.strip_suffix(".tar.gz")?;
        let mut parts = rest.split('/');
        let archive = Self {
            id: parts.next()?.parse().ok()?,
            version: parts.next()?.parse().ok()?,
            sha256: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(archive)
    }
}
