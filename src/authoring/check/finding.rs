//! Findings: which rule is broken, where, and the way out.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use super::{Ruleset, code::Code};
use crate::{base::position::Position, package::declarative::Severity};
use crate::{
    base::printable::is_control_or_bidi,
    package::manifest::{PartialManifest, Step, shown},
};

/// A breach of a rule. Its strings are safe to show.
///
/// Serialised, it is a table of `code`, `severity`, `file`, `line`, `column`, `key`, `problem` and `fix`;
/// what it has not is null.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// Whether it is an error: [`Code::severity`], or less where less is lost.
    pub severity: Severity,
    /// The file, relative to the extension's folder, with `/` between names; `None` where the extension is
    /// a component alone, or the whole archive is meant.
    pub file: Option<String>,
    /// The place in the file; `None` where the whole of it is meant.
    pub place: Option<Position>,
    /// The whole path of the key in the manifest: `language_servers.taplo.languages[1]`.
    pub key: Option<String>,
    /// What is wrong, without file, place and key.
    pub problem: String,
    /// The way out, in plain words.
    pub fix: String,
}

impl Finding {
    /// A finding of a file that the system does not let one read.
    pub(super) fn unreadable(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map(ToString::to_string);
        let cause = cause.unwrap_or_else(|| error.to_string());
        Self::new(Code::FileUnreadable, format!("it cannot be read: {cause}"))
    }

    /// A breach of a rule, with the rule's own severity and way out.
    pub(super) fn new(code: Code, problem: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(Ruleset::default()),
            file: None,
            place: None,
            key: None,
            problem: problem.into(),
            fix: code.fix().into(),
        }
    }

    /// A breach of a rule by what the manifest has, or lacks, under a key.
    pub(super) fn in_manifest(
        partial: &PartialManifest,
        path: &[Step<'_>],
        code: Code,
        problem: impl Into<String>,
    ) -> Self {
        Self {
            place: partial.place(path),
            key: Some(shown(path)),
            ..Self::new(code, problem).in_file(partial.source.name())
        }
    }

    pub(super) fn in_file(self, file: impl Into<String>) -> Self {
        Self {
            file: Some(file.into()),
            ..self
        }
    }

    pub(super) fn at(self, place: Option<Position>) -> Self {
        Self { place, ..self }
    }

    pub(super) fn of_key(self, key: Option<&str>) -> Self {
        Self {
            key: key.map(str::to_owned),
            ..self
        }
    }

    /// Replaces the rule's own way out, where there is a better one.
    pub(super) fn with_fix(self, fix: Option<impl Into<String>>) -> Self {
        Self {
            fix: fix.map_or(self.fix, Into::into),
            ..self
        }
    }

    pub(super) fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

impl fmt::Display for Finding {
    /// `file:line:column (key): problem`, as far as each is known.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            formatter.write_str(file)?;
            if let Some(Position { line, column }) = self.place {
                write!(formatter, ":{line}:{column}")?;
            }
            if let Some(key) = &self.key {
                write!(formatter, " ({key})")?;
            }
            formatter.write_str(": ")?;
        }
        formatter.write_str(&self.problem)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_struct("Finding", 8)?;
        table.serialize_field("code", &self.code)?;
        table.serialize_field("severity", &self.severity)?;
        table.serialize_field("file", &self.file)?;
        table.serialize_field("line", &self.place.map(|place| place.line))?;
        table.serialize_field("column", &self.place.map(|place| place.column))?;
        table.serialize_field("key", &self.key)?;
        table.serialize_field("problem", &self.problem)?;
        table.serialize_field("fix", &self.fix)?;
        table.end()
    }
}

/// The findings of one extension, as they are made.
///
/// Only so many are kept: a hostile extension can hold a hundred thousand mistakes.
#[derive(Debug)]
pub(super) struct Findings {
    ruleset: Ruleset,
    kept: Vec<Finding>,
    /// The worst of those that are not kept.
    left_out: Option<Severity>,
}

/// The most findings that are kept of one extension.
const MOST: usize = 1_000;

/// The longest text of a finding that is kept, in bytes: a name in it may have megabytes.
const TEXT_BYTES: usize = 1_000;

impl Findings {
    pub(super) fn new(ruleset: Ruleset) -> Self {
        Self {
            ruleset,
            kept: Vec::new(),
            left_out: None,
        }
    }

    pub(super) fn ruleset(&self) -> Ruleset {
        self.ruleset
    }

