//! Messages of the protocol: the head of those that come, and the bridge's own.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::bridge::wire::frame::framed;

/// The number of errors that the bridge answers with, by which a client tells them apart.
const ERROR_ID: u32 = 7_000;

/// The members of a message by which it is known.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    #[serde(default)]
    pub(super) seq: i64,
    #[serde(rename = "type")]
    pub(super) sort: Sort,
    #[serde(default)]
    pub(super) command: Option<String>,
    #[serde(default)]
    pub(super) event: Option<String>,
    #[serde(default)]
    pub(super) request_seq: Option<i64>,
    #[serde(default)]
    pub(super) success: Option<bool>,
}

/// The three sorts of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Sort {
    Request,
    Response,
    Event,
}

impl Head {
    /// Reads it. Whatever else is in the message is not looked at.
    ///
    /// # Errors
    /// Where the text is not a message.
    pub(super) fn of(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body)
            .map_err(|error| format!("a message is not one of DAP: {error}"))
    }

    /// The command of a request, or of the one that a response answers.
    pub(super) fn command(&self) -> &str {
        self.command.as_deref().unwrap_or_default()
    }
}

/// The categories of what an editor shows of a session.
#[derive(Debug, Clone, Copy)]
pub(super) enum Category {
    /// The console of the session.
    Console,
    /// A message that the user must see.
    Important,
}

/// An event about a session: text for the user.
pub(super) fn output(seq: i64, category: Category, text: &str) -> Vec<u8> {
    let category = match category {
        Category::Console => "console",
        Category::Important => "important",
    };
    let body = json!({ "category": category, "output": format!("annexe: {text}\n") });
    event(seq, "output", &body)
}

pub(super) fn event(seq: i64, event: &str, body: &Value) -> Vec<u8> {
    let mut message = json!({ "seq": seq, "type": "event", "event": event });
    if !body.is_null() {
        message["body"] = body.clone();
    }
    framed(message.to_string().as_bytes())
}

/// The answer to a request that has succeeded.
pub(super) fn response(seq: i64, request: i64, command: &str, body: &Value) -> Vec<u8> {
    let mut message = json!({
        "seq": seq, "type": "response", "request_seq": request, "command": command, "success": true
    });
    if !body.is_null() {
        message["body"] = body.clone();
    }
    framed(message.to_string().as_bytes())
}

/// The answer to a request that has failed. `is_shown`: the client is asked to show it to the user.
pub(super) fn failure(
    seq: i64,
    request: i64,
    command: &str,
    text: &str,
    is_shown: bool,
) -> Vec<u8> {
    // Braces stand for variables in a format.
    let format = "{text}";
    let message = json!({
        "seq": seq, "type": "response", "request_seq": request, "command": command,
        "success": false, "message": text,
        "body": { "error": {
            "id": ERROR_ID, "format": format, "variables": { "text": text }, "showUser": is_shown
        } }
    });
    framed(message.to_string().as_bytes())
}

/// A request of the bridge's own to the adapter.
pub(super) fn request(seq: i64, command: &str, arguments: &Value) -> Vec<u8> {
    let message =
        json!({ "seq": seq, "type": "request", "command": command, "arguments": arguments });
    framed(message.to_string().as_bytes())
}
