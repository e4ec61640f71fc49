//! The store's side of the journal: what extensions have said, done and fetched.

use std::collections::BTreeSet;

use super::{
    answers::{self, News},
    audit::{self, AuditEntry},
    downloads::{self, RecordedDownload},
    log::Log,
    stats::{self, Stats},
};
use crate::{
    base::types::{Download, ExtensionId, ToolAnswer, Tools},
    store::{
        disk::{
            lockfile::{Locked, LockedDownload},
            store::Store,
        },
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

    /// Returns the tools of an extension: the last answer to each of its questions, the file that each address had the
    /// last time, and the packages that npm has installed.
    ///
    /// # Errors
    /// [`StoreError::File`] where they cannot be read.
    pub fn tools(&self, id: &ExtensionId) -> Result<Tools, StoreError> {
        let record = answers::read(&self.layout().answers(id))?.unwrap_or_default();
        let downloads = self.downloads(id)?.into_iter();
        Ok(Tools {
            answers: record.last_answers(),
            downloads: downloads.map(|recorded| recorded.download).collect(),
            packages: record.packages,
        })
    }

    /// The tools that an extension has ever had on this machine: every answer that was heard here, what was fetched here,
    /// and the last packages, where npm has installed them here. Nothing of it is a lockfile's alone.
    pub(in crate::store) fn known_tools(&self, id: &ExtensionId) -> Result<Tools, StoreError> {
        let record = answers::read(&self.layout().answers(id))?.unwrap_or_default();
        let downloads = self.downloads(id)?.into_iter();
        let fetched = downloads.filter(|recorded| recorded.at.is_some());
        Ok(Tools {
            answers: record.heard_answers(),
            downloads: fetched.map(|recorded| recorded.download).collect(),
            packages: record.installed_packages().to_vec(),
        })
    }

    /// Notes the answers and packages of a lockfile that the person has named, marked as a lockfile's, unless something
    /// is known already.
    ///
    /// # Errors
    /// [`StoreError::File`] where what is known cannot be read, or written.
    pub(in crate::store) fn expect_answers(&self, locked: &Locked) -> Result<(), StoreError> {
        let known = self.tools(&locked.id)?;
        let is_new = |answer: &&ToolAnswer| !known.answers.iter().any(|it| it.answers_as(answer));
        let answers = locked.answers.iter().filter(is_new).cloned();
        let mut news: Vec<News> = answers.map(News::LockedAnswer).collect();
        if known.packages.is_empty() && !locked.packages.is_empty() {
            news.push(News::LockedPackages(locked.packages.clone()));
        }
        if !news.is_empty() {
            self.journal()
                .locked(|layout| answers::add(layout, &locked.id, news))?;
        }
        Ok(())
    }

    /// Notes the tools of a lockfile that the person has named in the place of what is known, marked as a lockfile's.
    ///
    /// # Errors
    /// [`StoreError::File`] where what is known cannot be read, or written.
    pub(in crate::store) fn expect_tools(&self, locked: &Locked) -> Result<(), StoreError> {
        let id = &locked.id;
        let tools = locked.tools();
        let answers = tools.answers.into_iter();
        let mut news: Vec<News> = answers.map(News::LockedAnswer).collect();
        if !tools.packages.is_empty() {
            news.push(News::LockedPackages(tools.packages));
        }
        self.journal()
            .locked(|layout| answers::add(layout, id, news))?;
        // What a bundle has is what starts are to get, also where this machine has fetched another file before.
        self.expect_downloads_over(locked, |_| true)
    }

    /// Notes what a lockfile says that an extension fetches, so that another file at the same address is
    /// reported. What was fetched here already counts more, and what an earlier lockfile said less.
    ///
    /// # Errors
    /// [`StoreError::File`] where what is known cannot be read, or written.
    pub fn expect_downloads(&self, locked: &Locked) -> Result<(), StoreError> {
        self.expect_downloads_over(locked, |known| known.at.is_none())
    }

    /// Notes them in the place of what is known and differs, as far as that may be replaced.
    fn expect_downloads_over(
        &self,
        locked: &Locked,
        may_replace: impl Fn(&RecordedDownload) -> bool,
    ) -> Result<(), StoreError> {
        let id = &locked.id;
        let known = downloads::read(&self.layout().downloads(id))?.unwrap_or_default();
        let is_new = |download: &&LockedDownload| match known.get(&download.url) {
            Some(known) => known.download.sha256 != download.sha256 && may_replace(known),
            None => true,
        };
        let new: Vec<_> = locked
            .downloads
            .iter()
            .filter(is_new)
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
                .locked(|layout| downloads::add(layout, id, new))?;
        }
        Ok(())
    }
}
