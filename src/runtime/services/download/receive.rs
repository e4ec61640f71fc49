//! The receiver of a file, which goes to the disk as it comes. What was interrupted is resumed where the server still has
//! the same file.

use std::{
    fs::File,
    io::{Seek as _, SeekFrom, Write as _},
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use reqwest::{
    Response, StatusCode,
    header::{IF_RANGE, RANGE},
};
use url::Url;

use super::super::{allowance::Taken, error::ServiceError};
use super::{error::DownloadError, limits::DownloadLimits};
use crate::{
    base::{digest::Sha256Digest, fs},
    network::{
        http::{
            Exchange, Permission, Request, Validator, beginning, content_range, plain, validator,
        },
        transfer::{Arrival, Beginning, End, Pace, Problem, Receiver, Rules, SoFar, receive},
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

/// A file that is to be fetched.
pub(super) struct Fetch<'a> {
    pub(super) url: &'a Url,
    /// The private addresses that it may be at.
    pub(super) permission: Permission,
    /// The user's own token for the address goes along.
    pub(super) with_credentials: bool,
    pub(super) exchange: &'a Exchange,
    pub(super) limits: &'a DownloadLimits,
    /// The services of the extension that downloads: they judge redirects, and tell of what arrives.
    pub(super) services: &'a Services,
    pub(super) file: &'a mut File,
    /// The room that it has in the work directory.
    pub(super) taken: &'a mut Taken,
}

/// The receiver of a file.
struct FileReceiver<'a> {
    fetch: Fetch<'a>,
    /// What the server recognises the content by that has come so far.
    validator: Option<Validator>,
    /// The size of the whole file, as an answer with a part of it says.
    whole: Option<u64>,
    final_url: String,
    told: Option<Instant>,
}

impl Fetch<'_> {
    /// Receives the whole file, with as many connections as the options allow one after the other.
    pub(super) async fn run(self) -> ServiceResult<Received> {
        let limits = self.limits;
        let rules = Rules {
            retry: self.exchange.options().retry,
            limit_bytes: limits.bytes,
            pace: Pace::Window {
                bytes: limits.slowest_bytes,
                window: limits.slowest_window,
            },
            beginning: Beginning::Replace,
            forgives: true,
        };
        let mut so_far = SoFar::default();
        let mut receiver = FileReceiver {
            fetch: self,
            validator: None,
            whole: None,
            final_url: String::new(),
            told: None,
        };
        receive(&mut receiver, &mut so_far, &rules).await?;
        let flushed = receiver.fetch.file.flush();
        flushed.map_err(|source| receiver.unwritten(source))?;
        Ok(Received {
            sha256: so_far.digest(),
            size: so_far.received(),
            final_url: receiver.final_url,
        })
    }
}

impl FileReceiver<'_> {
    /// Asks for what comes after so many bytes, where that can be told of this very content, else for all of it.
    async fn ask(&self, received: u64) -> ServiceResult<Response> {
        let fetch = &self.fetch;
        let mut request = Request::get(fetch.url.clone());
        request.permission = fetch.permission.clone();
        request.with_credentials = fetch.with_credentials;
        // Without a validator of this very content, the rest could be of another file.
        let name = match &self.validator {
            Some(Validator::ETag(tag)) if !tag.starts_with("W/") => Some(tag),
            Some(Validator::LastModified(date)) => Some(date),
            _ => None,
        };
        if received > 0
            && let Some(Ok(name)) = name.map(|name| name.parse())
            && let Ok(range) = format!("bytes={received}-").parse()
        {
            request.headers.insert(IF_RANGE, name);
            request.headers.insert(RANGE, range);
        }
        let sending = fetch.exchange.send(request, REDIRECTS, |url| {
            let permission = fetch.services.allow_download_redirect(url)?;
            fetch.services.refuse_other_download(url)?;
            Ok(permission)
        });
        let sent = sending.await;
        sent.map_err(|error| fetch.services.not_at(error, Capability::of_download))
    }

    /// Takes room in the work directory for so many bytes in all.
    async fn take_room(&mut self, bytes: u64) -> ServiceResult<()> {
        let taken = self.fetch.taken.grow_to(bytes).await;
        taken.map_err(|limit| self.fetch.services.reached(limit).into())
    }

    fn tell(&mut self, received: u64, total: Option<u64>, is_end: bool) {
        if !is_end && self.told.is_some_and(|told| told.elapsed() < TOLD_EVERY) {
            return;
        }
        self.told = Some(Instant::now());
        let sink = &self.fetch.services.sink;
        sink.tell(|| ExtensionEvent::Downloading {
            url: self.url(),
            received,
            total,
        });
    }

    fn url(&self) -> String {
        plain(self.fetch.url)
    }

    fn unwritten(&self, source: std::io::Error) -> ServiceError {
        ServiceError::Unwritten {
            url: self.url(),
            source: fs::Error::new("write into", &self.fetch.services.work_dir, source),
        }
    }
}

