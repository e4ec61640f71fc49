//! Progress on a terminal: a line for each extension that is worked on, and how many are done.

use std::path::{Path, PathBuf};

use annexe::store::{ChangeStep, Event, Listener};

use super::{download_progress::Installing, lines::Lines, output::Output, wording};

/// The key of the line about all that is done.
const ALL: &str = "";

/// A display of what the store reports: lines that go when the work is done, or nothing without a terminal. What a user
/// must know stays.
#[derive(Debug)]
pub struct Progress {
    lines: Lines,
    output: Output,
    /// The lockfile that was found, to be named.
    lockfile: Option<PathBuf>,
    /// Shows what running extensions fetch.
    installing: Option<Installing>,
}

impl Progress {
    /// The progress of some work.
    pub fn new(output: &Output) -> Self {
        Self {
            lines: Lines::new(output),
            output: output.clone(),
            lockfile: None,
            installing: None,
        }
    }

    /// Names the lockfile that the work keeps to.
    pub fn with_lockfile(mut self, lockfile: Option<PathBuf>) -> Self {
        self.lockfile = lockfile;
        self
    }

    /// Shows what running extensions fetch, and how far the installations are that they report.
    pub fn with_installations(mut self) -> Self {
        self.installing = Some(Installing::new(&self.output));
        self
    }

    /// Says what is done before it is known to what.
    pub fn beginning(&self, what: &str) {
        self.lines.say(ALL, what);
    }

    /// Says what is being done to what.
    pub fn doing(&self, subject: &str, what: &str) {
        self.lines.say(subject, &format!("{subject}: {what}"));
    }

    /// Says what is being done to one of several things.
    pub fn doing_one(&self, subject: &str, what: &str, number: usize, of: usize) {
        match of {
            1 => self.doing(subject, what),
            _ => self.doing(subject, &format!("{what}, {number} of {of}")),
        }
    }

    /// Takes the lines away.
    pub fn end(&self) {
        self.lines.clear();
    }

    fn show(&self, subject: &str, step: &ChangeStep) {
        match step {
            ChangeStep::Waiting { holder } => match holder {
                Some(holder) => self
                    .output
                    .announce(format_args!("waiting for {holder}, which changes the store")),
                None => self
                    .output
                    .announce("waiting for another process, which changes the store"),
            },
            ChangeStep::Locked { version, pinned } => {
                let pinned = if *pinned { ", pinned" } else { "" };
                let lockfile = self.lockfile.as_deref().unwrap_or(Path::new("the lockfile"));
                self.output.announce(format_args!(
                    "`{subject}` {version}{pinned}, as `{}` has it",
                    lockfile.display()
                ));
            }
            ChangeStep::StateUnknown { reason } => self.output.warn(format_args!(
                "the registry `{subject}` could not say whether it has blocked what is to be installed: {reason}"
            )),
            // Its steps go on under its id.
            ChangeStep::Identified { .. } => self.lines.take(subject),
            ChangeStep::Fetching { received, total } => {
                let words = format!("{subject}: fetching");
                self.lines.arrived(subject, &words, *received, Some(*total));
            }
            ChangeStep::Verified => self.doing(subject, "verified"),
            ChangeStep::Unpacked { files } => {
                let files = wording::count(*files, "file", "files");
                self.doing(subject, &format!("unpacked {files}"));
            }
            ChangeStep::Compiling => self.doing(subject, "compiling"),
            ChangeStep::Ready { ready, of } => {
                self.lines.take(subject);
                // Of one alone its own line tells enough.
                if *of > 1 {
                    self.lines.say(ALL, &format!("{ready} of {of} extensions"));
                }
            }
            ChangeStep::Warning(warning) => {
                self.output.warn(format_args!("`{subject}`: {warning}"));
            }
            _ => {}
        }
    }
}

impl Listener for Progress {
    fn hear(&self, event: &Event) {
        match event {
            Event::Change { subject, step } => self.show(subject, step),
            Event::RolledBack(back) => self.output.warn(back),
            Event::Extension { id, event } => {
                if let Some(installing) = &self.installing {
                    installing.hear(id, event);
                }
            }
            _ => {}
        }
    }
}
