//! A registry that can be read, wherever its files are.

use std::{io::Write, sync::Arc, time::Duration};

use super::{
    catalogue::{Catalogue, CatalogueLine},
    config::Config,
    error::Error,
    fetch::{Download, Progress},
    freshness::{AgedRegistry, FreshnessWarning, OlderCatalogue, judge},
    identity::RegistryId,
    index_file::IndexFile,
    mirrors::{Failures, in_order},
    reference::ArchiveReference,
    site::Site,
    source::SourceError,
};
use crate::network::http::RetryPolicy;
use crate::{
    base::{timestamp::Timestamp, types::ExtensionId},
    package::archive::Limits,
};

/// How long an archive may take to arrive, beside what its size takes at the slowest rate.
pub(super) const SLOWEST_START: Duration = Duration::from_secs(120);

/// The slowest rate at which an archive may arrive: 4 KiB in a second.
pub(super) const SLOWEST_BYTES_PER_SECOND: u64 = 4 << 10;

/// A registry that can be read. Clones share their source.
#[derive(Debug, Clone)]
pub struct Registry {
    parts: Arc<Parts>,
}

/// The parts that a registry is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) id: RegistryId,
    /// The configuration of the location that answered first.
    pub(super) config: Config,
    /// When the newest of what it has said was made.
    pub(super) made: Option<Timestamp>,
    /// The age from which it is refused.
    pub(super) limit_days: Option<i64>,
    /// The main location and the mirrors.
    pub(super) sites: Vec<Site>,
    pub(super) retry: RetryPolicy,
    pub(super) is_offline: bool,
}

impl Registry {
    pub(super) fn new(parts: Parts) -> Self {
        let parts = Arc::new(parts);
        Self { parts }
    }

    /// Returns the registry's identity: what extensions that come from it are bound to.
    pub fn id(&self) -> &RegistryId {
        &self.parts.id
    }

    /// The registry's name for itself. Any registry can call itself so: it is for people to read.
    pub fn name(&self) -> &str {
        &self.parts.config.registry
    }

    /// The registry's configuration.
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// Returns the registry's main location, for messages.
    pub fn location(&self) -> String {
        let main = self.parts.sites.first();
        main.map(Site::location).unwrap_or_default()
    }

    /// No web server is asked for it.
    pub fn is_offline(&self) -> bool {
        self.parts.is_offline
    }

    /// When the newest of what the registry has said was made; `None` where it does not say.
    pub fn made(&self) -> Option<Timestamp> {
        self.parts.made
    }

    /// Holds the age of what the registry says against the limit for it: [`OldestCatalogues`]. Offline nothing is
    /// refused: who asks for that knows that nothing is new.
    ///
    /// # Errors
    /// [`Error::Aged`] for one that is older.
    ///
    /// [`OldestCatalogues`]: super::OldestCatalogues
    pub fn check_age(&self) -> Result<(), Error> {
        match self.judge() {
            Err(aged) if !self.is_offline() => Err(Error::Aged {
                location: self.location(),
                aged,
            }),
            _ => Ok(()),
        }
    }

    /// Returns what a user should know of the age of what the registry says, as far as it was read.
    pub fn freshness_warnings(&self) -> Vec<FreshnessWarning> {
        let older = self.sites().iter().flat_map(Site::older);
        let older = older.map(FreshnessWarning::Older);
        let age = self
            .judge()
            .unwrap_or_else(|aged| Some(FreshnessWarning::Aged(aged)));
        older.chain(age).collect()
    }

    fn judge(&self) -> Result<Option<FreshnessWarning>, AgedRegistry> {
        let Parts {
            id,
            made,
            limit_days,
            ..
        } = &*self.parts;
        judge(id.as_str(), *made, *limit_days, Timestamp::now())
    }

    pub(super) fn sites(&self) -> &[Site] {
        &self.parts.sites
    }

    /// Reads what the registry says of one extension: one request, without a body where the cache has
    /// what it says.
    ///
    /// # Errors
    /// [`Error::UnknownExtension`], with the closest ids, if the registry lacks it;
    /// [`Error::NotAnIndex`] if something else lies there; [`Error::Stale`] and [`Error::Rewritten`]
    /// if lines are gone that the cache has; [`Error::Offline`] if it may not be asked;
    /// [`Error::Source`] if it cannot be read.
    pub async fn index(&self, id: &ExtensionId) -> Result<IndexFile, Error> {
        match self.look_up(id, None).await? {
            Some(file) => Ok(file),
            None => Err(self.unknown(id).await),
        }
    }

