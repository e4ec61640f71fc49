//! The audit of one running extension: what it asks for is written down before it is done.

use super::{
    AUDIT_BYTES,
    audit::{AuditEntry, AuditOutcome},
    audited_request::AuditedRequest,
    pending_audit::{PendingAudit, TooManyRequests},
};
use crate::{
    base::{
        fs,
        hint::Hint as _,
        types::{ExtensionId, ExtensionOrigin},
    },
    store::disk::layout::Layout,
};

/// The requests of one running extension, and the open file that they are written to.
pub(in crate::store) struct AuditWriter {
    pending: PendingAudit,
    file: fs::LineFile,
    id: ExtensionId,
    version: String,
    /// Something could not be written: nothing more is allowed until it is.
    is_behind: bool,
}

/// The reason why a request is not in the audit.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum NotAudited {
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// A run has been allowed as many different requests as are kept apart.
    #[error(transparent)]
    TooMany(#[from] TooManyRequests),
    /// No line tells of the request.
    #[error("no line of it was written")]
    NoLine,
}

impl NotAudited {
    /// The way out, in plain words.
    pub(in crate::store) fn hint(&self) -> String {
        let of_file = match self {
            Self::File(error) => error.hint(),
            Self::TooMany(_) => Some("look at its audit, then start it again".into()),
            Self::NoLine => None,
        };
        of_file.unwrap_or_else(|| {
            "make it a file that can be written to, or remove it, then try again".into()
        })
    }
}

impl AuditWriter {
    /// Opens the audit of an extension. Where that fails, it is tried again with the first request.
    pub(in crate::store) fn open(layout: &Layout, id: ExtensionId, version: String) -> Self {
        let (path, before) = (layout.audit(&id), layout.audit_before(&id));
        let mut file = fs::LineFile::new(path, before, AUDIT_BYTES, is_refusal);
        if let Err(error) = file.open() {
            tracing::debug!(%id, %error, "what the extension asks for cannot be written yet");
        }
        Self {
            pending: PendingAudit::default(),
            file,
            id,
            version,
            is_behind: false,
        }
    }

    /// Says where the extension comes from.
    pub(in crate::store) fn comes_from(&mut self, origin: ExtensionOrigin) {
        self.pending.comes_from(origin);
    }

    /// Writes down a request that was not made before; the same one again is counted, and written now and then.
    /// What is to be allowed has a line afterwards that tells of it.
    ///
    /// # Errors
    /// Where it, or anything from before it, cannot be written, or there were too many. What was to be allowed
    /// counts as never asked for.
    pub(in crate::store) fn note(
        &mut self,
        asked: &AuditedRequest,
        outcome: AuditOutcome,
    ) -> Result<(), NotAudited> {
        // The guest chooses how long it is, and it is kept.
        let asked = asked.in_short();
        let is_due = self
            .pending
            .hear(&asked, outcome, &self.id, &self.version)?;
        let written = match is_due || self.is_behind {
            true => self.write_due().map_err(NotAudited::from),
            false => Ok(()),
        };
        if outcome.is_refusal() {
            return written;
        }
        let told = written.and_then(|()| match self.pending.is_told(&asked, outcome) {
            true => Ok(()),
            false => Err(NotAudited::NoLine),
        });
        if told.is_err() {
            self.pending.forget(&asked, outcome);
        }
        told
    }

    /// Notes a request that was refused since an observer could not record it. It is written when that can be.
    pub(in crate::store) fn hear_unrecorded(&mut self, asked: &AuditedRequest) {
        let outcome = AuditOutcome::RefusedByAudit;
        // There is room for any number of refusals.
        let _ = self
            .pending
            .hear(&asked.in_short(), outcome, &self.id, &self.version);
    }

    /// Writes what is due, where anything is.
    pub(in crate::store) fn write_due(&mut self) -> fs::Result<()> {
        let lines = self.pending.due(false);
        let written = match lines.is_empty() {
            true => Ok(()),
            false => self.file.append(lines.as_bytes()),
        };
        if written.is_ok() {
            self.pending.settle();
        }
        self.is_behind = written.is_err();
        written
    }

    /// Takes out what is still to be written when the extension goes, and where; `None` where there is nothing.
    pub(in crate::store) fn last(&mut self) -> Option<LastLines> {
        let text = self.pending.due(true);
        self.pending.settle();
        let file = (!text.is_empty()).then(|| self.file.take());
        file.map(|file| LastLines { file, text })
    }
}

