//! The audit of one running extension: what it asks for is written down before it is done.

use super::{AuditEntry, AuditOutcome, LOG_BYTES, asked::Asked, trail::Trail};
use crate::{
    fs,
    store::layout::Layout,
    types::{ExtensionId, ExtensionOrigin},
};

/// What one running extension has asked for, and the open file that it is written to.
pub(super) struct Book {
    trail: Trail,
    file: fs::LineFile,
    id: ExtensionId,
    version: String,
    /// Something could not be written: nothing more is allowed until it is.
    is_behind: bool,
}

impl Book {
    /// Opens the audit of an extension. Where that fails, it is tried again with the first request.
    pub(super) fn open(layout: &Layout, id: ExtensionId, version: String) -> Self {
        let (path, before) = (layout.audit(&id), layout.audit_before(&id));
        let mut file = fs::LineFile::new(path, before, LOG_BYTES, is_refusal);
        if let Err(error) = file.open() {
            tracing::debug!(%id, %error, "what the extension asks for cannot be written yet");
        }
        Self {
            trail: Trail::default(),
            file,
            id,
            version,
            is_behind: false,
        }
    }

    /// Says where the extension comes from.
    pub(super) fn comes_from(&mut self, origin: ExtensionOrigin) {
        self.trail.comes_from(origin);
    }

    /// Writes down a request that was not made before; the same one again is counted, and written now and then.
    ///
    /// # Errors
    /// Where it, or anything from before it, cannot be written. What was to be allowed counts as never asked for.
    pub(super) fn note(&mut self, asked: &Asked, outcome: AuditOutcome) -> fs::Result<()> {
        let is_due = self.trail.hear(asked, outcome);
        if !is_due && !self.is_behind {
            return Ok(());
        }
        let written = self.write_due();
        if written.is_err() && !outcome.is_refusal() {
            self.trail.forget(asked, outcome);
        }
        written
    }

    /// Hears of a request that was refused since somebody could not record it. It is written when that can be.
    pub(super) fn hear_unrecorded(&mut self, asked: &Asked) {
        self.trail.hear(asked, AuditOutcome::RefusedByAudit);
    }

    /// Writes what is due, where anything is.
    pub(super) fn write_due(&mut self) -> fs::Result<()> {
        let lines = self.trail.due(false, &self.id, &self.version);
        let written = match lines.is_empty() {
            true => Ok(()),
            false => self.file.append(lines.as_bytes()),
        };
        if written.is_ok() {
            self.trail.settle();
        }
        self.is_behind = written.is_err();
        written
    }

    /// Takes out what is still to be written when the extension goes, and where; `None` where there is nothing.
    pub(super) fn last(&mut self) -> Option<LastLines> {
        let text = self.trail.due(true, &self.id, &self.version);
        self.trail.settle();
        let file = (!text.is_empty()).then(|| self.file.take());
        file.map(|file| LastLines { file, text })
    }
}

/// What is still to be written of an extension that goes.
pub(super) struct LastLines {
    file: fs::LineFile,
    text: String,
}

impl LastLines {
    pub(super) fn write(&mut self) -> fs::Result<()> {
        self.file.append(self.text.as_bytes())
    }

    /// Writes if nobody else writes now; whether that was so.
    pub(super) fn write_at_once(&mut self) -> fs::Result<bool> {
        self.file.try_append(self.text.as_bytes())
    }
}

/// Whether a line tells of a refusal: of those the newest are kept the longest.
fn is_refusal(line: &[u8]) -> bool {
    serde_json::from_slice::<AuditEntry>(line).is_ok_and(|entry| entry.outcome.is_refusal())
}
