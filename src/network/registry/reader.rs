//! A registry that can be read, whatever kind of service is behind it.

use std::{collections::BTreeMap, io::Write, sync::Arc};

use super::{
    backend::{Backend, Freshness},
    catalogue::{Catalogue, CatalogueLine},
    error::Error,
    fetch::Progress,
    freshness::{AgedRegistry, FreshnessWarning, judge},
    identity::RegistryId,
    index_file::IndexFile,
    reference::{ArchiveDigest, ArchiveReference},
    search::Query,
};
use crate::{
    base::{timestamp::Timestamp, types::ExtensionId},
    package::archive::Limits,
};

/// A registry that can be read. Clones share their backend.
#[derive(Debug, Clone)]
pub struct Registry {
    id: RegistryId,
    backend: Arc<dyn Backend>,
}

impl Registry {
    pub(super) fn new(id: RegistryId, backend: impl Backend + 'static) -> Self {
        let backend = Arc::new(backend);
        Self { id, backend }
    }

    /// A registry with a backend of the embedder's own. It is known by the backend's location, with `source:` before one
    /// that could be a name.
    pub fn from_backend(backend: Arc<dyn Backend>) -> Self {
        let id = RegistryId::of_source(&backend.location());
        Self { id, backend }
    }

    /// Returns the registry's identity: what extensions that come from it are bound to.
    pub fn id(&self) -> &RegistryId {
        &self.id
    }

    /// The registry's name for itself. Any registry can call itself so: it is for people to read.
    pub fn name(&self) -> &str {
        self.backend.label()
    }

    /// Returns the registry's main location, for messages.
    pub fn location(&self) -> String {
        self.backend.location()
    }

    /// No web server is asked for it.
    pub fn is_offline(&self) -> bool {
        self.backend.is_offline()
    }

    /// Whether the registry says what each archive must be.
    pub fn publishes_digests(&self) -> bool {
        self.backend.publishes_digests()
    }

    /// When the newest of what the registry has said was made; `None` where it does not say.
    pub fn made(&self) -> Option<Timestamp> {
        self.backend.freshness().made
    }

    /// Holds the age of what the registry says against the limit for it: [`OldestCatalogues`]. Offline nothing is
    /// refused: who asks for that knows that nothing is new.
    ///
    /// # Errors
    /// [`Error::Aged`] for one that is older.
    ///
    /// [`OldestCatalogues`]: super::OldestCatalogues
    pub fn check_age(&self) -> Result<(), Error> {
        match self.judge(&self.backend.freshness()) {
            Err(aged) if !self.is_offline() => Err(Error::Aged {
                location: self.location(),
                aged,
            }),
            _ => Ok(()),
        }
    }

    /// Returns what a user should know of the age of what the registry says, as far as it was read.
    pub fn freshness_warnings(&self) -> Vec<FreshnessWarning> {
        let freshness = self.backend.freshness();
        let age = self
            .judge(&freshness)
            .unwrap_or_else(|aged| Some(FreshnessWarning::Aged(aged)));
        let older = freshness.older.into_iter().map(FreshnessWarning::Older);
        older.chain(age).collect()
    }

    fn judge(&self, freshness: &Freshness) -> Result<Option<FreshnessWarning>, AgedRegistry> {
        let Freshness {
            made, limit_days, ..
        } = freshness;
        judge(self.id.as_str(), *made, *limit_days, Timestamp::now())
    }

    /// Reads what the registry says of one extension: all its versions.
    ///
    /// # Errors
    /// [`Error::UnknownExtension`], with the closest ids, if the registry lacks it;
    /// [`Error::NotAnIndex`] if something else lies there; [`Error::Stale`] and [`Error::Rewritten`]
    /// if lines are gone that the cache has; [`Error::Offline`] if it may not be asked;
    /// [`Error::Source`] if it cannot be read.
    pub async fn index(&self, id: &ExtensionId) -> Result<IndexFile, Error> {
        match self.look_up(id).await? {
            Some(file) => Ok(file),
            None => Err(self.unknown(id).await),
        }
    }

