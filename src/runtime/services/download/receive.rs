//! The receiver of a file: it streams it to the disk while hashing, so memory does not depend on its size, and
//! resumes what was interrupted where the server still has the same file.

use std::{
    fs::File,
    io::{Seek as _, SeekFrom, Write as _},
    time::{Duration, Instant},
};

use reqwest::{
    Response, StatusCode,
    header::{IF_RANGE, RANGE},
};
use tokio::time::timeout;
use url::Url;

use super::super::{allowance::Taken, error::ServiceError};
use super::{error::DownloadError, limits::DownloadLimits};
use crate::{
    base::digest::{Sha256Digest, Sha256Hasher},
    network::http::{
        Exchange, Permission, Request, Validator, beginning, content_range, plain, validator,
    },
    package::capability::Capability,
    runtime::{
        delegate::ExtensionEvent,
        services::{ServiceResult, Services},
    },
};

/// How many redirects are followed; GitHub's files have one.
const REDIRECTS: usize = 10;

/// How often an observer hears how much has arrived.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// A file that has arrived.
pub(super) struct Received {
    pub(super) sha256: Sha256Digest,
    pub(super) size: u64,
    /// Where the redirects have led.
    pub(super) final_url: String,
}

/// A file that arrives.
pub(super) struct Receiver<'a> {
    pub(super) url: &'a Url,
    /// The private addresses that it may be at.
    pub(super) permission: Permission,
    pub(super) exchange: &'a Exchange,
    pub(super) limits: &'a DownloadLimits,
    /// The services of the extension that downloads: they judge redirects, and tell of what arrives.
    pub(super) services: &'a Services,
    pub(super) file: &'a mut File,
    /// The room that it has in the work directory.
    pub(super) taken: &'a mut Taken,
}

/// The part of a file that has come so far.
#[derive(Default)]
struct SoFar {
    hasher: Sha256Hasher,
    size: u64,
    validator: Option<Validator>,
    told: Option<Instant>,
}

