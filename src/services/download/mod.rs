//! Files that extensions fetch, and making them executable.

mod limits;

pub use self::limits::DownloadLimits;
use super::{ServiceError, ServiceResult, Services, path};
use crate::types::DownloadedFileKind;

impl Services {
    /// Downloads a file into the work directory.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host downloads nothing yet.
    pub async fn download_file(
        &self,
        url: &str,
        _path: &str,
        _kind: DownloadedFileKind,
    ) -> ServiceResult<()> {
        self.allow_download(&super::http::address(url)?)?;
        Err(ServiceError::NotOffered {
            operation: "downloads",
        })
    }

    /// Makes a file of the work directory executable. A no-op where files have no such mode.
    ///
    /// # Errors
    /// [`ServiceError::Path`] for a path outside the work directory, [`ServiceError::File`] for one
    /// that is not there.
    pub async fn make_file_executable(&self, path: &str) -> ServiceResult<()> {
        let file = path::within(&self.work_dir, path)?;
        Ok(crate::fs::make_executable(&file)?)
    }
}
