//! A server that failed before there was a session.

use std::path::Path;

use annexe::lsp::{PreparationError, PreparationProgress, PreparedServer, Root, ServerProvider};
use async_trait::async_trait;
use serde_json::Value;

/// A server that failed before there was a session, because of the configuration, for example: the editor gets the error
/// all the same.
pub struct UnreadyServer(pub PreparationError);

#[async_trait]
impl ServerProvider for UnreadyServer {
    async fn prepare(
        &self,
        _: &Root,
        _: &dyn PreparationProgress,
    ) -> Result<PreparedServer, PreparationError> {
        Err(self.0.clone())
    }

    async fn configuration(&self, _: &Path) -> Result<Option<Value>, PreparationError> {
        Ok(None)
    }
}
