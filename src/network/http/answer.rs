//! The body and headers of a server's answer.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::{
    Response,
    header::{CONTENT_RANGE, RETRY_AFTER},
};

use crate::base::printable::printable;

/// How much of a server's refusal is read, in bytes.
const MAX_ANSWER_BYTES: usize = 512;

/// How long the rest of a refusal is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the beginning of a refusal, safe to show. It is not worth failing, or waiting long.
pub(crate) async fn beginning(response: Response) -> String {
    let mut body = response.bytes_stream();
    let mut bytes = Vec::new();
    let reading = async {
        while bytes.len() < MAX_ANSWER_BYTES
            && let Some(Ok(piece)) = body.next().await
        {
            bytes.extend(piece.iter().take(MAX_ANSWER_BYTES - bytes.len()));
        }
    };
    let in_time = tokio::time::timeout(ANSWER_TIMEOUT, reading).await;
    tracing::trace!(complete = in_time.is_ok(), "read a refusal");
    printable(String::from_utf8_lossy(&bytes).trim())
}

/// The seconds a server asks us to wait; a date, which needs both clocks to agree, is left aside.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The start, and the whole file's size where the server knows it: `bytes 5-9/10`.
pub(crate) fn content_range(response: &Response) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.parse().ok()?, size.parse().ok()))
}
