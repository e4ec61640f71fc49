//! The bringing of blobs and manifests to a container registry.

use std::collections::HashSet;

use bytes::Bytes;
use reqwest::{
    Method, Response, StatusCode,
    header::{CONTENT_LENGTH, LOCATION},
};

use super::{super::error::PublishError, error::PushError};
use crate::{
    base::digest::Sha256Digest,
    network::{
        http::{beginning, plain},
        registry::{
            oci::{EMPTY_CONFIG, FALLBACK_CONFIG, MANIFEST_TYPE, Manifest, Session},
            source::SourceError,
        },
    },
};

/// The media type of a blob, to whom it is brought.
const BLOB_TYPE: &str = "application/octet-stream";

/// The type and the content of an artifact's configuration.
pub(super) type ConfigContent = (&'static str, &'static str);

/// Whether a blob is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Absent,
    There,
    /// It is there, and has another size than it was pushed with.
    OtherSize,
}

/// The uploads of one push.
pub(super) struct Uploads<'a> {
    session: &'a Session,
    /// The container registry takes no configuration but that of an image.
    needs_fallback: bool,
    /// The repositories and digests of blobs that are there.
    known: HashSet<(String, Sha256Digest)>,
}

impl<'a> Uploads<'a> {
    pub(super) fn new(session: &'a Session) -> Self {
        Self {
            session,
            needs_fallback: false,
            known: HashSet::new(),
        }
    }

    /// Brings a blob, unless it is there.
    pub(super) async fn blob(&mut self, repository: &str, content: Bytes) -> Result<(), PushError> {
        let sha256 = Sha256Digest::of(&content);
        let key = (repository.to_owned(), sha256);
        if self.known.contains(&key) {
            return Ok(());
        }
        let size = content.len() as u64;
        if self.presence(repository, sha256, size).await? != Presence::There {
            self.upload(repository, sha256, content).await?;
        }
        self.known.insert(key);
        Ok(())
    }

    /// Asks whether a blob of `size` bytes is there.
    pub(super) async fn presence(
        &self,
        repository: &str,
        sha256: Sha256Digest,
        size: u64,
    ) -> Result<Presence, PushError> {
        let url = self
            .session
            .url(repository, &format!("blobs/sha256:{sha256}"))?;
        let sent = self.session.send(repository, Method::HEAD, url, None);
        let response = sent.await?;
        match response.status() {
            status if status.is_success() => {
                let said = response.headers().get(CONTENT_LENGTH);
                let said = said.and_then(|said| said.to_str().ok()?.parse::<u64>().ok());
                Ok(match said.is_none_or(|said| said == size) {
                    true => Presence::There,
                    false => Presence::OtherSize,
                })
            }
            // Some lead to where the blob is.
            status if status.is_redirection() => Ok(Presence::There),
            StatusCode::NOT_FOUND => Ok(Presence::Absent),
            _ => Err(refusal(response).await),
        }
    }

    async fn upload(
        &self,
        repository: &str,
        sha256: Sha256Digest,
        content: Bytes,
    ) -> Result<(), PushError> {
        let url = self.session.url(repository, "blobs/uploads/")?;
        let begun = self.session.send(
            repository,
            Method::POST,
            url,
            Some((BLOB_TYPE, Bytes::new())),
        );
        let begun = begun.await?;
        if begun.status() != StatusCode::ACCEPTED {
            return Err(refusal(begun).await);
        }
        let to = begun.headers().get(LOCATION);
        let to = to.and_then(|to| begun.url().join(to.to_str().ok()?).ok());
        let Some(mut to) = to else {
            return Err(SourceError::NotAnArtifact {
                location: plain(begun.url()),
                source: "it does not say where to bring a blob".into(),
            }
            .into());
        };
        let digest = format!("sha256:{sha256}");
        to.query_pairs_mut().append_pair("digest", &digest);
        let sent = self
            .session
            .send(repository, Method::PUT, to, Some((BLOB_TYPE, content)));
        let response = sent.await?;
        match response.status() {
            StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            _ => Err(refusal(response).await),
        }
    }

    /// Brings a manifest under a tag, with the configuration that the container registry takes, and gives its digest.
    pub(super) async fn manifest(
        &mut self,
        repository: &str,
        tag: &str,
        make: impl Fn(ConfigContent) -> Manifest,
    ) -> Result<Sha256Digest, PushError> {
        if !self.needs_fallback {
            let tried = self.try_manifest(repository, tag, EMPTY_CONFIG, &make);
            match tried.await {
                Err(PushError::Source(SourceError::Status {
                    status: 400 | 415 | 422,
                    ..
                })) => self.needs_fallback = true,
                result => return result,
            }
        }
        self.try_manifest(repository, tag, FALLBACK_CONFIG, &make)
            .await
    }

    async fn try_manifest(
        &mut self,
        repository: &str,
        tag: &str,
        config: ConfigContent,
        make: &impl Fn(ConfigContent) -> Manifest,
    ) -> Result<Sha256Digest, PushError> {
        let content = Bytes::from_static(config.1.as_bytes());
        self.blob(repository, content).await?;
        let manifest = serde_json::to_vec(&make(config)).map_err(PublishError::from)?;
        let sha256 = Sha256Digest::of(&manifest);
        let url = self.session.url(repository, &format!("manifests/{tag}"))?;
        let body = Some((MANIFEST_TYPE, manifest.into()));
        let sent = self.session.send(repository, Method::PUT, url, body);
        let response = sent.await?;
        match response.status() {
            StatusCode::CREATED | StatusCode::OK => Ok(sha256),
            _ => Err(refusal(response).await),
        }
    }
}

/// The error of an answer that is none of those hoped for.
async fn refusal(response: Response) -> PushError {
    let location = plain(response.url());
    let status = response.status().as_u16();
    let answer = beginning(response).await;
    PushError::Source(SourceError::Status {
        location,
        status,
        answer,
        retry_after_seconds: None,
    })
}
