//! Findings: mistakes in declarative files, with their places and hints.

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use serde::Serialize;

use super::Declarative;
pub use crate::base::position::Position;
use crate::package::manifest::RelativePath;

/// The severity of a [`Finding`]: how much of the file is lost by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Something that the extension says it brings is not offered, because it cannot be read: a file, a
    /// theme, a language, a snippet, a pair of brackets.
    Error,
    /// What can be read is offered; a part of it leads nowhere, is there twice, has no effect, or looks
    /// like a slip.
    Warning,
    /// Nothing is lost, and there is something that one should know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// The subject of a [`Finding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A file that is missing, is a link, is not a file, or cannot be read.
    Unreadable,
    /// A file that is larger than any real one.
    TooLarge,
    /// A file that is not in its format: JSON, TOML, a query, a module.
    Syntax,
    /// A key that must, or should, be there and is not.
    MissingKey,
    /// A key that nothing reads.
    UnknownKey,
    /// A value of another type than its key takes.
    WrongType,
    /// A value of the right type that means nothing.
    InvalidValue,
    /// A name that leads to nothing: an icon, a grammar.
    UnknownName,
    /// A name, key or suffix that is there twice.
    Duplicate,
    /// A file that the manifest names twice.
    NamedTwice,
    /// A name of before, which is deprecated.
    Deprecated,
    /// A grammar that is not built yet.
    NotBuilt,
    /// More was wrong than is said one by one.
    More,
}

/// A mistake in one of an extension's declarative files. Its strings are safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Whether something is lost by it.
    pub severity: Severity,
    /// What sort of thing it is about.
    pub kind: FindingKind,
    /// The file, relative to the extension's folder.
    pub file: RelativePath,
    /// The place in the file; `None` where the finding is about the whole of it.
    #[serde(flatten)]
    pub place: Option<Position>,
    /// What is wrong, without file and place.
    pub problem: String,
    /// The way out, in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether Zed reads none of the file for it, however little is lost here.
    #[serde(skip)]
    pub stops_zed: bool,
    /// Whether nothing at all is wrong with it but that it stops Zed.
    #[serde(skip)]
    pub(super) is_of_zed: bool,
}

impl Finding {
    pub(super) fn error(
        kind: FindingKind,
        file: &RelativePath,
        problem: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            kind,
            file: file.clone(),
            place: None,
            problem: problem.into(),
            hint: None,
            stops_zed: false,
            is_of_zed: false,
        }
    }

    pub(super) fn warning(
        kind: FindingKind,
        file: &RelativePath,
        problem: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(kind, file, problem)
        }
    }

    pub(super) fn at(self, place: Position) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }

    pub(super) fn stopping_zed(self, stops_zed: bool) -> Self {
        Self { stops_zed, ..self }
    }

    /// The same, as one that stops Zed and is nothing to this program.
    pub(super) fn of_zed(self) -> Self {
        Self {
            stops_zed: true,
            is_of_zed: true,
            ..self
        }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.file)?;
        if let Some(Position { line, column }) = self.place {
            write!(formatter, " line {line}, column {column}")?;
        }
        write!(formatter, ": {}", self.problem)
    }
}

/// The longest text of a finding that is kept, in bytes: a name in it may have megabytes.
const TEXT_BYTES: usize = 1_000;

/// The findings of one extension, as they are made.
///
/// Only so many are kept: a hostile file can hold a hundred thousand mistakes. Errors take the place of
/// warnings, so that why a check fails is among what is kept.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: RefCell<Vec<(usize, Finding)>>,
    /// How many of those that are kept are warnings.
    warnings: Cell<usize>,
    /// What stands for those that are not kept.
    more: RefCell<Option<Finding>>,
    files: RefCell<Vec<RelativePath>>,
    /// What is nothing to this program; it takes no room from the rest.
    of_zed: RefCell<Vec<Finding>>,
}

impl Findings {
    pub(super) fn add(&self, mut finding: Finding) {
        shorten(&mut finding.problem);
        finding.hint.iter_mut().for_each(shorten);
        if finding.is_of_zed {
            let mut of_zed = self.of_zed.borrow_mut();
            if of_zed.len() < Declarative::MAX_FINDINGS {
                of_zed.push(finding);
            }
            return;
        }
        let severity = finding.severity;
        let left_out = if self.keeps(severity) {
            self.keep(finding)
        } else {
            Some(finding)
        };
        if let Some(left_out) = left_out {
            let mut more = self.more.borrow_mut();
            let more = more.get_or_insert_with(|| {
                Finding::warning(
                    FindingKind::More,
                    &left_out.file,
                    "there is more that is not listed",
                )
            });
            // An error among what is not said must still count as one.
            more.severity = more.severity.min(left_out.severity);
        }
    }

