//! The progress of what extensions fetch while they answer: lines on a terminal, words elsewhere.

use annexe::{
    delegate::ExtensionEvent,
    types::{ExtensionId, InstallationStatus},
};

use super::{lines::Lines, output::Output};

/// The progress display of what extensions fetch. An extension waits for one thing at a time.
#[derive(Debug)]
pub struct Installing {
    lines: Lines,
    output: Output,
}

impl Installing {
    pub fn new(output: &Output) -> Self {
        Self {
            lines: Lines::new(output),
            output: output.clone(),
        }
    }

    /// Shows what an event of an extension means for the user.
    pub fn hear(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        let key = extension.as_str();
        match event {
            ExtensionEvent::Downloading {
                url,
                received,
                total,
            } => {
                let name = url.rsplit('/').next().unwrap_or(url);
                self.lines.arrived(key, name, *received, *total);
            }
            ExtensionEvent::Downloaded { download, before } => {
                self.lines.take(key);
                if let Some(before) = before {
                    self.output.warn(format_args!(
                        "`{}` has another file than before: its sha256 was {before}, and is {} now",
                        download.url, download.sha256
                    ));
                }
            }
            ExtensionEvent::Waiting { what, waited } => {
                let words = format!("waiting for {what}, {} s", waited.as_secs());
                self.lines.say(key, &words);
            }
            ExtensionEvent::Waited { .. }
            | ExtensionEvent::Answered { .. }
            | ExtensionEvent::Stopped { .. } => self.lines.take(key),
            ExtensionEvent::LastGood { what, why, .. } => {
                self.lines.take(key);
                self.output.warn(format_args!(
                    "{what} is what was answered the last time: {why}"
                ));
            }
            ExtensionEvent::Installation { server, status } => self.tell(server, status),
            _ => {}
        }
    }

    /// Says how far the installation of a server is, as its extension reports it.
    pub fn tell(&self, server: &str, status: &InstallationStatus) {
        match status {
            InstallationStatus::Downloading => {
                self.output.note(format_args!("{server}: downloading"));
            }
            InstallationStatus::CheckingForUpdate => self
                .output
                .note(format_args!("{server}: looking for a newer version")),
            InstallationStatus::Failed(reason) => {
                self.output.warn(format_args!("{server}: {reason}"));
            }
            _ => {}
        }
    }
}
