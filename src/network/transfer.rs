//! A transfer: a file that arrives in pieces, over as many connections as it takes one after the other. It is hashed on
//! its way, so that memory does not depend on its size, and bounded in bytes and in time.
//!
//! What differs is a [`Receiver`]'s: where the file comes from, what becomes of its bytes, and what its errors are called.

use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream::BoxStream};
use tokio::time::timeout;

use super::http::RetryPolicy;
use crate::base::digest::{Sha256Digest, Sha256Hasher};

/// A file that arrives over one connection.
pub(crate) struct Arrival<C> {
    /// Where the first piece begins: what was asked for, or 0.
    pub(crate) offset: u64,
    /// The size of the whole file in bytes, where it is known beforehand.
    pub(crate) size: Option<u64>,
    /// The pieces; an error, which cuts the connection, ends them.
    pub(crate) pieces: BoxStream<'static, Result<Bytes, C>>,
}

/// The part of a file that has come so far.
#[derive(Default)]
pub(crate) struct SoFar {
    hasher: Sha256Hasher,
    received: u64,
}

impl SoFar {
    /// How many bytes have come.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The digest of what has come.
    pub(crate) fn digest(&self) -> Sha256Digest {
        self.hasher.clone().finish()
    }
}

/// The treatment of what has come already, where a connection brings the file from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// It stays, and what comes again is passed over: a digest that is known decides whether both were one file.
    PassOver,
    /// It stays, and what comes again must be the same.
    Compare,
    /// It is thrown away.
    Replace,
}

/// The slowest rate at which a file may arrive. A server that sends a byte now and then never runs into the timeout
/// between two bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Somebody else looks at it.
    Unlimited,
    /// From the first connection on, so many bytes a second after so long a start.
    Average {
        start: Duration,
        bytes_per_second: u64,
    },
    /// So many bytes over each so long a window of a connection.
    Window { bytes: u64, window: Duration },
}

/// The rules of a transfer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) retry: RetryPolicy,
    /// The most bytes.
    pub(crate) limit_bytes: u64,
    pub(crate) pace: Pace,
    pub(crate) beginning: Beginning,
    /// Only failures in a row count, without a byte received between them: there is nowhere else to go on. Else all do.
    pub(crate) forgives: bool,
}

/// The reason why a transfer ends without its file.
#[derive(Debug)]
pub(crate) enum Problem<C> {
    /// There is more than the limit: so many bytes, as they were announced or as far as they have come.
    TooLarge { bytes: u64, is_announced: bool },
    /// What comes again is not what came before.
    Changed,
    /// Next to nothing came: so many bytes in so long.
    TooSlow { received: u64, within: Duration },
    /// It was cut each time.
    Interrupted(C),
}

/// The end of a connection that did not bring the file.
pub(crate) enum End<C, E> {
    /// It was cut; another may bring the rest.
    Cut(C),
    /// Nothing else can help.
    Final(E),
}

/// The receiver of one file.
pub(crate) trait Receiver: Send {
    /// What cuts a connection.
    type Cut: fmt::Display + Send;
    type Error: Send;

    /// Opens the file, from the byte after those that were `received` if that can be.
    fn open(
        &mut self,
        received: u64,
    ) -> impl Future<Output = Result<Arrival<Self::Cut>, Self::Error>> + Send;

