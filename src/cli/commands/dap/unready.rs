//! An adapter that failed before there was a session.

use annexe::{
    dap::{AdapterProvider, PreparedAdapter, StartRequest},
    lsp::{PreparationError, PreparationProgress},
};
use async_trait::async_trait;

/// An adapter that failed before there was a session, because of the configuration, for example: the editor gets the error
/// all the same.
pub struct UnreadyAdapter(pub PreparationError);

#[async_trait]
impl AdapterProvider for UnreadyAdapter {
    async fn prepare(
        &self,
        _: &StartRequest,
        _: &dyn PreparationProgress,
    ) -> Result<PreparedAdapter, PreparationError> {
        Err(self.0.clone())
    }
}
