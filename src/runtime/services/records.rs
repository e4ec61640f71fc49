//! Records of what extensions were told and have fetched, which whoever keeps them gives to their services.

use std::sync::Arc;

use super::Services;
use crate::base::{
    digest::Sha256Digest,
    types::{Download, NpmPackage, ToolAnswer},
};

/// A store of records of one extension's tools.
pub(crate) trait ToolRecords: Send + Sync {
    /// Notes a download, and tells what the same address had before, where that was something else.
    fn note(&self, download: &Download) -> Option<Sha256Digest>;

    /// Notes what the extension was told.
    fn note_answer(&self, answer: ToolAnswer);

    /// Notes what npm has installed for the extension, which is all it has.
    fn note_packages(&self, packages: Vec<NpmPackage>);
}

impl Services {
    /// Has something noted, on a thread that may wait for the disk, before it is gone on with.
    pub(super) async fn note_with(&self, note: impl FnOnce(&dyn ToolRecords) + Send + 'static) {
        let Some(records) = self.records.clone() else {
            return;
        };
        let noting = move || note(&*Arc::clone(&records));
        let _ = tokio::task::spawn_blocking(noting).await;
    }

    /// Notes what the extension was told of a tool.
    pub(super) async fn note_answer(&self, answer: ToolAnswer) {
        self.note_with(move |records| records.note_answer(answer))
            .await;
    }
}
