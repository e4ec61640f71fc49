//! The log of a language server that an extension brings: its standard error, and when it started and ended.

use std::{
    fmt,
    process::ExitStatus,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::SystemTime,
};

use super::{pending::Pending, recorder::LINES_EVERY};
use crate::{
    base::types::ExtensionId,
    store::{
        disk::store::Store,
        journal::{Journal, Unwritten},
    },
};

/// A writer of what a language server does into the log of its extension. Lines are collected and written every 200
/// milliseconds by a thread of its own, at most 200 of a second; of more, the log says how many are left out. What was
/// not written when this is dropped is written then, for which it waits up to [`LAST_WRITE`](crate::store::LAST_WRITE)
/// for others who write.
pub struct ServerLog {
    shared: Arc<Shared>,
    server: String,
}

struct Shared {
    journal: Arc<Journal>,
    id: ExtensionId,
    news: Mutex<News>,
    has_news: Condvar,
    /// Held by the one who writes, so that who writes last waits for the other.
    turn: Mutex<()>,
}

#[derive(Default)]
struct News {
    pending: Pending,
    is_closed: bool,
}

impl Store {
    /// The log of a language server, by its id, in that of the extension which brings it. Nothing is written before there
    /// is something to write.
    pub fn server_log(&self, id: &ExtensionId, server: &str) -> ServerLog {
        ServerLog::new(self.journal().clone(), id.clone(), server.to_owned())
    }
}

impl ServerLog {
    fn new(journal: Arc<Journal>, id: ExtensionId, server: String) -> Self {
        let shared = Arc::new(Shared {
            journal,
            id,
            news: Mutex::default(),
            has_news: Condvar::new(),
            turn: Mutex::default(),
        });
        let writer = shared.clone();
        let started = thread::Builder::new()
            .name("log of the server".into())
            .stack_size(256 << 10)
            .spawn(move || writer.write_as_it_comes());
        if let Err(error) = started {
            tracing::debug!(%error, "the log of a server is written at its end");
        }
        Self { shared, server }
    }

    /// Notes that the server has started, and counts it.
    pub fn started(&self, process: Option<u32>) {
        let server = &self.server;
        self.note(|pending| {
            pending.runs.server_starts += 1;
            pending.has_run = true;
            pending.last_used = Some(SystemTime::now());
            match process {
                Some(process) => {
                    let text = format!("{server} started in process {process}");
                    pending.short_line("server", &text);
                }
                None => pending.short_line("server", &format!("{server} started")),
            }
        });
    }

    /// Notes a line that the server has written to its standard error. Of one longer than 4 KiB the rest is left out.
    pub fn line(&self, text: &str) {
        self.note(|pending| pending.line_of_server(&format!("{}: {text}", self.server)));
    }

    /// Notes that the server has ended, and how, where that is known.
    pub fn ended(&self, status: Option<ExitStatus>) {
        let server = &self.server;
        let text = match status {
            Some(status) => format!("{server} ended: {status}"),
            None => format!("{server} ended"),
        };
        // What a flood of lines has filled has room for this one again.
        self.flush();
        self.note(|pending| pending.short_line("server", &text));
    }

    /// Writes what is not written yet. Blocks: for up to [`LAST_WRITE`](crate::store::LAST_WRITE) where others write.
    pub fn flush(&self) {
        self.shared.write(true);
    }

    fn note(&self, change: impl FnOnce(&mut Pending)) {
        change(&mut self.shared.news().pending);
        self.shared.has_news.notify_one();
    }
}

impl Drop for ServerLog {
    fn drop(&mut self) {
        self.shared.news().is_closed = true;
        self.shared.has_news.notify_one();
        self.flush();
    }
}

impl fmt::Debug for ServerLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServerLog")
            .field("extension", &self.shared.id)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_as_it_comes(&self) {
        loop {
            let mut news = self.news();
            while news.pending.is_empty() && !news.is_closed {
                let waited = self.has_news.wait(news);
                news = waited.unwrap_or_else(PoisonError::into_inner);
            }
            if news.is_closed {
                return;
            }
            drop(news);
            thread::sleep(LINES_EVERY);
            self.write(false);
        }
    }

    /// Writes what is new; what cannot be written then is lost only where `is_last`.
    fn write(&self, is_last: bool) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (lines, runs) = self.news().pending.take(true);
        if lines.is_empty() && runs.is_none() {
            return;
        }
        let news = Unwritten {
            id: self.id.clone(),
            lines,
            runs,
        };
        if is_last {
            self.journal.write_last(&news);
        } else if !self.journal.write_soon(&news) {
            self.news().pending.put_back(news);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::fs,
        store::{disk::layout::Layout, journal::stats},
    };

    #[test]
    fn all_that_a_server_does_is_in_the_log_when_it_is_closed_and_a_flood_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id: ExtensionId = "one".parse().unwrap();
        let journal = Arc::new(Journal::new(layout.clone()));
        let log = ServerLog::new(journal, id.clone(), "a-server".into());
        log.started(Some(7));
        for _ in 0..1_000 {
            log.line(&"\u{1b}x".repeat(4 << 10));
        }
        log.ended(None);
        drop(log);
        let text = String::from_utf8(fs::read(&layout.log(&id)).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].ends_with(" server    a-server started in process 7"),
            "{}",
            lines[0]
        );
        assert!(
            lines[1].contains(" server    a-server: \\u{1b}x"),
            "{}",
            lines[1]
        );
        assert!(
            lines
                .iter()
                .any(|it| it.ends_with(" server    a-server ended"))
        );
        let left_out = |line: &&str| line.contains(" dropped ") && line.contains(" lines, which");
        assert!(lines.iter().any(left_out));
        let counted = stats::read(&layout.stats(&id)).unwrap().unwrap();
        assert_eq!((counted.server_starts, counted.starts), (1, 0));
    }
}
