//! Digests that GitHub has published of releases' files, for later downloads to be checked.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use url::Url;

use super::super::download::DownloadError;
use super::releases::Asset;
use crate::base::{digest::Sha256Digest, types::Download};

/// The most files that are known at once.
const MOST: usize = 10_000;

/// The published files, by their addresses.
#[derive(Debug, Default)]
pub(crate) struct Published {
    files: Mutex<HashMap<String, File>>,
}

/// How long a published digest counts: a rolling release replaces its files.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

#[derive(Debug)]
struct File {
    noted: Instant,
    sha256: Option<Sha256Digest>,
    size: Option<u64>,
}

impl Published {
    /// Notes what GitHub says of a release's files.
    pub(super) fn note(&self, assets: &[Asset]) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() > MOST {
            files.clear();
        }
        for asset in assets {
            let Ok(url) = asset.browser_download_url.parse::<Url>() else {
                continue;
            };
            let sha256 = asset.digest.as_deref().and_then(|digest| {
                let digest = digest.strip_prefix("sha256:")?;
                digest.parse().ok()
            });
            let size = asset.size;
            let noted = Instant::now();
            files.insert(
                url.into(),
                File {
                    noted,
                    sha256,
                    size,
                },
            );
        }
    }

    /// Checks that a file is what was published at its address, where that is known.
    ///
    /// # Errors
    /// [`DownloadError::NotAsPublished`].
    pub(crate) fn check(&self, url: &Url, download: &Download) -> Result<(), DownloadError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let known = files.get(url.as_str());
        let Some(file) = known.filter(|file| file.noted.elapsed() < LIFETIME) else {
            return Ok(());
        };
        match (file.sha256, file.size) {
            (_, Some(size)) if size != download.size => Err(DownloadError::NotAsPublished {
                url: download.url.clone(),
                what: format!("{} bytes, not {size}", download.size),
            }),
            (Some(sha256), _) if sha256 != download.sha256 => Err(DownloadError::other_digest(
                &download.url,
                &sha256,
                &download.sha256,
            )),
            _ => Ok(()),
        }
    }
}
