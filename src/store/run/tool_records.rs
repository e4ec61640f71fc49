//! Records of what running extensions are told and fetch, noted for the lockfile.

use std::sync::Arc;

use crate::{
    base::{
        digest::Sha256Digest,
        fs,
        timestamp::Timestamp,
        types::{Download, ExtensionId, NpmPackage, ToolAnswer},
    },
    runtime::services::ToolRecords,
    store::journal::{
        Journal,
        answers::{self, News},
        downloads::{self, RecordedDownload},
    },
};

/// The records of what one running extension is told and fetches.
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

    /// Takes the lock only where there is something new.
    fn note_news(&self, news: News) -> fs::Result<()> {
        let known = answers::read(&self.journal.layout.answers(&self.id))?;
        if known.is_none_or(|known| known.has(&news)) {
            return Ok(());
        }
        self.journal
            .locked(|layout| answers::add(layout, &self.id, [news]))
    }
}

impl ToolRecords for Records {
    fn note(&self, download: &Download) -> fs::Result<Option<Sha256Digest>> {
        let recorded = RecordedDownload {
            download: download.clone(),
            at: Some(Timestamp::now()),
            version: Some(self.version.clone()),
        };
        self.journal
            .locked(|layout| downloads::add(layout, &self.id, [recorded]))
    }

    fn note_answer(&self, answer: ToolAnswer) -> fs::Result<()> {
        self.note_news(News::Answer(answer))
    }

    fn note_packages(&self, packages: Vec<NpmPackage>) -> fs::Result<()> {
        self.note_news(News::Packages(packages))
    }
}
