//! The store an extension fills while it indexes documentation.

use super::ServiceResult;
use crate::delegate::SharedKeyValueStore;

/// A key-value store as the guest holds it during one call.
#[derive(Clone)]
pub struct KeyValueStore(SharedKeyValueStore);

impl std::fmt::Debug for KeyValueStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("KeyValueStore")
            .finish_non_exhaustive()
    }
}

impl KeyValueStore {
    /// Wraps the embedder's store.
    pub fn new(delegate: SharedKeyValueStore) -> Self {
        Self(delegate)
    }

    /// Sets a key's value.
    ///
    /// # Errors
    /// What the delegate answers.
    pub async fn insert(&self, key: String, value: String) -> ServiceResult<()> {
        Ok(self.0.insert(key, value).await?)
    }
}
