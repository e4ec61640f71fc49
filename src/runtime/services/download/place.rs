//! The last step of a download: what was received goes to its place, unpacked where it is an archive.

use std::{fs::File, path::PathBuf};

use super::super::error::ServiceError;
use super::{error::DownloadError, rewind, staging::Staging};
use crate::{
    base::{
        fs::{self, EntryKind},
        types::DownloadedFileKind,
    },
    package::archive::tool::{
        ToolArchiveError, ToolLimits, unpack_gzip, unpack_tar_gz, unpack_zip,
    },
    runtime::services::ServiceResult,
};

/// A file that was received, and what is to become of it.
pub(super) struct Placing {
    pub(super) staging: Staging,
    /// The file, as it was received: not opened again by its name, which the guest could give to another.
    pub(super) file: File,
    /// Its place, from the work directory.
    pub(super) target: PathBuf,
    pub(super) kind: DownloadedFileKind,
    pub(super) url: String,
    pub(super) limits: ToolLimits,
}

impl Placing {
    pub(super) fn run(mut self) -> ServiceResult<()> {
        rewind(&mut self.file, &self.url, self.staging.work().path())?;
        match self.kind {
            DownloadedFileKind::Uncompressed => self.put_file("file"),
            DownloadedFileKind::Gzip => {
                let mut content = self
                    .staging
                    .work()
                    .create_new(self.staging.entry("content"), false)?;
                let unpacked = unpack_gzip(&self.file, &mut content, &self.limits);
                unpacked.map_err(|error| match error {
                    ToolArchiveError::Write { source } => ServiceError::Unwritten {
                        url: self.url.clone(),
                        source: fs::Error::new("write into", self.staging.work().path(), source),
                    },
                    error => self.refused()(error),
                })?;
                self.put_file("content")
            }
            DownloadedFileKind::GzipTar | DownloadedFileKind::Zip => {
                let tree = self.staging.work().create_dir(self.staging.entry("tree"))?;
                let unpacked = match self.kind {
                    DownloadedFileKind::Zip => unpack_zip(&self.file, &tree, &self.limits),
                    _ => unpack_tar_gz(&self.file, &tree, &self.limits),
                };
                unpacked.map_err(self.refused())?;
                let merged = self
                    .staging
                    .work()
                    .merge(self.staging.entry("tree"), &self.target);
                Ok(merged?)
            }
        }
    }

    /// Renames a file of the staging folder to its place.
    fn put_file(&self, name: &str) -> ServiceResult<()> {
        let work = self.staging.work();
        if work.kind(&self.target)? == Some(EntryKind::Folder) {
            return Err(ServiceError::Path {
                path: self.target.display().to_string(),
                problem: "is a folder, where a file is to be written",
            });
        }
        if let Some(above) = self.target.parent()
            && !above.as_os_str().is_empty()
        {
            work.create_dir_all(above)?;
        }
        Ok(work.rename(self.staging.entry(name), &self.target)?)
    }

    fn refused(&self) -> impl Fn(ToolArchiveError) -> ServiceError {
        let url = self.url.clone();
        move |source| {
            DownloadError::Archive {
                url: url.clone(),
                source,
            }
            .into()
        }
    }
}
