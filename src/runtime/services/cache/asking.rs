//! Questions to servers: waited for where no answer is known from before, and for a few seconds where one is.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Answers, CacheKey, Fetched, entry::Entry};
use crate::runtime::{
    delegate::ExtensionEvent,
    services::{ServiceResult, Services, error::ServiceError},
};

/// How often it is told that something is still waited for.
const BETWEEN_SIGNS: Duration = Duration::from_secs(1);

impl Services {
    /// Asks, and keeps the answer; `None` where what is known holds. Where something `is_known`, that is waited for
    /// as long as [`patience`](crate::ServiceOptions::patience) says, and then goes on by itself.
    ///
    /// # Errors
    /// What the asking answers, or [`ServiceError::Silent`] once patience is at its end.
    pub(super) async fn ask_server<T>(
        self: &Arc<Self>,
        question: &CacheKey<'_>,
        is_known: bool,
        asking: impl Future<Output = ServiceResult<Fetched<T>>> + Send + 'static,
    ) -> ServiceResult<Option<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let waiting = async {
            match is_known {
                true => self.ask_behind(question, asking).await,
                false => ask_and_keep(&self.shared.answers, &question.key, asking).await,
            }
        };
        self.tell_while(question.what, waiting).await
    }

    async fn ask_behind<T>(
        self: &Arc<Self>,
        question: &CacheKey<'_>,
        asking: impl Future<Output = ServiceResult<Fetched<T>>> + Send + 'static,
    ) -> ServiceResult<Option<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let CacheKey { key, server, .. } = question;
        let flights = &self.shared.flights;
        let patience = flights.patience(server, self.shared.options.patience);
        let begun = SystemTime::now();
        let end = Instant::now() + patience;
        let silent = || {
            flights.was_silent(server);
            ServiceError::Silent {
                server: server.clone(),
                // That of the time when it was waited for.
                limit: match patience.is_zero() {
                    true => self.shared.options.patience,
                    false => patience,
                },
            }
        };
        let turn = flights.turn(key);
        let turn = match turn.clone().try_lock_owned() {
            Ok(turn) => turn,
            Err(_) => {
                let turn = timeout_at(end, turn.lock_owned()).await;
                let turn = turn.map_err(|_| silent())?;
                // Whoever had the turn has asked the same.
                match self.shared.answers.get::<T>(key).await {
                    Some(entry) if entry.asked >= begun => return Ok(Some(entry.value)),
                    _ => turn,
                }
            }
        };
        let (shared, key, asked) = (self.shared.clone(), key.clone(), server.clone());
        let behind = tokio::spawn(async move {
            let _turn = turn;
            let answer = ask_and_keep(&shared.answers, &key, asking).await;
            if answer.is_ok() {
                shared.flights.has_answered(&asked);
            }
            answer
        });
        match timeout_at(end, behind).await {
            Ok(Ok(answer)) => answer,
            // It goes on; one that has panicked has no answer either.
            Ok(Err(_)) | Err(_) => Err(silent()),
        }
    }

    /// Tells each second that something is still waited for, and at last that it is not.
    pub(in crate::runtime::services) async fn tell_while<T>(
        &self,
        what: &str,
        waiting: impl Future<Output = T>,
    ) -> T {
        let begun = Instant::now();
        let mut waiting = pin!(waiting);
        let mut was_told = false;
        loop {
            match timeout(BETWEEN_SIGNS, &mut waiting).await {
                Ok(answer) => {
                    if was_told {
                        self.sink.tell(|| ExtensionEvent::Waited {
                            what: what.to_owned(),
                            waited: begun.elapsed(),
                        });
                    }
                    return answer;
                }
                Err(_) => self.sink.tell(|| ExtensionEvent::Waiting {
                    what: what.to_owned(),
                    waited: begun.elapsed(),
                }),
            }
            was_told = true;
        }
    }
}

async fn ask_and_keep<T>(
    answers: &Answers,
    key: &str,
    asking: impl Future<Output = ServiceResult<Fetched<T>>>,
) -> ServiceResult<Option<T>>
where
    T: Serialize + DeserializeOwned,
{
    match asking.await? {
        Fetched::New(value, validator) => {
            let entry = Entry::new(key, validator, value);
            answers.put(key, entry.write()).await;
            Ok(Some(entry.value))
        }
        Fetched::Passing(value) => Ok(Some(value)),
        Fetched::Unchanged => {
            if let Some(mut known) = answers.get::<T>(key).await {
                known.asked = SystemTime::now();
                answers.put(key, known.write()).await;
            }
            Ok(None)
        }
    }
}