    /// As [`Self::index`], `None` where the registry lacks the extension.
    pub(super) async fn look_up(&self, id: &ExtensionId) -> Result<Option<IndexFile>, Error> {
        self.backend.versions(id).await
    }

    /// Reads what the registry says of each of `ids`, of which any version will do. Where it tells the newest version of each
    /// alone, [`IndexFile::newest_only`] says so. `None` where it lacks one.
    ///
    /// The errors are those of [`Self::index`]; one that all requests share is [`Error::Shared`].
    pub(super) async fn offers(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        self.backend.offers(ids).await
    }

    /// Reads what the registry says of each of `ids`, as a check for updates does. With a cache, our own kind answers in
    /// two requests where nothing is new.
    ///
    /// The errors are those of [`Self::index`]; one that all requests share is [`Error::Shared`].
    pub async fn indexes(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<IndexFile, Error>> {
        let answers = self.backend.news(ids).await.into_iter();
        let found = answers.map(|(id, answer)| {
            let unknown = || Error::UnknownExtension {
                id: id.clone(),
                registries: vec![self.id.to_string()],
                nearest: Vec::new(),
            };
            let answer = answer.and_then(|file| file.ok_or_else(unknown));
            (id, answer)
        });
        found.collect()
    }

    /// Reads all that the registry has. Where every location that answers is behind what was seen before, that is given,
    /// and [`freshness_warnings`](Self::freshness_warnings) tells of it.
    ///
    /// # Errors
    /// [`Error::OlderCatalogue`] where not all of what was seen before is kept,
    /// [`Error::Source`] if one of its files cannot be read, [`Error::Offline`] if it may not be.
    pub async fn catalogue(&self) -> Result<Catalogue, Error> {
        self.backend.catalogue().await
    }

    /// Reads the line of one extension in what the registry has; `None` where there is none.
    ///
    /// # Errors
    /// As [`Self::catalogue`].
    pub async fn entry(&self, id: &ExtensionId) -> Result<Option<CatalogueLine>, Error> {
        self.backend.entry(id).await
    }

    /// Reads what may fit a query, and may be more: a registry that does not tell all that it has is asked for it.
    ///
    /// # Errors
    /// As [`Self::catalogue`].
    pub async fn search(&self, query: &Query) -> Result<Catalogue, Error> {
        self.backend.search(query).await
    }

    /// Downloads an archive into `writer`, in pieces, and verifies it as far as `archive` says what it is. `progress`
    /// hears how many bytes of how many have come. Gives what came.
    ///
    /// What `writer` has got is the archive only once this returns `Ok`: write to a temporary file.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than [`Limits::compressed_bytes`] by default,
    /// [`Error::SizeMismatch`] (the download stops at the first byte too many),
    /// [`Error::DigestMismatch`], [`Error::Interrupted`] once resuming failed too, at the mirrors as
    /// well, [`Error::Write`], [`Error::Offline`], [`Error::NoDigest`] where a registry of our own format is to bring what
    /// nothing says of what it is, and [`Error::Source`] if the archive cannot be had
    /// at all, or not within two minutes and what 4 KiB/s would take.
    pub async fn fetch(
        &self,
        archive: &ArchiveReference,
        writer: &mut (dyn Write + Send),
        progress: &Progress<'_>,
    ) -> Result<ArchiveDigest, Error> {
        // How long it may take depends on the size that the index says.
        let limit = Limits::default().compressed_bytes;
        if let Some(content) = archive.content.filter(|content| content.size > limit) {
            return Err(Error::TooLarge {
                id: archive.id.clone(),
                version: archive.version.clone(),
                size: content.size,
                limit,
            });
        }
        self.backend.fetch(archive, writer, progress).await
    }

    /// The error for an extension that is not there, with what is near it.
    async fn unknown(&self, id: &ExtensionId) -> Error {
        let nearest = match self.catalogue().await {
            Ok(catalogue) => catalogue.nearest(id.as_str()),
            Err(error) => {
                tracing::debug!(%error, "the catalogue cannot be read, so no similar id is offered");
                Vec::new()
            }
        };
        Error::UnknownExtension {
            id: id.clone(),
            registries: vec![self.id().to_string()],
            nearest,
        }
    }
}
