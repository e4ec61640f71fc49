//! Zed's registry: a client of its HTTP interface, for those who have switched it on.
//!
//! ```text
//! GET extensions?max_schema_version=1[&provides=…][&filter=…]   the newest of each, the most downloaded first, 500 at most
//! GET extensions/updates?ids=a,b&min_…&max_…                    the newest of each that a host can run
//! GET extensions/<id>                                           all versions of one
//! GET extensions/<id>/<version>/download                        leads to an address that lives for minutes
//! ```
//!
//! It publishes no digests: what is installed first is what a version is from then on, which the store notes. It says of
//! a version which schema and API it needs, and nothing of what it may do.
//!
//! It is asked politely: two requests at a time, answers kept, and nothing for half a minute after it has said that this
//! is too much.

mod address;
mod asking;
mod row;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures_util::future::join_all;
use url::Url;

use self::{
    address::{Listed, updates},
    asking::{Asking, Lifetime},
    row::{Rows, catalogue, catalogue_lines, versions},
};
use super::{
    access::Access,
    backend::Backend,
    catalogue::{Catalogue, CatalogueLine},
    direct::{Receiving, receive_url},
    error::Error,
    fetch::{Download, Progress},
    index_file::IndexFile,
    reference::{ArchiveDigest, ArchiveReference},
    search::Query,
    served::ServedVersions,
    source::{HttpSource, SourceError},
};
use crate::{base::types::ExtensionId, package::archive::Limits};

/// The address of the service that Zed's editor asks.
pub const ZED_REGISTRY: &str = "https://api.zed.dev/";

/// The most extensions that one answer lists.
const MOST_LISTED: usize = 500;

/// The number of requests under way at once.
const AT_ONCE: usize = 2;

/// The most extensions that an answer lacks and that are asked for one by one.
const MOST_MISSING: usize = 100;

/// The time for which a list of extensions counts as news.
const LISTS_LIVE: Lifetime = Lifetime(Duration::from_secs(15 * 60));

/// The time for which a list stays in memory, for those who search while they type.
const LISTS_STAY: Duration = Duration::from_secs(60);

/// The most lists that stay in memory.
const MOST_LISTS: usize = 64;

/// A registry of Zed's interface.
#[derive(Debug)]
pub(super) struct ZedRegistry {
    asking: Asking,
    served: ServedVersions,
    /// The lists that were read lately, by their paths.
    lists: Mutex<HashMap<String, (Instant, Arc<Rows>)>>,
}

impl ZedRegistry {
    /// A client of the registry at an address. Nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::Source`] where no HTTP client can be made.
    pub(super) fn new(base: &Url, location: String, access: &Access) -> Result<Self, Error> {
        Ok(Self {
            asking: Asking::new(base, location, access)?,
            served: access.served.clone(),
            lists: Mutex::default(),
        })
    }

    async fn list(&self, listed: &Listed<'_>) -> Result<Arc<Rows>, Error> {
        let path = listed.path(&self.served);
        let lists = || self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lists().get(&path).cloned();
        if let Some((_, rows)) = known.filter(|(read, _)| read.elapsed() < LISTS_STAY) {
            return Ok(rows);
        }
        let rows = self.asking.ask(&path, LISTS_LIVE, Rows::parse).await?;
        let rows = rows.ok_or_else(|| self.asking.not_found(&path))?;
        let rows = Arc::new(rows);
        let mut lists = lists();
        if lists.len() >= MOST_LISTS {
            lists.clear();
        }
        lists.insert(path, (Instant::now(), Arc::clone(&rows)));
        Ok(rows)
    }

    /// All that can be listed, the list of the most downloaded first: where that is full, there may be more.
    async fn all(&self) -> Result<Vec<Arc<Rows>>, Error> {
        let first = self.list(&Listed::default()).await?;
        if first.len() < MOST_LISTED {
            return Ok(vec![first]);
        }
        // The list has an end, and no second page: what each kind of extension has is asked for instead.
        let lists = address::PROVIDES.map(|provides| Listed {
            provides: Some(provides),
            ..Listed::default()
        });
        let parts = join_all(lists.iter().map(|listed| self.list(listed))).await;
        let mut all = vec![first];
        for part in parts {
            all.push(part?);
        }
        Ok(all)
    }

    /// Returns what the service says is the newest version of some extensions that this host can run.
    async fn updates(
        &self,
        ids: &[ExtensionId],
    ) -> Result<BTreeMap<ExtensionId, IndexFile>, Error> {
        let path = updates(ids, &self.served);
        let rows = self.asking.ask(&path, Lifetime::NONE, Rows::parse).await?;
        let rows = rows.ok_or_else(|| self.asking.not_found(&path))?;
        let asked: BTreeSet<&ExtensionId> = ids.iter().collect();
        let mut found = BTreeMap::new();
        for (id, rows) in rows.by_id() {
            if asked.contains(&id) {
                let mut file = versions(&id, rows);
                file.newest_only = true;
                found.insert(id, file);
            }
        }
        Ok(found)
    }

    /// The error of an archive that is not there.
    fn gone(&self, archive: &ArchiveReference, error: Error) -> Error {
        match error {
            Error::Source(source @ SourceError::NotFound { .. }) => Error::NoArchive {
                id: archive.id.clone(),
                version: archive.version.clone(),
                location: self.location(),
                source,
            },
            error => error,
        }
    }
}

