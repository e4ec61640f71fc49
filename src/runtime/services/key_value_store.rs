//! The store an extension fills while it indexes documentation.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{ServiceResult, Services};
use crate::runtime::delegate::SharedKeyValueStore;

/// A key-value store as the guest holds it during one call.
#[derive(Clone)]
pub struct KeyValueStore {
    delegate: SharedKeyValueStore,
    /// Bytes that were put into it in this call.
    stored: Arc<AtomicU64>,
}

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
        Self {
            delegate,
            stored: Arc::default(),
        }
    }
}

impl Services {
    /// Sets a key's value in a store that was lent for a call.
    ///
    /// # Errors
    /// [`ServiceError::Limit`](super::ServiceError::Limit) where the call has stored as much as it may; what the
    /// delegate answers.
    pub async fn store(
        &self,
        store: &KeyValueStore,
        key: String,
        value: String,
    ) -> ServiceResult<()> {
        let bytes = key.len() as u64 + value.len() as u64;
        let before = store.stored.fetch_add(bytes, Relaxed);
        if let Err(error) = self.check_stored(before.saturating_add(bytes)) {
            store.stored.fetch_sub(bytes, Relaxed);
            return Err(error);
        }
        Ok(store.delegate.insert(key, value).await?)
    }
}
