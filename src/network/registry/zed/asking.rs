//! Requests to Zed's registry: few at a time, their answers kept, and none for a while after it has had enough.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
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
            error::Error,
            site::off_thread,
            source::{HttpClient, Reading, SourceError},
        },
    },
};

/// The time for which nothing is asked after the service has said that this is too much, where it does not say
/// how long.
const REST: Duration = Duration::from_secs(30);

/// The longest rest that is kept.
const LONGEST_REST: Duration = Duration::from_secs(60 * 60);

/// The longest answer read, in bytes: a list of 500 extensions has some 300 kB.
const MOST_BYTES: u64 = 16 << 20;

/// The name of what is kept of a rest.
const REST_PATH: &str = "rest";

/// The time for which an answer counts as news: that long it is not asked for again.
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
    /// The rest that it wants; `None` where that was not looked up yet.
    rest: Mutex<Option<Option<Rest>>>,
}

/// A pause that the service wants, which other processes keep too.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rest {
    until: i64,
    status: u16,
    answer: String,
}

impl Rest {
    /// The rest of it that is left, in seconds.
    fn left(&self) -> Option<u32> {
        let left = self.until - Timestamp::now().unix_seconds();
        let longest = i64::try_from(LONGEST_REST.as_secs()).unwrap_or(i64::MAX);
        u32::try_from(left)
            .ok()
            .filter(|left| *left > 0 && i64::from(*left) <= longest)
    }
}

impl Asking {
    pub(super) fn new(base: &Url, location: String, access: &Access) -> Result<Self, Error> {
        Ok(Self {
            base: base.clone(),
            client: HttpClient::new(&access.http)?.heeding_rests(),
            cache: (access.cache.as_ref()).map(|root| Cache::new(root, &location)),
            location,
            is_offline: access.offline,
            retry: access.http.retry,
            permits: Semaphore::new(AT_ONCE),
            rest: Mutex::default(),
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
        self.check_rest(path).await?;
        let known = before.as_ref().and_then(|before| before.validator.as_ref());
        let url = self.url(path)?;
        let reading = self.client.read(&url, MOST_BYTES, known).await;
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
                self.note(&error).await;
                return Err(error);
            }
        };
        let (content, parsed) = parsed(entry.content, parse).await?;
        let parsed = parsed.map_err(|source| Error::NotAnAnswer {
            path: shown(path).to_owned(),
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

    /// Takes note of an error that says that this was too much, for other processes as well.
    pub(super) async fn note(&self, error: &Error) {
        let Error::Source(SourceError::Status {
            status,
            answer,
            retry_after_seconds,
            ..
        }) = error
        else {
            return;
        };
        if *status != 429 && retry_after_seconds.is_none() {
            return;
        }
        let wanted = retry_after_seconds.map_or(REST, |it| Duration::from_secs(it.into()));
        let rest = Rest {
            until: Timestamp::now().unix_seconds()
                + i64::try_from(wanted.min(LONGEST_REST).as_secs()).unwrap_or_default(),
            status: *status,
            answer: answer.clone(),
        };
        let entry = serde_json::to_vec(&rest).map(|content| Entry {
            location: self.location.clone(),
            validator: None,
            read: Timestamp::now(),
            content,
        });
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Some(rest));
        if let Ok(entry) = entry {
            self.keep(REST_PATH, entry).await;
        }
    }

    /// Refuses to ask a service that has had enough.
    ///
    /// # Errors
    /// What it said then.
    pub(super) async fn check_rest(&self, path: &str) -> Result<(), Error> {
        let known = || self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = known().clone();
        let rest = match noted {
            Some(rest) => rest,
            None => {
                let entry = self.before(REST_PATH).await?;
                let rest: Option<Rest> =
                    entry.and_then(|entry| serde_json::from_slice(&entry.content).ok());
                *known() = Some(rest.clone());
                rest
            }
        };
        let Some((rest, left)) = rest.and_then(|rest| rest.left().map(|left| (rest, left))) else {
            return Ok(());
        };
        Err(Error::Source(SourceError::Status {
            location: format!("{}{}", self.location(), shown(path)),
            status: rest.status,
            answer: rest.answer,
            retry_after_seconds: Some(left),
        }))
    }

    /// The error of an answer that the network alone has.
    pub(super) fn offline(&self, path: &str) -> Error {
        Error::Offline {
            location: self.location(),
            path: shown(path).to_owned(),
        }
    }

    /// The error of an answer that every registry of the kind has.
    pub(super) fn not_found(&self, path: &str) -> Error {
        let location = format!("{}{}", self.location(), shown(path));
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

/// A path as it is shown: without its query, which may name hundreds of extensions.
fn shown(path: &str) -> &str {
    path.split_once('?').map_or(path, |(path, _)| path)
}

/// Returns what an answer says, read where thousands of lines keep no other task waiting.
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
