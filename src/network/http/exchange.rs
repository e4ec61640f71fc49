//! A request of any kind, sent until it is answered: tried again where that helps, and followed wherever
//! the answers lead.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method, Response,
    header::{AUTHORIZATION, HeaderMap},
};
use url::Url;

use super::{
    address::plain,
    answer::retry_after,
    client::ClientError,
    clients::{Clients, Reason, Refused},
    credentials::InsecureCredentials,
    handshake::handshake_hint,
    options::HttpOptions,
    private::Permission,
    redirect::next_request,
    retry::{Failure, RetryPolicy, Tries, is_passing},
};
use crate::base::hint::{ErrorKind, Hint};

/// A request to a web server.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    /// The user's own token for the address goes along. What an extension asks for by itself never has it.
    pub(crate) with_credentials: bool,
    /// The private addresses that it may come to, besides those that the options allow.
    pub(crate) permission: Permission,
}

impl Request {
    /// A plain request to read what is at an address.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
            with_credentials: false,
            permission: Permission::PUBLIC,
        }
    }

    /// It may be made twice.
    fn is_repeatable(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// The reason why a request has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The address is not that of a web server.
    #[error("`{location}` is not the address of a web server")]
    Scheme {
        /// The address.
        location: String,
    },
    /// The server could not be reached, or did not answer in time.
    #[error("`{location}` cannot be reached")]
    Unreachable {
        /// The address.
        location: String,
        /// What failed.
        source: reqwest::Error,
    },
    /// The server sent us round in circles, or from `https` to `http`.
    #[error("the redirects of `{location}` cannot be followed: {problem}")]
    Redirect {
        /// The address.
        location: String,
        /// What is wrong with them, as a sentence.
        problem: String,
    },
    /// A token would go over the network for everyone on the way to read.
    #[error("credentials for `{location}` are not sent over plain `http`")]
    InsecureCredentials {
        /// The address.
        location: String,
    },
    /// It is at an address of this machine or of a network of one's own, where nothing lets it be asked.
    #[error("`{location}` is at the private address `{address}`")]
    Private {
        /// The address of what was to be asked.
        location: String,
        /// Where that is.
        address: IpAddr,
    },
    /// It is at an address of the link, or of a cloud's metadata, where credentials are handed out.
    #[error("`{location}` is at the address `{address}`, which is never asked")]
    Forbidden {
        /// The address of what was to be asked.
        location: String,
        /// Where that is.
        address: IpAddr,
    },
    /// It is at an address that the user denies the extension, whatever name stands for it.
    #[error("`{location}` is at the address `{address}`, which is denied")]
    Denied {
        /// The address of what was to be asked.
        location: String,
        /// Where that is.
        address: IpAddr,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] ClientError),
}

impl RequestError {
    /// Neither the network nor a server is at fault, so that it will not pass: the request cannot be made, or a
    /// mistake is in what was configured.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Scheme { .. }
                | Self::InsecureCredentials { .. }
                | Self::Client(ClientError::Certificate(_))
        )
    }
}

impl Hint for RequestError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Scheme { .. } => ErrorKind::Invalid,
            Self::InsecureCredentials { .. }
            | Self::Private { .. }
            | Self::Denied { .. }
            | Self::Forbidden { .. } => ErrorKind::Refused,
            Self::Unreachable { .. } | Self::Redirect { .. } => ErrorKind::Network,
            Self::Client(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Private { address, .. } => return Some(private_hint(*address)),
            Self::Forbidden { .. } => NEVER_HINT,
            Self::Denied { .. } => {
                "what the extension is denied names the address: take that rule away if it is wrong"
            }
            Self::Scheme { .. } => "an address begins with `https://` or `http://`",
            Self::Unreachable { source, .. } => {
                handshake_hint(source).unwrap_or("check the network and the proxy, then try again")
            }
            Self::Redirect { .. } => {
                "the server is set up wrongly, or something on the way answers for it"
            }
            Self::InsecureCredentials { .. } => {
                "use the address with `https://`, or take the token away"
            }
            Self::Client(_) => {
                "check that the system's certificates are installed, and that those added are PEM files"
            }
        };
        Some(hint.into())
    }
}

/// The hint at an address that nothing allows.
pub(crate) const NEVER_HINT: &str =
    "ask another address: nothing allows those of a link or of a cloud's metadata";

/// The line that allows a private address.
pub(crate) fn private_hint(address: IpAddr) -> String {
    format!("`private = [\"{address}\"]` under `[http]` in the configuration allows it, for all")
}

impl From<InsecureCredentials> for RequestError {
    fn from(error: InsecureCredentials) -> Self {
        Self::InsecureCredentials {
            location: error.location,
        }
    }
}

/// A client that sends requests as the options say.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    clients: Arc<Clients>,
}

impl Exchange {
    /// # Errors
    /// [`RequestError::Client`] if the system has no usable certificates.
    pub(crate) fn new(options: &HttpOptions) -> Result<Self, RequestError> {
        let clients = Clients::new(options.clone())?.into();
        Ok(Self { clients })
    }

    /// An exchange that has names looked up elsewhere than by the system.
    #[cfg(test)]
    pub(super) fn with_lookup(
        options: &HttpOptions,
        lookup: super::clients::Lookup,
    ) -> Result<Self, RequestError> {
        let clients = Clients::with_lookup(options.clone(), lookup)?.into();
        Ok(Self { clients })
    }

