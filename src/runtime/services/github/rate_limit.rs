//! GitHub's limit of requests: 60 in an hour for an address, 5,000 for a token. Once it is used up nothing
//! is asked until it ends: each request more would be refused, and could lengthen it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use reqwest::{Response, header::HeaderMap};
use url::{Origin, Url};

use super::error::GithubError;
use crate::{base::timestamp::Timestamp, network::http::retry_after};

/// How long nothing is asked where a refusal does not say until when: GitHub's advice is a minute.
const UNSAID: Duration = Duration::from_secs(60);

/// The longest that a server's word is taken for: GitHub's limits are for an hour.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);

/// The times until which servers are not asked.
#[derive(Debug, Default)]
pub(crate) struct RateLimit {
    until: Mutex<HashMap<Origin, (SystemTime, bool)>>,
}

impl RateLimit {
    /// # Errors
    /// [`GithubError::RateLimit`] as long as the limit lasts.
    pub(super) fn check(&self, url: &Url) -> Result<(), GithubError> {
        let mut all = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&url.origin()) {
            Some((until, has_token)) if *until > SystemTime::now() => Err(GithubError::RateLimit {
                until: Timestamp::of(*until),
                has_token: *has_token,
            }),
            Some(_) => {
                all.remove(&url.origin());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The error of an answer that says that the limit is used up, which is remembered; `None` for every
    /// other answer.
    pub(super) fn heed(
        &self,
        url: &Url,
        response: &Response,
        has_token: bool,
    ) -> Option<GithubError> {
        if !matches!(response.status().as_u16(), 403 | 429) {
            return None;
        }
        let headers = response.headers();
        let wait = match (retry_after(response), remaining(headers)) {
            (Some(wait), _) => wait,
            (None, Some(0)) => until_reset(headers).unwrap_or(UNSAID),
            (None, _) if response.status().as_u16() == 429 => UNSAID,
            (None, _) => return None,
        };
        let until = SystemTime::now() + wait.min(LONGEST);
        let mut all = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(url.origin(), (until, has_token));
        Some(GithubError::RateLimit {
            until: Timestamp::of(until),
            has_token,
        })
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn remaining(headers: &HeaderMap) -> Option<u64> {
    number(headers, "x-ratelimit-remaining")
}

/// Returns the time until the limit ends, by this machine's clock; zero where the clock is ahead.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let seconds = Duration::from_secs(number(headers, "x-ratelimit-reset")?);
    // A number beyond all times is ignored.
    let reset = SystemTime::UNIX_EPOCH.checked_add(seconds)?;
    Some(reset.duration_since(SystemTime::now()).unwrap_or_default())
}
