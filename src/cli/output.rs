//! Output: results to stdout, all else to stderr.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;

use super::{arguments::Options, failure::shortened, lines, paths};

/// An error that says the reader of the results has gone away: nothing is left to do, and nothing went wrong.
#[derive(Debug, thiserror::Error)]
#[error("the results are not read any more")]
pub struct ReaderGone;

/// The writer of results, notes and warnings.
#[derive(Debug, Clone)]
pub struct Output {
    json: bool,
    quiet: bool,
    /// The warnings that a program was given.
    warned: Arc<Mutex<Vec<String>>>,
}

/// The colour of an error's first word.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The colour of a hint's first word.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// The colour of a warning's first word.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();

impl Output {
    /// An output as the user asked for it.
    pub fn new(options: &Options) -> Self {
        Self {
            json: options.json,
            quiet: options.quiet,
            warned: Arc::default(),
        }
    }

    /// Results and errors are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether notes and warnings are shown.
    pub fn is_talkative(&self) -> bool {
        !self.json && !self.quiet
    }

    /// Whether progress is shown: to a user, and not to a program.
    pub fn shows_progress(&self) -> bool {
        self.is_talkative() && io::stderr().is_terminal()
    }

    /// The characters of a line of the terminal that results are shown on; `None` where they go elsewhere.
    pub fn width(&self) -> Option<usize> {
        #[cfg(unix)]
        if io::stdout().is_terminal() {
            let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
            return Some(usize::from(size.ws_col)).filter(|width| *width > 0);
        }
        None
    }

    /// Prints a result: as JSON on one line, or in its words. A JSON object has the warnings that were told before it,
    /// if there were any, as `warnings`.
    ///
    /// # Errors
    /// Where stdout cannot be written; [`ReaderGone`] where it is closed.
    pub fn result(&self, result: &(impl Serialize + fmt::Display)) -> anyhow::Result<()> {
        if self.json {
            let mut value = serde_json::to_value(result)?;
            let warned = self.warned.lock();
            let warned = warned.unwrap_or_else(PoisonError::into_inner).clone();
            if let (Value::Object(object), false) = (&mut value, warned.is_empty()) {
                object.entry("warnings").or_insert_with(|| warned.into());
            }
            return self.json(&value);
        }
        let words = result.to_string();
        match words.is_empty() {
            true => Ok(()),
            false => self.words(&words),
        }
    }

    /// Prints the words of a result, for a user.
    ///
    /// # Errors
    /// Where stdout cannot be written; [`ReaderGone`] where it is closed.
    pub fn words(&self, words: &str) -> anyhow::Result<()> {
        self.raw(&harmless(words))
    }

    /// Prints a value as JSON: on one line for a program, indented for a user.
    ///
    /// # Errors
    /// Where stdout cannot be written; [`ReaderGone`] where it is closed.
    pub fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let text = if self.json {
            serde_json::to_string(value)?
        } else {
            serde_json::to_string_pretty(value)?
        };
        self.raw(&harmless_json(&text))
    }

    /// Prints text to stdout as it is, and a newline after it where it has none.
    ///
    /// # Errors
    /// Where stdout cannot be written; [`ReaderGone`] where it is closed.
    pub fn raw(&self, text: &str) -> anyhow::Result<()> {
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        let written = lines::above(|| {
            let mut stdout = io::stdout().lock();
            write!(stdout, "{text}{newline}").and_then(|()| stdout.flush())
        });
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => ReaderGone.into(),
            _ => anyhow::Error::new(error).context("cannot write to stdout"),
        })
    }

    /// Tells the user something beside the results.
    pub fn note(&self, text: impl fmt::Display) {
        if self.is_talkative() {
            to_stderr(&harmless(&text.to_string()));
        }
    }

    /// Tells the user what was done in their place, which a program that reads JSON is to hear of as well: as
    /// `{"note": …}` on a line of stderr.
    pub fn announce(&self, text: impl fmt::Display) {
        match self.json && !self.quiet {
            true => beside_json("note", &text.to_string()),
            false => self.note(text),
        }
    }

    /// Tells the user what they must hear before it is done, whether or not they want to hear anything: a program
    /// that reads JSON as [`announce`](Self::announce) does.
    pub fn insist(&self, text: impl fmt::Display) {
        let text = text.to_string();
        match self.json {
            true => beside_json("note", &text),
            false => to_stderr(&harmless(&text)),
        }
    }

    /// Warns the user of something; a program that reads JSON, as `{"warning": …}` on a line of stderr, which it has
    /// to hear even where the user wants to hear nothing.
    pub fn warn(&self, text: impl fmt::Display) {
        let text = shortened(&text.to_string());
        if self.json {
            beside_json("warning", &text);
            let warned = self.warned.lock();
            warned.unwrap_or_else(PoisonError::into_inner).push(text);
        } else if self.is_talkative() {
            to_stderr(&format!(
                "{} {}",
                coloured("warning:", WARNING),
                harmless(&text)
            ));
        }
    }
}