    /// Keeps a finding; gives back the warning whose place it takes.
    fn keep(&self, finding: Finding) -> Option<Finding> {
        let warnings = self.warnings.get();
        let is_warning = finding.severity == Severity::Warning;
        let order = self.order(&finding.file);
        let mut kept = self.kept.borrow_mut();
        if kept.len() < Declarative::MAX_FINDINGS {
            self.warnings.set(warnings + usize::from(is_warning));
            kept.push((order, finding));
            return None;
        }
        let last = kept
            .iter_mut()
            .rfind(|(_, kept)| kept.severity == Severity::Warning)?;
        self.warnings.set(warnings - 1);
        Some(std::mem::replace(last, (order, finding)).1)
    }

    /// Whether one more finding would be kept.
    pub(super) fn keeps(&self, severity: Severity) -> bool {
        self.kept.borrow().len() < Declarative::MAX_FINDINGS
            || (severity == Severity::Error && self.warnings.get() > 0)
    }

    /// The findings file by file, in the order in which the files were first complained of, and in a
    /// file in the order of its places.
    /// Then what is nothing to this program, as it was found.
    pub(super) fn into_sorted(self) -> (Vec<Finding>, Vec<Finding>) {
        let mut kept = self.kept.into_inner();
        kept.sort_by_key(|(order, finding)| (*order, finding.place));
        let more = self.more.into_inner();
        let kept = kept.into_iter().map(|(_, finding)| finding);
        (kept.chain(more).collect(), self.of_zed.into_inner())
    }

    fn order(&self, file: &RelativePath) -> usize {
        let mut files = self.files.borrow_mut();
        // The file being read is the last one, so nearly every search ends at once.
        match files.iter().rposition(|known| known == file) {
            Some(order) => order,
            None if files.len() > Declarative::MAX_FINDINGS => files.len(),
            None => {
                files.push(file.clone());
                files.len() - 1
            }
        }
    }
}

fn shorten(text: &mut String) {
    if text.len() > TEXT_BYTES {
        text.truncate(text.floor_char_boundary(TEXT_BYTES));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_its_file_and_place() {
        let file = "themes/x.json".parse().unwrap();
        let finding = Finding::error(FindingKind::Syntax, &file, "no end");
        assert_eq!(finding.to_string(), "`themes/x.json`: no end");
        let finding = finding.at(Position { line: 3, column: 7 });
        assert_eq!(
            finding.to_string(),
            "`themes/x.json` line 3, column 7: no end"
        );
    }

    #[test]
    fn errors_take_the_place_of_warnings_and_count_even_where_they_are_not_listed() {
        let findings = Findings::default();
        let file = "x".parse().unwrap();
        let most = Declarative::MAX_FINDINGS;
        for _ in 0..most {
            findings.add(Finding::warning(FindingKind::UnknownKey, &file, "a"));
        }
        assert!(!findings.keeps(Severity::Warning) && findings.keeps(Severity::Error));
        findings.add(Finding::error(FindingKind::Syntax, &file, "b"));
        let count = |findings: &[Finding], severity| {
            let of = |finding: &&Finding| finding.severity == severity;
            findings.iter().filter(of).count()
        };
        for _ in 1..most {
            findings.add(Finding::error(FindingKind::Syntax, &file, "b"));
        }
        assert!(!findings.keeps(Severity::Error));
        findings.add(Finding::error(FindingKind::Syntax, &file, "c"));
        let sorted = findings.into_sorted().0;
        assert_eq!(sorted.len(), most + 1);
        assert_eq!(count(&sorted, Severity::Error), most + 1);
        assert_eq!(sorted.last().unwrap().kind, FindingKind::More);
    }

    #[test]
    fn a_long_text_is_cut() {
        let findings = Findings::default();
        let file = "x".parse().unwrap();
        findings.add(Finding::error(
            FindingKind::Syntax,
            &file,
            "é".repeat(5_000),
        ));
        let text = findings.into_sorted().0.remove(0).problem;
        assert!(text.ends_with('…') && text.len() < 1_010, "{}", text.len());
    }
}
