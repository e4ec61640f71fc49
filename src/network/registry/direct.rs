//! An archive at an address of its own, in no registry.

use std::{io::Write, time::Instant};

use futures_util::TryStreamExt as _;
use url::Url;

use super::{
    access::Access,
    fetch::Progress,
    reader::{SLOWEST_BYTES_PER_SECOND, SLOWEST_START},
    source::{HttpClient, SourceError},
};
use crate::{
    base::digest::{Sha256Digest, Sha256Hasher},
    network::http::{is_plain, without_credentials},
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
    let client = HttpClient::with_plain(&access.http, access.insecure)?;
    let mut download = Download {
        location,
        limit_bytes,
        writer,
        progress,
        hasher: Sha256Hasher::new(),
        received: 0,
        started: Instant::now(),
    };
    let mut failures = 0;
    loop {
        let cut = match download.receive(&client, url).await {
            Ok(()) => return download.finish(),
            Err(error @ SourceError::Interrupted { .. }) => error,
            Err(error) => return Err(error),
        };
        failures += 1;
        let Some(delay) = access.http.retry.delay(failures, None) else {
            return Err(cut);
        };
        tracing::debug!(error = %cut, received = download.received, "a download was interrupted and begins again");
        tokio::time::sleep(delay).await;
    }
}

/// A download under way.
struct Download<'a> {
    location: String,
    limit_bytes: u64,
    writer: &'a mut (dyn Write + Send),
    progress: &'a Progress<'a>,
    hasher: Sha256Hasher,
    received: u64,
    started: Instant,
}

impl Download<'_> {
    /// Reads the file from its start. What came before a connection was cut is compared and passed
    /// over: no digest tells in the end whether two answers were one file.
    async fn receive(&mut self, client: &HttpClient, url: &Url) -> Result<(), SourceError> {
        let opened = client.open(url, 0).await?;
        if opened.size.is_some_and(|size| size > self.limit_bytes) {
            return Err(self.too_large());
        }
        let (mut again, mut to_compare) = (Sha256Hasher::new(), self.received);
        let mut pieces = opened.pieces;
        while let Some(mut piece) = pieces.try_next().await? {
            let known = to_compare.min(piece.len() as u64);
            if known > 0 {
                again.update(&piece.split_to(usize::try_from(known).unwrap_or(piece.len())));
                to_compare -= known;
                if to_compare == 0 && again.clone().finish() != self.hasher.clone().finish() {
                    return Err(self.changed());
                }
            }
            self.take(&piece, opened.size)?;
        }
        if to_compare > 0 {
            return Err(self.changed());
        }
        Ok(())
    }

    fn take(&mut self, piece: &[u8], size: Option<u64>) -> Result<(), SourceError> {
        let received = self.received + piece.len() as u64;
        if received > self.limit_bytes {
            return Err(self.too_large());
        }
        // A server that sends a byte now and then never runs into the timeout between two bytes.
        let slowest = self.received / SLOWEST_BYTES_PER_SECOND;
        let limit = SLOWEST_START + std::time::Duration::from_secs(slowest);
        if self.started.elapsed() > limit {
            let location = self.location.clone();
            return Err(SourceError::TooSlow { location, limit });
        }
        // Pieces are small and go to the system's buffers: not worth another thread each.
        let written = self.writer.write_all(piece);
        written.map_err(|source| self.write_error(source))?;
        self.hasher.update(piece);
        self.received = received;
        (self.progress)(received, size.unwrap_or(received));
        Ok(())
    }

    fn finish(self) -> Result<(Sha256Digest, u64), SourceError> {
        let flushed = self.writer.flush();
        flushed.map_err(|source| SourceError::Write {
            location: self.location.clone(),
            source,
        })?;
        Ok((self.hasher.finish(), self.received))
    }

    fn too_large(&self) -> SourceError {
        SourceError::TooLarge {
            location: self.location.clone(),
            limit_bytes: self.limit_bytes,
        }
    }

    fn write_error(&self, source: std::io::Error) -> SourceError {
        SourceError::Write {
            location: self.location.clone(),
            source,
        }
    }

    /// Returns the error for a download whose beginning was of another file.
    fn changed(&self) -> SourceError {
        SourceError::Changed {
            location: self.location.clone(),
        }
    }
}
