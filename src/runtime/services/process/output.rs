//! The output of a program, up to a limit.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The reason why no more is read of a stream.
#[derive(Debug)]
pub(super) enum Stop {
    /// There is more than may be written.
    TooMuch,
    /// The stream cannot be read.
    Failed(io::Error),
}

/// Reads to the end. What has arrived stays in `output` where this is dropped; more than `limit` bytes stop
/// it at once, since a program whose output is not read would wait for ever.
pub(super) async fn read(
    stream: Option<impl AsyncRead + Unpin>,
    output: &mut Vec<u8>,
    limit: u64,
) -> Result<(), Stop> {
    let Some(stream) = stream else { return Ok(()) };
    let mut stream = stream.take(limit.saturating_add(1));
    while stream.read_buf(output).await.map_err(Stop::Failed)? > 0 {}
    if output.len() as u64 > limit {
        return Err(Stop::TooMuch);
    }
    Ok(())
}
