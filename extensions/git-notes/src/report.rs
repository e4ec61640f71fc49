//! The Markdown that the command answers with.

use std::ops::Range;

use zed_extension_api::{SlashCommandOutput, SlashCommandOutputSection};

/// Bytes of git's words that are shown.
const SHOWN_BYTES: usize = 256 << 10;

/// A text and its sections, each a range of bytes with a label.
#[derive(Debug, Default)]
pub struct Report {
    text: String,
    sections: Vec<(Range<usize>, String)>,
}

impl Report {
    /// Begins with a heading.
    pub fn new(heading: &str) -> Self {
        Self {
            text: format!("# {heading}\n"),
            sections: Vec::new(),
        }
    }

    /// Adds a paragraph or a list that belongs to no section.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(&format!("\n{text}\n"));
    }

    /// Adds a section of Markdown. Empty lines at its end are left out.
    pub fn section(&mut self, label: impl Into<String>, text: &str) {
        self.text.push('\n');
        let start = self.text.len();
        self.text.push_str(text.trim_end());
        self.sections.push((start..self.text.len(), label.into()));
        self.text.push('\n');
    }

    /// Adds a section that is a block of code in a language.
    pub fn block(&mut self, label: impl Into<String>, language: &str, code: &str) {
        let fence = fence(code);
        let code = code.trim_end_matches('\n');
        self.section(label, &format!("{fence}{language}\n{code}\n{fence}"));
    }
}

impl From<Report> for SlashCommandOutput {
    fn from(report: Report) -> Self {
        let sections = report.sections.into_iter();
        Self {
            text: report.text,
            sections: sections
                .map(|(range, label)| SlashCommandOutputSection {
                    range: range.into(),
                    label,
                })
                .collect(),
        }
    }
}

/// The lines of a text that are shown, each up to and with its `end`, and whether that is not all of them.
pub fn shown(text: &str, end: char) -> (&str, bool) {
    if text.len() <= SHOWN_BYTES {
        return (text, false);
    }
    let start = text.get(..text.floor_char_boundary(SHOWN_BYTES));
    let start = start.unwrap_or_default();
    let lines = start.rfind(end).and_then(|last| start.get(..=last));
    (lines.unwrap_or(start), true)
}

/// A name as code on one line.
pub fn code(name: &str) -> String {
    let name = name.replace(char::is_control, " ");
    if name.contains('`') {
        format!("`` {name} ``")
    } else {
        format!("`{name}`")
    }
}

/// More backticks than stand together in the code, and three at the least.
fn fence(code: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for character in code.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest + 1)
}