impl Receiver<'_> {
    /// Receives the whole file, with as many connections as the options allow one after the other.
    pub(super) async fn run(mut self) -> ServiceResult<Received> {
        let mut so_far = SoFar::default();
        let mut failures = 0;
        loop {
            let before = so_far.size;
            let response = self.ask(&so_far).await?;
            let final_url = plain(response.url());
            let Err(cut) = self.take(response, &mut so_far).await? else {
                self.file.flush().map_err(|source| self.unwritten(source))?;
                return Ok(Received {
                    sha256: so_far.hasher.finish(),
                    size: so_far.size,
                    final_url,
                });
            };
            // Only failures in a row count, without a byte received between them.
            failures = if so_far.size > before {
                1
            } else {
                failures + 1
            };
            let Some(delay) = self.exchange.options().retry.delay(failures, None) else {
                return Err(DownloadError::Interrupted {
                    url: plain(self.url),
                    received: so_far.size,
                    source: cut.without_url(),
                }
                .into());
            };
            tracing::debug!(url = plain(self.url), received = so_far.size, error = %cut, "a download is resumed");
            tokio::time::sleep(delay).await;
        }
    }

    async fn ask(&self, so_far: &SoFar) -> ServiceResult<Response> {
        let mut request = Request::get(self.url.clone());
        request.permission = self.permission.clone();
        // Without a validator of this very content, the rest could be of another file.
        let name = match &so_far.validator {
            Some(Validator::ETag(tag)) if !tag.starts_with("W/") => Some(tag),
            Some(Validator::LastModified(date)) => Some(date),
            _ => None,
        };
        if so_far.size > 0
            && let Some(Ok(name)) = name.map(|name| name.parse())
            && let Ok(range) = format!("bytes={}-", so_far.size).parse()
        {
            request.headers.insert(IF_RANGE, name);
            request.headers.insert(RANGE, range);
        }
        let sending = self.exchange.send(request, REDIRECTS, |url| {
            self.services.allow_download_redirect(url)
        });
        let sent = sending.await;
        sent.map_err(|error| self.services.not_at(error, Capability::of_download))
    }

    /// Takes what an answer brings; the inner error is that of a connection that was cut.
    async fn take(
        &mut self,
        mut response: Response,
        so_far: &mut SoFar,
    ) -> ServiceResult<Result<(), reqwest::Error>> {
        let status = response.status();
        let range = content_range(&response).filter(|(start, _)| *start == so_far.size);
        let resumes = status == StatusCode::PARTIAL_CONTENT && so_far.size > 0 && range.is_some();
        if !resumes {
            if status == StatusCode::RANGE_NOT_SATISFIABLE || status == StatusCode::PARTIAL_CONTENT
            {
                // The next request is for the whole file.
                let told = so_far.told;
                *so_far = SoFar {
                    told,
                    ..SoFar::default()
                };
                response = self.ask(so_far).await?;
            }
            if response.status() != StatusCode::OK {
                return Err(DownloadError::Status {
                    url: plain(self.url),
                    status: response.status().as_u16(),
                    answer: beginning(response).await,
                }
                .into());
            }
            self.begin_again(so_far)?;
            so_far.validator = validator(&response);
        }
        let total = response.content_length().map(|length| so_far.size + length);
        if total.is_some_and(|total| total > self.limits.bytes) {
            return Err(self.too_large());
        }
        self.take_room(total.unwrap_or_default()).await?;
        let window = self.limits.slowest_window;
        let (mut began, mut before) = (Instant::now(), so_far.size);
        loop {
            self.tell(so_far, total, false);
            let left = window.saturating_sub(began.elapsed());
            let piece = match timeout(left, response.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => break,
                Ok(Err(cut)) => return Ok(Err(cut)),
                Err(_) => {
                    let received = so_far.size - before;
                    if received < self.limits.slowest_bytes {
                        return Err(DownloadError::TooSlow {
                            url: plain(self.url),
                            received,
                            window,
                        }
                        .into());
                    }
                    (began, before) = (Instant::now(), so_far.size);
                    continue;
                }
            };
            if so_far.size + piece.len() as u64 > self.limits.bytes {
                return Err(self.too_large());
            }
            self.take_room(so_far.size + piece.len() as u64).await?;
            // Pieces are small and go to the system's buffers: not worth another thread each.
            self.file
                .write_all(&piece)
                .map_err(|source| self.unwritten(source))?;
            self.taken.arrive(piece.len() as u64);
            so_far.hasher.update(&piece);
            so_far.size += piece.len() as u64;
            if began.elapsed() >= window && so_far.size - before >= self.limits.slowest_bytes {
                (began, before) = (Instant::now(), so_far.size);
            }
        }
        self.tell(so_far, total, true);
        let whole = range.filter(|_| resumes).and_then(|(_, whole)| whole);
        if whole.is_some_and(|whole| whole != so_far.size) {
            return Err(DownloadError::NotAsPublished {
                url: plain(self.url),
                what: format!("{} bytes, not {}", so_far.size, whole.unwrap_or_default()),
            }
            .into());
        }
        Ok(Ok(()))
    }

    /// Takes room in the work directory for so many bytes in all.
    async fn take_room(&mut self, bytes: u64) -> ServiceResult<()> {
        let taken = self.taken.grow_to(bytes).await;
        taken.map_err(|limit| self.services.reached(limit).into())
    }

    fn begin_again(&mut self, so_far: &mut SoFar) -> ServiceResult<()> {
        so_far.hasher = Sha256Hasher::new();
        so_far.size = 0;
        self.taken.clear();
        let emptied = self.file.set_len(0);
        let emptied = emptied.and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map(drop).map_err(|source| self.unwritten(source))
    }

    fn tell(&self, so_far: &mut SoFar, total: Option<u64>, is_end: bool) {
        if !is_end && so_far.told.is_some_and(|told| told.elapsed() < TOLD_EVERY) {
            return;
        }
        so_far.told = Some(Instant::now());
        self.services.sink.tell(|| ExtensionEvent::Downloading {
            url: plain(self.url),
            received: so_far.size,
            total,
        });
    }

    fn too_large(&self) -> ServiceError {
        let (url, most) = (plain(self.url), self.limits.bytes);
        DownloadError::TooLarge { url, most }.into()
    }

    fn unwritten(&self, source: std::io::Error) -> ServiceError {
        ServiceError::Unwritten {
            url: plain(self.url),
            source,
        }
    }
}
