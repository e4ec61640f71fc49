//! The audit: what extensions asked for that needs a grant, and who refused, as it is kept and read again.

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        fs,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionOrigin},
    },
    package::capability::{Capability, DeniedBy, Execution},
    store::disk::layout::Layout,
};

/// The most bytes that are read of each of the two files.
const MOST_READ_BYTES: u64 = 64 << 20;

/// One thing that an extension has asked for: a line of its audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When; of several times, the first.
    pub at: Timestamp,
    /// Who.
    pub extension: ExtensionId,
    /// Where it came from: with its id, whom the grants were for. `None` in lines of earlier versions of this
    /// program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ExtensionOrigin>,
    /// Its version.
    pub version: String,
    /// What it asked for. Of a long request this is the beginning.
    pub request: Capability,
    /// Which file ran and with which variables, where it is about a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
    /// Whether it was allowed.
    pub outcome: AuditOutcome,
    /// How often it has asked for the same since the last line that says so.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u64,
    /// The line stands for other requests of its kind too: the extension was refused more different things than
    /// are kept of one run. Of what was allowed each has a line of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub and_others: bool,
}

fn once() -> u64 {
    1
}

fn is_once(times: &u64) -> bool {
    *times == 1
}

/// The outcome of a request: allowed, or by whom it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditOutcome {
    /// It was allowed.
    Allowed,
    /// The extension's manifest does not list it.
    RefusedByManifest,
    /// The user has not granted it.
    RefusedByGrants,
    /// It is at a private address, which no rule names.
    RefusedByAddress,
    /// It is at an address that nobody is asked at.
    RefusedAlways,
    /// It could not be recorded before it was done.
    RefusedByAudit,
}

impl AuditOutcome {
    /// Whether it was refused, by whomever.
    pub fn is_refusal(self) -> bool {
        self != Self::Allowed
    }
}

impl From<Option<DeniedBy>> for AuditOutcome {
    fn from(refused_by: Option<DeniedBy>) -> Self {
        match refused_by {
            None => Self::Allowed,
            Some(DeniedBy::Manifest) => Self::RefusedByManifest,
            Some(DeniedBy::Grants) => Self::RefusedByGrants,
            Some(DeniedBy::Address) => Self::RefusedByAddress,
            Some(DeniedBy::Always) => Self::RefusedAlways,
            Some(DeniedBy::Audit) => Self::RefusedByAudit,
        }
    }
}

impl AuditEntry {
    /// Adds the line to what will be written.
    pub(in crate::store) fn write(&self, to: &mut String) {
        // Texts and numbers alone: it cannot fail.
        to.push_str(&serde_json::to_string(self).unwrap_or_default());
        to.push('\n');
    }
}

/// Reads what is kept, the oldest first. A line that cannot be understood is passed over: a later version of
/// this program may have written it, or another one.
pub(in crate::store) fn read(layout: &Layout, id: &ExtensionId) -> fs::Result<Vec<AuditEntry>> {
    // So that no process moves lines from the one to the other meanwhile.
    let _held = fs::hold_lines(&layout.audit(id));
    let mut entries = Vec::new();
    for path in [layout.audit_before(id), layout.audit(id)] {
        let content = match fs::read_bounded(&path, MOST_READ_BYTES) {
            Ok(content) => content,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&content);
        entries.extend(
            text.lines()
                .filter_map(|line| serde_json::from_str::<AuditEntry>(line).ok()),
        );
    }
    Ok(entries)
}
