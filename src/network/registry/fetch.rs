//! Downloads an archive: streams it while hashing, so memory does not depend on its size, resumes what
//! was interrupted, and believes nothing but the index's size and digest.

use std::io::Write;

use futures_util::TryStreamExt as _;

use super::{
    error::Error,
    reference::ArchiveReference,
    source::{Source, SourceError},
};
use crate::base::digest::Sha256Hasher;
use crate::network::http::RetryPolicy;

/// A callback for the progress of a download: bytes received, bytes in all.
pub type Progress<'a> = dyn Fn(u64, u64) + Send + Sync + 'a;

/// A download under way. What was written stays written: where a source cannot resume, the beginning
/// is read again and passed over, and the digest decides whether both were one file.
pub(crate) struct Download<'a> {
    archive: &'a ArchiveReference,
    writer: &'a mut (dyn Write + Send),
    progress: &'a Progress<'a>,
    hasher: Sha256Hasher,
    received: u64,
    /// The locations that bytes came from, for messages.
    from: Vec<String>,
    /// What was written is not the archive and cannot be taken back.
    is_spoiled: bool,
}

/// The end of a connection that did not settle the download.
enum End {
    /// It was cut; another may bring the rest.
    Cut(SourceError),
    /// Nothing else can help.
    Final(Error),
}

impl<'a> Download<'a> {
    pub(crate) fn new(
        archive: &'a ArchiveReference,
        writer: &'a mut (dyn Write + Send),
        progress: &'a Progress<'a>,
    ) -> Self {
        Self {
            archive,
            writer,
            progress,
            hasher: Sha256Hasher::new(),
            received: 0,
            from: Vec::new(),
            is_spoiled: false,
        }
    }

    /// Whether the written bytes are not the archive's, nor its beginning: no other location can help then.
    pub(crate) fn is_spoiled(&self) -> bool {
        self.is_spoiled
    }

    /// Downloads `path` from where an earlier run stopped, with as many connections as `retry` allows.
    pub(crate) async fn run(
        &mut self,
        source: &dyn Source,
        path: &str,
        retry: &RetryPolicy,
    ) -> Result<(), Error> {
        let mut failures = 0;
        (self.progress)(self.received, self.archive.size);
        loop {
            let cut = match self.receive(source, path).await {
                Ok(()) => return self.finish(),
                Err(End::Final(error)) => return Err(error),
                Err(End::Cut(cut)) => cut,
            };
            if self.received == self.archive.size {
                // Only the end of the transfer is missing: the digest decides.
                return self.finish();
            }
            failures += 1;
            let Some(delay) = retry.delay(failures, None) else {
                return Err(self.interrupted(cut));
            };
            tracing::debug!(
                extension = %self.archive.id,
                version = %self.archive.version,
                received = self.received,
                error = %cut,
                "a download was interrupted and is resumed"
            );
            tokio::time::sleep(delay).await;
        }
    }

    async fn receive(&mut self, source: &dyn Source, path: &str) -> Result<(), End> {
        let (expected, location) = (self.archive.size, source.location());
        let opened = match source.open(path, self.received).await {
            Ok(opened) => opened,
            // The source has tried again itself already.
            Err(error) if self.received > 0 && error.is_temporary() => {
                return Err(End::Final(self.interrupted(error)));
            }
            Err(error) => return Err(End::Final(error.into())),
        };
        if let Some(size) = opened.size.filter(|size| *size != expected) {
            // Nothing of it was written: another location may still have the right one.
            return Err(End::Final(self.wrong_size(size, location)));
        }
        let mut passed_over = self.received.saturating_sub(opened.offset);
        let mut pieces = opened.pieces;
        while let Some(mut piece) = pieces.try_next().await.map_err(|error| self.cut(error))? {
            let skip = passed_over.min(piece.len() as u64);
            passed_over -= skip;
            drop(piece.split_to(usize::try_from(skip).unwrap_or(piece.len())));
            let received = self.received + piece.len() as u64;
            if received > expected {
                self.is_spoiled = self.received > 0;
                return Err(End::Final(self.wrong_size(received, location)));
            }
            if !piece.is_empty() && self.from.last() != Some(&location) {
                self.from.push(location.clone());
            }
            // Pieces are small and go to the system's buffers: not worth another thread each.
            self.writer
                .write_all(&piece)
                .map_err(|source| End::Final(self.write_error(source)))?;
            self.hasher.update(&piece);
            self.received = received;
            (self.progress)(received, expected);
        }
        if self.received < expected && opened.size.is_none() {
            // Without a size announced, a connection that was cut looks like one that is done.
            return Err(End::Cut(SourceError::Interrupted {
                location: format!("{location}{path}"),
                source: "the answer ended early".into(),
            }));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        let archive = self.archive;
        if self.received != archive.size {
            self.is_spoiled = true;
            return Err(self.wrong_size(self.received, self.from.join(", ")));
        }
        let actual = std::mem::take(&mut self.hasher).finish();
        if actual != archive.sha256 {
            self.is_spoiled = true;
            return Err(Error::DigestMismatch {
                id: self.archive.id.clone(),
                version: self.archive.version.clone(),
                location: self.from.join(", "),
                expected: archive.sha256.into(),
                actual: actual.into(),
            });
        }
        self.writer
            .flush()
            .map_err(|source| self.write_error(source))
    }

    fn cut(&self, error: SourceError) -> End {
        if error.is_temporary() {
            End::Cut(error)
        } else {
            End::Final(error.into())
        }
    }

    fn wrong_size(&self, actual: u64, location: String) -> Error {
        Error::SizeMismatch {
            id: self.archive.id.clone(),
            version: self.archive.version.clone(),
            location,
            expected: self.archive.size,
            actual,
        }
    }

    fn interrupted(&self, source: SourceError) -> Error {
        Error::Interrupted {
            id: self.archive.id.clone(),
            version: self.archive.version.clone(),
            received: self.received,
            size: self.archive.size,
            source: source.into(),
        }
    }

    fn write_error(&self, source: std::io::Error) -> Error {
        Error::Write {
            id: self.archive.id.clone(),
            version: self.archive.version.clone(),
            source,
        }
    }
}
