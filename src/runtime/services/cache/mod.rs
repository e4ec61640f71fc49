//! The cache of servers' answers: not asked for again for a while, asked for changes after that,
//! and used once more where the server cannot be asked.

mod entry;
mod file;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use serde::{Serialize, de::DeserializeOwned};

use self::entry::Entry;
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
    async fn put<T: Serialize>(&self, key: &str, entry: &Entry<T>) {
        let bytes = entry.write();
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
    /// Answers a question: from what is known where that is new enough, else by asking, and where that
    /// fails and it is not [final](ServiceError::is_final), with the last good answer, of which the extension's observer is told.
    ///
    /// # Errors
    /// What `ask` answers, or [`ServiceError::Offline`], where there is no answer from before.
    pub(super) async fn cached<T>(
        &self,
        key: CacheKey<'_>,
        ask: impl AsyncFnOnce(Option<&Validator>) -> ServiceResult<Fetched<T>>,
    ) -> ServiceResult<T>
    where
        T: Serialize + DeserializeOwned,
    {
        let CacheKey {
            key,
            what,
            lifetime,
        } = key;
        let answers = &self.shared.answers;
        let known = answers.get::<T>(&key).await;
        let known = match known {
            Some(known) if known.is_younger_than(lifetime) => return Ok(known.value),
            known => known,
        };
        let asked = if self.shared.options.offline {
            Err(ServiceError::Offline {
                what: what.to_owned(),
            })
        } else {
            ask(known.as_ref().and_then(|known| known.validator.as_ref())).await
        };
        match (asked, known) {
            (Ok(Fetched::New(value, validator)), _) => {
                let entry = Entry::new(&key, validator, value);
                answers.put(&key, &entry).await;
                Ok(entry.value)
            }
            (Ok(Fetched::Passing(value)), _) => Ok(value),
            (Ok(Fetched::Unchanged), Some(mut known)) => {
                known.asked = SystemTime::now();
                answers.put(&key, &known).await;
                Ok(known.value)
            }
            // Without a validator no server answers so.
            (Ok(Fetched::Unchanged), None) => Err(ServiceError::Argument(format!(
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
