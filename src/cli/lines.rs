//! Lines at the bottom of the terminal, one for each thing that is under way.
//!
//! There is one terminal, so all parts of the command share it: whatever is written while lines stand goes through
//! [`above`], for which they are taken away, and stand below it again.

use std::{
    collections::{BTreeMap, btree_map},
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use annexe::one_line;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::output::Output;

/// The time between two drawings of what turns.
const TURN: Duration = Duration::from_millis(100);

/// The most characters of words that have a line to themselves; the terminal cuts them to its width.
const MOST_ON_LINE: usize = 1000;

/// The most characters of words beside a bar.
const MOST_BESIDE_BAR: usize = 40;

/// The lines of the whole process, on stderr.
static TERMINAL: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Whether a line has ever stood there: most runs have none.
static WAS_USED: AtomicBool = AtomicBool::new(false);

/// Does what writes to the terminal, above the lines that stand there. It must not come back here.
pub fn above<T>(write: impl FnOnce() -> T) -> T {
    match WAS_USED.load(Relaxed) {
        true => TERMINAL.suspend(write),
        false => write(),
    }
}

/// Lines of one piece of work, each known by a key; none where no progress is shown. They go when this is dropped.
#[derive(Debug)]
pub struct Lines {
    is_shown: bool,
    lines: Mutex<BTreeMap<String, Line>>,
}

#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    form: Form,
}

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Something turns, and words stand beside it.
    Turning,
    /// How much of all has arrived, as a bar.
    Bar,
    /// How much has arrived, of an amount that is not known.
    Amount,
}

impl Form {
    fn template(self) -> &'static str {
        match self {
            Self::Turning => "{spinner} {wide_msg}",
            Self::Bar => "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}",
            Self::Amount => "{spinner} {msg} {bytes}, {bytes_per_sec}",
        }
    }
}

impl Lines {
    /// Room for lines, where progress is shown.
    pub fn new(output: &Output) -> Self {
        Self {
            is_shown: output.shows_progress(),
            lines: Mutex::default(),
        }
    }

    /// Says what is under way.
    pub fn say(&self, key: &str, words: &str) {
        self.show(key, Form::Turning, |bar| {
            bar.set_message(one_line(words, MOST_ON_LINE))
        });
    }

    /// Says how much of something has arrived, in bytes, and of how much where that is known.
    pub fn arrived(&self, key: &str, words: &str, received: u64, total: Option<u64>) {
        let form = match total {
            Some(_) => Form::Bar,
            None => Form::Amount,
        };
        self.show(key, form, |bar| {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(received);
            bar.set_message(one_line(words, MOST_BESIDE_BAR));
        });
    }

    /// Takes a line away.
    pub fn take(&self, key: &str) {
        if let Some(line) = self.lines().remove(key) {
            line.remove();
        }
    }

    /// Takes all lines away.
    pub fn clear(&self) {
        let lines = std::mem::take(&mut *self.lines());
        lines.into_values().for_each(Line::remove);
    }

    fn show(&self, key: &str, form: Form, set: impl FnOnce(&ProgressBar)) {
        if !self.is_shown {
            return;
        }
        let mut lines = self.lines();
        let line = match lines.entry(key.to_owned()) {
            btree_map::Entry::Occupied(line) => line.into_mut(),
            btree_map::Entry::Vacant(place) => place.insert(Line::new(form)),
        };
        line.take_form(form);
        set(&line.bar);
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<String, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Line {
    fn new(form: Form) -> Self {
        WAS_USED.store(true, Relaxed);
        let line = Self {
            bar: TERMINAL.add(ProgressBar::no_length()),
            form,
        };
        line.style();
        line
    }

    fn take_form(&mut self, form: Form) {
        if self.form != form {
            self.form = form;
            self.style();
        }
    }

    fn style(&self) {
        // A template that cannot be read leaves the one before, which shows as much.
        if let Ok(style) = ProgressStyle::with_template(self.form.template()) {
            self.bar.set_style(style);
        }
        match self.form {
            // Each number that arrives moves these.
            Form::Bar => self.bar.disable_steady_tick(),
            Form::Turning | Form::Amount => self.bar.enable_steady_tick(TURN),
        }
    }

    fn remove(self) {
        self.bar.finish_and_clear();
        TERMINAL.remove(&self.bar);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_on_their_line_and_leave_room() {
        assert_eq!(one_line("a\u{1b}[2J\nb", MOST_ON_LINE), "a\\u{1b}[2J b");
        let long = "é".repeat(MOST_BESIDE_BAR + 1);
        let shown = format!("{}…", "é".repeat(MOST_BESIDE_BAR));
        assert_eq!(one_line(&long, MOST_BESIDE_BAR), shown);
    }
}
