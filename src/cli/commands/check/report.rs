//! The report on one checked path, in words and as JSON.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use annexe::{
    CodeOrigin, PackageKind,
    capability::Capability,
    check::{Checked, Finding, Severity},
    manifest::{Manifest, Provides},
    types::ExtensionId,
};
use semver::Version;
use serde::Serialize;

use crate::cli::{
    failure::{Complaint, Failure},
    subject,
    wording::{self, Facts},
};

/// How many findings are shown one by one: an icon theme may have a thousand.
const MOST_FINDINGS: usize = 50;

/// One path, as JSON has it.
#[derive(Debug, Serialize)]
pub struct Entry {
    pub path: PathBuf,
    pub ok: bool,
    #[serde(flatten)]
    pub report: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// The facts about an extension, and everything that is wrong with it.
#[derive(Debug, Serialize)]
pub struct Report {
    kind: PackageKind,
    id: Option<ExtensionId>,
    version: Option<String>,
    family: Option<&'static str>,
    api: Option<Version>,
    adapter: Option<&'static str>,
    compiled: Option<CodeOrigin>,
    /// Whether it starts; `None` where that was not tried.
    started: Option<bool>,
    provides: Vec<Provides>,
    capabilities: Vec<Capability>,
    findings: Vec<Finding>,
    #[serde(skip)]
    component: &'static str,
    #[serde(skip)]
    shown: String,
}

impl Report {
    /// What a path's check came to.
    pub fn new(
        path: &Path,
        kind: PackageKind,
        checked: Checked,
        compiled: Option<CodeOrigin>,
        started: Option<bool>,
    ) -> Self {
        let component = if checked.is_unbuilt {
            "its component is not built"
        } else if kind == PackageKind::Component || checked.has_component {
            "its component does not fit"
        } else if checked.manifest.is_none() {
            "cannot be read"
        } else {
            "has no component"
        };
        let compatibility = checked.compatibility;
        let manifest = checked.manifest.as_ref();
        Self {
            kind,
            version: manifest
                .map(|manifest| manifest.version.clone())
                .filter(|version| checked.id.is_some() && !version.is_empty()),
            id: checked.id,
            family: compatibility
                .as_ref()
                .map(|compatibility| compatibility.family),
            adapter: compatibility
                .as_ref()
                .map(|compatibility| compatibility.adapter),
            api: compatibility.map(|compatibility| compatibility.api),
            compiled,
            started,
            provides: manifest.map(Manifest::provides).unwrap_or_default(),
            capabilities: manifest
                .map(|manifest| manifest.capabilities.clone())
                .unwrap_or_default(),
            findings: checked.findings,
            component,
            shown: path.display().to_string(),
        }
    }

    /// What was checked.
    pub fn kind(&self) -> PackageKind {
        self.kind
    }

    /// Everything that is wrong.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn count(&self, severity: Severity) -> usize {
        let is_it = |finding: &&Finding| finding.severity == severity;
        self.findings.iter().filter(is_it).count()
    }

    /// The reason why the extension does not pass, if so: the first error, and how many there are.
    pub fn complaint(&self) -> Option<anyhow::Error> {
        let errors = self.findings.iter();
        let errors = errors.filter(|finding| finding.severity == Severity::Error);
        let (first, message) = subject::breach(errors)?;
        Some(Complaint::new(message).with_hint(&first.fix).into())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.shown)?;
        if let (Some(id), Some(version)) = (&self.id, &self.version) {
            write!(formatter, " {id} {version},")?;
        }
        match (&self.api, self.adapter, self.compiled) {
            (Some(api), Some(adapter), Some(_)) => {
                let started = match self.started {
                    None => "fits (not started)",
                    Some(true) => "fits and starts",
                    Some(false) => "fits and does not start",
                };
                write!(formatter, " API {api} → {adapter}, {started}")?;
            }
            _ => write!(formatter, " {}", self.component)?,
        }
        let mut facts = Facts::default();
        if self.id.is_some() {
            facts.add("provides", wording::list(&self.provides));
            facts.add("may ask for", wording::capabilities(&self.capabilities));
        }
        write!(formatter, "{facts}")?;
        // Errors first: they must not be cut off by others.
        let mut ordered: Vec<&Finding> = self.findings.iter().collect();
        ordered.sort_by_key(|finding| finding.severity);
        for finding in ordered.iter().take(MOST_FINDINGS) {
            let Finding {
                severity,
                code,
                fix,
                ..
            } = finding;
            write!(
                formatter,
                "\n  {severity}[{code}] {finding}\n    fix: {fix}"
            )?;
        }
        match ordered.len().saturating_sub(MOST_FINDINGS) {
            0 => Ok(()),
            more => write!(formatter, "\n  and {more} more: --json shows them"),
        }?;
        let counts = [
            (Severity::Error, "error", "errors"),
            (Severity::Warning, "warning", "warnings"),
            (Severity::Note, "note", "notes"),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .map(|(severity, one, several)| (self.count(severity) as u64, one, several))
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, several)| wording::count(count, one, several))
            .collect();
        if counts.is_empty() {
            Ok(())
        } else {
            write!(formatter, "\n  {}", counts.join(", "))
        }
    }
}
