//! The check that an extension named by its id is known.

use annexe::{
    store::{Store, StoreError},
    types::ExtensionId,
};

/// Fails for an id of which nothing is known.
///
/// # Errors
/// [`StoreError::NotInstalled`] with the nearest ids.
pub fn must_be_known(store: &Store, id: &ExtensionId) -> Result<(), StoreError> {
    match store.active(id) {
        Ok(_) | Err(StoreError::NotBuilt { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