    pub(super) fn add(&mut self, mut finding: Finding) {
        if finding.severity == finding.code.severity(Ruleset::default()) {
            finding.severity = finding.code.severity(self.ruleset);
        }
        if !self.has_room(finding.severity) {
            return;
        }
        finding.problem = safe(&finding.problem);
        finding.fix = safe(&finding.fix);
        finding.file = finding.file.as_deref().map(safe);
        finding.key = finding.key.as_deref().map(safe);
        self.kept.push(finding);
    }

    /// Adds a breach of a rule by what the manifest has, or lacks, under a key. Looking for the place in one
    /// long line takes its time, and is only done for what is kept.
    pub(super) fn in_manifest(
        &mut self,
        partial: &PartialManifest,
        path: &[Step<'_>],
        code: Code,
        problem: impl Into<String>,
    ) {
        if self.has_room(code.severity(self.ruleset)) {
            self.add(Finding::in_manifest(partial, path, code, problem));
        }
    }

    /// Whether one more is kept; where it is not, that is remembered.
    fn has_room(&mut self, severity: Severity) -> bool {
        let has_room = self.kept.len() < MOST;
        if !has_room {
            let worst = self.left_out.unwrap_or(Severity::Warning);
            self.left_out = Some(worst.min(severity));
        }
        has_room
    }

    /// Whether a rule was broken by a file.
    pub(super) fn has(&self, code: Code, file: &str) -> bool {
        let is_it = |kept: &Finding| kept.code == code && kept.file.as_deref() == Some(file);
        self.kept.iter().any(is_it)
    }

    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    /// The findings file by file, in the order in which the files were first complained of, and in a file
    /// in the order of its places.
    pub(super) fn into_sorted(self) -> Vec<Finding> {
        let mut kept = self.kept;
        let mut files: Vec<Option<String>> = Vec::new();
        let mut orders = Vec::with_capacity(kept.len());
        for finding in &kept {
            let known = files.iter().rposition(|known| *known == finding.file);
            orders.push(known.unwrap_or_else(|| {
                files.push(finding.file.clone());
                files.len() - 1
            }));
        }
        let mut ordered: Vec<_> = orders.into_iter().zip(kept.drain(..)).collect();
        ordered.sort_by_key(|(order, finding)| (*order, finding.place));
        let mut sorted: Vec<Finding> = ordered.into_iter().map(|(_, finding)| finding).collect();
        if let Some(severity) = self.left_out {
            let more = Finding::new(Code::More, format!("there is more than these {MOST}"));
            sorted.push(more.with_severity(severity));
        }
        sorted
    }
}

/// Text without what steers a terminal, and cut where it is long.
fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(TEXT_BYTES));
    for character in text.chars() {
        if shown.len() >= TEXT_BYTES {
            shown.push('…');
            break;
        }
        if is_control_or_bidi(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_shown_and_written_with_all_that_is_known_of_its_place() {
        let finding = Finding::new(Code::NameEmpty, "the name is empty");
        assert_eq!(finding.to_string(), "the name is empty");
        let place = Some(Position { line: 2, column: 8 });
        let finding = finding
            .in_file("extension.toml")
            .at(place)
            .of_key(Some("name"));
        assert_eq!(
            finding.to_string(),
            "extension.toml:2:8 (name): the name is empty"
        );
        let expected = r#"{"code":"name-empty","severity":"error","file":"extension.toml","line":2,"column":8,"key":"name","problem":"the name is empty","fix":"write the name that people shall see"}"#;
        assert_eq!(serde_json::to_string(&finding).unwrap(), expected);
    }

    #[test]
    fn texts_are_safe_to_show_and_no_more_are_kept_than_anybody_reads() {
        let mut findings = Findings::new(Ruleset::Annexe);
        findings.add(Finding::new(
            Code::FileName,
            format!("\u{1b}[2J{}", "é".repeat(2_000)),
        ));
        for _ in 0..MOST {
            findings.add(Finding::new(Code::AuthorForm, "a"));
        }
        findings.add(Finding::new(Code::NameEmpty, "b"));
        let sorted = findings.into_sorted();
        assert!(sorted[0].problem.starts_with("\\u{1b}[2Jé") && sorted[0].problem.len() < 1_010);
        assert_eq!(sorted.len(), MOST + 1);
        let last = sorted.last().unwrap();
        assert_eq!((last.code, last.severity), (Code::More, Severity::Error));
    }

    #[test]
    fn another_ruleset_makes_other_severities() {
        let mut findings = Findings::new(Ruleset::Zed);
        findings.add(Finding::new(Code::RepositoryMissing, "a"));
        findings.add(Finding::new(Code::LicenceMissing, "a").with_severity(Severity::Note));
        let severities: Vec<_> = findings
            .into_sorted()
            .iter()
            .map(|it| it.severity)
            .collect();
        assert_eq!(severities, [Severity::Error, Severity::Note]);
    }
}
