//! Records of what extensions were told and have fetched, which whoever keeps them gives to their services.
//!
//! What is fetched is noted before it is put in its place, and not put there where it cannot be noted: what is there an
//! extension does not fetch again, and lockfiles and bundles would lack it for good.

use super::{ServiceResult, Services};
use crate::base::{
    digest::Sha256Digest,
    fs,
    task::blocking,
    types::{Download, NpmPackage, ToolAnswer},
};

/// A store of records of one extension's tools. Each note may fail as the disk does.
pub(crate) trait ToolRecords: Send + Sync {
    /// Notes a download, and tells what the same address had before, where that was something else.
    fn note(&self, download: &Download) -> fs::Result<Option<Sha256Digest>>;

    /// Notes what the extension was told.
    fn note_answer(&self, answer: ToolAnswer) -> fs::Result<()>;

    /// Notes what npm installs for the extension, which is all it has.
    fn note_packages(&self, packages: Vec<NpmPackage>) -> fs::Result<()>;
}

impl Services {
    /// Has something noted, on a thread that may wait for the disk, before it is gone on with. The default where nobody
    /// keeps records.
    ///
    /// # Errors
    /// [`ServiceError::File`](super::ServiceError::File) where the disk fails.
    pub(super) async fn note_with<T: Default + Send + 'static>(
        &self,
        note: impl FnOnce(&dyn ToolRecords) -> fs::Result<T> + Send + 'static,
    ) -> ServiceResult<T> {
        let Some(records) = self.records.clone() else {
            return Ok(T::default());
        };
        blocking(move || Ok(note(&*records)?)).await
    }

    /// Notes what the extension was told of a tool.
    ///
    /// # Errors
    /// As [`note_with`](Self::note_with).
    pub(super) async fn note_answer(&self, answer: ToolAnswer) -> ServiceResult<()> {
        self.note_with(move |records| records.note_answer(answer))
            .await
    }
}
