//! Requests to web servers: plain GET, tried again where that helps.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT_ENCODING, AUTHORIZATION, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE},
};
use url::Url;

use super::super::conditional::Reading;
use super::answer::pieces;
use crate::network::{
    http::{
        Failure, HttpOptions, PlainRedirect, Tries, Validator, beginning, content_range,
        new_client, redirects, retry_after, validator, without_credentials,
    },
    registry::source::{BoxError, Opened, SourceError},
};

/// A client that sends requests as the options say.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: Client,
    options: HttpOptions,
}

impl HttpClient {
    /// # Errors
    /// [`SourceError::Client`] if the system has no usable certificates.
    pub(crate) fn new(options: &HttpOptions) -> Result<Self, SourceError> {
        Self::with_plain(options, true)
    }

    /// A client that is led to another machine over plain `http` only where `allows_plain`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn with_plain(
        options: &HttpOptions,
        allows_plain: bool,
    ) -> Result<Self, SourceError> {
        let client = new_client(options, redirects(options.redirects, allows_plain))
            .map_err(|error| SourceError::Client(error.into()))?;
        Ok(Self {
            client,
            options: options.clone(),
        })
    }

    /// Reads a small file as a whole, unless it is what `known` says.
    pub(crate) async fn read(
        &self,
        address: &Url,
        limit_bytes: u64,
        known: Option<&Validator>,
    ) -> Result<Reading, SourceError> {
        let mut tries = Tries::new(self.options.retry);
        let reading = async {
            loop {
                match self.read_once(address, limit_bytes, known).await {
                    Ok(done) => return Ok(done),
                    Err(failure) => tries.wait_after(failure).await?,
                }
            }
        };
        // A server that sends a byte now and then would never run into the other limits.
        let limit = self.options.small_file_timeout;
        let limited = tokio::time::timeout(limit, reading);
        limited.await.unwrap_or_else(|_| {
            Err(SourceError::TooSlow {
                location: without_credentials(address).to_string(),
                limit,
            })
        })
    }

    /// Opens a file to be read in pieces, from `offset` if the server can.
    pub(crate) async fn open(&self, address: &Url, offset: u64) -> Result<Opened, SourceError> {
        let mut tries = Tries::new(self.options.retry);
        loop {
            match self.open_once(address, offset).await {
                Ok(done) => return Ok(done),
                Err(failure) => tries.wait_after(failure).await?,
            }
        }
    }

    async fn read_once(
        &self,
        address: &Url,
        limit_bytes: u64,
        known: Option<&Validator>,
    ) -> Result<Reading, Failure<SourceError>> {
        let request = self.request(address)?;
        let request = match known {
            Some(Validator::ETag(text)) => request.header(IF_NONE_MATCH, text),
            Some(Validator::LastModified(text)) => request.header(IF_MODIFIED_SINCE, text),
            None => request,
        };
        let response = self.send(request, address).await?;
        if known.is_some() && response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Reading::Unchanged);
        }
        let response = success(response, address).await?;
        let validator = validator(&response);
        let location = without_credentials(address).to_string();
        let announced = response.content_length().unwrap_or(0);
        let mut pieces = pieces(response, location.clone());
        let mut content = Vec::new();
        let fits = |more: u64| more <= limit_bytes;
        let too_large = || SourceError::TooLarge {
            location: location.clone(),
            limit_bytes,
        };
        if !fits(announced) {
            return Err(too_large().into());
        }
        while let Some(piece) = pieces.try_next().await? {
            let piece: Bytes = piece;
            if !fits(content.len() as u64 + piece.len() as u64) {
                return Err(too_large().into());
            }
            content.extend_from_slice(&piece);
        }
        Ok(Reading::Content { content, validator })
    }

    async fn open_once(&self, address: &Url, offset: u64) -> Result<Opened, Failure<SourceError>> {
        let mut response = self.get_from(address, offset).await;
        // The file ends before `offset`: what was read before was another file.
        if let Err(Failure { error, .. }) = &response
            && matches!(error, SourceError::Status { status: 416, .. })
            && offset > 0
        {
            response = self.get_from(address, 0).await;
        }
        let mut response = response?;
        let (mut start, mut size) = (0, response.content_length());
        if response.status() == StatusCode::PARTIAL_CONTENT {
            match content_range(&response) {
                Some((begin, whole)) if begin == offset => (start, size) = (begin, whole),
                // It answers another range than it was asked for: take the whole file.
                _ => {
                    response = self.get_from(address, 0).await?;
                    size = response.content_length();
                }
            }
        }
        Ok(Opened {
            offset: start,
            size,
            pieces: pieces(response, without_credentials(address).to_string()),
        })
    }

    /// One request, from `offset` on. The answer is a success with a body.
    async fn get_from(&self, address: &Url, offset: u64) -> Result<Response, Failure<SourceError>> {
        let mut request = self.request(address)?;
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = self.send(request, address).await?;
        if offset > 0 && response.status() == StatusCode::PARTIAL_CONTENT {
            return Ok(response);
        }
        success(response, address).await
    }

    fn request(&self, address: &Url) -> Result<RequestBuilder, SourceError> {
        if !matches!(address.scheme(), "http" | "https") {
            return Err(SourceError::Scheme {
                location: without_credentials(address).to_string(),
            });
        }
        let token = self
            .options
            .credentials
            .header(address)
            .map_err(SourceError::insecure)?;
        // Archives are compressed already, and an offset counts in the file as it is stored.
        let request = self
            .client
            .get(address.clone())
            .header(ACCEPT_ENCODING, "identity");
        Ok(match token {
            Some(token) => request.header(AUTHORIZATION, token.clone()),
            None => request,
        })
    }

    async fn send(&self, request: RequestBuilder, address: &Url) -> Result<Response, SourceError> {
        request.send().await.map_err(|error| {
            let location = without_credentials(address).to_string();
            if let Some(PlainRedirect { location }) = plain_redirect(&error) {
                let location = location.clone();
                return SourceError::Insecure { location };
            }
            let is_redirect = error.is_redirect();
            let source: BoxError = error.without_url().into();
            if is_redirect {
                SourceError::Redirect { location, source }
            } else {
                SourceError::Unreachable { location, source }
            }
        })
    }
}

/// The redirect over plain `http` for which a request was given up.
fn plain_redirect(error: &reqwest::Error) -> Option<&PlainRedirect> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// The answer, if it brings the whole file; else the refusal.
async fn success(response: Response, address: &Url) -> Result<Response, Failure<SourceError>> {
    let location = without_credentials(address).to_string();
    match response.status() {
        StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => Ok(response),
        // Not 451, with which something on the way forbids it: there may well be such a file, and what is not there
        // may come from another registry.
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(SourceError::NotFound { location }.into()),
        status => {
            let retry_after = retry_after(&response);
            let answer = beginning(response).await;
            let error = SourceError::Status {
                location,
                status: status.as_u16(),
                answer,
            };
            Err(Failure {
                retry_after,
                ..error.into()
            })
        }
    }
}
