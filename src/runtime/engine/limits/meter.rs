//! The meter of an instance: its memory, and in each call the time in which its code runs, and for which it
//! waits for its host.

use std::{
    pin::{Pin, pin},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    task::Poll,
    time::{Duration, Instant},
};

use crate::runtime::limits::{LimitExceeded, Limits};

/// The least time after which a call that is not done yet is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A meter of the calls of one instance. Everything is written by the task that runs the instance; its
/// atomics let the guest's store and the future that polls it see the same, and others read.
#[derive(Debug)]
pub(crate) struct Meter {
    /// All times are nanoseconds since this.
    origin: Instant,
    /// When the guest was given its thread; meaningless while it has none.
    running_since: AtomicU64,
    /// How long it had a thread before that, in this call.
    ran: AtomicU64,
    /// When it began to wait for its host; 0 while it does not.
    waiting_since: AtomicU64,
    /// How long it has waited before that, in this call.
    waited: AtomicU64,
    /// The bytes of its memories.
    memory: AtomicUsize,
    /// The most that this has been.
    most_memory: AtomicUsize,
    guest_limit: u64,
    call_limit: Duration,
    host_limit: Duration,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            origin: Instant::now(),
            running_since: AtomicU64::new(0),
            ran: AtomicU64::new(0),
            waiting_since: AtomicU64::new(0),
            waited: AtomicU64::new(0),
            memory: AtomicUsize::new(0),
            most_memory: AtomicUsize::new(0),
            guest_limit: nanoseconds(limits.guest_time),
            call_limit: limits.call_time,
            host_limit: limits.host_time,
        }
    }

    /// The bytes of the instance's memories; 0 while there is none.
    pub(crate) fn memory(&self) -> usize {
        self.memory.load(Relaxed)
    }

    /// The most bytes that the memories have had, in this instance or one before it.
    pub(crate) fn most_memory(&self) -> usize {
        self.most_memory.load(Relaxed)
    }

    pub(super) fn set_memory(&self, bytes: usize) {
        self.memory.store(bytes, Relaxed);
        self.most_memory.fetch_max(bytes, Relaxed);
    }

    /// Returns how long the guest has waited for its host, where it does.
    pub(crate) fn waiting_for(&self) -> Option<Duration> {
        match self.waiting_since.load(Relaxed) {
            0 => None,
            since => Some(Duration::from_nanos(self.now().saturating_sub(since))),
        }
    }

    /// Forgets the call that was made last.
    pub(crate) fn reset(&self) {
        self.ran.store(0, Relaxed);
        self.waited.store(0, Relaxed);
        self.waiting_since.store(0, Relaxed);
    }

    /// Whether the guest waits for its host at this moment.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting_since.load(Relaxed) != 0
    }

    /// Returns how long the guest has had a thread in the call that was made last.
    pub(crate) fn guest_time(&self) -> Duration {
        Duration::from_nanos(self.ran.load(Relaxed))
    }

    /// Checks, in the middle of the guest's code, how long that has run.
    pub(crate) fn check_guest(&self) -> Result<(), LimitExceeded> {
        let since = self.now().saturating_sub(self.running_since.load(Relaxed));
        if self.ran.load(Relaxed).saturating_add(since) <= self.guest_limit {
            return Ok(());
        }
        let limit = Duration::from_nanos(self.guest_limit);
        Err(LimitExceeded::GuestTime(limit))
    }

    /// Marks the time until what is given back is dropped as the host's.
    pub(crate) fn waiting(&self) -> Waiting<'_> {
        let now = self.now().max(1);
        self.count_run(now);
        self.waiting_since.store(now, Relaxed);
        Waiting(self)
    }

    /// Runs a call to its end, or to that of its time.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = T>,
    ) -> Result<T, LimitExceeded> {
        self.reset();
        let began = self.now();
        self.running_since.store(began, Relaxed);
        let mut call = pin!(call);
        // Most calls end without waiting for anything, and need no timer.
        let mut is_first = true;
        let mut timer: Option<Pin<Box<tokio::time::Sleep>>> = None;
        std::future::poll_fn(move |context| {
            if !is_first {
                self.running_since.store(self.now(), Relaxed);
            }
            is_first = false;
            let polled = call.as_mut().poll(context);
            // Time in which the host worked for the guest is not the guest's.
            if !self.is_waiting() {
                self.count_run(self.now());
            }
            if let Poll::Ready(outcome) = polled {
                return Poll::Ready(Ok(outcome));
            }
            loop {
                let left = match self.left(began, self.now()) {
                    Ok(left) => left.max(LOOK_AGAIN),
                    Err(exceeded) => return Poll::Ready(Err(exceeded)),
                };
                match &mut timer {
                    None => timer = Some(Box::pin(tokio::time::sleep(left))),
                    Some(timer) if timer.is_elapsed() => {
                        timer.as_mut().reset(tokio::time::Instant::now() + left);
                    }
                    Some(_) => {}
                }
                match timer.as_mut().map(|timer| timer.as_mut().poll(context)) {
                    Some(Poll::Ready(())) => {}
                    _ => return Poll::Pending,
                }
            }
        })
        .await
    }

    fn count_run(&self, now: u64) {
        let ran = now.saturating_sub(self.running_since.load(Relaxed));
        self.ran.fetch_add(ran, Relaxed);
    }

    /// The time after which one of the limits is reached at the earliest.
    fn left(&self, began: u64, now: u64) -> Result<Duration, LimitExceeded> {
        let waiting = match self.waiting_since.load(Relaxed) {
            0 => 0,
            since => now.saturating_sub(since),
        };
        let waited = self.waited.load(Relaxed) + waiting;
        let own = (now - began).saturating_sub(waited);
        let left = |limit: Duration, spent| limit.checked_sub(Duration::from_nanos(spent));
        let host = left(self.host_limit, waited);
        let call = left(self.call_limit, own);
        match (call, host) {
            (None, _) => Err(LimitExceeded::CallTime(self.call_limit)),
            (_, None) => Err(LimitExceeded::HostTime(self.host_limit)),
            (Some(call), Some(host)) => Ok(call.min(host)),
        }
    }

    fn now(&self) -> u64 {
        nanoseconds(self.origin.elapsed())
    }
}

/// A guard while which the guest counts as waiting for its host.
pub(crate) struct Waiting<'a>(&'a Meter);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Self(meter) = self;
        let since = meter.waiting_since.swap(0, Relaxed);
        let now = meter.now();
        meter.waited.fetch_add(now.saturating_sub(since), Relaxed);
        meter.running_since.store(now, Relaxed);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