    /// Hears the size of the whole file, after so many bytes and before another is taken.
    fn announced(
        &mut self,
        _received: u64,
        _size: Option<u64>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Throws away what has come.
    fn restart(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Takes the next piece, after which so many bytes of `size` are there.
    fn write(
        &mut self,
        piece: &[u8],
        received: u64,
        size: Option<u64>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Hears that a connection has ended in good order.
    fn ended(
        &mut self,
        received: u64,
        size: Option<u64>,
    ) -> Result<(), End<Self::Cut, Self::Error>>;

    /// Whether all has come that is missed, though the connection was cut.
    fn is_complete(&self, _received: u64) -> bool {
        false
    }

    /// Whether another connection may bring the rest after one that was cut so.
    fn is_passing(&self, _cut: &Self::Cut) -> bool {
        true
    }

    /// The error for a transfer that has come so far.
    fn failed(&mut self, problem: Problem<Self::Cut>, received: u64) -> Self::Error;
}

/// Receives a whole file, from where an earlier run has stopped, with as many connections as the rules allow.
///
/// # Errors
/// Those of the receiver.
pub(crate) async fn receive<R: Receiver>(
    receiver: &mut R,
    so_far: &mut SoFar,
    rules: &Rules,
) -> Result<(), R::Error> {
    let (began, mut failures) = (Instant::now(), 0);
    loop {
        let before = so_far.received;
        let cut = match connection(receiver, so_far, rules, began).await {
            Ok(()) => return Ok(()),
            Err(End::Final(error)) => return Err(error),
            Err(End::Cut(_)) if receiver.is_complete(so_far.received) => return Ok(()),
            Err(End::Cut(cut)) => cut,
        };
        if rules.pace.is_too_slow(so_far.received, began.elapsed()) {
            let problem = Problem::TooSlow {
                received: so_far.received,
                within: began.elapsed(),
            };
            return Err(receiver.failed(problem, so_far.received));
        }
        failures = match rules.forgives && so_far.received > before {
            true => 1,
            false => failures + 1,
        };
        let delay = rules.retry.delay(failures, None);
        let Some(delay) = delay.filter(|_| receiver.is_passing(&cut)) else {
            return Err(receiver.failed(Problem::Interrupted(cut), so_far.received));
        };
        tracing::debug!(received = so_far.received, error = %cut, "a download was interrupted and is resumed");
        tokio::time::sleep(delay).await;
    }
}

/// What one connection brings.
async fn connection<R: Receiver>(
    receiver: &mut R,
    so_far: &mut SoFar,
    rules: &Rules,
    began: Instant,
) -> Result<(), End<R::Cut, R::Error>> {
    let opened = receiver.open(so_far.received).await;
    let Arrival {
        offset,
        size,
        mut pieces,
    } = opened.map_err(End::Final)?;
    let too_large = |bytes, is_announced| Problem::TooLarge {
        bytes,
        is_announced,
    };
    if let Some(size) = size.filter(|size| *size > rules.limit_bytes) {
        return Err(ended_by(receiver, too_large(size, true), so_far));
    }
    if offset < so_far.received && rules.beginning == Beginning::Replace {
        receiver.restart().map_err(End::Final)?;
        *so_far = SoFar::default();
    }
    let announced = receiver.announced(so_far.received, size).await;
    announced.map_err(End::Final)?;
    let mut again = Sha256Hasher::new();
    let mut known = so_far.received.saturating_sub(offset);
    let mut watch = Watch::new(rules.pace, began, so_far.received);
    loop {
        let next = match watch.patience() {
            Some(patience) => timeout(patience, pieces.next()).await,
            None => Ok(pieces.next().await),
        };
        let mut piece = match next {
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(cut))) => return Err(End::Cut(cut)),
            Ok(None) => break,
            Err(_) => Bytes::new(),
        };
        let skipped = usize::try_from(known)
            .unwrap_or(usize::MAX)
            .min(piece.len());
        let skipped = piece.split_to(skipped);
        known -= skipped.len() as u64;
        if !skipped.is_empty() && rules.beginning == Beginning::Compare {
            again.update(&skipped);
            if known == 0 && again.clone().finish() != so_far.digest() {
                return Err(ended_by(receiver, Problem::Changed, so_far));
            }
        }
        let received = so_far.received + piece.len() as u64;
        if received > rules.limit_bytes {
            return Err(ended_by(receiver, too_large(received, false), so_far));
        }
        if let Err((received, within)) = watch.check(received) {
            let problem = Problem::TooSlow { received, within };
            return Err(ended_by(receiver, problem, so_far));
        }
        if piece.is_empty() {
            continue;
        }
        let written = receiver.write(&piece, received, size).await;
        written.map_err(End::Final)?;
        so_far.hasher.update(&piece);
        so_far.received = received;
    }
    if known > 0 && rules.beginning == Beginning::Compare {
        return Err(ended_by(receiver, Problem::Changed, so_far));
    }
    receiver.ended(so_far.received, size)
}

fn ended_by<R: Receiver>(
    receiver: &mut R,
    problem: Problem<R::Cut>,
    so_far: &SoFar,
) -> End<R::Cut, R::Error> {
    End::Final(receiver.failed(problem, so_far.received))
}

impl Pace {
    /// Whether so little has come in so many windows: a byte at each connection, which is cut then, is a pace as well.
    fn is_too_slow(self, received: u64, elapsed: Duration) -> bool {
        let Self::Window { bytes, window } = self else {
            return false;
        };
        let windows = elapsed.as_secs_f64() / window.as_secs_f64();
        windows >= WINDOWS && (received as f64) < bytes as f64 * windows
    }
}

/// The windows after which the pace is looked at over all connections.
const WINDOWS: f64 = 10.0;

/// The watch over the pace of a connection.
struct Watch {
    pace: Pace,
    began: Instant,
    /// What had come when it began.
    before: u64,
}

impl Watch {
    fn new(pace: Pace, first: Instant, before: u64) -> Self {
        let began = match pace {
            Pace::Window { .. } => Instant::now(),
            Pace::Unlimited | Pace::Average { .. } => first,
        };
        Self {
            pace,
            began,
            before,
        }
    }

    /// How long the next piece is waited for before the pace is looked at.
    fn patience(&self) -> Option<Duration> {
        match self.pace {
            Pace::Window { window, .. } => Some(window.saturating_sub(self.began.elapsed())),
            Pace::Unlimited | Pace::Average { .. } => None,
        }
    }

    /// Looks at the pace, after so many bytes in all.
    ///
    /// # Errors
    /// How many have come, in how long.
    fn check(&mut self, received: u64) -> Result<(), (u64, Duration)> {
        match self.pace {
            Pace::Unlimited => Ok(()),
            Pace::Average {
                start,
                bytes_per_second,
            } => {
                let limit = start + Duration::from_secs(received / bytes_per_second.max(1));
                match self.began.elapsed() > limit {
                    true => Err((received, limit)),
                    false => Ok(()),
                }
            }
            Pace::Window { bytes, window } => {
                let came = received - self.before;
                if self.began.elapsed() < window {
                    Ok(())
                } else if came < bytes {
                    Err((came, window))
                } else {
                    (self.began, self.before) = (Instant::now(), received);
                    Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