#[async_trait]
impl Backend for ZedRegistry {
    fn location(&self) -> String {
        self.asking.location()
    }

    fn label(&self) -> &str {
        "zed"
    }

    fn is_offline(&self) -> bool {
        self.asking.is_offline()
    }

    fn publishes_digests(&self) -> bool {
        false
    }

    async fn catalogue(&self) -> Result<Catalogue, Error> {
        Ok(catalogue(&self.all().await?))
    }

    /// All versions of one are in one answer, with its name and description.
    async fn entry(&self, id: &ExtensionId) -> Result<Option<CatalogueLine>, Error> {
        let path = address::versions(id);
        let rows = self
            .asking
            .ask(&path, Lifetime(LISTS_STAY), Rows::parse)
            .await?;
        let Some(rows) = rows else {
            return Ok(None);
        };
        let lines = catalogue_lines(rows.of(id));
        Ok(lines
            .into_iter()
            .max_by(|one, other| one.version.cmp(&other.version)))
    }

    async fn search(&self, query: &Query) -> Result<Catalogue, Error> {
        let mut rows = self.all().await?;
        let is_cut = rows.first().is_some_and(|first| first.len() >= MOST_LISTED);
        let words = query.words.iter().flat_map(|text| text.split_whitespace());
        if let Some(word) = words.max_by_key(|word| word.len()).filter(|_| is_cut) {
            let listed = Listed {
                filter: Some(word),
                ..Listed::default()
            };
            rows.push(self.list(&listed).await?);
        }
        Ok(catalogue(&rows))
    }

    async fn versions(&self, id: &ExtensionId) -> Result<Option<IndexFile>, Error> {
        let path = address::versions(id);
        let rows = self.asking.ask(&path, Lifetime::NONE, Rows::parse).await?;
        let file = rows.map(|rows| versions(id, rows.of(id)));
        Ok(file.filter(|file| !file.versions.is_empty() || !file.skipped.is_empty()))
    }

    async fn offers(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        self.news(ids).await
    }

    async fn news(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        let ids: Vec<ExtensionId> = ids
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        if self.is_offline() {
            // What is kept of each is all that there is.
            missing.clone_from(&ids);
        } else {
            let chunks = address::chunks(&ids);
            let answers = join_all(chunks.iter().map(|chunk| self.updates(chunk))).await;
            for (chunk, answer) in chunks.into_iter().zip(answers) {
                match answer {
                    Ok(mut answer) => {
                        for id in chunk {
                            match answer.remove(id) {
                                Some(file) => {
                                    found.insert(id.clone(), Ok(Some(file)));
                                }
                                None => missing.push(id.clone()),
                            }
                        }
                    }
                    Err(error) => {
                        let error = Arc::new(error);
                        for id in chunk {
                            found.insert(id.clone(), Err(Error::Shared(Arc::clone(&error))));
                        }
                    }
                }
            }
        }
        // It has none, or none that this host can run: which of both, and why, all its versions tell.
        let unasked = missing.split_off(missing.len().min(MOST_MISSING));
        found.extend(unasked.into_iter().map(|id| (id, Ok(None))));
        let mut failed: Option<Arc<Error>> = None;
        for pair in missing.chunks(AT_ONCE) {
            if let Some(error) = &failed {
                // One that does not answer costs its time once.
                let answers = pair.iter().cloned();
                found.extend(answers.map(|id| (id, Err(Error::Shared(Arc::clone(error))))));
                continue;
            }
            let answers = join_all(pair.iter().map(|id| self.versions(id))).await;
            for (id, answer) in pair.iter().cloned().zip(answers) {
                let answer = match answer {
                    Err(error) if error.is_temporary() && !self.is_offline() => {
                        let error = failed.get_or_insert_with(|| Arc::new(error));
                        Err(Error::Shared(Arc::clone(error)))
                    }
                    answer => answer,
                };
                found.insert(id, answer);
            }
        }
        found
    }

    async fn fetch(
        &self,
        archive: &ArchiveReference,
        writer: &mut (dyn Write + Send),
        progress: &Progress<'_>,
    ) -> Result<ArchiveDigest, Error> {
        let path = address::archive(archive);
        if self.is_offline() {
            return Err(self.asking.offline(&path));
        }
        let _permit = self.asking.permit().await;
        self.asking.check_rest(&path).await?;
        let client = self.asking.client().clone();
        let fetched = match archive.content {
            Some(expected) => {
                let source = HttpSource::with_client(client, self.asking.base().clone());
                let retry = self.asking.retry();
                let mut download = Download::new(archive, expected, writer, progress);
                let running = download.run(&source, &path, &retry).await;
                running.map(|()| expected)
            }
            None => {
                let receiving = Receiving {
                    client,
                    retry: self.asking.retry(),
                    limit_bytes: Limits::default().compressed_bytes,
                };
                let url = self.asking.url(&path)?;
                let received = receive_url(&url, receiving, writer, progress).await;
                received.map_err(|error| match error {
                    SourceError::Write { source, .. } => Error::Write {
                        id: archive.id.clone(),
                        version: archive.version.clone(),
                        source,
                    },
                    error => Error::Source(error),
                })
            }
        };
        if let Err(error) = &fetched {
            self.asking.note(error).await;
        }
        fetched.map_err(|error| self.gone(archive, error))
    }
}
