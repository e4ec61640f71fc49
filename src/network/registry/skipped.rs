//! Lines of index and catalogue files that were left out, and why: never fatal, never silent.

use std::fmt;

use crate::base::{printable::printable, types::ExtensionVersion};

/// The most skipped lines kept with their reasons; a hostile file has no more of our memory.
const MOST_KEPT: usize = 100;

/// A line that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedLine {
    /// The line's number in its file, from 1.
    pub line: usize,
    /// Why it was left out.
    pub reason: LineProblem,
}

/// The reason for which a line was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineProblem {
    /// Its form (`v`) is newer than this program.
    UnknownForm {
        /// The form it declares.
        v: u64,
    },
    /// It declares a state this program does not know.
    UnknownState {
        /// The state as written.
        state: String,
    },
    /// It belongs to another extension than its file.
    ForeignId {
        /// The extension it names.
        id: String,
    },
    /// An earlier line has published the version, or listed the extension, already.
    Duplicate {
        /// The version or extension.
        what: String,
    },
    /// It publishes a version that reads as one of an earlier line does, and is written otherwise.
    Alike {
        /// The version it publishes.
        version: ExtensionVersion,
        /// The version of the earlier line.
        earlier: ExtensionVersion,
    },
    /// It declares a state of a version that no line before it has published.
    UnpublishedVersion {
        /// The version it names.
        version: ExtensionVersion,
    },
    /// It is longer than any sound line.
    TooLong {
        /// The line's length in bytes.
        bytes: usize,
    },
    /// It is not a line of the format.
    Broken {
        /// What the parser found.
        message: String,
    },
    /// It is the last line and incomplete: an append was cut off.
    Torn,
    /// Too much stands before it: it is not read, nor is what follows it.
    TooMany {
        /// `lines`, or `lines that cannot be used`.
        what: &'static str,
        /// The most that are read.
        most: usize,
    },
}

impl LineProblem {
    /// The line as JSON did not fit: the parser's words without its position, which counts within
    /// the one line and would mislead.
    pub(crate) fn broken(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(message, _)| message);
        Self::Broken {
            message: printable(message),
        }
    }

    /// The file was written for a newer program, and this one misses what it says.
    pub fn is_too_new(&self) -> bool {
        matches!(self, Self::UnknownForm { .. } | Self::UnknownState { .. })
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownForm { v } => {
                write!(
                    formatter,
                    "its form {v} is newer than this program, which reads form 1"
                )
            }
            Self::UnknownState { state } => {
                write!(
                    formatter,
                    "this program does not know the state `{}`",
                    printable(state)
                )
            }
            Self::ForeignId { id } => {
                write!(formatter, "it belongs to the extension `{}`", printable(id))
            }
            Self::Duplicate { what } => write!(formatter, "an earlier line has `{what}` already"),
            Self::Alike { version, earlier } => write!(
                formatter,
                "it publishes `{version}`, which reads as `{earlier}` of an earlier line does"
            ),
            Self::UnpublishedVersion { version } => {
                write!(
                    formatter,
                    "no line before it publishes the version `{version}`"
                )
            }
            Self::TooLong { bytes } => write!(formatter, "it is {bytes} bytes long"),
            Self::Broken { message } => write!(formatter, "it cannot be read: {message}"),
            Self::Torn => formatter.write_str("it is incomplete, a write was cut off"),
            Self::TooMany { what, most } => write!(
                formatter,
                "the file has more than {most} {what}, and none that follows is read"
            ),
        }
    }
}

impl fmt::Display for SkippedLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {} is skipped: {}", self.line, self.reason)
    }
}

/// The most lines of one file that are read: ten thousand versions, each withdrawn and restored, have fewer.
pub(super) const MOST_LINES: usize = 100_000;

/// The most lines of one file that cannot be used, lines of a later form aside.
const MOST_UNUSABLE: usize = 1_000;

/// The lines left out of a file: the first hundred with their reasons, and how many in all. Where the file has too
/// many lines, the one at which reading stopped is the last of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkippedLines {
    kept: Vec<SkippedLine>,
    total: usize,
    lines: usize,
    unusable: usize,
}

impl SkippedLines {
    /// Counts one more line, before it is read; `false` where it is not to be read, because there are too many.
    pub(crate) fn has_room(&mut self, line: usize) -> bool {
        let (what, most) = if self.lines == MOST_LINES {
            ("lines", MOST_LINES)
        } else if self.unusable > MOST_UNUSABLE {
            ("lines that cannot be used", MOST_UNUSABLE)
        } else {
            self.lines += 1;
            return true;
        };
        let reason = LineProblem::TooMany { what, most };
        self.total += 1;
        self.kept.push(SkippedLine { line, reason });
        false
    }

    pub(crate) fn add(&mut self, line: usize, reason: LineProblem) {
        self.total += 1;
        if !reason.is_too_new() {
            self.unusable += 1;
        }
        if self.kept.len() < MOST_KEPT {
            self.kept.push(SkippedLine { line, reason });
        }
    }

    /// The first hundred skipped lines, in file order, and the one at which reading stopped.
    pub fn iter(&self) -> impl Iterator<Item = &SkippedLine> {
        self.kept.iter()
    }

    /// Returns the number of lines skipped in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// No line was skipped.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}
