//! Readers of what a program writes while it runs to its end.

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::error::RunError;

/// Reads a stream to its end. What has arrived stays in `output` where this is dropped.
///
/// # Errors
/// [`RunError::OutputLimit`] as soon as there are more than `limit` bytes, since a program that nobody reads from would
/// wait for ever; [`RunError::Follow`] where the stream cannot be read.
pub(crate) async fn collect(
    stream: Option<impl AsyncRead + Unpin>,
    output: &mut Vec<u8>,
    limit: u64,
) -> Result<(), RunError> {
    let Some(stream) = stream else { return Ok(()) };
    let mut stream = stream.take(limit.saturating_add(1));
    while stream.read_buf(output).await.map_err(RunError::Follow)? > 0 {}
    if output.len() as u64 > limit {
        return Err(RunError::OutputLimit(limit));
    }
    Ok(())
}

/// Reads a stream to its end and gives each line to `take`, without what ends it.
///
/// # Errors
/// [`RunError::Follow`] where the stream cannot be read.
#[cfg(feature = "authoring")]
pub(crate) async fn lines(
    stream: Option<impl AsyncRead + Unpin>,
    mut take: impl FnMut(&str),
) -> Result<(), RunError> {
    let Some(stream) = stream else { return Ok(()) };
    let mut reader = tokio::io::BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        let read = tokio::io::AsyncBufReadExt::read_until(&mut reader, b'\n', &mut line).await;
        if read.map_err(RunError::Follow)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        take(text.trim_end_matches(['\n', '\r']));
        line.clear();
    }
}
