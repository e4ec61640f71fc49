//! Requests to web servers: plain GET, tried again where that helps.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, RANGE},
};
use url::Url;

use super::super::conditional::Reading;
use super::answer::pieces;
use crate::network::{
    http::{
        Exchange, Failure, HttpOptions, Permission, Request, RequestError, Tries, Validator,
        beginning, content_range, is_plain, is_too_young, lasting_validator, plain, retry_after,
    },
    registry::source::{Opened, SourceError},
};

/// A client that sends requests as the options say.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    exchange: Exchange,
    /// Redirects may lead to another machine over plain `http`.
    allows_plain: bool,
    /// The headers that go with every request.
    headers: HeaderMap,
    /// A server that wants a longer rest than the user has patience is not tried again.
    heeds_rests: bool,
}

/// The reason why an address has no answer.
enum Unanswered {
    Request(RequestError),
    /// A redirect leads there, over plain `http`.
    Plain(Url),
}

impl From<RequestError> for Unanswered {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
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
        let exchange = Exchange::new(options).map_err(|error| {
            SourceError::Client(match error {
                RequestError::Client(error) => error.into(),
                error => error.into(),
            })
        })?;
        Ok(Self {
            exchange,
            allows_plain,
            headers: HeaderMap::new(),
            heeds_rests: false,
        })
    }

    /// The same for a server that is not asked again in this call where it wants a longer rest than the user's patience.
    pub(crate) fn heeding_rests(self) -> Self {
        Self {
            heeds_rests: true,
            ..self
        }
    }

    /// A failure after which it may be tried again.
    fn heeded(&self, failure: Failure<SourceError>) -> Failure<SourceError> {
        let patience = self.options().retry.longest_delay;
        let is_long = failure.retry_after.is_some_and(|rest| rest > patience);
        Failure {
            again: failure.again && !(self.heeds_rests && is_long),
            ..failure
        }
    }

    /// The same, with these headers in every request. Those that say who asks are left out where another server is
    /// asked.
    pub(crate) fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// Sends a request of any kind. Its answer may be a refusal.
    pub(crate) async fn answer(&self, request: Request) -> Result<Response, SourceError> {
        let address = request.url.clone();
        let redirects = match request.method == Method::GET {
            true => self.options().redirects,
            false => 0,
        };
        let allow = |next: &Url| self.allow(&address, next);
        let answer = self.exchange.send(request, redirects, allow).await;
        answer.map_err(|error| unanswered(&address, error))
    }

    /// Reads the small body of an answer that is a success.
    pub(crate) async fn body(
        &self,
        response: Response,
        location: &str,
        limit_bytes: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let address = response.url().clone();
        let response = success(response, &address).await;
        let response = response.map_err(|failure| failure.error)?;
        let reading = collect(response, location.to_owned(), limit_bytes);
        let limit = self.options().small_file_timeout;
        let limited = tokio::time::timeout(limit, reading);
        limited.await.unwrap_or_else(|_| {
            Err(SourceError::TooSlow {
                location: location.to_owned(),
                limit,
            })
        })
    }

    /// The permission for where an answer leads from `address`.
    fn allow(&self, address: &Url, next: &Url) -> Result<Permission, Unanswered> {
        match is_plain(next) && !self.allows_plain {
            true => Err(Unanswered::Plain(next.clone())),
            false if next.host() == address.host() => Ok(Permission::NAMED),
            false => Ok(Permission::PUBLIC),
        }
    }

    /// Reads a small file as a whole, unless it is what `known` says.
    pub(crate) async fn read(
        &self,
        address: &Url,
        limit_bytes: u64,
        known: Option<&Validator>,
    ) -> Result<Reading, SourceError> {
        let mut tries = Tries::new(self.options().retry);
        let reading = async {
            loop {
                match self.read_once(address, limit_bytes, known).await {
                    Ok(done) => return Ok(done),
                    Err(failure) => tries.wait_after(self.heeded(failure)).await?,
                }
            }
        };
        // A server that sends a byte now and then would never run into the other limits.
        let limit = self.options().small_file_timeout;
        let limited = tokio::time::timeout(limit, reading);
        limited.await.unwrap_or_else(|_| {
            Err(SourceError::TooSlow {
                location: plain(address),
                limit,
            })
        })
    }

    /// Opens a file to be read in pieces, from `offset` if the server can.
    pub(crate) async fn open(&self, address: &Url, offset: u64) -> Result<Opened, SourceError> {
        let mut tries = Tries::new(self.options().retry);
        loop {
            match self.open_once(address, offset).await {
                Ok(done) => return Ok(done),
                Err(failure) => tries.wait_after(self.heeded(failure)).await?,
            }
        }
    }

    async fn read_once(
        &self,
        address: &Url,
        limit_bytes: u64,
        mut known: Option<&Validator>,
    ) -> Result<Reading, Failure<SourceError>> {
        let response = loop {
            let condition = known.and_then(Validator::condition);
            let response = self.send(address, condition).await?;
            if known.is_none() || response.status() != StatusCode::NOT_MODIFIED {
                break response;
            }
            if !is_too_young(&response) {
                return Ok(Reading::Unchanged);
            }
            // It may have changed twice within a second, and have the same validator.
            known = None;
        };
        let response = success(response, address).await?;
        let validator = lasting_validator(&response);
        let location = plain(address);
        let content = collect(response, location, limit_bytes).await?;
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
            pieces: pieces(response, plain(address)),
        })
    }

    /// One request, from `offset` on. The answer is a success with a body.
    async fn get_from(&self, address: &Url, offset: u64) -> Result<Response, Failure<SourceError>> {
        let from = format!("bytes={offset}-").parse();
        let range = from.ok().map(|from| (RANGE, from));
        let response = self.send(address, range.filter(|_| offset > 0)).await?;
        if offset > 0 && response.status() == StatusCode::PARTIAL_CONTENT {
            return Ok(response);
        }
        success(response, address).await
    }

    fn options(&self) -> &HttpOptions {
        self.exchange.options()
    }

    /// One request with a header of its own, tried once.
    async fn send(
        &self,
        address: &Url,
        header: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Response, SourceError> {
        let mut request = Request::get(address.clone());
        request.with_credentials = true;
        // The user has named the server.
        request.permission = Permission::NAMED;
        // Archives are compressed already, and an offset counts in the file as it is stored.
        let identity = HeaderValue::from_static("identity");
        request.headers.insert(ACCEPT_ENCODING, identity);
        request.headers.extend(self.headers.clone());
        request.headers.extend(header);
        let allow = |next: &Url| self.allow(address, next);
        let redirects = self.options().redirects;
        let answer = self.exchange.send_once(request, redirects, allow).await;
        answer.map_err(|error| unanswered(address, error))
    }
}

