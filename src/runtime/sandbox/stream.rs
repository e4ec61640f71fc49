//! The standard streams of a guest.

use std::{fmt, sync::Arc};

use crate::{base::types::ExtensionId, runtime::delegate::OutputStream};

/// The content of a guest's standard input.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Input {
    /// Nothing: it is at its end.
    #[default]
    Closed,
    /// These bytes, and then the end. Each instance reads them from the start.
    Bytes(Arc<[u8]>),
}

/// The destination of a stream of a guest's output.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Output {
    /// Into the log and to the observer, a line each, within
    /// [`Limits::log_lines_per_second`](crate::Limits::log_lines_per_second).
    #[default]
    Log,
    /// To a sink of the embedder's, and nowhere else.
    Sink(Arc<dyn OutputSink>),
    /// Nowhere.
    Discard,
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Log => "Log",
            Self::Sink(_) => "Sink(..)",
            Self::Discard => "Discard",
        })
    }
}

/// A sink for what a guest writes.
pub trait OutputSink: Send + Sync {
    /// Takes the next bytes of a stream, as they are written: up to 64 KiB at once, cut anywhere. Nothing is
    /// taken out of them, so they may drive a terminal that shows them, and there is no limit to how many
    /// come. It is called in the middle of the guest's call, and must not block.
    fn write(&self, extension: &ExtensionId, stream: OutputStream, bytes: &[u8]);
}
