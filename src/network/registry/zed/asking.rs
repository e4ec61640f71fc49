//! Requests to Zed's registry: few at a time, their answers kept, and none for a while after it has had enough.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use super::AT_ONCE;
use crate::{
    base::timestamp::Timestamp,
    network::{
        http::{RetryPolicy, without_credentials},
        registry::{
            access::Access,
            cache::{Cache, Entry},
            catalogue::MAX_CATALOGUE_BYTES,
            error::Error,
            site::off_thread,
            source::{HttpClient, Reading, SourceError},
        },
    },
};

/// How long nothing is asked after the service has said that this is too much.
const REST: Duration = Duration::from_secs(30);

/// How long an answer counts as news: that long it is not asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetime(pub(super) Duration);

impl Lifetime {
    /// It is asked for each time, for a change alone where the service knows its answers again.
    pub(super) const NONE: Self = Self(Duration::ZERO);

    /// Whether an answer of then is news still. A clock that was ahead once makes none so.
    fn holds(self, read: Timestamp) -> bool {
        let age = Timestamp::now().unix_seconds() - read.unix_seconds();
        u64::try_from(age).is_ok_and(|age| age < self.0.as_secs())
    }
}

/// The way to the service.
#[derive(Debug)]
pub(super) struct Asking {
    base: Url,
    /// The location of the registry, by which its answers are kept.
    location: String,
    client: HttpClient,
    cache: Option<Cache>,
    is_offline: bool,
    retry: RetryPolicy,
    permits: Semaphore,
    rests: Mutex<Option<Rest>>,
}

/// A pause that the service wants.
#[derive(Debug, Clone)]
struct Rest {
    since: Instant,
    status: u16,
    answer: String,
}

impl Asking {
    pub(super) fn new(base: &Url, location: String, access: &Access) -> Result<Self, Error> {
        Ok(Self {
            base: base.clone(),
            client: HttpClient::new(&access.http)?,
            cache: (access.cache.as_ref()).map(|root| Cache::new(root, &location)),
            location,
            is_offline: access.offline,
            retry: access.http.retry,
            permits: Semaphore::new(AT_ONCE),
            rests: Mutex::default(),
        })
    }

    pub(super) fn location(&self) -> String {
        without_credentials(&self.base).to_string()
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    pub(super) fn retry(&self) -> RetryPolicy {
        self.retry
    }

    pub(super) fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// Waits for a turn among the requests that are under way.
    pub(super) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.permits.acquire().await.ok()
    }

    /// Asks for an answer, or takes one that is news still; `None` where the service says that there is no such thing.
    /// It is kept once `parse` has understood it.
    ///
    /// # Errors
    /// [`Error::Offline`] where nothing is kept and nothing may be asked, [`Error::NotAnIndex`] where it is not
    /// understood, [`Error::Source`] where none came.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        path: &str,
        lifetime: Lifetime,
        parse: fn(&[u8]) -> Result<T, serde_json::Error>,
    ) -> Result<Option<T>, Error> {
        let before = self.before(path).await?;
        if let Some(before) = &before
            && (self.is_offline || lifetime.holds(before.read))
        {
            let content = before.content.clone();
            if let (_, Ok(parsed)) = parsed(content, parse).await? {
                return Ok(Some(parsed));
            }
        }
        if self.is_offline {
            return Err(self.offline(path));
        }
        let _permit = self.permit().await;
        self.check_rest(path)?;
        let known = before.as_ref().and_then(|before| before.validator.as_ref());
        let url = self.url(path)?;
        let reading = self.client.read(&url, MAX_CATALOGUE_BYTES, known).await;
        let entry = match reading {
            Ok(Reading::Content { content, validator }) => Entry {
                location: self.location.clone(),
                validator,
                read: Timestamp::now(),
                content,
            },
            Ok(Reading::Unchanged) => match before {
                Some(before) => Entry {
                    read: Timestamp::now(),
                    ..before
                },
                // Without a validator no server says so.
                None => return Err(self.not_found(path)),
            },
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => {
                let error = Error::Source(error);
                self.note(&error);
                return Err(error);
            }
        };
        let (content, parsed) = parsed(entry.content, parse).await?;
        let parsed = parsed.map_err(|source| Error::NotAnAnswer {
            path: path.to_owned(),
            location: self.location(),
            source,
        })?;
        self.keep(path, Entry { content, ..entry }).await;
        Ok(Some(parsed))
    }

    /// The address of a relative one.
    pub(super) fn url(&self, path: &str) -> Result<Url, Error> {
        let url = self.base.join(path);
        Ok(url.map_err(|_| SourceError::InvalidPath {
            path: path.to_owned(),
        })?)
    }

    /// Takes note of an error that says that this was too much.
    pub(super) fn note(&self, error: &Error) {
        if let Error::Source(SourceError::Status { status, answer, .. }) = error
            && matches!(status, 429 | 503)
        {
            let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
            *rests = Some(Rest {
                since: Instant::now(),
                status: *status,
                answer: answer.clone(),
            });
        }
    }

    /// Refuses to ask a service that has had enough.
    ///
    /// # Errors
    /// What it said then.
    pub(super) fn check_rest(&self, path: &str) -> Result<(), Error> {
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        match rests.as_ref().filter(|rest| rest.since.elapsed() < REST) {
            Some(rest) => Err(Error::Source(SourceError::Status {
                location: format!("{}{path}", self.location()),
                status: rest.status,
                answer: rest.answer.clone(),
            })),
            None => Ok(()),
        }
    }

    /// The error of an answer that the network alone has.
    pub(super) fn offline(&self, path: &str) -> Error {
        Error::Offline {
            location: self.location(),
            path: path.to_owned(),
        }
    }

    /// The error of an answer that every registry of the kind has.
    pub(super) fn not_found(&self, path: &str) -> Error {
        let location = format!("{}{path}", self.location());
        Error::NoRegistry {
            location: self.location(),
            source: SourceError::NotFound { location },
        }
    }

    async fn before(&self, path: &str) -> Result<Option<Entry>, Error> {
        let Some(cache) = self.cache.clone() else {
            return Ok(None);
        };
        let path = path.to_owned();
        off_thread(move || cache.read(&path)).await
    }

    async fn keep(&self, path: &str, entry: Entry) {
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let path = path.to_owned();
        if let Err(error) = off_thread(move || cache.write(&path, &entry)).await {
            tracing::debug!(%error, "the runtime stops, so an answer is not kept");
        }
    }
}

/// What an answer says, read where thousands of lines keep no other task waiting.
async fn parsed<T: Send + 'static>(
    content: Vec<u8>,
    parse: fn(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<(Vec<u8>, Result<T, serde_json::Error>), Error> {
    off_thread(move || {
        let parsed = parse(&content);
        (content, parsed)
    })
    .await
}
