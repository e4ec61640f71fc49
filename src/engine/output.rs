//! What a guest writes to its standard output and error becomes log events, a line each.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::types::ExtensionId;

/// A longer line is cut here: nobody reads more, and a guest must not fill the memory.
const LINE_BYTES: usize = 4 << 10;

/// Lines logged each second; the rest is dropped and counted.
const LINES_PER_SECOND: u32 = 200;

/// Which of its two streams a guest writes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Channel {
    Output,
    Error,
}

/// The stream as WASI sees it; every reader of it gets its own line buffer.
pub(super) struct GuestOutput {
    pub(super) extension: Arc<ExtensionId>,
    pub(super) channel: Channel,
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(LineLogger {
            extension: self.extension.clone(),
            channel: self.channel,
            line: Vec::new(),
            second: Instant::now(),
            lines: 0,
            dropped: 0,
        })
    }
}

struct LineLogger {
    extension: Arc<ExtensionId>,
    channel: Channel,
    line: Vec<u8>,
    second: Instant,
    lines: u32,
    dropped: u64,
}

impl LineLogger {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_line();
            } else if self.line.len() < LINE_BYTES {
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if self.second.elapsed().as_secs() >= 1 {
            if self.dropped > 0 {
                tracing::warn!(extension = %self.extension, lines = self.dropped, "output dropped");
            }
            (self.second, self.lines, self.dropped) = (Instant::now(), 0, 0);
        }
        if self.lines >= LINES_PER_SECOND {
            self.dropped += 1;
            return;
        }
        self.lines += 1;
        // Control characters could drive the terminal that shows the log.
        let text: String = String::from_utf8_lossy(&line)
            .chars()
            .map(|character| {
                if character.is_control() && character != '\t' {
                    '\u{fffd}'
                } else {
                    character
                }
            })
            .collect();
        match self.channel {
            Channel::Output => {
                tracing::info!(target: "annexe::guest", extension = %self.extension, "{text}");
            }
            Channel::Error => {
                tracing::warn!(target: "annexe::guest", extension = %self.extension, "{text}");
            }
        }
    }
}

impl Drop for LineLogger {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }
}

impl AsyncWrite for LineLogger {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
