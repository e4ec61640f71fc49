//! One answer as it is kept.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::network::http::Validator;

/// The form in which answers are kept; files of another form are ignored.
const FORMAT: u32 = 1;

/// One answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry<T> {
    format: u32,
    /// The whole key: the file's name is its digest.
    key: String,
    /// When the server said so, or said that nothing has changed.
    pub(super) asked: SystemTime,
    /// By what the server knows it again.
    pub(super) validator: Option<Validator>,
    pub(super) value: T,
}

impl<T> Entry<T> {
    pub(super) fn new(key: &str, validator: Option<Validator>, value: T) -> Self {
        Self {
            format: FORMAT,
            key: key.to_owned(),
            asked: SystemTime::now(),
            validator,
            value,
        }
    }

    /// Returns its age; zero for one from the future, after a clock was set back.
    pub(super) fn age(&self) -> Duration {
        self.asked.elapsed().unwrap_or_default()
    }

    /// Whether it was given less than `lifetime` ago. One from the future is asked for again.
    pub(super) fn is_younger_than(&self, lifetime: Duration) -> bool {
        self.asked.elapsed().is_ok_and(|age| age < lifetime)
    }
}

impl<T: DeserializeOwned> Entry<T> {
    pub(super) fn read(bytes: &[u8], key: &str) -> Option<Self> {
        let entry: Self = serde_json::from_slice(bytes).ok()?;
        (entry.format == FORMAT && entry.key == key).then_some(entry)
    }
}

impl<T: Serialize> Entry<T> {
    pub(super) fn write(&self) -> Vec<u8> {
        // These types have a form in JSON; one without it would be asked for again.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
