//! A registry of static files in our own format: its main location and its mirrors.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use async_trait::async_trait;

use super::{
    backend::{Backend, Freshness},
    catalogue::{Catalogue, CatalogueLine},
    config::Config,
    error::Error,
    fetch::{Download, Progress},
    freshness::OlderCatalogue,
    index_file::IndexFile,
    mirrors::{Failures, in_order},
    reference::{ArchiveDigest, ArchiveReference},
    site::Site,
};
use crate::{
    base::{timestamp::Timestamp, types::ExtensionId},
    network::http::RetryPolicy,
};

/// A registry of static files.
#[derive(Debug)]
pub(super) struct StaticFiles {
    /// The registry's identity, for messages.
    pub(super) id: String,
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

#[async_trait]
impl Backend for StaticFiles {
    fn location(&self) -> String {
        let main = self.sites.first();
        main.map(Site::location).unwrap_or_default()
    }

    fn label(&self) -> &str {
        &self.config.registry
    }

    fn is_offline(&self) -> bool {
        self.is_offline
    }

    fn freshness(&self) -> Freshness {
        Freshness {
            made: self.made,
            limit_days: self.limit_days,
            older: self.sites.iter().flat_map(Site::older).collect(),
        }
    }

    /// Where every location that answers is behind what was seen before, that is given, and
    /// [`freshness`](Self::freshness) tells of it.
    async fn catalogue(&self) -> Result<Catalogue, Error> {
        let mut failures = Failures::default();
        for site in in_order(&self.sites) {
            match site.catalogue(self.label()).await {
                Ok(catalogue) => return Ok(catalogue),
                Err(error) => failures.note(site, error)?,
            }
        }
        match failures.into_error("the catalogue") {
            Error::OlderCatalogue(older) => self.catalogue_before(older).await,
            error => Err(error),
        }
    }

    async fn versions(&self, id: &ExtensionId) -> Result<Option<IndexFile>, Error> {
        self.look_up(id, None).await
    }

    async fn news(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        let ids: BTreeSet<ExtensionId> = ids.iter().cloned().collect();
        self.news_of(ids).await
    }

    async fn fetch(
        &self,
        archive: &ArchiveReference,
        writer: &mut (dyn Write + Send),
        progress: &Progress<'_>,
    ) -> Result<ArchiveDigest, Error> {
        let Some(expected) = archive.content else {
            // No index file of our format leaves it out.
            return Err(Error::NoDigest {
                id: archive.id.clone(),
                version: archive.version.clone(),
            });
        };
        let mut download = Download::new(archive, expected, writer, progress);
        let mut failures = Failures::default();
        for site in in_order(&self.sites) {
            match self.fetch_at(site, archive, expected, &mut download).await {
                Ok(()) => return Ok(expected),
                // The written bytes cannot be taken back, so no other location can start afresh.
                Err(error) if download.is_spoiled() => return Err(error),
                Err(error @ Error::SizeMismatch { .. }) => failures.keep(site, error),
                Err(error) => failures.note(site, error)?,
            }
        }
        Err(failures.into_error(archive.id.as_str()))
    }
}

impl StaticFiles {
    /// Reads what the registry says of one extension, `None` where it lacks it. `listed` is what the catalogue says.
    pub(super) async fn look_up(
        &self,
        id: &ExtensionId,
        listed: Option<&CatalogueLine>,
    ) -> Result<Option<IndexFile>, Error> {
        let mut failures = Failures::default();
        for site in in_order(&self.sites) {
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
        site.config(Some(self.label())).await?;
        site.index(&self.id, id, listed).await
    }

    /// The catalogue as it was seen last, in the place of an older one.
    async fn catalogue_before(&self, older: OlderCatalogue) -> Result<Catalogue, Error> {
        let Some(main) = self.sites.iter().find(|site| site.is_main) else {
            return Err(Error::OlderCatalogue(older));
        };
        match main.catalogue_before(self.label(), &self.config).await? {
            Some(catalogue) => {
                main.note_older(older);
                Ok(catalogue)
            }
            None => Err(Error::OlderCatalogue(older)),
        }
    }

    async fn fetch_at(
        &self,
        site: &Site,
        archive: &ArchiveReference,
        expected: ArchiveDigest,
        download: &mut Download<'_>,
    ) -> Result<(), Error> {
        let config = site.config(Some(self.label())).await?;
        let path = config
            .archive_path(archive, &expected.sha256)
            .map_err(|source| Error::Config {
                location: site.location(),
                source,
            })?;
        if site.is_offline {
            return Err(site.offline(&path));
        }
        download.run(site.source.as_ref(), &path, &self.retry).await
    }
}
