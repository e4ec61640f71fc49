//! A registry on a web server: plain GET requests, nothing else, so that any static host serves one.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{
    TryStreamExt as _,
    stream::{self, StreamExt as _},
};
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE, RETRY_AFTER},
    redirect,
};
use url::Url;

use super::{
    BoxError, Opened, RetryPolicy, Source, SourceError, check_path, printable,
    retry::{Failure, Tries},
};
use crate::registry::location::without_credentials;

/// How much of a server's refusal is read, in bytes.
const MAX_ANSWER_BYTES: usize = 512;

/// How long the rest of a refusal is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How a registry's server is talked to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// How long to wait for a connection. Default: 10 seconds.
    pub connect_timeout: Duration,
    /// How long to wait for the next bytes. Default: 30 seconds.
    pub read_timeout: Duration,
    /// How many redirects to follow for one request. Default: 5.
    pub redirects: usize,
    /// How long a small file (configuration, index, catalogue) may take in all. Default: 60 seconds.
    pub small_file_timeout: Duration,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Use the system's proxy settings, which on most systems are environment variables. Default: no;
    /// the command says yes.
    pub system_proxy: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            redirects: 5,
            small_file_timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            system_proxy: false,
        }
    }
}

/// Reads a registry's files from a web server.
#[derive(Debug, Clone)]
pub struct HttpSource {
    client: Client,
    base: Url,
    retry: RetryPolicy,
    small_file_timeout: Duration,
}

