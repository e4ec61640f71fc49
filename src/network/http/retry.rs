//! Retries: when to try again, and how long to wait before.

use std::{error::Error, fmt, io, time::Duration};

/// The policy of retries: how often a request is tried, and how long to wait between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is tried in all. Default: 3.
    pub tries: u32,
    /// The wait after the first failure; it doubles after each. Default: half a second.
    pub first_delay: Duration,
    /// The longest wait, also where a server asks for more with `Retry-After`. Default: 10 seconds.
    pub longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 3,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// The wait after the failure of this number, from 1; `None` where no try is left.
    pub fn delay(&self, failures: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if failures >= self.tries {
            return None;
        }
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
        let delay = retry_after.unwrap_or_else(|| self.first_delay.saturating_mul(doubled));
        Some(delay.min(self.longest_delay))
    }
}

/// The tries of one request.
pub(crate) struct Tries {
    policy: RetryPolicy,
    failures: u32,
}

impl Tries {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self {
            policy,
            failures: 0,
        }
    }

    /// Waits until the request may be tried again; gives the error back where it may not.
    pub(crate) async fn wait_after<E: fmt::Display>(
        &mut self,
        failure: Failure<E>,
    ) -> Result<(), E> {
        self.failures += 1;
        let delay = self.policy.delay(self.failures, failure.retry_after);
        let Some(delay) = delay.filter(|_| failure.again) else {
            return Err(failure.error);
        };
        tracing::debug!(error = %failure.error, ?delay, "a request failed and is tried again");
        tokio::time::sleep(delay).await;
        Ok(())
    }
}

/// One failed try.
pub(crate) struct Failure<E> {
    pub(crate) error: E,
    pub(crate) again: bool,
    pub(crate) retry_after: Option<Duration>,
}

/// Trying again helps against timeouts and connections cut; not against a name that does not resolve,
/// a port that no program listens on, or a certificate that does not hold.
pub(crate) fn is_passing(error: &(dyn Error + 'static)) -> bool {
    let mut connecting = false;
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            if error.is_timeout() {
                return true;
            }
            connecting |= error.is_connect();
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::UnexpectedEof
            );
        }
        cause = error.source();
    }
    !connecting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_the_tries_end() {
        let policy = RetryPolicy {
            tries: 9,
            ..RetryPolicy::default()
        };
        let seconds = |failures, asked: Option<u64>| {
            policy
                .delay(failures, asked.map(Duration::from_secs))
                .map(|delay| delay.as_secs_f32())
        };
        assert_eq!(seconds(1, None), Some(0.5));
        assert_eq!(seconds(3, None), Some(2.0));
        assert_eq!(seconds(8, None), Some(10.0));
        assert_eq!(seconds(1, Some(3)), Some(3.0));
        assert_eq!(seconds(1, Some(86_400)), Some(10.0));
        assert_eq!(seconds(9, None), None);
        assert_eq!(
            RetryPolicy {
                tries: u32::MAX,
                ..policy
            }
            .delay(4_000_000, None),
            Some(policy.longest_delay)
        );
    }
}
