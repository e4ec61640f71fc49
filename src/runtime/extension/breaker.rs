//! The breaker: it counts an extension's faults, and keeps one that stops again and again from being started.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{error::CallError, supervision::Supervision};

/// A count of an extension's faults, which suspends it after too many.
#[derive(Debug)]
pub(crate) struct Breaker {
    settings: Supervision,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// When the extension stopped, within the last window.
    faults: VecDeque<Instant>,
    last: Option<CallError>,
    /// How often it has stopped: within the window, and while it was suspended after that.
    stops: u32,
    suspended: Option<Suspension>,
    /// How often it was suspended, which tells one suspension from another.
    suspensions: u64,
}

#[derive(Debug, Clone, Copy)]
struct Suspension {
    /// `None` for one that only a reset ends.
    until: Option<Instant>,
    backoff: Duration,
}

/// The kind of admission of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// As any other.
    Usual,
    /// To see whether the extension can be trusted again, after the suspension of this number.
    Trial(u64),
}

impl Breaker {
    pub(crate) fn new(settings: Supervision) -> Self {
        Self {
            settings,
            inner: Mutex::default(),
        }
    }

    /// Whether a call may be made.
    ///
    /// # Errors
    /// [`CallError::Suspended`].
    pub(crate) fn admit(&self, now: Instant) -> Result<Admission, CallError> {
        let inner = self.inner();
        let (Some(suspension), Some(fault)) = (&inner.suspended, &inner.last) else {
            return Ok(Admission::Usual);
        };
        let retry_after = suspension.left(now);
        if retry_after.is_zero() {
            return Ok(Admission::Trial(inner.suspensions));
        }
        Err(CallError::Suspended {
            faults: inner.stops,
            retry_after,
            fault: Box::new(fault.clone()),
        })
    }

    /// For how long the extension is suspended, from now.
    pub(crate) fn suspended(&self, now: Instant) -> Option<Duration> {
        let left = self.inner().suspended?.left(now);
        (!left.is_zero()).then_some(left)
    }

    /// Counts the fault of a call; gives the time for which the extension is suspended because of it, if it
    /// is.
    pub(crate) fn count(
        &self,
        fault: &CallError,
        admission: Admission,
        now: Instant,
    ) -> Option<Duration> {
        let Supervision {
            faults: budget,
            window,
            backoff,
            longest_backoff,
            ..
        } = self.settings;
        let inner = &mut *self.inner();
        inner.last = Some(fault.clone());
        inner.faults.push_back(now);
        let is_over = |first: &Instant| now.saturating_duration_since(*first) > window;
        while inner.faults.front().is_some_and(is_over) {
            inner.faults.pop_front();
        }
        // Faults beyond the budget carry no information.
        while inner.faults.len() > (budget as usize).saturating_add(1) {
            inner.faults.pop_front();
        }
        inner.stops = match inner.suspended {
            None => u32::try_from(inner.faults.len()).unwrap_or(u32::MAX),
            Some(_) => inner.stops.saturating_add(1),
        };
        let backoff = match inner.suspended {
            None if inner.faults.len() <= budget as usize => return None,
            None => backoff,
            Some(before) if admission == Admission::Trial(inner.suspensions) => {
                before.backoff.saturating_mul(2).min(longest_backoff)
            }
            // A call that was under way when another one's fault led to the suspension.
            Some(_) => return None,
        };
        inner.suspensions += 1;
        inner.suspended = Some(Suspension {
            until: now.checked_add(backoff),
            backoff,
        });
        Some(backoff)
    }

    /// Notes that a call has ended well: an extension that was tried again is trusted again.
    pub(crate) fn ended_well(&self, admission: Admission) {
        if admission == Admission::Usual {
            return;
        }
        let inner = &mut *self.inner();
        if admission == Admission::Trial(inner.suspensions) {
            inner.suspended = None;
            inner.faults.clear();
        }
    }

