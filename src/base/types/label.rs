//! Labels: how an extension wants a completion or a symbol shown.

use serde::{Deserialize, Serialize};

/// A range of bytes, `start` included, `end` not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// The label of a completion or a symbol: pieces of code, coloured as code of its language is, and
/// pieces of text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeLabel {
    /// The code that the ranges of the spans point into. It need not be shown whole.
    pub code: String,
    /// The pieces, in the order they are shown.
    pub spans: Vec<CodeLabelSpan>,
    /// The part of the shown text that a filter looks at.
    pub filter_range: Range,
}

/// A piece of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeLabelSpan {
    /// A part of the label's code.
    CodeRange(Range),
    /// Text of its own.
    Literal(CodeLabelSpanLiteral),
}

/// A piece of text in a label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeLabelSpanLiteral {
    /// The text.
    pub text: String,
    /// The name of the highlight it is shown with.
    pub highlight_name: Option<String>,
}
