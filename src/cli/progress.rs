//! Progress on a terminal: one line that goes when the work is done.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use annexe::store::{Event, Reporter};
use indicatif::{ProgressBar, ProgressStyle};

use super::{output::Output, wording};

/// A display of what the store reports: one changing line, or nothing without a terminal. What a user must
/// know stays.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    output: Output,
    /// The lockfile that was found, to be named.
    lockfile: Option<PathBuf>,
}

impl Progress {
    /// The progress of some work.
    pub fn new(output: &Output) -> Self {
        let bar = if output.shows_progress() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        // A template that cannot be read leaves the default one, which shows as much.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self {
            bar,
            output: output.clone(),
            lockfile: None,
        }
    }

    /// Names the lockfile that the work keeps to.
    pub fn with_lockfile(mut self, lockfile: Option<PathBuf>) -> Self {
        self.lockfile = lockfile;
        self
    }

    /// Says what is being done to what.
    pub fn doing(&self, subject: &str, what: &str) {
        self.bar.set_message(format!("{subject}: {what}"));
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Reporter for Progress {
    fn report(&self, subject: &str, event: Event) {
        match event {
            Event::Waiting { holder } => self.bar.suspend(|| match holder {
                Some(holder) => self
                    .output
                    .announce(format_args!("waiting for {holder}, which changes the store")),
                None => self
                    .output
                    .announce("waiting for another process, which changes the store"),
            }),
            Event::Locked { version, pinned } => self.bar.suspend(|| {
                let pinned = if pinned { ", pinned" } else { "" };
                let lockfile = self.lockfile.as_deref().unwrap_or(Path::new("the lockfile"));
                self.output.announce(format_args!(
                    "`{subject}` {version}{pinned}, as `{}` has it",
                    lockfile.display()
                ));
            }),
            Event::StateUnknown { reason } => self.bar.suspend(|| {
                self.output.warn(format_args!(
                    "the registry `{subject}` could not say whether it has blocked what is to be installed: {reason}"
                ));
            }),
            Event::Resolved { version, .. } => self.doing(subject, &format!("version {version}")),
            Event::Fetching { received, total } => self.doing(
                subject,
                &format!(
                    "fetching, {} of {}",
                    wording::bytes(received),
                    wording::bytes(total)
                ),
            ),
            Event::Verified => self.doing(subject, "verified"),
            Event::Unpacked { files } => {
                let files = wording::count(files, "file", "files");
                self.doing(subject, &format!("unpacked {files}"));
            }
            Event::Compiling => self.doing(subject, "compiling"),
            Event::Warning(warning) => self.bar.suspend(|| {
                self.output.warn(format_args!("`{subject}`: {warning}"));
            }),
            Event::RolledBack(came_back) => self.bar.suspend(|| self.output.warn(came_back)),
            _ => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
