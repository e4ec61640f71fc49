//! Lines of a stream, of bounded length.

use std::io::{self, BufRead};

/// The most bytes of a line: 16 MiB.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// A line that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The line, without its end.
    Whole(Vec<u8>),
    /// One longer than [`MOST_BYTES`], which was read and is lost.
    TooLong,
}

/// Reads the next line; `None` at the end of the stream. What follows the last end of a line is one as well.
///
/// # Errors
/// The system's error.
pub(super) fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    next_of(input, MOST_BYTES)
}

fn next_of(input: &mut impl BufRead, most: usize) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let (mut is_too_long, mut has_begun) = (false, false);
    loop {
        let buffered = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffered => buffered?,
        };
        if buffered.is_empty() {
            return Ok(has_begun.then_some(ended(line, is_too_long)));
        }
        has_begun = true;
        let end = memchr::memchr(b'\n', buffered);
        let part = &buffered[..end.unwrap_or(buffered.len())];
        is_too_long |= line.len() + part.len() > most;
        if is_too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let read = part.len() + usize::from(end.is_some());
        input.consume(read);
        if end.is_some() {
            return Ok(Some(ended(line, is_too_long)));
        }
    }
}

fn ended(line: Vec<u8>, is_too_long: bool) -> Line {
    match is_too_long {
        true => Line::TooLong,
        false => Line::Whole(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_costs_nothing_but_itself() {
        let mut input = io::BufReader::with_capacity(3, &b"ab\n\n123456789\nc\nd"[..]);
        let mut lines = Vec::new();
        while let Some(line) = next_of(&mut input, 4).unwrap() {
            lines.push(line);
        }
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(
            lines,
            [
                whole("ab"),
                whole(""),
                Line::TooLong,
                whole("c"),
                whole("d")
            ]
        );
    }
}
