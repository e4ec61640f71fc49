//! Files that extensions fetch, and making them executable.

mod error;
mod kept;
mod limits;
mod place;
mod receive;
mod staging;

use std::{
    io::Seek as _,
    path::{Path, PathBuf},
};

use url::Url;

pub use self::{error::DownloadError, limits::DownloadLimits};
use self::{place::Placing, receive::Fetch, staging::Staging};
use super::{ServiceResult, Services, allowance::Taken, error::ServiceError, http::parse, path};
use crate::{
    base::{
        digest::Sha256Digest,
        fs::{self, ConfinedFolder},
        task::blocking,
        types::{Download, DownloadedFileKind},
    },
    network::http::{plain, without_credentials},
    package::archive::tool::{ToolArchiveError, ToolLimit},
    runtime::delegate::ExtensionEvent,
};

impl Services {
    /// Downloads a file into the work directory: a plain or compressed one as the file `path`, an archive
    /// unpacked into the folder `path`, beside what is in that already. It arrives whole or not at all.
    /// Where GitHub has said what the file's digest is, it must be that; and where the extension is held to a file, that.
    ///
    /// # Errors
    /// [`ServiceError::Denied`] for an address that is not granted or leads to one that is not,
    /// [`ServiceError::Address`] for one that it may not ask, [`ServiceError::Path`] for a path outside the work directory, [`ServiceError::Download`],
    /// [`ServiceError::Request`] where no answer comes, [`ServiceError::Unwritten`] or
    /// [`ServiceError::File`] where the disk fails, [`ServiceError::Limit`] where the work directory has no room
    /// for it, [`ServiceError::Offline`].
    pub async fn download_file(
        &self,
        url: &str,
        path: &str,
        kind: DownloadedFileKind,
    ) -> ServiceResult<()> {
        let url = parse(url)?;
        let permission = self.allow_download(&url)?;
        self.refuse_other_download(&url)?;
        let asked = asked_for(&url);
        let locked = self.locked_download(&asked)?;
        let mut kept = match &locked {
            Some(locked) => self.kept(locked),
            None if self.shared.options.offline => self.known_download(&asked),
            None => None,
        };
        if kept.is_none() {
            self.refuse_offline(|| format!("`{}`", plain(&url)))?;
        }
        let (work_dir, guest_path) = (self.work_dir.clone(), path.to_owned());
        let (staging, target, mut file) = blocking(move || {
            fs::create_dir_all(&work_dir)?;
            let staging = Staging::create(&work_dir)?;
            let target = path::within(staging.work(), &guest_path)?;
            let file = staging.work().create_new(staging.entry("file"), false)?;
            Ok::<_, ServiceError>((staging, target, file))
        })
        .await?;
        let room = &self.allowance.room;
        let mut taken = Taken::nothing_of(room);
        let mut received = None;
        if kept.is_none() {
            let mut limits = self.shared.options.downloads.clone();
            if let Some(locked) = &locked {
                limits.bytes = limits.bytes.min(locked.size);
            }
            let destination = self.destination(&url, permission)?;
            let fetch = Fetch {
                url: &destination.url,
                permission: destination.permission,
                with_credentials: destination.is_ruled,
                exchange: self.shared.exchange()?,
                limits: &limits,
                services: self,
                file: &mut file,
                taken: &mut taken,
            };
            match fetch.run().await {
                Ok(fetched) => received = Some(fetched),
                Err(error) => {
                    // What a bundle has brought does where the server cannot give it.
                    kept = self.known_download(&asked).filter(|_| !error.is_final());
                    if kept.is_none() {
                        return Err(longer_than(locked.as_ref(), error));
                    }
                }
            }
        }
        let received = match (received, &kept) {
            (None, Some((download, path))) => {
                let copied = self
                    .copy_kept(path, download.size, file, &mut taken)
                    .await?;
                file = copied.0;
                copied.1
            }
            (Some(received), _) => received,
            (None, None) => return Err(ServiceError::Offline { what: asked }),
        };
        let bound = locked.or_else(|| kept.map(|(download, _)| download));
        let download = Download {
            url: asked,
            final_url: received.final_url,
            sha256: received.sha256,
            size: received.size,
        };
        check_locked(bound.as_ref(), &download)?;
        self.shared
            .published
            .check(&url, &download)
            .map_err(ServiceError::Download)?;
        self.check_held(&url, &download)?;
        let mut limits = self.shared.options.downloads.archive.clone();
        if kind != DownloadedFileKind::Uncompressed {
            let left = room.left().await;
            limits.unpacked_bytes = limits.unpacked_bytes.min(left.bytes);
            limits.entries = limits.entries.min(left.files);
        }
        let before = self.note(&download).await?;
        let placing = Placing {
            staging,
            file,
            target,
            kind,
            url: download.url.clone(),
            limits,
        };
        let placed = blocking(move || placing.run()).await;
        match kind {
            DownloadedFileKind::Uncompressed if placed.is_ok() => taken.keep(),
            // How much an archive has brought is counted when it matters.
            _ => room.forget(),
        }
        placed.map_err(|error| self.by_limit(error))?;
        self.sink
            .tell(|| ExtensionEvent::Downloaded { download, before });
        Ok(())
    }

