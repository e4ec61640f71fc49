//! The answers of a server that can do nothing, in the place of one that the user or the project does without: to an
//! editor whose configuration has it, that is no error.

use serde_json::json;

use super::message::{self, METHOD_NOT_FOUND};

/// The answer to `initialize`. `id` is as it was written.
pub(super) fn initialized(id: &str) -> Vec<u8> {
    let info = json!({ "name": "annexe", "version": env!("CARGO_PKG_VERSION") });
    message::answer(id, &json!({ "capabilities": {}, "serverInfo": info }))
}

/// The answer to any other request.
pub(super) fn refusal(id: &str, method: &str) -> Vec<u8> {
    let text = format!("`{method}` is nothing that this server can do: it is disabled");
    message::error(id, METHOD_NOT_FOUND, text)
}
