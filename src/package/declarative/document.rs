//! A text file being read: its places, and what is found in it.

use super::{
    Declarative,
    budget::Budget,
    files::Files,
    finding::{Finding, FindingKind, Findings, Severity},
};
use crate::{
    base::{position::Position, printable::printable},
    package::{
        document::{Mistake, Node, parse_json, parse_toml},
        manifest::RelativePath,
    },
};

/// The state that all readers of one extension's files share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) files: &'a Files<'a>,
    pub(super) budget: &'a Budget,
    pub(super) findings: &'a Findings,
}

impl Reader<'_> {
    /// Reads a text file; why it cannot be read is a finding.
    pub(super) fn document<'b>(&'b self, path: &'b RelativePath) -> Option<Document<'b>> {
        let bytes = match self.files.read(path, Declarative::MAX_FILE_BYTES) {
            Ok(bytes) => bytes,
            Err(finding) => {
                self.findings.add(finding);
                return None;
            }
        };
        let (text, broken) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                (
                    String::from_utf8_lossy(error.as_bytes()).into_owned(),
                    Some(valid),
                )
            }
        };
        // The byte order mark that some editors begin a file with does not belong to its text.
        let text = match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        };
        let document = Document {
            path,
            lines: line_starts(&text),
            text,
            budget: self.budget,
            findings: self.findings,
        };
        if let Some(offset) = broken {
            document.add(
                document
                    .error(FindingKind::Syntax, Some(offset), "the text is not UTF-8")
                    .with_hint("save the file in the UTF-8 encoding"),
            );
            return None;
        }
        Some(document)
    }
}

/// A text file, for the places of what is in it.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) path: &'a RelativePath,
    pub(super) text: String,
    pub(super) budget: &'a Budget,
    lines: Vec<usize>,
    findings: &'a Findings,
}

impl Document<'_> {
    /// The tree of a JSON file; why there is none is a finding.
    pub(super) fn json(&self) -> Option<Node> {
        let Mistake { offset, problem } = match parse_json(&self.text) {
            Ok(Some(node)) => return Some(node),
            Ok(None) => Mistake {
                offset: Some(0),
                problem: "it is empty".into(),
            },
            Err(mistake) => mistake,
        };
        let problem = format!("this is not JSON: {}", printable(&problem));
        let error = self.error(FindingKind::Syntax, offset, problem);
        self.add(error.with_hint("JSON may have comments and trailing commas here, nothing else"));
        None
    }

    /// The tree of a TOML file; why there is none is a finding.
    pub(super) fn toml(&self) -> Option<Node> {
        let found = parse_toml(&self.text).map_err(|Mistake { offset, problem }| {
            let problem = format!("this is not TOML: {}", printable(&problem));
            self.add(self.error(FindingKind::Syntax, offset, problem));
        });
        found.ok()
    }

    /// The place of a byte.
    pub(super) fn place(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|line| self.lines.get(line))
            .copied()
            .unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len()));
        let characters = before.unwrap_or_default().chars().count();
        Position {
            line: line.max(1),
            column: characters + 1,
        }
    }

    pub(super) fn error(
        &self,
        kind: FindingKind,
        offset: Option<usize>,
        problem: impl Into<String>,
    ) -> Finding {
        self.finding(Severity::Error, kind, offset, problem)
    }

    pub(super) fn warning(
        &self,
        kind: FindingKind,
        offset: Option<usize>,
        problem: impl Into<String>,
    ) -> Finding {
        self.finding(Severity::Warning, kind, offset, problem)
    }

    pub(super) fn finding(
        &self,
        severity: Severity,
        kind: FindingKind,
        offset: Option<usize>,
        problem: impl Into<String>,
    ) -> Finding {
        let finding = Finding {
            severity,
            ..Finding::error(kind, self.path, problem)
        };
        match offset {
            // Looking for the place in one long line takes its time, and no reader would look for it.
            Some(offset) if self.findings.keeps(severity) => finding.at(self.place(offset)),
            _ => finding,
        }
    }

    pub(super) fn add(&self, finding: Finding) {
        self.findings.add(finding);
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let after_newlines = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(after_newlines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let (findings, budget) = (Findings::default(), Budget::default());
        let path = "x".parse().unwrap();
        let text = "a\né = x\n".to_owned();
        let document = Document {
            path: &path,
            lines: line_starts(&text),
            budget: &budget,
            findings: &findings,
            text,
        };
        let place = |offset| {
            let Position { line, column } = document.place(offset);
            (line, column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(2), (2, 1));
        assert_eq!(place(document.text.find('x').unwrap()), (2, 5));
        assert_eq!(place(usize::MAX), (3, 1));
    }
}
