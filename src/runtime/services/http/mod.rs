//! HTTP requests that the host makes for an extension.

mod outgoing;
mod stream;

use std::{sync::Arc, time::Duration};

use reqwest::{
    Response,
    header::{CACHE_CONTROL, IF_MODIFIED_SINCE, IF_NONE_MATCH},
};
use serde::{Deserialize, Serialize};

use self::outgoing::Outgoing;
pub(super) use self::outgoing::parse;
pub use self::stream::HttpResponseStream;
use super::{
    ServiceResult, Services,
    cache::{CacheKey, Fetched},
    error::ServiceError,
};
use crate::{
    base::types::{HttpRequest, HttpResponse},
    network::http::{Failure, Request, Tries, Validator, is_too_young, lasting_validator, plain},
    package::capability::Capability,
    runtime::delegate::MAX_TEXT_BYTES,
};

/// The longest body of an answer that is kept for when the server cannot be asked: 256 KiB.
const KEPT_BYTES: usize = 256 << 10;

/// An answer as it is kept. Only text is.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    #[serde(with = "text")]
    body: Vec<u8>,
}

/// A body as text, which is as long in JSON as it is.
mod text {
    use serde::{Deserialize as _, Deserializer, Serializer, ser::Error as _};

    pub(super) fn serialize<S: Serializer>(body: &[u8], to: S) -> Result<S::Ok, S::Error> {
        let text = std::str::from_utf8(body).map_err(S::Error::custom)?;
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        String::deserialize(from).map(String::into_bytes)
    }
}

impl Services {
    /// Makes a request and reads the whole answer. A plain one that reads is answered with the last good
    /// answer where the server cannot be asked.
    ///
    /// # Errors
    /// [`ServiceError::Denied`] for a host that is not granted, on the way of a redirect too,
    /// [`ServiceError::Address`] for one at an address that it may not ask;
    /// [`ServiceError::Request`] where no answer comes, [`ServiceError::Fetch`] for one with a status from
    /// 400, [`ServiceError::TooLong`] for one that no guest can take, [`ServiceError::TooSlow`] for one that
    /// does not end, and [`ServiceError::Offline`].
    pub async fn fetch(self: &Arc<Self>, request: HttpRequest) -> ServiceResult<HttpResponse> {
        let mut outgoing = Outgoing::of(request)?;
        let url = plain(&outgoing.request.url);
        if !outgoing.is_impersonal() {
            outgoing.request.permission = self.allow_http(&outgoing.request.url)?;
            self.refuse_offline(|| format!("`{url}`"))?;
            let response = self.send(outgoing.request, outgoing.redirects).await?;
            return self.read(response, &url).await;
        }
        outgoing.request.permission = self.allow_http(&outgoing.request.url)?;
        let question = CacheKey {
            key: outgoing.key(&self.extension),
            what: &format!("`{url}`"),
            server: outgoing.request.url.origin().ascii_serialization(),
            lifetime: Duration::ZERO,
        };
        let asked = url.clone();
        let kept = self
            .cached(question, |services, known| async move {
                let limit = services.shared.options.http.small_file_timeout;
                let ask = || services.ask(outgoing.clone(), known.as_ref(), &asked);
                let asking = services.while_cut(ask);
                in_time(limit, &asked, asking).await
            })
            .await?;
        Ok(HttpResponse {
            headers: kept.headers,
            body: kept.body,
        })
    }

    /// Makes a request and gives the answer's body in pieces, whatever its status.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch), but for those that are about the body; [`ServiceError::Limit`] where the
    /// extension reads as many at once as it may.
    pub async fn fetch_stream(&self, request: HttpRequest) -> ServiceResult<HttpResponseStream> {
        let mut outgoing = Outgoing::of(request)?;
        outgoing.request.permission = self.allow_http(&outgoing.request.url)?;
        let url = plain(&outgoing.request.url);
        self.refuse_offline(|| format!("`{url}`"))?;
        let permit = self.take_http_stream()?;
        let response = self.send(outgoing.request, outgoing.redirects).await?;
        Ok(HttpResponseStream::new(response, url, permit))
    }

    async fn ask(
        &self,
        mut outgoing: Outgoing,
        known: Option<&Validator>,
        url: &str,
    ) -> ServiceResult<Fetched<Kept>> {
        add(&mut outgoing.request, known);
        let request = outgoing.request.clone();
        let mut response = self.send(request, outgoing.redirects).await?;
        if known.is_some() && response.status().as_u16() == 304 {
            if !is_too_young(&response) {
                return Ok(Fetched::Unchanged);
            }
            take_out(&mut outgoing.request);
            response = self.send(outgoing.request, outgoing.redirects).await?;
        }
        let is_final = response.status().as_u16() == 200 && !forbids_keeping(&response);
        let validator = lasting_validator(&response);
        let HttpResponse { headers, body } = self.read(response, url).await?;
        let keeps = is_final && body.len() <= KEPT_BYTES && std::str::from_utf8(&body).is_ok();
        let kept = Kept { headers, body };
        Ok(if keeps {
            Fetched::New(kept, validator)
        } else {
            Fetched::Passing(kept)
        })
    }

