//! The recorder of one running extension: it has what that does written down.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    time::{Duration, SystemTime},
};

use super::pending::Pending;

use crate::{
    base::{
        digest::Sha256Digest,
        timestamp::Timestamp,
        types::{Download, ExtensionId, ExtensionOrigin, InstallationStatus},
    },
    package::capability::DeniedBy,
    runtime::delegate::{ExtensionEvent, ExtensionObserver, OutputStream, Unrecorded},
    store::journal::{
        Journal, Unwritten,
        audit_writer::{AuditWriter, LastLines},
        audited_request::AuditedRequest,
        stats::LastFault,
    },
};

/// How long lines are collected before they are written.
pub(super) const LINES_EVERY: Duration = Duration::from_millis(200);

/// Counts change with each call: they are written after so many times of that.
const COUNTS_EVERY: u32 = 10;

/// The recorder of one running extension. What it has not written yet it writes when it is dropped.
pub(in crate::store) struct Recorder {
    journal: Arc<Journal>,
    id: ExtensionId,
    version: String,
    /// What it asks for.
    audit: Mutex<AuditWriter>,
    news: Mutex<Pending>,
    /// A task is there that writes.
    is_scheduled: AtomicBool,
    this: Weak<Self>,
}

impl Recorder {
    pub(in crate::store) fn new(
        journal: Arc<Journal>,
        id: ExtensionId,
        version: String,
    ) -> Arc<Self> {
        let audit = AuditWriter::open(&journal.layout, id.clone(), version.clone());
        Arc::new_cyclic(|this| Self {
            journal,
            audit: Mutex::new(audit),
            id,
            version,
            news: Mutex::default(),
            is_scheduled: AtomicBool::new(false),
            this: this.clone(),
        })
    }

    /// Says where the extension comes from, before it is heard.
    pub(in crate::store) fn comes_from(&self, origin: ExtensionOrigin) {
        self.audit().comes_from(origin);
    }

    fn hear(&self, event: &ExtensionEvent) {
        let mut news = self.news();
        match event {
            ExtensionEvent::Started {
                restarts,
                guest_time,
            } => {
                news.runs.starts += 1;
                news.runs.guest_time += *guest_time;
                // Two instances beside each other may tell theirs in the other order.
                let more = restarts.saturating_sub(news.restarts);
                news.restarts += more;
                news.runs.restarts += more;
                let (version, process) = (&self.version, std::process::id());
                let text = match more {
                    0 => format!("{version} in process {process}"),
                    _ => format!("{version} in process {process}, started again"),
                };
                news.line("started", &text);
            }
            ExtensionEvent::Answered {
                guest_time,
                most_memory_bytes,
            } => {
                news.runs.calls += 1;
                news.runs.guest_time += *guest_time;
                let most = news.runs.most_memory_bytes.max(*most_memory_bytes as u64);
                news.runs.most_memory_bytes = most;
            }
            ExtensionEvent::Output { stream, line } => {
                let what = match stream {
                    OutputStream::Output => "stdout",
                    OutputStream::Error => "stderr",
                };
                // Not counted by itself: the call that prints it is.
                news.line(what, line);
                return;
            }
            ExtensionEvent::OutputDropped { lines } => {
                news.line(
                    "dropped",
                    &format!("{lines} lines of a second with too many"),
                );
                return;
            }
            ExtensionEvent::Stopped {
                fault, backtrace, ..
            } => {
                news.runs.faults += 1;
                news.runs.last_fault = Some(LastFault {
                    at: Timestamp::now(),
                    message: fault.clone(),
                    backtrace: backtrace.clone(),
                });
                news.short_line("stopped", fault);
                for frame in backtrace.lines() {
                    news.short_line("at", frame);
                }
            }
            ExtensionEvent::Suspended { backoff } => {
                news.runs.suspensions += 1;
                let seconds = backoff.as_secs_f64();
                news.line(
                    "suspended",
                    &format!("for {seconds} s: it stopped too often"),
                );
            }
            ExtensionEvent::PutAway => {
                news.line("put-away", "it was not called for a while");
                return;
            }
            ExtensionEvent::Installation { server, status } => {
                if let Some(words) = installation(status) {
                    news.line_of_guest("install", &format!("{server}: {words}"));
                }
                return;
            }
            ExtensionEvent::Downloaded { download, before } => {
                news.line_of_guest("download", &downloaded(download, before.as_ref()));
                return;
            }
            ExtensionEvent::LimitReached { message, .. } => {
                news.line("limit", message);
                return;
            }
            ExtensionEvent::LastGood { what, why, age } => {
                let seconds = age.as_secs();
                let text = format!("{what}, as it was {seconds} s ago: {why}");
                news.line_of_guest("last-good", &text);
                return;
            }
            _ => return,
        }
        news.has_run = true;
        news.last_used = Some(SystemTime::now());
    }

    /// Takes out what is new.
    fn take(&self, with_counts: bool) -> Option<Unwritten> {
        let (lines, runs) = self.news().take(with_counts);
        let is_empty = lines.is_empty() && runs.is_none();
        (!is_empty).then(|| Unwritten {
            id: self.id.clone(),
            lines,
            runs,
        })
    }

