//! HTTP requests that the host makes for an extension.

use url::Url;

use super::{ServiceError, ServiceResult, Services};
use crate::types::{HttpRequest, HttpResponse};

const NOT_OFFERED: ServiceError = ServiceError::NotOffered {
    operation: "HTTP requests",
};

/// The body of an answer, in pieces. This host makes no requests yet, so there is none.
#[derive(Debug, serde::Serialize)]
pub enum HttpResponseStream {}

impl Services {
    /// Makes a request and reads the whole answer.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host makes no requests yet.
    pub async fn fetch(&self, request: HttpRequest) -> ServiceResult<HttpResponse> {
        self.allow_http(&address(&request.url)?)?;
        Err(NOT_OFFERED)
    }

    /// Makes a request and gives the answer's body in pieces.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host makes no requests yet.
    pub async fn fetch_stream(&self, request: HttpRequest) -> ServiceResult<HttpResponseStream> {
        self.allow_http(&address(&request.url)?)?;
        Err(NOT_OFFERED)
    }
}

/// Reads the address of what a guest asks for.
pub(super) fn address(text: &str) -> ServiceResult<Url> {
    text.parse()
        .map_err(|error| ServiceError::Argument(format!("`{text}` is no address: {error}")))
}

impl HttpResponseStream {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// None yet: there is no such stream.
    pub async fn next_chunk(&mut self) -> ServiceResult<Option<Vec<u8>>> {
        match *self {}
    }
}
