//! A stream that writes a file of the work directory, as far as there is room.

use std::{fs::File, io, sync::Arc};

use bytes::Bytes;
use wasmtime_wasi::{
    async_trait,
    p2::{DynOutputStream, OutputStream, Pollable, StreamError, StreamResult},
};

use crate::{
    base::fs::Extent,
    runtime::{
        limits::LimitExceeded,
        services::{Fits, Services},
    },
};

/// A stream that writes a file of the work directory. What may not fit waits until what is there is counted, as a
/// write waits for the disk.
pub(super) struct FillingStream {
    inner: DynOutputStream,
    file: Arc<File>,
    services: Arc<Services>,
    /// Where the next byte goes; `None` for one that appends.
    position: Option<u64>,
    /// What waits to be written.
    waiting: Option<Bytes>,
    /// Why what has waited was not written.
    failed: Option<StreamError>,
}

impl FillingStream {
    /// Wraps a stream that writes from a position on, or appends.
    pub(super) fn new(
        inner: DynOutputStream,
        file: Arc<File>,
        services: Arc<Services>,
        position: Option<u64>,
    ) -> Self {
        Self {
            inner,
            file,
            services,
            position,
            waiting: None,
            failed: None,
        }
    }

    /// By how much the file grows with so many bytes.
    fn growth(&self, bytes: usize) -> Extent {
        match self.position {
            Some(position) => growth(&self.file, position.saturating_add(bytes as u64)),
            None => Extent {
                bytes: bytes as u64,
                files: 0,
            },
        }
    }

    /// Goes on behind what was written.
    fn advance(&mut self, bytes: usize) {
        if let Some(position) = &mut self.position {
            *position = position.saturating_add(bytes as u64);
        }
    }

    async fn take(&mut self, bytes: usize) -> StreamResult<()> {
        let more = self.growth(bytes);
        let taken = self.services.allowance.room.take(more).await;
        taken.map_err(|limit| self.full(limit))
    }

    /// Writes what waits, or knows why it cannot be written. May be dropped and called again.
    async fn settle(&mut self) {
        let Some(bytes) = self.waiting.clone() else {
            return;
        };
        let taken = self.take(bytes.len()).await;
        self.waiting = None;
        self.failed = taken.and_then(|()| self.pass_on(bytes)).err();
    }

    fn pass_on(&mut self, bytes: Bytes) -> StreamResult<()> {
        let length = bytes.len();
        self.inner.write(bytes)?;
        self.advance(length);
        Ok(())
    }

    fn full(&self, limit: LimitExceeded) -> StreamError {
        self.services.reached(limit);
        StreamError::LastOperationFailed(no_space().into())
    }

    fn check_failed(&mut self) -> StreamResult<()> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// By how much a file grows where it has a new length.
pub(super) fn growth(file: &File, length: u64) -> Extent {
    let now = file.metadata().map_or(0, |metadata| metadata.len());
    Extent {
        bytes: length.saturating_sub(now),
        files: 0,
    }
}

/// The error of a full disk, as WASI knows it again.
fn no_space() -> io::Error {
    #[cfg(unix)]
    {
        rustix::io::Errno::NOSPC.into()
    }
    #[cfg(not(unix))]
    {
        // `ERROR_DISK_FULL`
        io::Error::from_raw_os_error(112)
    }
}

#[async_trait]
impl Pollable for FillingStream {
    async fn ready(&mut self) {
        self.settle().await;
        self.inner.ready().await;
    }
}

#[async_trait]
impl OutputStream for FillingStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check_failed()?;
        if self.waiting.is_some() {
            return Err(StreamError::trap(
                "write not permitted: check_write not called first",
            ));
        }
        let more = self.growth(bytes.len());
        match self.services.allowance.room.try_take(more) {
            Fits::Yes => self.pass_on(bytes),
            Fits::No(limit) => Err(self.full(limit)),
            Fits::Unknown => {
                self.waiting = Some(bytes);
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check_failed()?;
        match self.waiting {
            Some(_) => Ok(()),
            None => self.inner.flush(),
        }
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.check_failed()?;
        match self.waiting {
            Some(_) => Ok(0),
            None => self.inner.check_write(),
        }
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.settle().await;
        self.check_failed()?;
        self.take(bytes.len()).await?;
        let length = bytes.len();
        self.inner.blocking_write_and_flush(bytes).await?;
        self.advance(length);
        Ok(())
    }

    async fn cancel(&mut self) {
        self.settle().await;
        self.inner.cancel().await;
    }
}

#[cfg(test)]
mod tests {
    use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

    use super::*;
    use crate::{
        base::fs::{remove_file, write_new},
        runtime::services::Services,
    };

    /// A stream that writes to memory, and asks for room as if it wrote a file of so many bytes.
    fn stream(services: &Arc<Services>, bytes: u64, position: Option<u64>) -> FillingStream {
        let file = tempfile::tempfile().unwrap();
        file.set_len(bytes).unwrap();
        let inner = Box::new(MemoryOutputPipe::new(1 << 20));
        FillingStream::new(inner, Arc::new(file), Arc::clone(services), position)
    }

    /// Returns what writing so many bytes comes to, and what waiting for them.
    async fn written(stream: &mut FillingStream, bytes: usize) -> [bool; 2] {
        let written = stream.write(vec![0; bytes].into()).is_ok();
        let waited = stream.write_ready().await;
        if let Err(error) = &waited {
            assert!(matches!(error, StreamError::LastOperationFailed(_)));
        }
        [written, waited.is_ok()]
    }

    #[tokio::test]
    async fn as_much_is_written_as_there_is_room_for_and_no_byte_more() {
        let folder = tempfile::tempdir().unwrap();
        let full = folder.path().join("full");
        let services = Arc::new(Services::for_tests(folder.path(), |limits| {
            limits.work_dir_bytes = 100;
        }));
        let mut end = stream(&services, 0, None);
        assert!(end.check_write().unwrap() > 100);
        end.write(vec![0; 60].into()).unwrap();
        assert_eq!(
            end.check_write().unwrap(),
            0,
            "what is there is not counted yet"
        );
        assert!(end.write_ready().await.is_ok());
        assert_eq!(written(&mut end, 40).await, [true, true]);
        write_new(&full, &[0; 99]).unwrap();
        assert_eq!(written(&mut end, 2).await, [true, false]);
        assert_eq!(
            written(&mut end, 1).await,
            [true, true],
            "the error is told once"
        );
        end.blocking_write_and_flush(vec![0; 2].into())
            .await
            .unwrap_err();
        remove_file(&full).unwrap();
        write_new(&full, &[0; 100]).unwrap();
        // Bytes that exist already may be written over all the same.
        let mut over = stream(&services, 10, Some(4));
        assert_eq!(written(&mut over, 6).await, [true, true]);
        assert_eq!(written(&mut over, 2).await, [true, false]);
        remove_file(&full).unwrap();
        over.write(vec![0; 100].into()).unwrap();
        // Bytes that wait when the stream is dropped are written.
        over.cancel().await;
        assert!(over.failed.is_none() && over.waiting.is_none());
        assert_eq!(over.position, Some(110));
    }
}
