//! The examination of what was pushed before: whether it is there as it was.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{
    ARCHIVE_TYPE, EXTENSION_TYPE,
    error::PushError,
    snapshot::{Archive, File},
    upload::{Presence, Uploads},
};
use crate::{
    base::digest::{Sha256Digest, Sha256Hasher},
    network::registry::{
        oci::{
            Answer, Descriptor, EMPTY_CONFIG, FALLBACK_CONFIG, Manifest, OciAddress, Rights,
            Session,
        },
        publish::error::PublishError,
    },
};

/// How many are asked for at a time.
const AT_A_TIME: usize = 8;

/// The examination of one container registry.
pub(super) struct Examination<'a> {
    pub(super) to: &'a OciAddress,
    pub(super) session: &'a Session,
    pub(super) uploads: &'a Uploads<'a>,
    /// Blobs are read, and not only asked for.
    pub(super) reads_blobs: bool,
}

/// What is not as it was pushed.
pub(super) struct Altered<'a> {
    /// Archives of versions that are not blocked, whose tag or blob is gone.
    pub(super) archives: Vec<&'a Archive>,
    /// The paths of files whose blob is gone.
    pub(super) files: Vec<&'a str>,
    /// Tags that lead elsewhere, and blobs that are damaged: what a push does not mend.
    lasting: Vec<Lasting>,
}

enum Lasting {
    Moved(String),
    Damaged(String),
}

enum Standing {
    Sound,
    Gone,
    Lasting(Lasting),
}

impl Altered<'_> {
    /// # Errors
    /// [`PushError::TagTaken`] if a tag leads elsewhere, else [`PushError::Damaged`] if a blob is damaged.
    pub(super) fn check(&self) -> Result<(), PushError> {
        let (mut moved, mut damaged) = (Vec::new(), Vec::new());
        for lasting in &self.lasting {
            match lasting {
                Lasting::Moved(location) => moved.push(location.clone()),
                Lasting::Damaged(location) => damaged.push(location.clone()),
            }
        }
        let more = self.lasting.len().saturating_sub(1);
        match (moved.into_iter().next(), damaged.into_iter().next()) {
            (Some(location), _) => Err(PushError::TagTaken { location, more }),
            (None, Some(location)) => Err(PushError::Damaged { location, more }),
            (None, None) => Ok(()),
        }
    }
}

