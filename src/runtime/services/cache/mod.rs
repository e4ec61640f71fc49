//! The cache of servers' answers: not asked for again for a while, asked for changes after that,
//! and used once more where the server cannot be asked.

mod asking;
mod entry;
mod file;
mod flights;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use self::entry::Entry;
pub(crate) use self::flights::Flights;
use super::{ServiceResult, Services, error::ServiceError};
use crate::{network::http::Validator, runtime::delegate::ExtensionEvent};

/// Bytes of answers kept in memory at the most, where there is no folder for them: 16 MiB.
const MOST_IN_MEMORY: usize = 16 << 20;

/// The cached answers, in a folder or, without one, for as long as the host lasts.
#[derive(Debug)]
pub(crate) struct Answers {
    folder: Option<PathBuf>,
    memory: Mutex<HashMap<String, Vec<u8>>>,
}

/// The key of a cached answer.
pub(super) struct CacheKey<'a> {
    /// What tells the question from all others.
    pub(super) key: String,
    /// The question in words: "the latest release of `owner/name`".
    pub(super) what: &'a str,
    /// Who is asked: an address without its path, or npm.
    pub(super) server: String,
    /// How long an answer is taken for new.
    pub(super) lifetime: Duration,
}

/// The result of asking a server.
pub(super) enum Fetched<T> {
    /// What the validator says is so still.
    Unchanged,
    /// An answer, which is kept with what the server will know it by.
    New(T, Option<Validator>),
    /// An answer that is not to be kept.
    Passing(T),
}

impl Answers {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            memory: Mutex::default(),
        }
    }

    /// The answer of a key; one that is damaged or unreadable does not count.
    async fn get<T: DeserializeOwned>(&self, key: &str) -> Option<Entry<T>> {
        let bytes = match &self.folder {
            Some(folder) => file::read(folder.clone(), key).await?,
            None => {
                let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.get(key)?.clone()
            }
        };
        Entry::read(&bytes, key)
    }

    /// Keeps an answer. Where that fails, it is asked for again: nothing is lost.
    async fn put(&self, key: &str, bytes: Vec<u8>) {
        match &self.folder {
            Some(folder) => file::write(folder.clone(), key, bytes).await,
            None => {
                let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
                let held: usize = memory.values().map(Vec::len).sum();
                if held + bytes.len() > MOST_IN_MEMORY {
                    memory.clear();
                }
                memory.insert(key.to_owned(), bytes);
            }
        }
    }
}

impl Services {
    /// Answers a question: from what is known where that is new enough, else by asking, and where that fails or
    /// takes too long and is not [final](ServiceError::is_final), with the last good answer, of which the
    /// extension's observer is told.
    ///
    /// # Errors
    /// What `ask` answers, or [`ServiceError::Offline`], where there is no answer from before.
    pub(super) async fn cached<T, F>(
        self: &Arc<Self>,
        question: CacheKey<'_>,
        ask: impl FnOnce(Arc<Self>, Option<Validator>) -> F,
    ) -> ServiceResult<T>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = ServiceResult<Fetched<T>>> + Send + 'static,
    {
        let what = question.what;
        let known = self.shared.answers.get::<T>(&question.key).await;
        let known = match known {
            Some(known) if known.is_younger_than(question.lifetime) => return Ok(known.value),
            known => known,
        };
        let asked = if self.shared.options.offline {
            Err(ServiceError::Offline {
                what: what.to_owned(),
            })
        } else {
            let is_known = known.is_some();
            let validator = known.as_ref().and_then(|known| known.validator.clone());
            let asking = ask(self.clone(), validator);
            self.ask_server(&question, is_known, asking).await
        };
        match (asked, known) {
            (Ok(Some(value)), _) => Ok(value),
            (Ok(None), Some(known)) => Ok(known.value),
            // Without a validator no server answers so.
            (Ok(None), None) => Err(ServiceError::Argument(format!(
                "{what}: the server says that nothing has changed, and nothing is known"
            ))),
            (Err(error), Some(known)) if !error.is_final() => {
                let why = error.for_guest();
                tracing::info!(extension = %self.extension, what, why, "the last good answer is given");
                self.sink.tell(|| ExtensionEvent::LastGood {
                    what: what.to_owned(),
                    why,
                    age: known.age(),
                });
                Ok(known.value)
            }
            (Err(error), _) => Err(error),
        }
    }
}
