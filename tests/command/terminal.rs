//! A terminal: a command on it, and what its screen shows in the end.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Stdio},
};

use nix::pty::{Winsize, openpty};

use crate::support::place::Place;

/// The terminal's size.
const SIZE: Winsize = Winsize {
    ws_row: 40,
    ws_col: 100,
    ws_xpixel: 0,
    ws_ypixel: 0,
};

/// A command on a terminal of its own.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: File,
    seen: String,
}

impl Terminal {
    /// Starts a command, with something typed before it has begun.
    pub fn start(place: &Place, typed: &str, arguments: &[&str]) -> Self {
        let pty = openpty(Some(&SIZE), None).unwrap();
        let mut keyboard = File::from(pty.master);
        keyboard.write_all(typed.as_bytes()).unwrap();
        let screen = keyboard.try_clone().unwrap();
        let inside = File::from(pty.slave);
        let mut command = place.command();
        let child = command
            .args(arguments)
            .env("NO_COLOR", "1")
            .stdin(inside.try_clone().unwrap())
            .stderr(inside)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            child,
            keyboard,
            screen,
            seen: String::new(),
        }
    }

    /// Waits until something stands on the screen that was not read before.
    pub fn wait_for(&mut self, words: &str) {
        let from = self.seen.len();
        let mut byte = [0];
        while !self.seen[from..].contains(words) {
            let read = self.screen.read(&mut byte);
            assert!(matches!(read, Ok(1)), "no {words:?} in {:?}", self.seen);
            self.seen.push(char::from(byte[0]));
        }
    }

    pub fn type_line(&mut self, line: &str) {
        self.keyboard
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
    }

    /// The exit code, and all that was on the screen.
    pub fn end(mut self) -> (i32, String) {
        let mut rest = Vec::new();
        // Where nobody has the terminal open any more, reading fails.
        let mut byte = [0];
        while matches!(self.screen.read(&mut byte), Ok(1)) {
            rest.push(byte[0]);
        }
        let status = self.child.wait().unwrap();
        self.seen.push_str(&String::from_utf8_lossy(&rest));
        (status.code().unwrap_or(-1), self.seen)
    }
}

/// What stands on a screen after all that was written to it, without what is empty at the end.
pub fn screen(written: &str) -> Vec<String> {
    let mut screen = Screen::default();
    let mut rest = written.chars();
    while let Some(character) = rest.next() {
        match character {
            '\r' => screen.column = 0,
            '\n' => screen.row += 1,
            '\u{1b}' if rest.as_str().starts_with('[') => {
                let sequence = &rest.as_str()[1..];
                let end = sequence.find(|it: char| it.is_ascii_alphabetic()).unwrap();
                screen.steer(&sequence[..end], &sequence[end..=end]);
                rest = sequence[end + 1..].chars();
            }
            character => screen.put(character),
        }
    }
    let mut rows: Vec<String> = (screen.rows.iter())
        .map(|row| row.iter().collect::<String>().trim_end().to_owned())
        .collect();
    rows.truncate(
        rows.iter()
            .rposition(|row| !row.is_empty())
            .map_or(0, |last| last + 1),
    );
    rows
}

#[derive(Default)]
struct Screen {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn steer(&mut self, number: &str, what: &str) {
        let count = number.parse().unwrap_or(1);
        match what {
            "A" => self.row = self.row.saturating_sub(count),
            "B" => self.row += count,
            "C" => self.column += count,
            "D" => self.column = self.column.saturating_sub(count),
            "G" => self.column = count - 1,
            "K" => {
                let from = if number == "2" { 0 } else { self.column };
                if let Some(row) = self.rows.get_mut(self.row) {
                    row.truncate(from);
                }
            }
            "J" => {
                self.rows.truncate(self.row + 1);
                if let Some(row) = self.rows.get_mut(self.row) {
                    row.truncate(self.column);
                }
            }
            // Colours, and whether the cursor is seen.
            _ => {}
        }
    }

    fn put(&mut self, character: char) {
        while self.rows.len() <= self.row {
            self.rows.push(Vec::new());
        }
        let row = &mut self.rows[self.row];
        while row.len() <= self.column {
            row.push(' ');
        }
        row[self.column] = character;
        self.column += 1;
    }
}

#[test]
fn a_screen_shows_what_was_not_written_over() {
    let written = "one\r\ntwo\r\u{1b}[2Kthree\r\n\u{1b}[1A\u{1b}[31mfour\u{1b}[0m\u{1b}[K\r\n";
    assert_eq!(screen(written), ["one", "four"]);
}