/// Lines that are still to be written of an extension that goes.
pub(in crate::store) struct LastLines {
    file: fs::LineFile,
    text: String,
}

impl LastLines {
    pub(in crate::store) fn write(&mut self) -> fs::Result<()> {
        self.file.append(self.text.as_bytes())
    }

    /// Writes if no other process writes now; returns whether it did.
    pub(in crate::store) fn write_at_once(&mut self) -> fs::Result<bool> {
        self.file.try_append(self.text.as_bytes())
    }
}

/// Whether a line tells of a refusal: of those the newest are kept the longest.
fn is_refusal(line: &[u8]) -> bool {
    serde_json::from_slice::<AuditEntry>(line).is_ok_and(|entry| entry.outcome.is_refusal())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{package::capability::Capability, store::journal::audit::read};

    const ALLOWED: AuditOutcome = AuditOutcome::Allowed;

    /// More than any run may ask for.
    const MANY: usize = 20_000;

    fn long(number: usize, bytes: usize) -> AuditedRequest {
        let args = vec!["x".repeat(bytes); bytes.min(64)];
        Capability::of_program(&format!("p{number}"), &args).into()
    }

    /// The lines of one request that are kept.
    fn lines_of(entries: &[AuditEntry], request: &AuditedRequest) -> usize {
        let request = request.in_short().request;
        entries.iter().filter(|it| it.request == request).count()
    }

    /// Whatever an extension asks for in one run, short or long, allowed or refused: each act has its line, and
    /// none is lost to those that follow.
    #[test]
    fn no_act_of_a_run_is_hidden_by_others() {
        for bytes in [1, 1 << 12] {
            let folder = tempfile::tempdir().unwrap();
            let layout = Layout::create(folder.path()).unwrap();
            let id: ExtensionId = "one".parse().unwrap();
            let mut writer = AuditWriter::open(&layout, id.clone(), "1.0.0".into());
            let first: AuditedRequest = Capability::of_package("evil").into();
            writer.note(&first, ALLOWED).unwrap();
            let mut allowed = HashSet::new();
            for number in 0..MANY {
                let request = long(number, bytes);
                match writer.note(&request, ALLOWED) {
                    Ok(()) => assert!(allowed.insert(request.in_short().request)),
                    Err(error) => {
                        assert!(matches!(error, NotAudited::TooMany(_)), "{error}");
                        writer.hear_unrecorded(&request);
                        break;
                    }
                }
            }
            assert!((100..MANY).contains(&allowed.len()));
            // A request that was allowed before is allowed again.
            writer.note(&first, ALLOWED).unwrap();
            for outcome in [
                AuditOutcome::RefusedByManifest,
                AuditOutcome::RefusedByGrants,
            ] {
                for number in 0..1000 {
                    writer.note(&long(number, bytes), outcome).unwrap();
                }
            }
            if let Some(mut last) = writer.last() {
                last.write().unwrap();
            }
            let entries = read(&layout, &id).unwrap();
            let kept: HashSet<_> = entries
                .iter()
                .filter(|entry| entry.outcome == ALLOWED)
                .map(|entry| entry.request.clone())
                .collect();
            assert!(allowed.is_subset(&kept));
            assert!(lines_of(&entries, &first) >= 1);
            let of = |outcome| entries.iter().any(|entry| entry.outcome == outcome);
            assert!(of(AuditOutcome::RefusedByAudit) && of(AuditOutcome::RefusedByGrants));
        }
    }

    /// However much waits to be written, an act has its own line first.
    #[test]
    fn an_act_is_in_what_is_written_before_it_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id: ExtensionId = "one".parse().unwrap();
        let mut writer = AuditWriter::open(&layout, id.clone(), "1.0.0".into());
        for number in 0..100 {
            let request = long(number, 1 << 12);
            writer.note(&request, ALLOWED).unwrap();
            writer.note(&request, ALLOWED).unwrap();
        }
        writer.pending.make_all_due();
        let act: AuditedRequest = Capability::of_package("act").into();
        writer.note(&act, ALLOWED).unwrap();
        assert_eq!(lines_of(&read(&layout, &id).unwrap(), &act), 1);
    }
}