impl Receiver for FileReceiver<'_> {
    type Cut = reqwest::Error;
    type Error = ServiceError;

    async fn open(&mut self, received: u64) -> ServiceResult<Arrival<reqwest::Error>> {
        let mut response = self.ask(received).await?;
        let range = content_range(&response).filter(|(start, _)| *start == received);
        let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
        let resumes = is_part && received > 0 && range.is_some();
        self.whole = range.filter(|_| resumes).and_then(|(_, whole)| whole);
        if !resumes {
            if is_part || response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                response = self.ask(0).await?;
            }
            if response.status() != StatusCode::OK {
                return Err(DownloadError::Status {
                    url: self.url(),
                    status: response.status().as_u16(),
                    answer: beginning(response).await,
                }
                .into());
            }
            self.validator = validator(&response);
        }
        self.final_url = plain(response.url());
        let offset = if resumes { received } else { 0 };
        Ok(Arrival {
            offset,
            size: response.content_length().map(|length| offset + length),
            pieces: response.bytes_stream().boxed(),
        })
    }

    async fn announced(&mut self, received: u64, size: Option<u64>) -> ServiceResult<()> {
        self.tell(received, size, false);
        self.take_room(size.unwrap_or_default()).await
    }

    fn restart(&mut self) -> ServiceResult<()> {
        self.fetch.taken.clear();
        let file = &mut self.fetch.file;
        let emptied = file.set_len(0);
        let emptied = emptied.and_then(|()| file.seek(SeekFrom::Start(0)));
        emptied.map(drop).map_err(|source| self.unwritten(source))
    }

    async fn write(&mut self, piece: &[u8], received: u64, size: Option<u64>) -> ServiceResult<()> {
        self.take_room(received).await?;
        // Pieces are small and go to the system's buffers: not worth another thread each.
        let written = self.fetch.file.write_all(piece);
        written.map_err(|source| self.unwritten(source))?;
        self.fetch.taken.arrive(piece.len() as u64);
        self.tell(received, size, false);
        Ok(())
    }

    fn ended(
        &mut self,
        received: u64,
        size: Option<u64>,
    ) -> Result<(), End<reqwest::Error, ServiceError>> {
        self.tell(received, size, true);
        match self.whole.filter(|whole| *whole != received) {
            Some(whole) => Err(End::Final(
                DownloadError::NotAsPublished {
                    url: self.url(),
                    what: format!("{received} bytes, not {whole}"),
                }
                .into(),
            )),
            None => Ok(()),
        }
    }

    fn failed(&mut self, problem: Problem<reqwest::Error>, received: u64) -> ServiceError {
        let url = self.url();
        let error = match problem {
            Problem::TooLarge { .. } => DownloadError::TooLarge {
                url,
                most: self.fetch.limits.bytes,
            },
            Problem::Changed => DownloadError::NotAsPublished {
                url,
                what: "another beginning than before".into(),
            },
            Problem::TooSlow { received, within } => DownloadError::TooSlow {
                url,
                received,
                window: within,
            },
            Problem::Interrupted(cut) => DownloadError::Interrupted {
                url,
                received,
                source: cut.without_url(),
            },
        };
        error.into()
    }
}
