//! A guest's output, on its way to a sink of the embedder's.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    async_trait,
    cli::{IsTerminal, StdoutStream},
    p2::{self, Pollable, StreamResult},
};

use crate::{
    base::types::ExtensionId,
    runtime::{delegate::OutputStream, sandbox::OutputSink},
};

/// The most bytes that a guest may write at once.
const MOST_BYTES: usize = 64 << 10;

/// A stream that hands all that is written to a sink, in the guest's own call.
#[derive(Clone)]
pub(super) struct SinkOutput {
    extension: ExtensionId,
    stream: OutputStream,
    sink: Arc<dyn OutputSink>,
}

impl SinkOutput {
    pub(super) fn new(
        extension: ExtensionId,
        stream: OutputStream,
        sink: Arc<dyn OutputSink>,
    ) -> Self {
        Self {
            extension,
            stream,
            sink,
        }
    }

    fn pass_on(&self, bytes: &[u8]) {
        self.sink.write(&self.extension, self.stream, bytes);
    }
}

impl IsTerminal for SinkOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for SinkOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // WASI's own way from the one to the other writes in another task, which would lose the order of the
    // two streams.
    fn p2_stream(&self) -> Box<dyn p2::OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for SinkOutput {
    async fn ready(&mut self) {}
}

impl p2::OutputStream for SinkOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.pass_on(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MOST_BYTES)
    }
}

impl AsyncWrite for SinkOutput {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pass_on(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