/// Reads a body as a whole.
async fn collect(
    response: Response,
    location: String,
    limit_bytes: u64,
) -> Result<Vec<u8>, SourceError> {
    let announced = response.content_length().unwrap_or(0);
    let mut pieces = pieces(response, location.clone());
    let mut content = Vec::new();
    let fits = |more: u64| more <= limit_bytes;
    let too_large = || SourceError::TooLarge {
        location: location.clone(),
        limit_bytes,
    };
    if !fits(announced) {
        return Err(too_large());
    }
    while let Some(piece) = pieces.try_next().await? {
        let piece: Bytes = piece;
        if !fits(content.len() as u64 + piece.len() as u64) {
            return Err(too_large());
        }
        content.extend_from_slice(&piece);
    }
    Ok(content)
}

/// The error of a file, where its address has no answer.
fn unanswered(address: &Url, error: Unanswered) -> SourceError {
    let location = plain(address);
    match error {
        Unanswered::Plain(next) => SourceError::Insecure {
            location: plain(&next),
        },
        Unanswered::Request(error) => match error {
            RequestError::Scheme { .. } => SourceError::Scheme { location },
            RequestError::Unreachable { source, .. } => SourceError::Unreachable {
                location,
                source: source.into(),
            },
            RequestError::Redirect { problem, .. } => SourceError::Redirect {
                location,
                source: problem.into(),
            },
            // Nothing is denied here: that is an extension's.
            RequestError::Private { location, address }
            | RequestError::Denied { location, address } => {
                SourceError::Private { location, address }
            }
            RequestError::Forbidden { location, address } => {
                SourceError::Forbidden { location, address }
            }
            RequestError::InsecureCredentials { location } => {
                SourceError::InsecureCredentials { location }
            }
            RequestError::Client(error) => SourceError::Client(error.into()),
        },
    }
}

/// The answer, if it brings the whole file; else the refusal.
async fn success(response: Response, address: &Url) -> Result<Response, Failure<SourceError>> {
    let location = plain(address);
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
                retry_after_seconds: retry_after
                    .map(|rest| rest.as_secs().try_into().unwrap_or(u32::MAX)),
            };
            Err(Failure {
                retry_after,
                ..error.into()
            })
        }
    }
}