impl Examination<'_> {
    /// Asks for the tag and the blob of each archive, and for the blob of each file.
    ///
    /// # Errors
    /// Where the container registry refuses to say, or cannot be reached.
    pub(super) async fn examine<'b>(
        &self,
        archives: &[&'b Archive],
        files: &[&'b File],
    ) -> Result<Altered<'b>, PushError> {
        let mut altered = Altered {
            archives: Vec::new(),
            files: Vec::new(),
            lasting: Vec::new(),
        };
        let asking: Vec<_> = archives.iter().map(|it| self.archive(it)).collect();
        let standings: Vec<Standing> = stream::iter(asking)
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        for (archive, standing) in archives.iter().zip(standings) {
            match standing {
                Standing::Sound => {}
                // Whoever deletes what does harm does well.
                Standing::Gone if archive.is_blocked => {}
                Standing::Gone => altered.archives.push(archive),
                Standing::Lasting(lasting) => altered.lasting.push(lasting),
            }
        }
        let asking: Vec<_> = files.iter().map(|it| self.file(it)).collect();
        let standings: Vec<Standing> = stream::iter(asking)
            .buffered(AT_A_TIME)
            .try_collect()
            .await?;
        for (file, standing) in files.iter().zip(standings) {
            match standing {
                Standing::Sound => {}
                Standing::Gone => altered.files.push(&file.path),
                Standing::Lasting(lasting) => altered.lasting.push(lasting),
            }
        }
        Ok(altered)
    }

    async fn file(&self, file: &File) -> Result<Standing, PushError> {
        let (sha256, size) = (Sha256Digest::of(&file.content), file.content.len() as u64);
        self.blob(self.to.repository(), sha256, size).await
    }

    async fn archive(&self, archive: &Archive) -> Result<Standing, PushError> {
        let tag = self.tag(archive).await?;
        if let Standing::Lasting(_) = tag {
            return Ok(tag);
        }
        let blob = self.blob(&archive.repository, archive.sha256, archive.size);
        Ok(match blob.await? {
            Standing::Sound => tag,
            other => other,
        })
    }

    async fn tag(&self, archive: &Archive) -> Result<Standing, PushError> {
        let (repository, tag) = (&archive.repository, &archive.tag);
        let digest = self.session.digest(repository, tag).await?;
        if let Some(digest) = digest
            && expected(archive)?.contains(&digest)
        {
            return Ok(Standing::Sound);
        }
        // Another program, or another version of this one, may have written another manifest of the same archive.
        let known = self.session.manifest(repository, tag, Rights::Push, None);
        Ok(match known.await? {
            Some(Answer::Manifest { manifest, .. }) => match archive.is_of(&manifest) {
                true => Standing::Sound,
                false => Standing::Lasting(Lasting::Moved(archive.location(self.to))),
            },
            Some(Answer::Unchanged) | None => Standing::Gone,
        })
    }

    async fn blob(
        &self,
        repository: &str,
        sha256: Sha256Digest,
        size: u64,
    ) -> Result<Standing, PushError> {
        let is_sound = match self.uploads.presence(repository, sha256, size).await? {
            Presence::Absent => return Ok(Standing::Gone),
            Presence::OtherSize => false,
            Presence::There => {
                !self.reads_blobs || self.is_what_it_says(repository, sha256, size).await?
            }
        };
        Ok(match is_sound {
            true => Standing::Sound,
            false => {
                Standing::Lasting(Lasting::Damaged(blob_location(self.to, repository, sha256)))
            }
        })
    }

    /// Reads a blob, and compares its digest.
    async fn is_what_it_says(
        &self,
        repository: &str,
        sha256: Sha256Digest,
        size: u64,
    ) -> Result<bool, PushError> {
        let path = format!("blobs/sha256:{sha256}");
        let url = self.session.url(repository, &path)?;
        let client = self.session.client(repository).await?;
        let mut opened = client.open(&url, 0).await?;
        let (mut hasher, mut left) = (Sha256Hasher::new(), size);
        while let Some(piece) = opened.pieces.try_next().await? {
            let Some(rest) = left.checked_sub(piece.len() as u64) else {
                return Ok(false);
            };
            left = rest;
            hasher.update(&piece);
        }
        Ok(left == 0 && hasher.finish() == sha256)
    }
}

/// A blob, in messages.
pub(super) fn blob_location(to: &OciAddress, repository: &str, sha256: Sha256Digest) -> String {
    format!("oci://{}/{repository}@sha256:{sha256}", to.host())
}

/// The digests of the manifests that a push makes of an archive.
fn expected(archive: &Archive) -> Result<[Sha256Digest; 2], PushError> {
    let digest = |config| {
        let manifest = archive.manifest(config);
        let content = serde_json::to_vec(&manifest).map_err(PublishError::from)?;
        Ok::<_, PushError>(Sha256Digest::of(&content))
    };
    Ok([digest(EMPTY_CONFIG)?, digest(FALLBACK_CONFIG)?])
}

impl Archive {
    /// The manifest that its tag leads to.
    pub(super) fn manifest(&self, config: (&str, &str)) -> Manifest {
        let title = self.file_name();
        let layer = Descriptor::of(ARCHIVE_TYPE, self.sha256, self.size, Some(&title));
        Manifest::new(EXTENSION_TYPE, config, vec![layer])
    }

    /// Whether a manifest is one of this archive.
    pub(super) fn is_of(&self, manifest: &Manifest) -> bool {
        matches!(manifest.layers.as_slice(), [layer] if layer.sha256() == Some(self.sha256))
    }

    /// Its tag, in messages.
    pub(super) fn location(&self, to: &OciAddress) -> String {
        format!("oci://{}/{}:{}", to.host(), self.repository, self.tag)
    }
}
