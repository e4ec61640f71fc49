//! One line of an extension's log: `2026-11-22T10:00:00Z stopped   the extension stopped: …`.

use std::fmt;

use serde::Serialize;

use crate::base::{printable::escape_all, timestamp::Timestamp};

/// How wide the word is that says what happened.
const WORD: usize = 9;

/// The most bytes that are read of an entry's words. Those that are written are cut before, and escaped then.
const LONGEST_TEXT: usize = 64 << 10;

/// An entry of a log: what happened, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// When; `None` for a line that another program has written into the log.
    pub at: Option<Timestamp>,
    /// What: `started`, `stdout` and `stderr` for what it printed, `dropped` for what it printed too much of,
    /// `limit` for a limit that it ran into,
    /// `stopped` by a fault, `at` for each function on its stack then, `suspended`, `put-away`; `install` for how far the
    /// installation of a server is, `download` for a file that has arrived, `last-good` for what was answered
    /// in the place of a server, `server` for what a language server of it has written to its standard error, and for its
    /// starts and ends. More may come.
    pub what: String,
    /// The words, without control characters.
    pub text: String,
}

impl LogEntry {
    /// Adds a line to what will be written.
    pub(in crate::store) fn write(at: Timestamp, what: &str, text: &str, to: &mut String) {
        // Writing to a string cannot fail.
        let _ = fmt::Write::write_fmt(to, format_args!("{at} {what:WORD$} "));
        escape_all(text, to);
        to.push('\n');
    }

    /// Reads a line back, and of one that is longer than any that is written its beginning.
    pub(in crate::store) fn read(line: &str) -> Self {
        let read = || {
            let (at, rest) = line.split_once(' ')?;
            let at = at.parse().ok()?;
            let (what, _) = rest.split_once(' ')?;
            let text = rest.get(what.len().max(WORD) + 1..)?;
            Some((at, what, text))
        };
        let (at, what, text) = match read() {
            Some((at, what, text)) => (Some(at), what, text),
            None => (None, "", line),
        };
        let mut entry = Self {
            at,
            what: what.to_owned(),
            text: String::new(),
        };
        let end = text.floor_char_boundary(LONGEST_TEXT);
        escape_all(&text[..end], &mut entry.text);
        if end < text.len() {
            entry.text.push('…');
        }
        entry
    }
}

impl fmt::Display for LogEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(formatter, "{at} {:WORD$} {}", self.what, self.text),
            None => formatter.write_str(&self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        for (what, text) in [
            ("stdout", "  two  spaces"),
            ("suspended", ""),
            ("longer-than-others", "x"),
        ] {
            let mut line = String::new();
            LogEntry::write(at, what, text, &mut line);
            let entry = LogEntry::read(line.trim_end_matches('\n'));
            assert_eq!(
                (entry.at, &*entry.what, &*entry.text),
                (Some(at), what, text)
            );
            assert_eq!(format!("{entry}\n"), line);
        }
        let strange = LogEntry::read("somebody was here\u{1b}[2J");
        assert_eq!(strange.to_string(), "somebody was here\\u{1b}[2J");
        let long = LogEntry::read(&"é".repeat(LONGEST_TEXT)).text;
        assert_eq!(long.len(), LONGEST_TEXT + "…".len());
        let mut line = String::new();
        LogEntry::write(at, "stdout", "a\nb\u{202e}", &mut line);
        assert_eq!(line, "2026-11-22T10:00:00Z stdout    a\\nb\\u{202e}\n");
    }
}
