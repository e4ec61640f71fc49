//! Downloads an archive, and believes nothing but the index's size and digest.

use std::{io::Write, time::Duration};

use super::{
    error::Error,
    reference::{ArchiveDigest, ArchiveReference},
    source::{Source, SourceError},
};
use crate::network::{
    http::RetryPolicy,
    transfer::{Arrival, Beginning, End, Pace, Problem, Receiver, Rules, SoFar, receive},
};

/// The time an archive may take to arrive, beside what its size takes at the slowest rate.
pub(super) const SLOWEST_START: Duration = Duration::from_secs(120);

/// The slowest rate at which an archive may arrive: 4 KiB in a second.
pub(super) const SLOWEST_BYTES_PER_SECOND: u64 = 4 << 10;

/// A callback for the progress of a download: bytes received, bytes in all.
pub type Progress<'a> = dyn Fn(u64, u64) + Send + Sync + 'a;

/// A download under way. What was written stays written: where a source cannot resume, the beginning
/// is read again and passed over, and the digest decides whether both were one file.
pub(crate) struct Download<'a> {
    archive: &'a ArchiveReference,
    expected: ArchiveDigest,
    writer: &'a mut (dyn Write + Send),
    progress: &'a Progress<'a>,
    so_far: SoFar,
    /// The locations that bytes came from, for messages.
    from: Vec<String>,
    /// What was written is not the archive and cannot be taken back.
    is_spoiled: bool,
}

/// The receiver of what one location has of a download.
struct ArchiveReceiver<'a> {
    archive: &'a ArchiveReference,
    expected: ArchiveDigest,
    writer: &'a mut (dyn Write + Send),
    progress: &'a Progress<'a>,
    from: &'a mut Vec<String>,
    is_spoiled: &'a mut bool,
    source: &'a dyn Source,
    path: &'a str,
}

impl<'a> Download<'a> {
    pub(crate) fn new(
        archive: &'a ArchiveReference,
        expected: ArchiveDigest,
        writer: &'a mut (dyn Write + Send),
        progress: &'a Progress<'a>,
    ) -> Self {
        Self {
            archive,
            expected,
            writer,
            progress,
            so_far: SoFar::default(),
            from: Vec::new(),
            is_spoiled: false,
        }
    }

    /// Whether the written bytes are not the archive's, nor its beginning: no other location can help then.
    pub(crate) fn is_spoiled(&self) -> bool {
        self.is_spoiled
    }

    /// Downloads `path` from where an earlier run stopped, with as many connections as `retry` allows, and not longer than
    /// the slowest rate takes: a server that sends a byte now and then never runs into the timeout between two bytes.
    pub(crate) async fn run(
        &mut self,
        source: &dyn Source,
        path: &str,
        retry: &RetryPolicy,
    ) -> Result<(), Error> {
        let size = self.expected.size;
        let limit = SLOWEST_START + Duration::from_secs(size / SLOWEST_BYTES_PER_SECOND);
        let running = self.run_to_the_end(source, path, retry);
        tokio::time::timeout(limit, running)
            .await
            .unwrap_or_else(|_| {
                Err(Error::Source(SourceError::TooSlow {
                    location: format!("{}{path}", source.location()),
                    limit,
                }))
            })
    }

    async fn run_to_the_end(
        &mut self,
        source: &dyn Source,
        path: &str,
        retry: &RetryPolicy,
    ) -> Result<(), Error> {
        (self.progress)(self.so_far.received(), self.expected.size);
        let rules = Rules {
            retry: *retry,
            limit_bytes: self.expected.size,
            // Who calls looks at how long all of it takes.
            pace: Pace::Unlimited,
            beginning: Beginning::PassOver,
            // A mirror may go on.
            forgives: false,
        };
        let mut receiver = ArchiveReceiver {
            archive: self.archive,
            expected: self.expected,
            writer: &mut *self.writer,
            progress: self.progress,
            from: &mut self.from,
            is_spoiled: &mut self.is_spoiled,
            source,
            path,
        };
        receive(&mut receiver, &mut self.so_far, &rules).await?;
        self.finish()
    }

