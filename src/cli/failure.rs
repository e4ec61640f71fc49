//! The display of errors, and the exit codes: 0 done, 1 the request failed, 2 wrong usage, 130
//! interrupted.

use std::{error::Error, fmt::Write as _, process::ExitCode};

use annexe::{CallError, ErrorKind, Hint, HostError, builder::BuildError, one_line};
use clap::error::{ContextKind, ContextValue};
use serde::Serialize;

use super::{
    configuration::ConfigurationError,
    not_here::NotHere,
    output::{ERROR, HINT, Output, ReaderGone, coloured, harmless, harmless_json, to_stderr},
};

/// The end of a command: an exit code, or an error to be shown.
pub type Outcome = anyhow::Result<ExitCode>;

/// The exit code of a request that failed.
pub const FAILED: u8 = 1;
const USAGE: u8 = 2;
const INTERRUPTED: u8 = 130;

/// The most bytes that are shown of one error's text: 8 KiB, more than a screen.
const LONGEST_TEXT: usize = 8 << 10;

/// The most characters that are shown of a word of the command line.
const LONGEST_WORD: usize = 200;

/// An error that says that the user pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// An error that was reported already: only the exit code is left.
#[derive(Debug, thiserror::Error)]
#[error("the request failed")]
pub struct Reported;

/// An error of the command itself, with its own words.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Complaint {
    message: String,
    hint: Option<String>,
    kind: ErrorKind,
    exit_code: u8,
    /// The error that is complained of, where it has causes to be shown.
    #[source]
    of: Option<Box<dyn Error + Send + Sync>>,
}