/// Tells something on a line of stderr of its own, where results are JSON.
fn beside_json(kind: &str, text: &str) {
    to_stderr(&harmless_json(
        &serde_json::json!({ kind: text }).to_string(),
    ));
}

/// Writes a line to stderr. Where that is closed, the line is lost.
pub fn to_stderr(text: &str) {
    let _ = lines::above(|| writeln!(io::stderr().lock(), "{text}"));
}

/// Whether stderr takes colours.
pub fn has_colour() -> bool {
    // https://no-color.org: any value but the empty one.
    io::stderr().is_terminal() && paths::variable("NO_COLOR").is_none()
}

/// A word in colour, where stderr takes colours.
pub fn coloured(word: &str, style: Style) -> String {
    if has_colour() {
        format!("{style}{word}{style:#}")
    } else {
        word.to_owned()
    }
}

/// Text without what steers a terminal or turns the direction of the text round. Extensions and
/// registries choose names, descriptions and messages; none of them may draw on the user's screen.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let is_control_or_bidi = character.is_control() && character != '\n';
        if is_control_or_bidi || is_invisible(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// [`harmless`] text that keeps its colours and tabs: what a compiler writes.
pub fn harmless_but_coloured(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let text = text.replace('\t', "    ");
    let mut rest = text.as_str();
    while let Some(start) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(start);
        shown.push_str(&harmless(before));
        // Only digits stand between the beginning and the `m` of a colour.
        let length = sequence[2..].find(|it: char| !it.is_ascii_digit() && it != ';');
        let end = match length.map(|length| length + 2) {
            Some(end) if sequence[end..].starts_with('m') => end + 1,
            _ => 1,
        };
        let (sequence, after) = sequence.split_at(end);
        match end {
            1 => shown.push_str(&harmless(sequence)),
            _ => shown.push_str(sequence),
        }
        rest = after;
    }
    shown.push_str(&harmless(rest));
    shown
}

/// JSON without what steers a terminal: JSON's own escapes stand for it, so the value is the same.
pub fn harmless_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let is_control_or_bidi = character.is_control() && character != '\n';
        if is_control_or_bidi || is_invisible(character) {
            // A character beyond 16 bits takes two of JSON's escapes.
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            // Tags: letters that are not shown, but that a program or a model reads.
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_value_whatever_is_escaped() {
        let value = "a\u{9b}\u{202e}\u{1b}é\u{e0041}\n";
        let text = harmless_json(&serde_json::to_string(value).unwrap());
        assert_eq!(text, r#""a\u009b\u202e\u001bé\udb40\udc41\n""#);
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }

    #[test]
    fn a_compilers_colours_stay_and_nothing_else_of_its_control_characters() {
        let text = "\u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m\t\u{1b}[2J\u{1b}]8;;x\u{7}é\u{1b}[";
        assert_eq!(
            harmless_but_coloured(text),
            "\u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m    \\u{1b}[2J\\u{1b}]8;;x\\u{7}é\\u{1b}["
        );
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2J\r\n\u{202e}é → b\u{e0000}\u{e007f}"),
            "a\\u{1b}[2J\\r\n\\u{202e}é → b\\u{e0000}\\u{e007f}"
        );
    }
}