    fn finish(&mut self) -> Result<(), Error> {
        let (archive, received) = (self.archive, self.so_far.received());
        if received != self.expected.size {
            self.is_spoiled = true;
            return Err(wrong_size(
                archive,
                self.expected.size,
                received,
                self.from.join(", "),
            ));
        }
        let actual = self.so_far.digest();
        if actual != self.expected.sha256 {
            self.is_spoiled = true;
            return Err(Error::DigestMismatch {
                id: archive.id.clone(),
                version: archive.version.clone(),
                location: self.from.join(", "),
                expected: self.expected.sha256.into(),
                actual: actual.into(),
            });
        }
        let flushed = self.writer.flush();
        flushed.map_err(|source| unwritten(archive, source))
    }
}

impl ArchiveReceiver<'_> {
    fn interrupted(&self, source: SourceError, received: u64) -> Error {
        Error::Interrupted {
            id: self.archive.id.clone(),
            version: self.archive.version.clone(),
            received,
            size: self.expected.size,
            source: source.into(),
        }
    }

    fn location(&self) -> String {
        format!("{}{}", self.source.location(), self.path)
    }
}

impl Receiver for ArchiveReceiver<'_> {
    type Cut = SourceError;
    type Error = Error;

    async fn open(&mut self, received: u64) -> Result<Arrival<SourceError>, Error> {
        match self.source.open(self.path, received).await {
            Ok(opened) => Ok(Arrival {
                offset: opened.offset,
                size: opened.size,
                pieces: opened.pieces,
            }),
            // The source has tried again itself already.
            Err(error) if received > 0 && error.is_temporary() => {
                Err(self.interrupted(error, received))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn announced(&mut self, _: u64, size: Option<u64>) -> Result<(), Error> {
        match size {
            // Nothing of it was written: another location may still have the right one.
            Some(size) if size != self.expected.size => Err(wrong_size(
                self.archive,
                self.expected.size,
                size,
                self.source.location(),
            )),
            _ => Ok(()),
        }
    }

    async fn write(&mut self, piece: &[u8], received: u64, _: Option<u64>) -> Result<(), Error> {
        let location = self.source.location();
        if self.from.last() != Some(&location) {
            self.from.push(location);
        }
        // Pieces are small and go to the system's buffers: not worth another thread each.
        let written = self.writer.write_all(piece);
        written.map_err(|source| unwritten(self.archive, source))?;
        (self.progress)(received, self.expected.size);
        Ok(())
    }

    fn ended(&mut self, received: u64, size: Option<u64>) -> Result<(), End<SourceError, Error>> {
        if received < self.expected.size && size.is_none() {
            // Without a size announced, a connection that was cut looks like one that is done.
            return Err(End::Cut(SourceError::Interrupted {
                location: self.location(),
                source: "the answer ended early".into(),
            }));
        }
        Ok(())
    }

    /// Only the end of the transfer is missing: the digest decides.
    fn is_complete(&self, received: u64) -> bool {
        received == self.expected.size
    }

    fn is_passing(&self, cut: &SourceError) -> bool {
        cut.is_temporary()
    }

    fn failed(&mut self, problem: Problem<SourceError>, received: u64) -> Error {
        match problem {
            Problem::TooLarge {
                bytes,
                is_announced,
            } => {
                *self.is_spoiled |= received > 0 && !is_announced;
                wrong_size(
                    self.archive,
                    self.expected.size,
                    bytes,
                    self.source.location(),
                )
            }
            Problem::Interrupted(cut) if !cut.is_temporary() => cut.into(),
            Problem::Interrupted(cut) => self.interrupted(cut, received),
            Problem::Changed => Error::Source(SourceError::Changed {
                location: self.location(),
            }),
            Problem::TooSlow { within, .. } => Error::Source(SourceError::TooSlow {
                location: self.location(),
                limit: within,
            }),
        }
    }
}

fn wrong_size(archive: &ArchiveReference, expected: u64, actual: u64, location: String) -> Error {
    Error::SizeMismatch {
        id: archive.id.clone(),
        version: archive.version.clone(),
        location,
        expected,
        actual,
    }
}

fn unwritten(archive: &ArchiveReference, source: std::io::Error) -> Error {
    Error::Write {
        id: archive.id.clone(),
        version: archive.version.clone(),
        source,
    }
}