impl Complaint {
    /// A request that cannot be met.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            kind: ErrorKind::Other,
            exit_code: FAILED,
            of: None,
        }
    }

    /// An error in its own words and with its causes, to which the command knows another way out.
    pub fn of(error: impl Hint + Send + Sync + 'static) -> Self {
        let complaint = Self::new(error.to_string()).with_kind(error.kind());
        Self {
            of: Some(Box::new(error)),
            ..complaint
        }
    }

    /// A command line that cannot be understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Invalid,
            exit_code: USAGE,
            ..Self::new(message)
        }
    }

    /// Says which kind of failure it is. Default: another than there are names for.
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Adds the way out, where there is one.
    pub fn with_way_out(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Adds the way out.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl Hint for Complaint {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// An error as it is shown.
#[derive(Debug, Serialize)]
pub struct Failure {
    message: String,
    kind: ErrorKind,
    causes: Vec<String>,
    hint: Option<String>,
    /// The functions on an extension's stack when it stopped, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    backtrace: Vec<String>,
    /// What the compiler has said; in words it was shown when it said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

impl From<&anyhow::Error> for Failure {
    fn from(error: &anyhow::Error) -> Self {
        // Some end with a line of their own.
        let hint = hint(error);
        let told_once = |it: &(dyn Error + 'static)| {
            let words = it.to_string();
            shortened(without(words.trim_end(), hint.as_deref()))
        };
        let mut words: Vec<String> = error.chain().map(told_once).collect();
        // A cause with the same words as its effect is left out.
        words.dedup();
        let causes = words.split_off(1);
        Self {
            message: words.pop().unwrap_or_default(),
            kind: kind(error),
            causes,
            hint: hint.as_deref().map(shortened),
            backtrace: backtrace(error),
            output: output(error),
        }
    }
}

impl Failure {
    /// The error with its causes, on one line.
    pub fn in_short(&self) -> String {
        let words = std::iter::once(&self.message).chain(&self.causes);
        words.map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    /// The error as JSON, on one line.
    fn json(&self) -> String {
        harmless_json(&serde_json::json!({ "error": self }).to_string())
    }

    /// The error in words, its first one in colour.
    fn words(&self) -> String {
        let mut text = format!("{} {}", coloured("error:", ERROR), harmless(&self.message));
        // Writing to a string cannot fail.
        for cause in &self.causes {
            let _ = write!(
                text,
                "\n  cause: {}",
                harmless(cause).replace('\n', "\n         ")
            );
        }
        if !self.backtrace.is_empty() {
            text.push_str("\n  backtrace:");
        }
        for frame in &self.backtrace {
            let _ = write!(text, "\n    {}", harmless(frame));
        }
        if let Some(hint) = &self.hint {
            let hint = harmless(hint).replace('\n', "\n      ");
            let _ = write!(text, "\n\n{} {hint}", coloured("hint:", HINT));
        }
        text
    }
}

/// Shows why a command failed and gives its exit code.
pub fn show(error: &anyhow::Error, output: &Output) -> ExitCode {
    if error.is::<ReaderGone>() {
        return ExitCode::SUCCESS;
    }
    if !error.is::<Reported>() {
        tell(error, output);
    }
    ExitCode::from(exit_code(error))
}

/// Shows an error on stderr, and leaves what follows to the caller.
pub fn tell(error: &anyhow::Error, output: &Output) {
    let failure = Failure::from(error);
    if error.is::<Interrupted>() && !output.is_json() {
        // Nothing went wrong, so nothing is called an error.
        to_stderr(&failure.message);
    } else if output.is_json() {
        to_stderr(&failure.json());
    } else {
        to_stderr(&failure.words());
    }
}

/// Shows what is wrong with the command line, or the help that was asked for.
pub fn show_usage(mut error: clap::Error) -> ExitCode {
    shorten(&mut error);
    // The line cannot be read as a whole, so the option is looked for by its name.
    let is_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && is_json {
        let text = error.render().to_string();
        let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
        let failure = Failure {
            message: message.trim_start_matches("error: ").trim().into(),
            kind: ErrorKind::Invalid,
            causes: Vec::new(),
            hint: Some(hint.trim().into()).filter(|hint: &String| !hint.is_empty()),
            backtrace: Vec::new(),
            output: None,
        };
        to_stderr(&failure.json());
    } else {
        // To stdout for `--help`; a closed one is ignored.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

/// Leaves one short line of each word of the command line that is shown: a script may have passed on a whole file.
fn shorten(error: &mut clap::Error) {
    for kind in [
        ContextKind::InvalidArg,
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidValue,
    ] {
        let Some(ContextValue::String(word)) = error.get(kind) else {
            continue;
        };
        let short = one_line(word, LONGEST_WORD);
        if short != *word {
            error.insert(kind, ContextValue::String(short));
            // It has the word as it is.
            error.remove(ContextKind::Suggested);
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<Interrupted>() {
        return INTERRUPTED;
    }
    let complaint = error
        .chain()
        .find_map(|error| error.downcast_ref::<Complaint>());
    complaint.map_or(FAILED, |complaint| complaint.exit_code)
}

/// An error with its causes, and the way out, each told once: an extension that passes its host's words on has said both.
pub fn in_line(error: &anyhow::Error) -> (String, Option<String>) {
    let hint = hint(error);
    let words = format!("{error:#}");
    (without(&words, hint.as_deref()).to_owned(), hint)
}

/// The words of an error without the way out at their end.
fn without<'a>(words: &'a str, hint: Option<&str>) -> &'a str {
    let before = hint.and_then(|hint| words.strip_suffix(hint)?.strip_suffix("; "));
    before.unwrap_or(words)
}

/// An error with its causes and the way out, on one line of a list or a warning.
pub fn in_full(error: &anyhow::Error) -> String {
    match in_line(error) {
        (words, Some(hint)) => format!("{words}; {hint}"),
        (words, None) => words,
    }
}

/// The way out: the command's own, else that of the innermost error that knows one.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    let complaint = error
        .chain()
        .find_map(|error| error.downcast_ref::<Complaint>());
    match complaint.and_then(|complaint| complaint.hint.clone()) {
        Some(own) => Some(own),
        None => annexe::Error::hint_of(error.as_ref(), known),
    }
}

/// The kind of failure: that of the outermost error that has one.
fn kind(error: &anyhow::Error) -> ErrorKind {
    if error.is::<Interrupted>() {
        return ErrorKind::Cancelled;
    }
    annexe::Error::kind_of(error.as_ref(), known).unwrap_or(ErrorKind::Other)
}

/// An error of the library's, or one of the command's own that knows more than its words.
fn known<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Hint> {
    macro_rules! first_of {
        ($($type:ty),*) => {
            $(if let Some(error) = error.downcast_ref::<$type>() {
                return Some(error);
            })*
        };
    }
    first_of!(Complaint, ConfigurationError, NotHere);
    annexe::Error::find(error)
}

/// A string as it is shown: an extension's may be as long as its answer. What is left out is counted.
pub fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST_TEXT);
    match text.len() - end {
        0 => text.to_owned(),
        left_out => format!("{}… ({left_out} bytes more)", &text[..end]),
    }
}

fn backtrace(error: &anyhow::Error) -> Vec<String> {
    call_error(error)
        .and_then(CallError::backtrace)
        .map(|frames| frames.lines().map(str::to_owned).collect())
        .unwrap_or_default()
}

/// The error of the call that failed, if it was one.
pub fn call_error(error: &anyhow::Error) -> Option<&CallError> {
    error.chain().find_map(|error| {
        let host = error.downcast_ref::<HostError>();
        let boxed = error.downcast_ref::<Box<HostError>>();
        match host.or(boxed.map(|boxed| &**boxed)) {
            Some(HostError::Start(call)) => Some(call),
            _ => error.downcast_ref::<CallError>(),
        }
    })
}

fn output(error: &anyhow::Error) -> Option<String> {
    let compiler = error.chain().find_map(|it| it.downcast_ref::<BuildError>());
    compiler?.output().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_innermost_way_out_is_shown_and_nothing_is_said_twice() {
        let complaint = Complaint::new("no such thing").with_hint("look elsewhere");
        let error = Err::<(), _>(complaint)
            .context("no such thing")
            .context("it failed")
            .unwrap_err();
        let failure = Failure::from(&error);
        assert_eq!(failure.message, "it failed");
        assert_eq!(failure.causes, ["no such thing"]);
        assert_eq!(failure.hint.as_deref(), Some("look elsewhere"));
        assert_eq!(failure.kind, ErrorKind::Other);
        assert_eq!(exit_code(&error), FAILED);
        assert!(failure.words().ends_with(" look elsewhere"));
    }

    #[test]
    fn an_errors_text_cannot_steer_the_terminal() {
        let error = CallError::guest("\u{1b}[2J").into();
        assert!(!Failure::from(&error).words().contains("\u{1b}[2J"));
    }

    #[test]
    fn an_errors_text_is_as_long_as_a_screen() {
        let message = "é".repeat(1 << 20);
        let failure = Failure::from(&CallError::guest(message).into());
        assert!(failure.message.ends_with("é… (2088998 bytes more)"));
        assert!(failure.message.len() < LONGEST_TEXT + 100);
        let causes = Failure::from(&anyhow::anyhow!("x".repeat(9000)).context("outside")).causes;
        assert!(causes[0].ends_with("… (808 bytes more)"));
    }

    #[test]
    fn wrong_usage_has_its_own_exit_code() {
        let error = anyhow::Error::new(Complaint::usage("what?")).context("outside");
        assert_eq!(exit_code(&error), USAGE);
        assert_eq!(exit_code(&Interrupted.into()), INTERRUPTED);
    }
}