    /// Asks for a small file again where its answer is cut in the middle, as often as for one that never comes. One
    /// that is silent in the middle has been waited for already.
    ///
    /// # Errors
    /// Those of the last asking.
    pub(super) async fn while_cut<T, F>(&self, mut ask: impl FnMut() -> F) -> ServiceResult<T>
    where
        F: Future<Output = ServiceResult<T>>,
    {
        let mut tries = Tries::new(self.shared.options.http.retry);
        loop {
            match ask().await {
                Err(ServiceError::Interrupted { url, source }) => {
                    let failure = Failure {
                        again: !source.is_timeout(),
                        error: ServiceError::Interrupted { url, source },
                        retry_after: None,
                    };
                    tries.wait_after(failure).await?;
                }
                answer => return answer,
            }
        }
    }

    async fn send(&self, request: Request, redirects: usize) -> ServiceResult<Response> {
        let exchange = self.shared.exchange()?;
        let sending = exchange.send(request, redirects, |url| self.allow_http_redirect(url));
        let sent = sending.await;
        sent.map_err(|error| self.not_at(error, Capability::of_request))
    }

    async fn read(&self, response: Response, url: &str) -> ServiceResult<HttpResponse> {
        let status = response.status().as_u16();
        if status >= 400 {
            return Err(ServiceError::Fetch {
                url: url.to_owned(),
                status,
            });
        }
        let headers = headers(&response);
        let limit = self.shared.options.http.small_file_timeout;
        let body = in_time(limit, url, whole(response, url)).await?;
        Ok(HttpResponse { headers, body })
    }

    /// Refuses where the network is not to be asked.
    pub(super) fn refuse_offline(&self, what: impl FnOnce() -> String) -> ServiceResult<()> {
        if self.shared.options.offline {
            return Err(ServiceError::Offline { what: what() });
        }
        Ok(())
    }
}

/// Gives up what takes longer than a small file may in all, with all its tries and redirects.
///
/// # Errors
/// [`ServiceError::TooSlow`], besides those of the asking.
pub(super) async fn in_time<T>(
    limit: Duration,
    url: &str,
    asking: impl Future<Output = ServiceResult<T>>,
) -> ServiceResult<T> {
    let asked = tokio::time::timeout(limit, asking).await;
    asked.unwrap_or_else(|_| {
        Err(ServiceError::TooSlow {
            url: url.to_owned(),
            limit,
        })
    })
}

/// Asks for changes only.
pub(super) fn add(request: &mut Request, known: Option<&Validator>) {
    let condition = known.and_then(Validator::condition);
    request.headers.extend(condition);
}

/// Asks for the whole again, whatever is known.
pub(super) fn take_out(request: &mut Request) {
    request.headers.remove(IF_NONE_MATCH);
    request.headers.remove(IF_MODIFIED_SINCE);
}

/// The whole body of an answer.
///
/// # Errors
/// [`ServiceError::TooLong`] as soon as it is longer than a guest can take, [`ServiceError::Interrupted`].
pub(super) async fn whole(mut response: Response, url: &str) -> ServiceResult<Vec<u8>> {
    let too_long = || ServiceError::TooLong {
        what: format!("the answer of `{url}`"),
    };
    if response
        .content_length()
        .is_some_and(|length| length > MAX_TEXT_BYTES)
    {
        return Err(too_long());
    }
    let mut body = Vec::new();
    let interrupted = |error: reqwest::Error| ServiceError::Interrupted {
        url: url.to_owned(),
        source: error.without_url(),
    };
    while let Some(piece) = response.chunk().await.map_err(interrupted)? {
        if (body.len() + piece.len()) as u64 > MAX_TEXT_BYTES {
            return Err(too_long());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The headers as guests get them: a value that is not text is empty, as in Zed.
fn headers(response: &Response) -> Vec<(String, String)> {
    let pair = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        let value = value.to_str().unwrap_or_default();
        (name.as_str().to_owned(), value.to_owned())
    };
    response.headers().iter().map(pair).collect()
}

fn forbids_keeping(response: &Response) -> bool {
    let values = response.headers().get_all(CACHE_CONTROL).iter();
    values.filter_map(|value| value.to_str().ok()).any(|value| {
        let value = value.to_ascii_lowercase();
        ["no-store", "no-cache", "private"]
            .iter()
            .any(|word| value.contains(word))
    })
}