    fn write(&self, with_counts: bool) {
        if let Some(news) = self.take(with_counts)
            && !self.journal.write_soon(&news)
        {
            self.news().put_back(news);
        }
        let written = self.audit().write_due();
        self.journal.warn_once(written);
    }

    fn audit(&self) -> MutexGuard<'_, AuditWriter> {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a task write, unless there is one. Without a runtime, what is new is written at the end.
    fn schedule(&self) {
        if self.is_scheduled.swap(true, AcqRel) {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(write_as_it_comes(self.this.clone()))),
            Err(_) => self
                .is_scheduled
                .store(false, std::sync::atomic::Ordering::Release),
        }
    }

    fn news(&self) -> MutexGuard<'_, Pending> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExtensionObserver for Recorder {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        match event {
            ExtensionEvent::HostCall(_) | ExtensionEvent::Downloading { .. } => {}
            // All else was recorded before.
            ExtensionEvent::Access {
                request,
                refused_by: Some(DeniedBy::Audit),
                execution,
            } => self
                .audit()
                .hear_unrecorded(&AuditedRequest::new(request, execution.as_ref())),
            ExtensionEvent::Access { .. } => {}
            event => {
                self.hear(event);
                self.schedule();
            }
        }
    }

    fn record(&self, _: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        let ExtensionEvent::Access {
            request,
            refused_by,
            execution,
        } = access
        else {
            return Ok(());
        };
        let asked = AuditedRequest::new(request, execution.as_ref());
        let noted = self.audit().note(&asked, (*refused_by).into());
        noted.map_err(|error| {
            let unrecorded = match std::error::Error::source(&error) {
                Some(cause) => Unrecorded::new(format_args!("{error}: {cause}")),
                None => Unrecorded::new(&error),
            };
            unrecorded.with_hint(Some(error.hint()))
        })
    }
}

impl Drop for Recorder {
    /// This may be an editor's thread: where others write just now, it is not the one that waits for them.
    fn drop(&mut self) {
        let mut last = FinalFlush {
            journal: self.journal.clone(),
            news: self.take(true),
            asked: self.audit().last(),
        };
        last.write_at_once();
        if last.is_written() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Dropped there, or here by a runtime that ends.
            runtime.spawn_blocking(move || drop(last));
        }
    }
}

/// The rest of the record of an extension that has gone, written when this is dropped, wherever that is.
struct FinalFlush {
    journal: Arc<Journal>,
    news: Option<Unwritten>,
    asked: Option<LastLines>,
}

impl FinalFlush {
    fn is_written(&self) -> bool {
        self.news.is_none() && self.asked.is_none()
    }

    /// Writes what can be written without waiting for another process.
    fn write_at_once(&mut self) {
        let journal = &self.journal;
        self.news.take_if(|news| journal.write_at_once(news));
        self.asked.take_if(|asked| match asked.write_at_once() {
            Ok(is_written) => is_written,
            Err(error) => {
                journal.warn_once(Err(error));
                true
            }
        });
    }
}

impl Drop for FinalFlush {
    fn drop(&mut self) {
        if let Some(news) = &self.news {
            self.journal.write_last(news);
        }
        if let Some(asked) = &mut self.asked {
            let written = asked.write();
            self.journal.warn_once(written);
        }
    }
}

/// Writes what is new until nothing is, on threads that may block.
async fn write_as_it_comes(recorder: Weak<Recorder>) {
    let mut times = 0;
    loop {
        tokio::time::sleep(LINES_EVERY).await;
        times += 1;
        let Some(recorder) = recorder.upgrade() else {
            return;
        };
        let writing = recorder.clone();
        let with_counts = times % COUNTS_EVERY == 0;
        // Where the runtime ends meanwhile, the last one who has the recorder writes.
        let _ = tokio::task::spawn_blocking(move || writing.write(with_counts)).await;
        if recorder.news().is_empty() {
            recorder
                .is_scheduled
                .store(false, std::sync::atomic::Ordering::Release);
            // News that came in between found this task still scheduled, so it is looked for once more.
            if recorder.news().is_empty() || recorder.is_scheduled.swap(true, AcqRel) {
                return;
            }
        }
    }
}

/// Returns how far an installation is, in words; `None` where nothing goes on.
fn installation(status: &InstallationStatus) -> Option<String> {
    match status {
        InstallationStatus::None => None,
        InstallationStatus::Downloading => Some("downloading".into()),
        InstallationStatus::CheckingForUpdate => Some("looking for a newer version".into()),
        InstallationStatus::Failed(reason) => Some(format!("failed: {reason}")),
    }
}

fn downloaded(download: &Download, before: Option<&Sha256Digest>) -> String {
    let Download {
        url, sha256, size, ..
    } = download;
    let text = format!("{url}: {size} bytes, sha256 {sha256}");
    match before {
        Some(before) => format!("{text}; the same address had sha256 {before} before"),
        None => text,
    }
}

#[cfg(test)]
mod tests;
