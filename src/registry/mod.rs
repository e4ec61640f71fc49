//! The registry index: which extensions there are, in which versions, and the archives themselves, as
//! static files that any web server, object store or folder serves.
//!
//! ```text
//! config.json                       Config: format, name, where the rest lies
//! index/<cargo's path rule>/<id>    IndexFile: version lines and state lines, only ever appended
//! catalogue.jsonl                   Catalogue: one line for each extension
//! archives/<id>/<version>/….tar.gz  never changed, named by their digest
//! ```
//!
//! `registry-index/README.md` documents the format in full. An installation takes three requests:
//!
//! 1. [`Registry::open`] reads the configuration through a [`Source`] (embedded, folder, HTTP);
//! 2. [`Registry::index`] reads one index file, from which [`resolve`](fn@resolve) chooses a version
//!    and says why it passed over others;
//! 3. [`Registry::fetch`] streams that version's archive and verifies its size and digest.
//!
//! [`publish`] writes registries. What is done with an archive is not this module's matter.

mod catalogue;
mod config;
mod error;
mod fetch;
mod index_file;
mod line;
mod location;
mod path;
pub mod publish;
mod resolve;
mod skipped;
mod source;
mod timestamp;

use std::{io::Write, sync::Arc, time::Duration};

pub use self::{
    catalogue::{Catalogue, CatalogueEntry, CatalogueLine, MAX_CATALOGUE_BYTES, nearest},
    config::{Config, ConfigError, FORMAT},
    error::Error,
    fetch::Progress,
    index_file::{IndexFile, IndexedVersion, MAX_INDEX_BYTES, MAX_LINE_BYTES, State, Withdrawal},
    line::{ArchiveFacts, Channel, LINE_FORM, Requires, StateChange, StateLine, VersionLine},
    location::{Location, ParseLocationError},
    path::{CONFIG_PATH, index_path},
    resolve::{HostSupport, RejectReason, Rejected, Resolution, ResolveError, resolve},
    skipped::{SkipReason, Skipped, SkippedLines},
    source::{
        BoxError, EmbeddedSource, FolderSource, HttpOptions, HttpSource, Opened, RetryPolicy,
        Source, SourceError,
    },
    timestamp::{ParseTimestampError, Timestamp},
};
use crate::{archive, printable::printable, types::ExtensionId};

/// How long an archive may take to arrive, beside what its size takes at the slowest rate.
const SLOWEST_START: Duration = Duration::from_secs(120);

/// The slowest rate at which an archive may arrive: 4 KiB in a second.
const SLOWEST_BYTES_PER_SECOND: u64 = 4 << 10;

/// A registry that can be read. Clones share their source.
#[derive(Debug, Clone)]
pub struct Registry {
    source: Arc<dyn Source>,
    config: Config,
    retry: RetryPolicy,
}

impl Registry {
    /// Opens the registry at `location`: reads and checks its configuration.
    ///
    /// # Errors
    /// [`Error::NoRegistry`] if there is none, [`Error::Config`] if this program cannot use it,
    /// [`Error::Source`] if it cannot be read.
    pub async fn open(location: &Location) -> Result<Self, Error> {
        Self::open_with(location, &HttpOptions::default()).await
    }

