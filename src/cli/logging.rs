//! The library's log: its warnings are the command's, and all of it is on stderr with `--verbose`.

use std::{fmt, io};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

use super::{
    command_line::Arguments,
    commands::Command,
    output::{self, Output},
};

/// The target of what an extension does, which the command tells by itself.
const EXTENSION: &str = "annexe::extension";
/// The target of what a guest writes.
const GUEST: &str = "annexe::guest";

/// Sends the library's log to stderr. What a command says by itself is left out.
pub fn start(Arguments { options, command }: &Arguments, output: &Output) {
    let all = |level: LevelFilter| Targets::new().with_default(level);
    let guest = |level: LevelFilter| all(LevelFilter::OFF).with_target(GUEST, level);
    let lines = match options.verbose {
        0 if options.quiet || options.json => all(LevelFilter::OFF),
        // An author wants to see what the extension writes.
        0 if matches!(command, Command::Dev(_)) => guest(LevelFilter::INFO),
        // The trace has what it writes, among the rest.
        0 if matches!(command, Command::Call(call) if call.traces()) => all(LevelFilter::OFF),
        0 => guest(LevelFilter::WARN),
        1 => all(LevelFilter::WARN).with_target("annexe", LevelFilter::INFO),
        2 => all(LevelFilter::INFO).with_target("annexe", LevelFilter::DEBUG),
        _ => all(LevelFilter::DEBUG).with_target("annexe", LevelFilter::TRACE),
    };
    let warnings = match options.verbose {
        0 => all(LevelFilter::WARN)
            .with_target(EXTENSION, LevelFilter::OFF)
            .with_target(GUEST, LevelFilter::OFF),
        _ => all(LevelFilter::OFF),
    };
    let written = tracing_subscriber::fmt::layer()
        .with_writer(|| Lines)
        .with_ansi(output::has_colour())
        .without_time();
    let told = Warnings {
        output: output.clone(),
    };
    tracing_subscriber::registry()
        .with(written.with_filter(lines))
        .with(told.with_filter(warnings))
        .init();
}

/// A layer that tells the library's warnings as the command's own.
struct Warnings {
    output: Output,
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        self.output.warn(told);
    }
}

/// An event in words: `what happened (of what): why`.
#[derive(Default)]
struct Told {
    message: String,
    of: Vec<String>,
    why: Vec<String>,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}").replace(['\n', '\r'], " ");
        match field.name() {
            "message" => self.message = text,
            "error" | "reason" => self.why.push(text),
            name => self.of.push(format!("{name} `{text}`")),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if !self.of.is_empty() {
            write!(formatter, " ({})", self.of.join(", "))?;
        }
        let mut why = self.why.iter();
        why.try_for_each(|why| write!(formatter, ": {why}"))
    }
}

/// A writer of lines to stderr, each of which stays one and steers no terminal, whoever has chosen its words.
struct Lines;

impl io::Write for Lines {
    /// Writes one event, which has no other line end than its last character.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.trim_end_matches('\n').replace('\n', "\\n");
        output::to_stderr(&output::harmless_but_coloured(&line));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
