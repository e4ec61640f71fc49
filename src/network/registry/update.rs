//! Updates of many extensions at once, in as few requests as there is news.
//!
//! The catalogue says of each extension the digest of its index file. What the cache has with that
//! digest is not asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures_util::stream::{self, StreamExt as _};

use super::{
    backend::Backend as _, cache::Cache, catalogue::Catalogue, error::Error, index_file::IndexFile,
    path::index_path, site::tell_skipped, static_files::StaticFiles,
};
use crate::base::{digest::Sha256Digest, types::ExtensionId};

/// The number of requests that are under way at once. Servers without HTTP/2 see as many connections.
const AT_ONCE: usize = 32;

/// How many cached files one thread reads in a row.
const CHUNK: usize = 64;

impl StaticFiles {
    /// Reads what the registry says of each of `ids`. With a cache, the catalogue comes first, and
    /// only those index files are asked for that it says are new: two requests in all, the
    /// configuration's included, where nothing is.
    ///
    /// One error that all requests share is [`Error::Shared`].
    pub(super) async fn news_of(
        &self,
        ids: BTreeSet<ExtensionId>,
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        let cache = self.sites.iter().find_map(|site| site.shared.clone());
        // Without a cache the catalogue tells nothing that saves a request, and offline it is not
        // needed: what the cache has is the answer.
        let catalogue = match &cache {
            Some(_) if !ids.is_empty() && !self.is_offline => self.catalogue().await.map(Some),
            _ => Ok(None),
        };
        let catalogue = match catalogue {
            Err(error) if error.is_temporary() => {
                // The registry does not answer: a thousand requests would find that out a thousand times.
                let error = Arc::new(error);
                let failed = |id| (id, Err(Error::Shared(Arc::clone(&error))));
                return ids.into_iter().map(failed).collect();
            }
            Err(error) => {
                tracing::warn!(%error, registry = self.label(), "the catalogue cannot be read, so each index file is");
                None
            }
            Ok(catalogue) => catalogue,
        };
        let mut found: BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> =
            match (&catalogue, cache) {
                (Some(catalogue), Some(cache)) => self.unchanged(&ids, catalogue, cache).await,
                _ => BTreeMap::new(),
            };
        let missing: Vec<ExtensionId> = ids
            .into_iter()
            .filter(|id| !found.contains_key(id))
            .collect();
        tracing::debug!(
            registry = self.label(),
            kept = found.len(),
            asked = missing.len(),
            "checks for news"
        );
        let catalogue = &catalogue;
        let asked: Vec<_> = stream::iter(missing)
            .map(|id| async move {
                let line = catalogue.as_ref().and_then(|catalogue| catalogue.get(&id));
                let answer = self.look_up(&id, line).await;
                (id, answer)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (id, answer) in asked {
            let answer = match (answer, &catalogue) {
                (Ok(None), Some(catalogue)) => Err(Error::UnknownExtension {
                    nearest: catalogue.nearest(id.as_str()),
                    registries: vec![self.id.clone()],
                    id: id.clone(),
                }),
                (answer, _) => answer,
            };
            found.insert(id, answer);
        }
        found
    }

    /// The index files that the cache has and the catalogue says are still so.
    async fn unchanged(
        &self,
        ids: &BTreeSet<ExtensionId>,
        catalogue: &Catalogue,
        cache: Cache,
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        let wanted: Vec<(ExtensionId, Sha256Digest)> = catalogue
            .lines
            .iter()
            .filter(|line| ids.contains(&line.id))
            .filter_map(|line| Some((line.id.clone(), line.index?)))
            .collect();
        let reading: Vec<_> = wanted
            .chunks(CHUNK)
            .map(|chunk| {
                let (cache, chunk) = (cache.clone(), chunk.to_vec());
                tokio::task::spawn_blocking(move || {
                    let kept = chunk.into_iter().filter_map(|(id, digest)| {
                        let content = cache.read(&index_path(&id))?.content;
                        (Sha256Digest::of(&content) == digest)
                            .then(|| IndexFile::parse(&id, &content))
                    });
                    kept.collect::<Vec<_>>()
                })
            })
            .collect();
        let mut found = BTreeMap::new();
        for chunk in reading {
            // A chunk that is lost to a runtime that stops is one that is asked for.
            for file in chunk.await.unwrap_or_default() {
                tell_skipped(self.label(), &file);
                found.insert(file.id.clone(), Ok(Some(file)));
            }
        }
        found
    }
}
