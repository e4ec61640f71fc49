//! The bridge's own messages.

use std::fmt;

use serde_json::{Value, json};

use crate::bridge::wire::frame::framed;

/// The error of a request before the server is there (`ServerNotInitialized`).
pub(super) const NOT_INITIALIZED: i32 = -32002;
/// The error of a request that was given up by its sender (`RequestCancelled`).
pub(super) const CANCELLED: i32 = -32800;
/// The error of a request that cannot be answered (`InternalError`).
pub(super) const INTERNAL: i32 = -32603;

/// The error of a request that the server does not know (`MethodNotFound`).
pub(super) const METHOD_NOT_FOUND: i32 = -32601;

/// The kinds of a message that a user sees, by their numbers in LSP.
#[derive(Debug, Clone, Copy)]
pub(super) enum Severity {
    Error = 1,
    Warning = 2,
    Info = 3,
}

/// A message that a user sees: `window/showMessage`.
pub(super) fn show(severity: Severity, text: impl fmt::Display) -> Vec<u8> {
    notification("window/showMessage", &told(severity, text))
}

/// A line of the editor's log: `window/logMessage`.
pub(super) fn log(severity: Severity, text: impl fmt::Display) -> Vec<u8> {
    notification("window/logMessage", &told(severity, text))
}

fn told(severity: Severity, text: impl fmt::Display) -> Value {
    json!({ "type": severity as u8, "message": format!("annexe: {text}") })
}

/// A step of something that takes time: `$/progress`.
pub(super) fn progress(token: &Value, value: &Value) -> Vec<u8> {
    notification("$/progress", &json!({ "token": token, "value": value }))
}

/// Settings that have changed: `workspace/didChangeConfiguration`.
pub(super) fn configuration(settings: &Value) -> Vec<u8> {
    let params = json!({ "settings": settings });
    notification("workspace/didChangeConfiguration", &params)
}

/// An answer. `id` is as it was written.
pub(super) fn answer(id: &str, result: &Value) -> Vec<u8> {
    framed(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).as_bytes())
}

/// The answer of a request that failed.
pub(super) fn error(id: &str, code: i32, text: impl fmt::Display) -> Vec<u8> {
    let error = json!({ "code": code, "message": format!("annexe: {text}") });
    framed(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).as_bytes())
}

fn notification(method: &str, params: &Value) -> Vec<u8> {
    framed(format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#).as_bytes())
}