    /// As [`Self::index`], `None` where the registry lacks the extension. `listed` is what the catalogue says.
    pub(super) async fn look_up(
        &self,
        id: &ExtensionId,
        listed: Option<&CatalogueLine>,
    ) -> Result<Option<IndexFile>, Error> {
        let mut failures = Failures::default();
        for site in in_order(self.sites()) {
            match self.look_up_at(site, id, listed).await {
                Ok(None) if !site.is_main => {
                    // It may be behind: only the main location says what there is not.
                    tracing::debug!(location = site.location(), extension = %id, "a mirror lacks it");
                }
                Ok(found) => return Ok(found),
                Err(error) => failures.note(site, error)?,
            }
        }
        Err(failures.into_error(id.as_str()))
    }

    async fn look_up_at(
        &self,
        site: &Site,
        id: &ExtensionId,
        listed: Option<&CatalogueLine>,
    ) -> Result<Option<IndexFile>, Error> {
        site.config(Some(self.name())).await?;
        site.index(self.id().as_str(), id, listed).await
    }

    /// Reads the whole catalogue. Where every location that answers is behind what was seen before, that is given, and
    /// [`freshness_warnings`](Self::freshness_warnings) tells of it.
    ///
    /// # Errors
    /// [`Error::OlderCatalogue`] where not all of what was seen before is kept,
    /// [`Error::Source`] if one of its files cannot be read, [`Error::Offline`] if it may not be.
    pub async fn catalogue(&self) -> Result<Catalogue, Error> {
        let mut failures = Failures::default();
        for site in in_order(self.sites()) {
            match site.catalogue(self.name()).await {
                Ok(catalogue) => return Ok(catalogue),
                Err(error) => failures.note(site, error)?,
            }
        }
        match failures.into_error("the catalogue") {
            Error::OlderCatalogue(older) => self.catalogue_before(older).await,
            error => Err(error),
        }
    }

    /// The catalogue as it was seen last, in the place of an older one.
    async fn catalogue_before(&self, older: OlderCatalogue) -> Result<Catalogue, Error> {
        let Some(main) = self.sites().iter().find(|site| site.is_main) else {
            return Err(Error::OlderCatalogue(older));
        };
        match main.catalogue_before(self.name(), self.config()).await? {
            Some(catalogue) => {
                main.note_older(older);
                Ok(catalogue)
            }
            None => Err(Error::OlderCatalogue(older)),
        }
    }

    /// Downloads an archive into `writer`, in pieces, and verifies it. `progress` hears how many bytes
    /// of how many have come.
    ///
    /// What `writer` has got is the archive only once this returns `Ok`: write to a temporary file.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than [`Limits::compressed_bytes`] by default,
    /// [`Error::SizeMismatch`] (the download stops at the first byte too many),
    /// [`Error::DigestMismatch`], [`Error::Interrupted`] once resuming failed too, at the mirrors as
    /// well, [`Error::Write`], [`Error::Offline`], and [`Error::Source`] if the archive cannot be had
    /// at all, or not within two minutes and what 4 KiB/s would take.
    pub async fn fetch(
        &self,
        archive: &ArchiveReference,
        writer: &mut (dyn Write + Send),
        progress: &Progress<'_>,
    ) -> Result<(), Error> {
        // How long it may take depends on the size that the index says.
        let limit = Limits::default().compressed_bytes;
        if archive.size > limit {
            return Err(Error::TooLarge {
                id: archive.id.clone(),
                version: archive.version.clone(),
                size: archive.size,
                limit,
            });
        }
        let mut download = Download::new(archive, writer, progress);
        let mut failures = Failures::default();
        for site in in_order(self.sites()) {
            match self.fetch_at(site, archive, &mut download).await {
                Ok(()) => return Ok(()),
                // The written bytes cannot be taken back, so no other location can start afresh.
                Err(error) if download.is_spoiled() => return Err(error),
                Err(error @ Error::SizeMismatch { .. }) => failures.keep(site, error),
                Err(error) => failures.note(site, error)?,
            }
        }
        Err(failures.into_error(archive.id.as_str()))
    }

    async fn fetch_at(
        &self,
        site: &Site,
        archive: &ArchiveReference,
        download: &mut Download<'_>,
    ) -> Result<(), Error> {
        let config = site.config(Some(self.name())).await?;
        let path = config
            .archive_path(archive)
            .map_err(|source| Error::Config {
                location: site.location(),
                source,
            })?;
        if site.is_offline {
            return Err(site.offline(&path));
        }
        // A server that sends a byte now and then never runs into the timeout between two bytes.
        let limit = SLOWEST_START + Duration::from_secs(archive.size / SLOWEST_BYTES_PER_SECOND);
        let fetching = download.run(site.source.as_ref(), &path, &self.parts.retry);
        match tokio::time::timeout(limit, fetching).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Source(SourceError::TooSlow {
                location: format!("{}{path}", site.location()),
                limit,
            })),
        }
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
