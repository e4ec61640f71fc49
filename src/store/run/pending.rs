//! The lines and numbers of an extension that are not written yet, bounded.

use std::time::{Duration, Instant, SystemTime};

use crate::{
    base::timestamp::Timestamp,
    store::journal::{Unwritten, entry::LogEntry, stats::Stats},
};

/// The most lines of a second about what the host does for a guest. What it prints has a limit of its own.
const LINES_PER_SECOND: u32 = 20;

/// The most lines of a second that a language server writes to its standard error.
const SERVER_LINES_PER_SECOND: u32 = 200;

/// The most bytes of what is told in one line of a guest. What it prints has a limit of its own.
const LONGEST_TEXT: usize = 4 << 10;

/// The most bytes of lines that wait to be written. A guest has few lines a second, so they wait for a disk.
pub(super) const WAITING_BYTES: usize = 1 << 18;

/// The part of the record that is not written yet.
#[derive(Default)]
pub(super) struct Pending {
    lines: String,
    /// Lines that found no place in that.
    lost: u64,
    /// How many lines the extension may still have written in the second that began then.
    allowance: Option<(Instant, u32)>,
    pub(super) runs: Stats,
    pub(super) has_run: bool,
    pub(super) last_used: Option<SystemTime>,
    /// How often the extension was restarted, as it counts itself: the most that was told.
    pub(super) restarts: u64,
}

impl Pending {
    pub(super) fn line(&mut self, what: &str, text: &str) {
        if self.lines.len() > WAITING_BYTES {
            self.lost += 1;
        } else {
            LogEntry::write(Timestamp::now(), what, text, &mut self.lines);
        }
    }

    /// A line whose words are as long as the guest likes.
    pub(super) fn short_line(&mut self, what: &str, text: &str) {
        let end = text.floor_char_boundary(LONGEST_TEXT);
        match text.len() - end {
            0 => self.line(what, text),
            more => self.line(what, &format!("{}… ({more} bytes more)", &text[..end])),
        }
    }

    /// A line about something that a guest may do as often as it likes.
    pub(super) fn line_of_guest(&mut self, what: &str, text: &str) {
        self.line_within(LINES_PER_SECOND, what, text);
    }

    /// A line that a language server has written to its standard error.
    pub(super) fn line_of_server(&mut self, text: &str) {
        self.line_within(SERVER_LINES_PER_SECOND, "server", text);
    }

    fn line_within(&mut self, lines_per_second: u32, what: &str, text: &str) {
        let now = Instant::now();
        let left = match self.allowance {
            Some((began, left)) if now - began < Duration::from_secs(1) => left,
            _ => {
                self.allowance = Some((now, lines_per_second));
                lines_per_second
            }
        };
        match left.checked_sub(1) {
            None => self.lost += 1,
            Some(left) => {
                self.allowance = self.allowance.map(|(began, _)| (began, left));
                self.short_line(what, text);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.has_run
    }

    /// Takes the lines out, and the counts where they are to be written too.
    pub(super) fn take(&mut self, with_counts: bool) -> (String, Option<Stats>) {
        if self.lost > 0 {
            let words = format!(
                "{} lines, which came faster than they are written",
                self.lost
            );
            LogEntry::write(Timestamp::now(), "dropped", &words, &mut self.lines);
            self.lost = 0;
        }
        let lines = std::mem::take(&mut self.lines);
        if !with_counts || !self.has_run {
            return (lines, None);
        }
        self.has_run = false;
        let mut runs = std::mem::take(&mut self.runs);
        runs.last_used = self.last_used.map(Timestamp::of);
        runs.first_used = runs.first_used.or(runs.last_used);
        (lines, Some(runs))
    }

    /// Puts back what could not be written yet, before what came meanwhile. Of more lines than may wait the newest are
    /// lost.
    pub(super) fn put_back(&mut self, unwritten: Unwritten) {
        let Unwritten {
            mut lines, runs, ..
        } = unwritten;
        lines.push_str(&self.lines);
        if let Some((end, _)) = lines
            .match_indices('\n')
            .find(|(end, _)| *end >= WAITING_BYTES)
        {
            self.lost += lines[end + 1..].matches('\n').count() as u64;
            lines.truncate(end + 1);
        }
        self.lines = lines;
        if let Some(mut runs) = runs {
            runs.add(&self.runs);
            self.runs = runs;
            self.has_run = true;
        }
    }
}
