//! The body of an answer, in pieces.

use bytes::Bytes;
use reqwest::Response;
use tokio::sync::OwnedSemaphorePermit;

use super::super::error::ServiceError;
use crate::runtime::services::ServiceResult;

/// The longest piece a guest is given, as in Zed.
const PIECE_BYTES: usize = 8 << 10;

/// The body of an answer, in pieces.
pub struct HttpResponseStream {
    response: Response,
    url: String,
    /// What has come and was not given yet.
    waiting: Bytes,
    /// The share of the streams that an extension may have at once.
    _permit: OwnedSemaphorePermit,
}

impl std::fmt::Debug for HttpResponseStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HttpResponseStream")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// As an observer is told of it.
impl serde::Serialize for HttpResponseStream {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.url)
    }
}

impl HttpResponseStream {
    pub(super) fn new(response: Response, url: String, permit: OwnedSemaphorePermit) -> Self {
        Self {
            response,
            url,
            _permit: permit,
            waiting: Bytes::new(),
        }
    }

    /// The next piece, of at most 8 KiB; `None` at the end.
    ///
    /// # Errors
    /// [`ServiceError::Interrupted`] where the answer stops in the middle.
    pub async fn next_chunk(&mut self) -> ServiceResult<Option<Vec<u8>>> {
        while self.waiting.is_empty() {
            let next = self.response.chunk().await;
            match next.map_err(|error| ServiceError::Interrupted {
                url: self.url.clone(),
                source: error.without_url(),
            })? {
                Some(piece) => self.waiting = piece,
                None => return Ok(None),
            }
        }
        let length = self.waiting.len().min(PIECE_BYTES);
        Ok(Some(self.waiting.split_to(length).to_vec()))
    }
}
