//! Places in text files, for messages that point at them.

use serde::Serialize;

/// A place in a text file: both counts start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
}

impl Position {
    /// The places of bytes of a string, as [`of`](Self::of) has them, in one pass over it.
    pub(crate) fn of_all(text: &[u8], offsets: impl IntoIterator<Item = usize>) -> Vec<Self> {
        let mut ordered: Vec<(usize, usize)> = offsets.into_iter().enumerate().collect();
        ordered.sort_unstable_by_key(|(_, offset)| *offset);
        let mut places = vec![Self { line: 1, column: 1 }; ordered.len()];
        let (mut passed, mut here) = (0, Self { line: 1, column: 1 });
        for (at, offset) in ordered {
            let offset = offset.min(text.len());
            let more = Self::of(&text[passed..offset], offset - passed);
            here = match more.line {
                1 => Self {
                    line: here.line,
                    column: here.column + more.column - 1,
                },
                lines => Self {
                    line: here.line + lines - 1,
                    column: more.column,
                },
            };
            (passed, places[at]) = (offset, here);
        }
        places
    }

    /// The place of a byte of a string; the string's end for a byte beyond it.
    pub(crate) fn of(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        // Continuation bytes of UTF-8 belong to the character before them.
        let is_start = |byte: &&u8| **byte & 0xc0 != 0x80;
        Self {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: before.iter().skip(start).filter(is_start).count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "a\né = x\n";
        let place = |offset| {
            let Position { line, column } = Position::of(text.as_bytes(), offset);
            (line, column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(2), (2, 1));
        assert_eq!(place(text.find('x').unwrap()), (2, 5));
        assert_eq!(place(999), (3, 1));
        let offsets = [999, 0, 2, 5, 5, 1];
        let places = offsets.map(|offset| Position::of(text.as_bytes(), offset));
        assert_eq!(Position::of_all(text.as_bytes(), offsets), places);
    }
}
