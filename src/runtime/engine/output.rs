//! A guest's standard output and error as log events, a line each.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use super::monitor::Monitor;
use crate::runtime::limits::Limits;
use crate::{
    base::printable::is_control_or_bidi,
    runtime::delegate::{ExtensionEvent, OutputStream},
};

/// The stream as WASI sees it. Every reader of it gets its own line buffer, and all share what may be
/// logged.
pub(super) struct GuestOutput {
    stream: OutputStream,
    line_bytes: usize,
    log: Arc<Log>,
}

/// The log that lines go to, and how many more may.
struct Log {
    monitor: Arc<Monitor>,
    lines_per_second: u32,
    allowance: Mutex<Allowance>,
}

impl GuestOutput {
    /// The two streams of a guest, with one allowance.
    pub(super) fn pair(monitor: &Arc<Monitor>, limits: &Limits) -> [Self; 2] {
        let log = Arc::new(Log {
            monitor: monitor.clone(),
            lines_per_second: limits.log_lines_per_second,
            allowance: Mutex::new(Allowance::new()),
        });
        [OutputStream::Output, OutputStream::Error].map(|stream| Self {
            stream,
            line_bytes: limits.log_line_bytes,
            log: log.clone(),
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
            stream: self.stream,
            line_bytes: self.line_bytes,
            log: self.log.clone(),
            line: Vec::new(),
        })
    }
}

/// The allowance of lines that a guest may have logged in this second.
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
}

impl Log {
    /// Whether one more line may be logged; a new second tells how many were not.
    fn takes_one(&self) -> bool {
        let mut allowance = self.allowance();
        if allowance.second.elapsed().as_secs() >= 1 {
            let before = std::mem::replace(&mut *allowance, Allowance::new());
            self.tell_dropped(before.dropped);
        }
        let takes = allowance.lines < self.lines_per_second;
        if takes {
            allowance.lines += 1;
        } else {
            allowance.dropped += 1;
        }
        takes
    }

    fn tell_dropped(&self, lines: u64) {
        if lines > 0 {
            let extension = self.monitor.extension();
            tracing::warn!(%extension, lines, "output dropped (limit `log_lines_per_second`)");
            self.monitor
                .tell(|| ExtensionEvent::OutputDropped { lines });
        }
    }

    fn allowance(&self) -> MutexGuard<'_, Allowance> {
        self.allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let dropped = self.allowance().dropped;
        self.tell_dropped(dropped);
    }
}

struct LineLogger {
    stream: OutputStream,
    line_bytes: usize,
    log: Arc<Log>,
    line: Vec<u8>,
}

impl LineLogger {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_line();
            } else if self.line.len() < self.line_bytes {
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !self.log.takes_one() {
            return;
        }
        let line: String = String::from_utf8_lossy(&line)
            .chars()
            .map(harmless)
            .collect();
        let extension = self.log.monitor.extension();
        match self.stream {
            OutputStream::Output => {
                tracing::info!(target: "annexe::guest", %extension, "{line}");
            }
            OutputStream::Error => {
                tracing::warn!(target: "annexe::guest", %extension, "{line}");
            }
        }
        self.log.monitor.tell(|| ExtensionEvent::Output {
            stream: self.stream,
            line,
        });
    }
}

/// Replaces control characters: a guest's output must not drive the terminal that shows the log.
fn harmless(character: char) -> char {
    if character != '\t' && is_control_or_bidi(character) {
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