impl HttpSource {
    /// Reads the files below `base`, an address with `http` or `https`.
    ///
    /// # Errors
    /// [`SourceError::Client`] if the system has no usable certificates.
    pub fn new(base: Url, options: &HttpOptions) -> Result<Self, SourceError> {
        let mut builder = Client::builder()
            .user_agent(concat!("annexe/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .redirect(redirects(options.redirects));
        if !options.system_proxy {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| SourceError::Client(error.into()))?;
        Ok(Self {
            client,
            base,
            retry: options.retry,
            small_file_timeout: options.small_file_timeout,
        })
    }

    fn address(&self, path: &str) -> Result<Url, SourceError> {
        check_path(path)?;
        let mut address = self.base.clone();
        address
            .path_segments_mut()
            .map_err(|()| SourceError::InvalidPath {
                path: path.to_owned(),
            })?
            .pop_if_empty()
            .extend(path.split('/'));
        Ok(address)
    }

    /// One request, from `offset` on. The answer is a success with a body.
    async fn get(&self, address: &Url, offset: u64) -> Result<Response, Failure> {
        let location = without_credentials(address).to_string();
        // Archives are compressed already, and an offset counts in the file as it is stored.
        let mut request = self
            .client
            .get(address.clone())
            .header(ACCEPT_ENCODING, "identity");
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = request.send().await.map_err(|error| {
            let is_redirect = error.is_redirect();
            let source: BoxError = error.without_url().into();
            Failure::from(if is_redirect {
                SourceError::Redirect {
                    location: location.clone(),
                    source,
                }
            } else {
                SourceError::Unreachable {
                    location: location.clone(),
                    source,
                }
            })
        })?;
        match response.status() {
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => Ok(response),
            StatusCode::PARTIAL_CONTENT if offset > 0 => Ok(response),
            StatusCode::NOT_FOUND
            | StatusCode::GONE
            | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                Err(SourceError::NotFound { location }.into())
            }
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

    async fn read_once(&self, address: &Url, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
        let response = self.get(address, 0).await?;
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
            if !fits(content.len() as u64 + piece.len() as u64) {
                return Err(too_large().into());
            }
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }

    async fn open_once(&self, address: &Url, offset: u64) -> Result<Opened, Failure> {
        let response = match self.get(address, offset).await {
            // The file ends before `offset`: what was read before was another file.
            Err(Failure {
                error: SourceError::Status { status: 416, .. },
                ..
            }) if offset > 0 => self.get(address, 0).await?,
            result => result?,
        };
        let location = without_credentials(address).to_string();
        let (offset, size) = if response.status() == StatusCode::PARTIAL_CONTENT {
            match content_range(&response) {
                Some((start, size)) if start == offset => (offset, size),
                // It answers another range than it was asked for: take the whole file.
                _ => {
                    let whole = self.get(address, 0).await?;
                    let size = whole.content_length();
                    return Ok(Opened {
                        offset: 0,
                        size,
                        pieces: pieces(whole, location),
                    });
                }
            }
        } else {
            (0, response.content_length())
        };
        Ok(Opened {
            offset,
            size,
            pieces: pieces(response, location),
        })
    }
}

#[async_trait]
impl Source for HttpSource {
    fn location(&self) -> String {
        without_credentials(&self.base).to_string()
    }

    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError> {
        let address = self.address(path)?;
        let mut tries = Tries::new(self.retry);
        let reading = async {
            loop {
                match self.read_once(&address, limit_bytes).await {
                    Ok(done) => return Ok(done),
                    Err(failure) => tries.wait_after(failure).await?,
                }
            }
        };
        // A server that sends a byte now and then would never run into the other limits.
        let limited = tokio::time::timeout(self.small_file_timeout, reading);
        limited.await.unwrap_or_else(|_| {
            Err(SourceError::TooSlow {
                location: without_credentials(&address).to_string(),
                limit: self.small_file_timeout,
            })
        })
    }

    async fn open(&self, path: &str, offset: u64) -> Result<Opened, SourceError> {
        let address = self.address(path)?;
        let mut tries = Tries::new(self.retry);
        loop {
            match self.open_once(&address, offset).await {
                Ok(done) => return Ok(done),
                Err(failure) => tries.wait_after(failure).await?,
            }
        }
    }
}

fn redirects(most: usize) -> redirect::Policy {
    redirect::Policy::custom(move |attempt| {
        match objection(attempt.previous(), attempt.url(), most) {
            Some(objection) => attempt.error(objection),
            None => attempt.follow(),
        }
    })
}

/// Why a redirect is not followed, given the addresses it came through.
fn objection(previous: &[Url], next: &Url, most: usize) -> Option<String> {
    if previous.len() > most {
        return Some(format!("there are more than {most}"));
    }
    let was_secure = previous.iter().any(|url| url.scheme() == "https");
    (was_secure && next.scheme() != "https")
        .then(|| "one leads from `https` to an address that anyone on the way can change".into())
}

fn pieces(
    response: Response,
    location: String,
) -> stream::BoxStream<'static, Result<Bytes, SourceError>> {
    response
        .bytes_stream()
        .map_err(move |error| SourceError::Interrupted {
            location: location.clone(),
            source: error.without_url().into(),
        })
        .boxed()
}

/// How a refusal begins, safe to show. Nothing of it matters enough to fail, or to wait long for.
async fn beginning(response: Response) -> String {
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
fn retry_after(response: &Response) -> Option<Duration> {
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
fn content_range(response: &Response) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.parse().ok()?, size.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_may_not_leave_https_nor_go_on_for_ever() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let (secure, plain) = (url("https://a/"), url("http://b/"));
        assert_eq!(objection(std::slice::from_ref(&plain), &secure, 5), None);
        assert_eq!(objection(std::slice::from_ref(&secure), &secure, 5), None);
        assert!(objection(std::slice::from_ref(&secure), &plain, 5).is_some());
        assert!(objection(&[secure, plain.clone()], &plain, 5).is_some());
        assert!(objection(&vec![plain.clone(); 6], &plain, 5).is_some());
    }

    #[test]
    fn addresses_lie_below_the_base_and_nowhere_else() {
        let base = "https://example.org/a%20b/".parse().unwrap();
        let source = HttpSource::new(base, &HttpOptions::default()).unwrap();
        let address = source.address("archives/x/1.0.0+y/z.tar.gz").unwrap();
        assert_eq!(
            address.as_str(),
            "https://example.org/a%20b/archives/x/1.0.0+y/z.tar.gz"
        );
        assert!(source.address("../secret").is_err());
    }
}
