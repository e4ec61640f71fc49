//! The store's side of the journal: what extensions have said, done and fetched.

use std::collections::BTreeSet;

use super::{
    audit::{self, AuditEntry},
    downloads::{self, RecordedDownload},
    log::Log,
    stats::{self, Stats},
};
use crate::{
    base::types::{Download, ExtensionId},
    store::{
        disk::{lockfile::Locked, store::Store},
        error::StoreError,
    },
};

impl Store {
    /// The log of an extension: what it has printed, and when it started, stopped and was suspended, in
    /// whatever process. It need not be installed any more.
    pub fn log(&self, id: &ExtensionId) -> Log {
        Log::new(self.layout().clone(), id.clone())
    }

    /// Returns the statistics of an extension, in all processes together; `None` for one that has never run.
    /// Processes that run it now add to it every few seconds.
    ///
    /// # Errors
    /// [`StoreError::File`] where it cannot be read.
    pub fn stats(&self, id: &ExtensionId) -> Result<Option<Stats>, StoreError> {
        Ok(stats::read(&self.layout().stats(id))?)
    }

    /// The ids of all extensions that have a log or were counted, installed or not.
    ///
    /// # Errors
    /// [`StoreError::File`] where the store's folder cannot be listed.
    pub fn known_by_log(&self) -> Result<BTreeSet<ExtensionId>, StoreError> {
        Ok(super::ids(self.layout())?)
    }

    /// Returns the requests of an extension that need a grant, the oldest first, in whatever process: what it was
    /// allowed, and what it was refused. It need not be installed any more. Reads up to 9 MiB.
    ///
    /// # Errors
    /// [`StoreError::File`] where it cannot be read.
    pub fn audit(&self, id: &ExtensionId) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(audit::read(self.layout(), id)?)
    }

    /// Returns what an extension has fetched, sorted by address: of each address the file that was there the last
    /// time.
    ///
    /// # Errors
    /// [`StoreError::File`] where it cannot be read.
    pub fn downloads(&self, id: &ExtensionId) -> Result<Vec<RecordedDownload>, StoreError> {
        let downloads = downloads::read(&self.layout().downloads(id))?;
        Ok(downloads.unwrap_or_default().into_values().collect())
    }

    /// Notes what a lockfile says that an extension fetches, so that another file at the same address is
    /// reported. What was fetched here already counts more.
    ///
    /// # Errors
    /// [`StoreError::File`] where what is known cannot be read.
    pub fn expect_downloads(&self, locked: &Locked) -> Result<(), StoreError> {
        let id = &locked.id;
        let known = downloads::read(&self.layout().downloads(id))?.unwrap_or_default();
        let new: Vec<_> = locked
            .downloads
            .iter()
            .filter(|download| !known.contains_key(&download.url))
            .map(|download| RecordedDownload {
                download: Download {
                    url: download.url.clone(),
                    final_url: download.url.clone(),
                    sha256: download.sha256,
                    size: download.size,
                },
                at: None,
                version: None,
            })
            .collect();
        if !new.is_empty() {
            self.journal()
                .locked(|layout| downloads::add(layout, id, new));
        }
        Ok(())
    }
}