    /// Forgets all faults.
    pub(crate) fn reset(&self) {
        let inner = &mut *self.inner();
        *inner = Inner {
            suspensions: inner.suspensions + 1,
            ..Inner::default()
        };
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Suspension {
    fn left(&self, now: Instant) -> Duration {
        self.until
            .map_or(Duration::MAX, |until| until.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(number: u32) -> CallError {
        CallError::Start {
            message: format!("fault {number}"),
            backtrace: String::new(),
            cause: None,
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
    const USUAL: Admission = Admission::Usual;

    #[test]
    fn faults_within_the_window_suspend_and_the_last_one_is_told() {
        let (breaker, now) = (breaker(), Instant::now());
        assert_eq!(breaker.count(&fault(1), USUAL, now), None);
        assert_eq!(breaker.count(&fault(2), USUAL, now), None);
        assert_eq!(breaker.admit(now), Ok(USUAL));
        assert_eq!(breaker.count(&fault(3), USUAL, now), Some(SECOND));
        let expected = CallError::Suspended {
            faults: 3,
            retry_after: SECOND,
            fault: Box::new(fault(3)),
        };
        assert_eq!(breaker.admit(now), Err(expected));
        assert_eq!(breaker.admit(now + SECOND), Ok(Admission::Trial(1)));
    }

    #[test]
    fn faults_further_apart_than_the_window_do_not() {
        let (breaker, now) = (breaker(), Instant::now());
        for number in 0..10 {
            let at = now + 6 * number * SECOND;
            assert_eq!(breaker.count(&fault(number), USUAL, at), None);
        }
    }

    #[test]
    fn each_failed_trial_waits_twice_as_long_until_one_ends_well() {
        let (breaker, mut now) = (breaker(), Instant::now());
        for number in 0..3 {
            breaker.count(&fault(number), USUAL, now);
        }
        for seconds in [1, 2, 3, 3] {
            let backoff = seconds * SECOND;
            assert_eq!(breaker.suspended(now), Some(backoff));
            now += backoff;
            let trial = breaker.admit(now).unwrap();
            breaker.count(&fault(3), trial, now);
        }
        now += 3 * SECOND;
        let trial = breaker.admit(now).unwrap();
        breaker.ended_well(trial);
        assert_eq!(breaker.count(&fault(4), USUAL, now), None, "trusted again");
        for number in 5..7 {
            breaker.count(&fault(number), USUAL, now);
        }
        assert!(breaker.admit(now).is_err());
        breaker.reset();
        assert_eq!(breaker.admit(now), Ok(USUAL));
    }

    #[test]
    fn only_a_trial_ends_or_lengthens_a_suspension() {
        let (breaker, now) = (breaker(), Instant::now());
        for number in 0..3 {
            breaker.count(&fault(number), USUAL, now);
        }
        // Calls that were under way on another instance.
        breaker.ended_well(USUAL);
        assert_eq!(breaker.suspended(now), Some(SECOND));
        assert_eq!(breaker.count(&fault(4), USUAL, now), None);
        assert_eq!(breaker.suspended(now), Some(SECOND));
        let trial = breaker.admit(now + SECOND).unwrap();
        breaker.count(&fault(5), trial, now + SECOND);
        // A trial of the suspension before says nothing of this one.
        breaker.ended_well(trial);
        assert_eq!(breaker.suspended(now + SECOND), Some(2 * SECOND));
    }

    #[test]
    fn a_suspension_may_last_until_it_is_ended() {
        let settings = Supervision {
            faults: 0,
            backoff: Duration::MAX,
            longest_backoff: Duration::MAX,
            ..Supervision::default()
        };
        let (breaker, now) = (Breaker::new(settings), Instant::now());
        assert_eq!(breaker.count(&fault(1), USUAL, now), Some(Duration::MAX));
        assert!(breaker.admit(now + 1_000_000 * SECOND).is_err());
        breaker.reset();
        assert!(breaker.admit(now).is_ok());
    }
}
