//! Records of what running extensions fetch, noted for the lockfile.

use std::sync::Arc;

use crate::{
    base::{
        digest::Sha256Digest,
        timestamp::Timestamp,
        types::{Download, ExtensionId},
    },
    runtime::services::DownloadRecords,
    store::journal::{
        Journal,
        downloads::{self, RecordedDownload},
    },
};

/// The records of what one running extension fetches.
#[derive(Debug)]
pub(in crate::store) struct Records {
    journal: Arc<Journal>,
    id: ExtensionId,
    version: String,
}

impl Records {
    pub(in crate::store) fn new(
        journal: Arc<Journal>,
        id: ExtensionId,
        version: String,
    ) -> Arc<Self> {
        Arc::new(Self {
            journal,
            id,
            version,
        })
    }
}

impl DownloadRecords for Records {
    fn note(&self, download: &Download) -> Option<Sha256Digest> {
        let recorded = RecordedDownload {
            download: download.clone(),
            at: Some(Timestamp::now()),
            version: Some(self.version.clone()),
        };
        self.journal
            .locked(|layout| downloads::add(layout, &self.id, [recorded]))
            .flatten()
    }
}
