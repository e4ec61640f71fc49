//! What is taken from a server's answer.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{
    TryStreamExt as _,
    stream::{BoxStream, StreamExt as _},
};
use reqwest::{
    Response,
    header::{CONTENT_RANGE, ETAG, HeaderName, LAST_MODIFIED, RETRY_AFTER},
};

use crate::{
    printable::printable,
    registry::source::{SourceError, Validator},
};

/// How much of a server's refusal is read, in bytes.
const MAX_ANSWER_BYTES: usize = 512;

/// How long the rest of a refusal is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest validator kept, in bytes: it is sent back with every request.
const MAX_VALIDATOR_BYTES: usize = 512;

/// By what the server will know this content again.
pub(super) fn validator(response: &Response) -> Option<Validator> {
    let text = |name: HeaderName| {
        let text = response.headers().get(name)?.to_str().ok()?.trim();
        (!text.is_empty() && text.len() <= MAX_VALIDATOR_BYTES).then(|| text.to_owned())
    };
    text(ETAG)
        .map(Validator::ETag)
        .or_else(|| text(LAST_MODIFIED).map(Validator::LastModified))
}

pub(super) fn pieces(
    response: Response,
    location: String,
) -> BoxStream<'static, Result<Bytes, SourceError>> {
    response
        .bytes_stream()
        .map_err(move |error| SourceError::Interrupted {
            location: location.clone(),
            source: error.without_url().into(),
        })
        .boxed()
}

/// How a refusal begins, safe to show. Nothing of it matters enough to fail, or to wait long for.
pub(super) async fn beginning(response: Response) -> String {
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
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
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
pub(super) fn content_range(response: &Response) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.parse().ok()?, size.parse().ok()))
}