    /// Opens the registry at `location`, with other settings for HTTP.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(location: &Location, options: &HttpOptions) -> Result<Self, Error> {
        let source: Arc<dyn Source> = match location {
            Location::Embedded => Arc::new(EmbeddedSource::new()),
            Location::Folder(folder) => Arc::new(FolderSource::new(folder)),
            Location::Http(base) => Arc::new(HttpSource::new(base.clone(), options)?),
        };
        Self::from_source(source, options.retry).await
    }

    /// Opens a registry whose files come from `source`. Downloads that are interrupted are resumed as
    /// often as `retry` allows.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn from_source(source: Arc<dyn Source>, retry: RetryPolicy) -> Result<Self, Error> {
        let location = || source.location();
        let content = match source.read(CONFIG_PATH, config::MAX_CONFIG_BYTES).await {
            Err(error) if error.is_not_found() => {
                return Err(Error::NoRegistry {
                    location: location(),
                    source: error,
                });
            }
            result => result?,
        };
        let config = Config::parse(&content).map_err(|source| Error::Config {
            location: location(),
            source,
        })?;
        tracing::debug!(
            registry = config.registry,
            location = location(),
            "opened a registry"
        );
        Ok(Self {
            source,
            config,
            retry,
        })
    }

    /// The registry's name, which lockfiles hold.
    pub fn name(&self) -> &str {
        &self.config.registry
    }

    /// The registry's configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where the registry is, for messages.
    pub fn location(&self) -> String {
        self.source.location()
    }

    /// Reads what the registry says of one extension.
    ///
    /// # Errors
    /// [`Error::UnknownExtension`], with the closest ids, if the registry lacks it;
    /// [`Error::NotAnIndex`] if something else lies there; [`Error::Source`] if it cannot be read.
    pub async fn index(&self, id: &ExtensionId) -> Result<IndexFile, Error> {
        let path = index_path(id);
        let content = match self.source.read(&path, MAX_INDEX_BYTES).await {
            Err(error) if error.is_not_found() => return Err(self.unknown(id).await),
            result => result?,
        };
        let file = IndexFile::parse(id, &content);
        for skipped in file.skipped.iter() {
            tracing::warn!(registry = self.name(), extension = %id, "{skipped}");
        }
        let foreign = file.skipped.iter().next().filter(|_| is_foreign(&file));
        if let Some(first) = foreign {
            let (location, reason) = (self.location(), first.reason.clone());
            return Err(Error::NotAnIndex {
                path,
                location,
                reason,
            });
        }
        Ok(file)
    }

    /// Reads the whole catalogue.
    ///
    /// # Errors
    /// [`Error::Source`] if one of its files cannot be read.
    pub async fn catalogue(&self) -> Result<Catalogue, Error> {
        let mut files = Vec::new();
        // The limit is for all files together: a registry may name any number of them.
        let mut left = MAX_CATALOGUE_BYTES;
        for path in &self.config.catalogue {
            let file = self.source.read(path, left).await?;
            left = left.saturating_sub(file.len() as u64);
            files.push(file);
        }
        let catalogue = Catalogue::parse(files.iter().map(Vec::as_slice));
        for skipped in catalogue.skipped.iter() {
            tracing::warn!(registry = self.name(), "in the catalogue, {skipped}");
        }
        Ok(catalogue)
    }

    /// Downloads a version's archive into `writer`, in pieces, and verifies it. `progress` hears how
    /// many bytes of how many have come.
    ///
    /// What `writer` has got is the archive only once this returns `Ok`: write to a temporary file.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than [`archive::Limits::compressed_bytes`] by default,
    /// [`Error::SizeMismatch`] (the download stops at the first byte too many),
    /// [`Error::DigestMismatch`], [`Error::Interrupted`] once resuming failed too, [`Error::Write`],
    /// and [`Error::Source`] if the archive cannot be had at all, or not within two minutes and what
    /// 4 KiB/s would take.
    pub async fn fetch(
        &self,
        line: &VersionLine,
        writer: &mut (dyn Write + Send),
        progress: &Progress<'_>,
    ) -> Result<(), Error> {
        let path = self
            .config
            .archive_path(line)
            .map_err(|source| Error::Config {
                location: self.location(),
                source,
            })?;
        // How long it may take depends on the size that the index says.
        let limit = archive::Limits::default().compressed_bytes;
        if line.archive.size > limit {
            return Err(Error::TooLarge {
                id: line.id.clone(),
                version: line.version.clone(),
                size: line.archive.size,
                limit,
            });
        }
        // A server that sends a byte now and then never runs into the timeout between two bytes.
        let limit =
            SLOWEST_START + Duration::from_secs(line.archive.size / SLOWEST_BYTES_PER_SECOND);
        let download = fetch::Download::new(line, writer, progress);
        let fetching = download.run(self.source.as_ref(), &path, &self.retry);
        match tokio::time::timeout(limit, fetching).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Source(SourceError::TooSlow {
                location: format!("{}{path}", self.location()),
                limit,
            })),
        }
    }

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
            registry: self.name().to_owned(),
            nearest,
        }
    }
}

/// No line is of the format, not even of a later form of it.
fn is_foreign(file: &IndexFile) -> bool {
    let mut skipped = file.skipped.iter();
    file.versions.is_empty()
        && skipped.all(|skipped| {
            matches!(
                skipped.reason,
                SkipReason::Broken { .. } | SkipReason::Torn | SkipReason::TooLong { .. }
            )
        })
}
