//! The catalogue of one location: never older than the one that was seen before, and no page that came in its place.

use super::{Answer, Fresh, Site, before, off_thread};
use crate::{
    base::timestamp::Timestamp,
    network::registry::{
        catalogue::{self, Catalogue, MAX_CATALOGUE_BYTES},
        config::Config,
        error::Error,
        freshness::{Order, order},
    },
};

impl Site {
    /// The location's whole catalogue.
    ///
    /// # Errors
    /// [`Error::OlderCatalogue`] for a file that is older than the one seen before, by more than mirrors are.
    pub(in crate::network::registry) async fn catalogue(
        &self,
        registry: &str,
    ) -> Result<Catalogue, Error> {
        let config = self.config(Some(registry)).await?;
        let mut files = Vec::new();
        // The limit is for all files together: a registry may name any number of them.
        let mut left = MAX_CATALOGUE_BYTES;
        for path in &config.catalogue {
            let content = self.catalogue_file(path, left).await?;
            left = left.saturating_sub(content.len() as u64);
            files.push(content);
        }
        parse_catalogue(registry, files).await
    }

    /// The catalogue as it was seen last, `None` where a file of it was never seen.
    pub(in crate::network::registry) async fn catalogue_before(
        &self,
        registry: &str,
        config: &Config,
    ) -> Result<Option<Catalogue>, Error> {
        let mut files = Vec::new();
        for path in &config.catalogue {
            match before(self.shared.as_ref(), path).await? {
                Some(entry) => files.push(entry.content),
                None => return Ok(None),
            }
        }
        parse_catalogue(registry, files).await.map(Some)
    }

    async fn catalogue_file(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let cache = self.shared.as_ref();
        let answer = self.read(cache, path, limit).await?;
        let content = answer.content().to_owned();
        if !is_catalogue(&content) {
            let is_known = matches!(
                &answer,
                Answer::Fresh(Fresh {
                    before: Some(_),
                    ..
                })
            );
            return match is_known {
                true => Err(Error::NotACatalogue {
                    path: path.to_owned(),
                    location: self.location(),
                }),
                false => Ok(content),
            };
        }
        let Answer::Fresh(fresh) = answer else {
            return Ok(content);
        };
        // The main location has the last word, whatever a mirror has said.
        let here = self.location();
        let before = fresh.before.as_ref();
        let before = before.filter(|before| !self.is_main || before.location == here);
        if let Some(kept) = before.map(|before| before.content.clone()) {
            // Thousands of lines: too much to be read between two turns of the other tasks.
            let (content, made, order, kept) = off_thread(move || {
                let made = catalogue::made(&content);
                let order = order(made, catalogue::made(&kept), Timestamp::now());
                (content, made, order, kept)
            })
            .await?;
            match order {
                Order::Newer => {
                    self.keep(cache, path, Answer::Fresh(fresh)).await;
                    return Ok(content);
                }
                Order::Behind => return Ok(kept),
                Order::Older(seen) => {
                    let older = self.older_than(path, made, seen);
                    return Err(Error::OlderCatalogue(older));
                }
            }
        }
        self.keep(cache, path, Answer::Fresh(fresh)).await;
        Ok(content)
    }
}

async fn parse_catalogue(registry: &str, files: Vec<Vec<u8>>) -> Result<Catalogue, Error> {
    // Thousands of lines: too much to be parsed between two turns of the other tasks.
    let parse = move || Catalogue::parse(files.iter().map(Vec::as_slice));
    let catalogue = off_thread(parse).await?;
    for skipped in catalogue.skipped.iter() {
        tracing::warn!(registry, "in the catalogue, {skipped}");
    }
    Ok(catalogue)
}

/// Whether a file can be part of a catalogue: a page that asks one to sign in cannot.
fn is_catalogue(content: &[u8]) -> bool {
    content.trim_ascii().is_empty() || content.starts_with(b"{")
}
