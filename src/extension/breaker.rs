//! Counts an extension's faults, and keeps one that stops again and again from being started.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::Supervision;
use crate::api::extension::CallError;

/// Counts an extension's faults.
#[derive(Debug)]
pub(super) struct Breaker {
    settings: Supervision,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// When the extension stopped, within the last window.
    faults: VecDeque<Instant>,
    last: Option<CallError>,
    suspended: Option<Suspension>,
}

#[derive(Debug, Clone, Copy)]
struct Suspension {
    until: Instant,
    backoff: Duration,
}

impl Breaker {
    pub(super) fn new(settings: Supervision) -> Self {
        Self {
            settings,
            inner: Mutex::default(),
        }
    }

    /// Whether a call may be made.
    ///
    /// # Errors
    /// [`CallError::Suspended`].
    pub(super) fn admit(&self, now: Instant) -> Result<(), CallError> {
        let inner = self.inner();
        match (&inner.suspended, &inner.last) {
            (Some(suspension), Some(fault)) => {
                let retry_after = suspension.until.saturating_duration_since(now);
                if retry_after.is_zero() {
                    return Ok(());
                }
                Err(CallError::Suspended {
                    faults: u32::try_from(inner.faults.len()).unwrap_or(u32::MAX),
                    retry_after,
                    fault: Box::new(fault.clone()),
                })
            }
            _ => Ok(()),
        }
    }

    /// For how long the extension is suspended, from now.
    pub(super) fn suspended(&self, now: Instant) -> Option<Duration> {
        let until = self.inner().suspended?.until;
        let left = until.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Counts a fault; gives the time for which the extension is suspended because of it, if it is.
    pub(super) fn count(&self, fault: &CallError, now: Instant) -> Option<Duration> {
        let Supervision {
            faults: budget,
            window,
            ..
        } = self.settings;
        let inner = &mut *self.inner();
        inner.last = Some(fault.clone());
        inner.faults.push_back(now);
        // While it is suspended, those that led to it are kept.
        if inner.suspended.is_none() {
            while let Some(first) = inner.faults.front()
                && now.duration_since(*first) > window
            {
                inner.faults.pop_front();
            }
            if inner.faults.len() <= budget as usize {
                return None;
            }
        }
        let backoff = match inner.suspended {
            None => self.settings.backoff,
            Some(before) => (before.backoff * 2).min(self.settings.longest_backoff),
        };
        let until = now + backoff;
        inner.suspended = Some(Suspension { until, backoff });
        Some(backoff)
    }

    /// Notes that a call has ended well: an extension that was suspended is trusted again.
    pub(super) fn ended_well(&self) {
        let inner = &mut *self.inner();
        if inner.suspended.take().is_some() {
            inner.faults.clear();
        }
    }

    /// Forgets all faults.
    pub(super) fn reset(&self) {
        *self.inner() = Inner::default();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(number: u32) -> CallError {
        CallError::Start {
            message: format!("fault {number}"),
            backtrace: String::new(),
        }
    }

    fn breaker() -> Breaker {
        Breaker::new(Supervision {
            faults: 2,
            window: Duration::from_secs(10),
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(3),
            ..Supervision::default()
        })
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn faults_within_the_window_suspend_and_the_last_one_is_told() {
        let (breaker, now) = (breaker(), Instant::now());
        assert_eq!(breaker.count(&fault(1), now), None);
        assert_eq!(breaker.count(&fault(2), now), None);
        assert!(breaker.admit(now).is_ok());
        assert_eq!(breaker.count(&fault(3), now), Some(SECOND));
        let expected = CallError::Suspended {
            faults: 3,
            retry_after: SECOND,
            fault: Box::new(fault(3)),
        };
        assert_eq!(breaker.admit(now), Err(expected));
        assert_eq!(breaker.admit(now + SECOND), Ok(()));
    }

    #[test]
    fn faults_further_apart_than_the_window_do_not() {
        let (breaker, now) = (breaker(), Instant::now());
        for number in 0..10 {
            assert_eq!(
                breaker.count(&fault(number), now + 6 * number * SECOND),
                None
            );
        }
    }

    #[test]
    fn each_failed_trial_waits_twice_as_long_until_one_ends_well() {
        let (breaker, mut now) = (breaker(), Instant::now());
        for number in 0..2 {
            breaker.count(&fault(number), now);
        }
        for seconds in [1, 2, 3, 3] {
            let backoff = seconds * SECOND;
            assert_eq!(breaker.count(&fault(3), now), Some(backoff));
            assert_eq!(breaker.suspended(now), Some(backoff));
            now += backoff;
        }
        breaker.ended_well();
        assert_eq!(breaker.count(&fault(4), now), None, "trusted again");
        for number in 5..7 {
            breaker.count(&fault(number), now);
        }
        assert!(breaker.admit(now).is_err());
        breaker.reset();
        assert!(breaker.admit(now).is_ok());
    }
}
