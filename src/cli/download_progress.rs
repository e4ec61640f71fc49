//! The progress of what extensions fetch while they answer: lines on a terminal, words elsewhere.

use std::sync::{Mutex, PoisonError};

use annexe::{
    delegate::{ExtensionEvent, ExtensionObserver},
    types::{ExtensionId, InstallationStatus},
};

use super::{lines::Lines, output::Output};

/// The progress display of what extensions fetch. An extension waits for one thing at a time.
#[derive(Debug)]
pub struct Installing {
    lines: Lines,
    output: Output,
    /// The last failure that an extension has reported of a server, where it is told once the call is over.
    failed: Option<Mutex<Option<(String, String)>>>,
}

impl Installing {
    pub fn new(output: &Output) -> Self {
        Self {
            lines: Lines::new(output),
            output: output.clone(),
            failed: None,
        }
    }

    /// A display for one call, which tells what an extension reports as failed once that is over: most then answer with
    /// the same words as their error.
    pub fn of_call(output: &Output) -> Self {
        Self {
            failed: Some(Mutex::default()),
            ..Self::new(output)
        }
    }

    /// Tells what was reported as failed, unless the call has ended with an `error` that says so.
    pub fn settle(&self, error: Option<&anyhow::Error>) {
        let Some(failed) = &self.failed else {
            return;
        };
        let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((server, reason)) = failed else {
            return;
        };
        if !error.is_some_and(|error| format!("{error:#}").contains(reason.trim())) {
            self.warn_of(&server, &reason);
        }
    }

    fn warn_of(&self, server: &str, reason: &str) {
        self.output.warn(format_args!("{server}: {reason}"));
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
            InstallationStatus::Failed(reason) => match &self.failed {
                Some(failed) => {
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    *failed = Some((server.to_owned(), reason.clone()));
                }
                None => self.warn_of(server, reason),
            },
            _ => {}
        }
    }
}

/// An observer that shows what extensions fetch, besides whoever hears them too.
#[derive(Debug)]
pub struct Watched(Installing);

impl Watched {
    pub fn new(output: &Output) -> Self {
        Self(Installing {
            failed: Some(Mutex::default()),
            ..Installing::new(output)
        })
    }

    /// Takes the lines away.
    pub fn end(&self) {
        self.0.lines.clear();
    }
}

impl ExtensionObserver for Watched {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        self.0.hear(extension, event);
    }
}
