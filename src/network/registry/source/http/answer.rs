//! The body and headers of a server's answer.

use bytes::Bytes;
use futures_util::{
    TryStreamExt as _,
    stream::{BoxStream, StreamExt as _},
};
use reqwest::Response;

use crate::network::registry::source::SourceError;

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
