//! An archive at an address of its own, in no registry.

use std::io::Write;

use url::Url;

use super::{
    access::Access,
    fetch::{Progress, SLOWEST_BYTES_PER_SECOND, SLOWEST_START},
    reference::ArchiveDigest,
    source::{HttpClient, SourceError},
};
use crate::{
    base::digest::Sha256Digest,
    network::{
        http::{RetryPolicy, is_plain, without_credentials},
        transfer::{Arrival, Beginning, End, Pace, Problem, Receiver, Rules, SoFar, receive},
    },
};

/// Downloads what is at `url` into `writer`, in pieces, and gives its digest and its size in bytes.
/// `progress` hears how many bytes have come of how many; where the server does not say how many there
/// are, both are the same.
///
/// Nothing is known of what should be there: whatever comes is the caller's to check, a page that asks
/// one to sign in included. What `writer` has got is complete only once this returns `Ok`.
///
/// # Errors
/// [`SourceError::Offline`] if no web server may be asked, [`SourceError::Scheme`] for an address
/// without `http` or `https`, [`SourceError::Insecure`] for plain `http` from another machine unless
/// [`Access::insecure`], where it is redirected to as well, [`SourceError::TooLarge`] at the first byte beyond `limit_bytes`,
/// [`SourceError::Interrupted`] once trying again failed too, [`SourceError::TooSlow`] below 4 KiB/s
/// after two minutes, [`SourceError::Write`], and what else a server may answer.
pub async fn fetch_url(
    url: &Url,
    access: &Access,
    limit_bytes: u64,
    writer: &mut (dyn Write + Send),
    progress: &Progress<'_>,
) -> Result<(Sha256Digest, u64), SourceError> {
    let location = without_credentials(url).to_string();
    if !matches!(url.scheme(), "http" | "https") {
        return Err(SourceError::Scheme { location });
    }
    if access.offline {
        return Err(SourceError::Offline { location });
    }
    if is_plain(url) && !access.insecure {
        return Err(SourceError::Insecure { location });
    }
    let receiving = Receiving {
        client: HttpClient::with_plain(&access.http, access.insecure)?,
        retry: access.http.retry,
        limit_bytes,
    };
    let received = receive_url(url, receiving, writer, progress).await?;
    Ok((received.sha256, received.size))
}

/// The settings for what is at an address of which nothing is known.
pub(super) struct Receiving {
    pub(super) client: HttpClient,
    pub(super) retry: RetryPolicy,
    /// The most bytes that it may have.
    pub(super) limit_bytes: u64,
}

/// Downloads what is at an address into `writer`, as [`fetch_url`] does.
///
/// # Errors
/// As [`fetch_url`], but for those of the address itself.
pub(super) async fn receive_url(
    url: &Url,
    receiving: Receiving,
    writer: &mut (dyn Write + Send),
    progress: &Progress<'_>,
) -> Result<ArchiveDigest, SourceError> {
    let Receiving {
        client,
        retry,
        limit_bytes,
    } = receiving;
    let rules = Rules {
        retry,
        limit_bytes,
        pace: Pace::Average {
            start: SLOWEST_START,
            bytes_per_second: SLOWEST_BYTES_PER_SECOND,
        },
        // No digest tells in the end whether two answers were one file.
        beginning: Beginning::Compare,
        forgives: false,
    };
    let mut receiver = UrlReceiver {
        client,
        url,
        location: without_credentials(url).to_string(),
        limit_bytes,
        writer,
        progress,
    };
    let mut so_far = SoFar::default();
    receive(&mut receiver, &mut so_far, &rules).await?;
    let flushed = receiver.writer.flush();
    flushed.map_err(|source| receiver.unwritten(source))?;
    Ok(ArchiveDigest {
        sha256: so_far.digest(),
        size: so_far.received(),
    })
}

/// The receiver of what is at an address.
struct UrlReceiver<'a> {
    client: HttpClient,
    url: &'a Url,
    location: String,
    limit_bytes: u64,
    writer: &'a mut (dyn Write + Send),
    progress: &'a Progress<'a>,
}

impl UrlReceiver<'_> {
    fn unwritten(&self, source: std::io::Error) -> SourceError {
        SourceError::Write {
            location: self.location.clone(),
            source,
        }
    }
}

impl Receiver for UrlReceiver<'_> {
    type Cut = SourceError;
    type Error = SourceError;

    /// Each connection brings the file from its start.
    async fn open(&mut self, _: u64) -> Result<Arrival<SourceError>, SourceError> {
        let opened = self.client.open(self.url, 0).await?;
        Ok(Arrival {
            offset: opened.offset,
            size: opened.size,
            pieces: opened.pieces,
        })
    }

    async fn write(
        &mut self,
        piece: &[u8],
        received: u64,
        size: Option<u64>,
    ) -> Result<(), SourceError> {
        // Pieces are small and go to the system's buffers: not worth another thread each.
        let written = self.writer.write_all(piece);
        written.map_err(|source| self.unwritten(source))?;
        (self.progress)(received, size.unwrap_or(received));
        Ok(())
    }

    fn ended(&mut self, _: u64, _: Option<u64>) -> Result<(), End<SourceError, SourceError>> {
        Ok(())
    }

    fn failed(&mut self, problem: Problem<SourceError>, _: u64) -> SourceError {
        let location = self.location.clone();
        match problem {
            Problem::TooLarge { .. } => SourceError::TooLarge {
                location,
                limit_bytes: self.limit_bytes,
            },
            Problem::Changed => SourceError::Changed { location },
            Problem::TooSlow { within, .. } => SourceError::TooSlow {
                location,
                limit: within,
            },
            Problem::Interrupted(cut) => cut,
        }
    }
}