    /// The file that need not be fetched.
    fn kept(&self, locked: &Download) -> Option<(Download, PathBuf)> {
        let path = self.locked.as_ref()?.kept_download(locked)?;
        Some((locked.clone(), path))
    }

    /// Makes a file of the work directory executable. A no-op where files have no such mode.
    ///
    /// # Errors
    /// [`ServiceError::Path`] for a path outside the work directory, [`ServiceError::File`] for one
    /// that is not there.
    pub async fn make_file_executable(&self, path: &str) -> ServiceResult<()> {
        let work = ConfinedFolder::open(&self.work_dir)?;
        let file = path::within(&work, path)?;
        Ok(work.make_executable(file)?)
    }

    /// Calls a limit of the work directory by its name, where that is what an archive has run into.
    fn by_limit(&self, error: ServiceError) -> ServiceError {
        let limits = &self.shared.options.downloads.archive;
        let ServiceError::Download(DownloadError::Archive {
            source: ToolArchiveError::Limit { limit, most },
            ..
        }) = &error
        else {
            return error;
        };
        let limit = match limit {
            ToolLimit::UnpackedBytes if *most < limits.unpacked_bytes => {
                self.allowance.room.no_bytes()
            }
            ToolLimit::Entries if *most < limits.entries => self.allowance.room.no_files(),
            _ => return error,
        };
        self.reached(limit).into()
    }

    /// Has a download noted. Returns the digest of the file that the address had before, if that was another.
    async fn note(&self, download: &Download) -> ServiceResult<Option<Sha256Digest>> {
        let noted = download.clone();
        let before = self.note_with(move |records| records.note(&noted)).await?;
        if let Some(before) = &before {
            tracing::warn!(
                extension = %self.extension, url = download.url, %before, now = %download.sha256,
                "the same address has another file than before"
            );
        }
        Ok(before)
    }
}

/// Checks that a file is the locked one, where one is.
fn check_locked(locked: Option<&Download>, download: &Download) -> Result<(), DownloadError> {
    let Some(locked) = locked else {
        return Ok(());
    };
    let what = match (download.sha256 == locked.sha256, &download.sha256) {
        (true, _) if download.size == locked.size => return Ok(()),
        (true, _) => format!("{} bytes, not {}", download.size, locked.size),
        (false, sha256) => format!("the sha256 {sha256}, not {}", locked.sha256),
    };
    Err(DownloadError::NotAsLocked {
        url: download.url.clone(),
        what,
    })
}

/// A file with more bytes than the locked one is not that.
fn longer_than(locked: Option<&Download>, error: ServiceError) -> ServiceError {
    match (locked, error) {
        (Some(locked), ServiceError::Download(DownloadError::TooLarge { url, most }))
            if most == locked.size =>
        {
            let what = format!("more than its {most} bytes");
            DownloadError::NotAsLocked { url, what }.into()
        }
        (_, error) => error,
    }
}

/// The address as it is recorded: which file is meant may stand in the query.
fn asked_for(url: &Url) -> String {
    let mut url = without_credentials(url);
    url.set_fragment(None);
    url.into()
}

/// Back to the start of what was received into a work directory.
fn rewind(file: &mut std::fs::File, url: &str, work_dir: &Path) -> ServiceResult<()> {
    file.rewind().map_err(|source| ServiceError::Unwritten {
        url: url.to_owned(),
        source: fs::Error::new("read again in", work_dir, source),
    })
}
