//! Progress on a terminal: one line that goes when the work is done.

use std::time::Duration;

use annexe::store::{Event, Reporter};
use indicatif::{ProgressBar, ProgressStyle};

use super::{output::Output, wording};

/// Shows what the store reports as one changing line, or nothing where nobody looks.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    subject: String,
}

impl Progress {
    /// The progress of work on `subject`.
    pub fn new(output: &Output, subject: impl Into<String>) -> Self {
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
            subject: subject.into(),
        }
    }

    /// Says what is being done.
    pub fn doing(&self, what: &str) {
        self.bar.set_message(format!("{}: {what}", self.subject));
    }
}

impl Reporter for Progress {
    fn report(&self, event: Event) {
        match event {
            Event::Resolved { version, .. } => self.doing(&format!("version {version}")),
            Event::Fetching { received, total } => self.doing(&format!(
                "fetching, {} of {}",
                wording::bytes(received),
                wording::bytes(total)
            )),
            Event::Verified => self.doing("verified"),
            Event::Unpacked { files } => {
                self.doing(&format!(
                    "unpacked {}",
                    wording::count(files, "file", "files")
                ));
            }
            Event::Compiling => self.doing("compiling"),
            _ => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
