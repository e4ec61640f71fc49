//! The progress of what an extension fetches while it answers: a bar on a terminal, a line elsewhere.

use annexe::{delegate::ExtensionEvent, types::InstallationStatus};
use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;

/// The progress display of what an extension fetches.
#[derive(Debug)]
pub struct Installing {
    bar: ProgressBar,
    output: Output,
}

impl Installing {
    pub fn new(output: &Output) -> Self {
        let bar = if output.shows_progress() {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        Self {
            bar,
            output: output.clone(),
        }
    }

    /// Shows what an event means for the user.
    pub fn hear(&self, event: &ExtensionEvent) {
        match event {
            ExtensionEvent::Downloading {
                url,
                received,
                total,
            } => self.received(url, *received, *total),
            ExtensionEvent::Downloaded { download, before } => {
                self.bar.finish_and_clear();
                if let Some(before) = before {
                    self.bar.suspend(|| {
                        self.output.warn(format_args!(
                            "`{}` has another file than before: its sha256 was {before}, and is {} now",
                            download.url, download.sha256
                        ));
                    });
                }
            }
            ExtensionEvent::Waiting { what, waited } => {
                self.show("{spinner} waiting for {msg}", None);
                self.bar
                    .set_message(format!("{what}, {} s", waited.as_secs()));
                self.bar.tick();
            }
            ExtensionEvent::LastGood { what, why, .. } => {
                self.bar.finish_and_clear();
                self.output.warn(format_args!(
                    "{what} is what was answered the last time: {why}"
                ));
            }
            // A bar would be in the way of the words.
            ExtensionEvent::Installation { status, .. }
                if !matches!(status, InstallationStatus::Downloading) =>
            {
                self.bar.finish_and_clear();
            }
            ExtensionEvent::Answered { .. } | ExtensionEvent::Stopped { .. } => {
                self.bar.finish_and_clear();
            }
            _ => {}
        }
    }

    fn received(&self, url: &str, received: u64, total: Option<u64>) {
        let template = match total {
            Some(_) => "{msg}: {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}",
            None => "{msg}: {spinner} {bytes}, {bytes_per_sec}",
        };
        self.show(template, total);
        let name = url.rsplit('/').next().unwrap_or(url);
        self.bar.set_message(name.to_owned());
        self.bar.set_position(received);
    }

    /// Shows the bar in a form.
    fn show(&self, template: &'static str, total: Option<u64>) {
        if self.bar.is_finished() {
            self.bar.reset();
        }
        // A template that cannot be read leaves the one before, which shows as much.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
    }
}

/// Says how far the installation of a server is, as its extension reports it.
pub fn tell(server: &str, status: &InstallationStatus, output: &Output) {
    match status {
        InstallationStatus::Downloading => output.note(format_args!("{server}: downloading")),
        InstallationStatus::CheckingForUpdate => {
            output.note(format_args!("{server}: looking for a newer version"));
        }
        InstallationStatus::Failed(reason) => output.warn(format_args!("{server}: {reason}")),
        _ => {}
    }
}

impl Drop for Installing {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
