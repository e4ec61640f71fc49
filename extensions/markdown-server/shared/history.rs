//! How often the server was started, by whichever version of this extension: a file in the working
//! directory, which lives on when the extension is updated.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

/// A line for each start, with the version that made it.
const FILE: &str = "history.txt";

/// The variable that tells the server how many starts there were, this one included.
pub const STARTS: &str = "MARKDOWN_SERVER_STARTS";

/// Notes a start by `version`, and counts the starts of all versions.
pub fn start(version: &str) -> Result<usize, String> {
    note(version).map_err(|error| format!("cannot note the start in `{FILE}`: {error}"))
}

fn note(version: &str) -> io::Result<usize> {
    let mut file = OpenOptions::new().create(true).append(true).open(FILE)?;
    writeln!(file, "{version}")?;
    Ok(fs::read_to_string(FILE)?.lines().count())
}
