//! The steps of a preparation, as the editor hears of them.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde_json::{Value, json};

use super::message::{self, Severity};
use crate::bridge::{preparation::PreparationProgress, wire::outlet::Outlet};

/// The steps of a preparation as the editor hears of them: by the token it gave, else as lines of its log, and one
/// message where it takes long.
pub(super) struct Steps {
    editor: Outlet,
    token: Option<Value>,
    name: String,
    has_begun: AtomicBool,
}

impl Steps {
    pub(super) fn new(editor: Outlet, token: Option<Value>, name: String) -> Self {
        Self {
            editor,
            token: token.filter(|token| !token.is_null()),
            name,
            has_begun: AtomicBool::new(false),
        }
    }

    /// Hears that the preparation takes long.
    pub(super) fn is_slow(&self) {
        if self.token.is_none() && self.has_begun.load(Relaxed) {
            let text = format!("the language server `{}` is being installed", self.name);
            self.editor.send(message::show(Severity::Info, text));
        }
    }

    /// Hears that the preparation has ended.
    pub(super) fn end(&self) {
        if let Some(token) = &self.token
            && self.has_begun.load(Relaxed)
        {
            let end = json!({ "kind": "end" });
            self.editor.send(message::progress(token, &end));
        }
    }
}

impl PreparationProgress for Steps {
    fn step(&self, text: &str) {
        let is_first = !self.has_begun.swap(true, Relaxed);
        let Some(token) = &self.token else {
            self.editor.send(message::log(Severity::Info, text));
            return;
        };
        if is_first {
            let begin = json!({ "kind": "begin", "title": format!("annexe: {}", self.name) });
            self.editor.send(message::progress(token, &begin));
        }
        let report = json!({ "kind": "report", "message": text });
        self.editor.send(message::progress(token, &report));
    }
}
