//! What a guest writes to its standard output and error becomes log events, a line each.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::{printable::steers, types::ExtensionId};

/// A longer line is cut here: nobody reads more, and a guest must not fill the memory.
const LINE_BYTES: usize = 4 << 10;

/// Lines logged each second; the rest is dropped and counted.
const LINES_PER_SECOND: u32 = 200;

/// Which of its two streams a guest writes to.
#[derive(Debug, Clone, Copy)]
enum Channel {
    Output,
    Error,
}

/// The stream as WASI sees it. Every reader of it gets its own line buffer, and all share what may be
/// logged.
pub(super) struct GuestOutput {
    extension: Arc<ExtensionId>,
    channel: Channel,
    allowance: Arc<Mutex<Allowance>>,
}

impl GuestOutput {
    /// The two streams of a guest, with one allowance.
    pub(super) fn pair(extension: &ExtensionId) -> [Self; 2] {
        let extension = Arc::new(extension.clone());
        let allowance = Arc::new(Mutex::new(Allowance::new()));
        [Channel::Output, Channel::Error].map(|channel| Self {
            extension: extension.clone(),
            channel,
            allowance: allowance.clone(),
        })
    }
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
            allowance: self.allowance.clone(),
            line: Vec::new(),
        })
    }
}

/// How many lines a guest may still have logged in this second.
struct Allowance {
    second: Instant,
    lines: u32,
    dropped: u64,
}

impl Allowance {
    fn new() -> Self {
        Self {
            second: Instant::now(),
            lines: 0,
            dropped: 0,
        }
    }

    /// Whether one more line may be logged; a new second tells how many were not.
    fn takes_one(&mut self, extension: &ExtensionId) -> bool {
        if self.second.elapsed().as_secs() >= 1 {
            if self.dropped > 0 {
                tracing::warn!(%extension, lines = self.dropped, "output dropped");
            }
            *self = Self::new();
        }
        let takes = self.lines < LINES_PER_SECOND;
        if takes {
            self.lines += 1;
        } else {
            self.dropped += 1;
        }
        takes
    }
}

struct LineLogger {
    extension: Arc<ExtensionId>,
    channel: Channel,
    allowance: Arc<Mutex<Allowance>>,
    line: Vec<u8>,
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
        let allowance = &mut self
            .allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !allowance.takes_one(&self.extension) {
            return;
        }
        let text: String = String::from_utf8_lossy(&line)
            .chars()
            .map(harmless)
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

/// What a guest writes must not drive the terminal that shows the log.
fn harmless(character: char) -> char {
    if character != '\t' && steers(character) {
        '\u{fffd}'
    } else {
        character
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