    pub(crate) fn options(&self) -> &HttpOptions {
        self.clients.options()
    }

    /// Checks an address as far as it can be told without looking a name up.
    ///
    /// # Errors
    /// [`RequestError::Private`] or [`RequestError::Forbidden`].
    pub(crate) fn check(&self, url: &Url, permission: &Permission) -> Result<(), RequestError> {
        let checked = self.clients.check_written(url, permission);
        checked.map_err(|refused| not_asked(url, refused))
    }

    /// Sends a request and follows at most `redirects` answers that lead elsewhere; with none, such an
    /// answer is the answer. `allow` is asked before each address that the first leads to, and says what is permitted
    /// there; its errors end it.
    ///
    /// # Errors
    /// A [`RequestError`], where no answer came. An answer of any status is not an error.
    pub(crate) async fn send<E: From<RequestError>>(
        &self,
        request: Request,
        redirects: usize,
        allow: impl Fn(&Url) -> Result<Permission, E>,
    ) -> Result<Response, E> {
        let retry = self.options().retry;
        self.follow(request, redirects, retry, allow).await
    }

    /// As [`send`](Self::send), and tries nothing again: for those who begin anew where the answer's body is cut too,
    /// and count both.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(crate) async fn send_once<E: From<RequestError>>(
        &self,
        request: Request,
        redirects: usize,
        allow: impl Fn(&Url) -> Result<Permission, E>,
    ) -> Result<Response, E> {
        let once = RetryPolicy {
            tries: 1,
            ..self.options().retry
        };
        self.follow(request, redirects, once, allow).await
    }

    async fn follow<E: From<RequestError>>(
        &self,
        mut request: Request,
        redirects: usize,
        retry: RetryPolicy,
        allow: impl Fn(&Url) -> Result<Permission, E>,
    ) -> Result<Response, E> {
        let mut addresses = Vec::new();
        loop {
            let response = self.send_one(&request, retry).await?;
            if redirects == 0 {
                return Ok(response);
            }
            addresses.push(request.url.clone());
            let (status, headers) = (response.status(), response.headers());
            match next_request(&request, &addresses, redirects, status, headers) {
                Ok(Some(next)) => {
                    let permission = allow(&next.url)?;
                    request = Request { permission, ..next };
                }
                Ok(None) => return Ok(response),
                Err(problem) => {
                    let location = addresses.first().map(plain).unwrap_or_default();
                    return Err(RequestError::Redirect { location, problem }.into());
                }
            }
        }
    }

    /// One request, tried again where it failed in passing.
    async fn send_one(
        &self,
        request: &Request,
        retry: RetryPolicy,
    ) -> Result<Response, RequestError> {
        let mut tries = Tries::new(retry);
        loop {
            match self.try_once(request).await {
                Ok(response) => {
                    let after = retry_after(&response);
                    let patience = retry.longest_delay;
                    let is_busy = match response.status().as_u16() {
                        // A limit that does not say when it ends could grow with each request.
                        429 => after.is_some_and(|wait| wait <= patience),
                        // A server that asks for a longer wait is not tried again in this call.
                        500 | 502 | 503 | 504 => after.is_none_or(|wait| wait <= patience),
                        _ => false,
                    };
                    let failure = Failure {
                        error: Answered(response),
                        again: is_busy && request.is_repeatable(),
                        retry_after: after,
                    };
                    if let Err(Answered(response)) = tries.wait_after(failure).await {
                        return Ok(response);
                    }
                }
                Err(error) => {
                    let again = match &error {
                        RequestError::Unreachable { source, .. } => is_passing(source),
                        _ => false,
                    };
                    let failure = Failure {
                        error,
                        again: again && request.is_repeatable(),
                        retry_after: None,
                    };
                    tries.wait_after(failure).await?;
                }
            }
        }
    }

    async fn try_once(&self, request: &Request) -> Result<Response, RequestError> {
        let url = &request.url;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(RequestError::Scheme {
                location: plain(url),
            });
        }
        let client = self.clients.client_for(url, &request.permission)?;
        let client = client.map_err(|refused| not_asked(url, refused))?;
        let mut builder = client
            .request(request.method.clone(), url.clone())
            .headers(request.headers.clone());
        if request.with_credentials
            && !request.headers.contains_key(AUTHORIZATION)
            && let Some(token) = self.options().credentials.header(url)?
        {
            builder = builder.header(AUTHORIZATION, token.clone());
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let sent = builder.send().await;
        sent.map_err(|error| match refusal(&error) {
            Some(refused) => not_asked(url, refused),
            None => RequestError::Unreachable {
                location: plain(url),
                source: error.without_url(),
            },
        })
    }
}

fn not_asked(url: &Url, Refused { address, reason }: Refused) -> RequestError {
    let location = plain(url);
    match reason {
        Reason::Never => RequestError::Forbidden { location, address },
        Reason::Denied => RequestError::Denied { location, address },
        Reason::Private => RequestError::Private { location, address },
    }
}

/// The refusal of all addresses that a name stands for.
fn refusal(error: &reqwest::Error) -> Option<Refused> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref() {
            return Some(*refused);
        }
        cause = error.source();
    }
    None
}

/// An answer that says to come again.
struct Answered(Response);

impl std::fmt::Display for Answered {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the server answered {}", self.0.status())
    }
}
