//! The check that an index file has only grown since it was read last. Lines are never changed or removed,
//! so a file that lost some is an old one, and a file that changed some was tampered with.
//!
//! What is not a line of this extension, such as a page that came in the place of one, says nothing and is
//! not held against the server: one that was ill once must not be refused when it is well again.

use serde_json::Value;

use crate::base::types::ExtensionId;

/// The relation of two states of an index file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// The new one has every line of the old one, and perhaps more after them.
    Grown,
    /// The new one ends before the old one does, and is the same up to there.
    Shrunk,
    /// They differ in a line that both have; its number from 1, in the new one.
    Rewritten {
        /// The first such line.
        line: usize,
    },
}

/// Compares what the index file of `id` has now with what it had.
pub(super) fn growth(id: &ExtensionId, old: &[u8], new: &[u8]) -> Growth {
    let mut new = lines(id, new);
    let mut is_shorter = false;
    for old in lines(id, old) {
        match new.next() {
            Some((_, new)) if new == old.1 => {}
            Some((line, _)) => return Growth::Rewritten { line },
            None => {
                is_shorter = true;
                break;
            }
        }
    }
    if is_shorter {
        Growth::Shrunk
    } else {
        Growth::Grown
    }
}

/// The lines that say something, with their numbers. The last one may lack its newline, but not its end:
/// what an interrupted append has left is not a line yet.
fn lines<'a>(
    id: &'a ExtensionId,
    content: &'a [u8],
) -> impl Iterator<Item = (usize, &'a [u8])> + 'a {
    content
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(number, line)| (number + 1, line.trim_ascii()))
        .filter(|(_, line)| says_something(id, line))
}

/// Whether a line may be one of the format, of this extension or of none that is named.
fn says_something(id: &ExtensionId, line: &[u8]) -> bool {
    match serde_json::from_slice(line) {
        Ok(Value::Object(line)) => line.get("id").is_none_or(|named| named == id.as_str()),
        Ok(_) => true,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grew_is_told_from_an_older_and_a_changed_one() {
        let id = "toml".parse().unwrap();
        let grown = |old: &str, new: &str| growth(&id, old.as_bytes(), new.as_bytes());
        for (old, new) in [
            ("", ""),
            ("", "{}\n"),
            ("{}\n", "{}\n[]\n"),
            ("{}\n", "{}\n"),
            // Line ends and empty lines say nothing.
            ("{}\n\n[]\n", "{}\r\n[]"),
            // An append that was cut off, here and there.
            ("{}\n{\"v", "{}\n[]\n"),
            ("{}\n", "{}\n{\"v"),
            ("{}\n{\"v", "{}\n"),
            // Lines that were never of this extension.
            ("{}\n<html>\n", "{}\n[]\n"),
            ("{}\n", "{}\n<html>\n[]\n"),
            ("{}\n{\"id\":\"other\"}\n", "{}\n{\"id\":\"toml\"}\n"),
        ] {
            assert_eq!(grown(old, new), Growth::Grown, "{old:?} {new:?}");
        }
        for (old, new) in [
            ("{}\n", ""),
            ("{}\n[]\n", "{}\n"),
            ("{}\n[]\n", "{}\n{\"v"),
            ("{}\n[]\n", "{}\n<html>\n"),
        ] {
            assert_eq!(grown(old, new), Growth::Shrunk, "{old:?} {new:?}");
        }
        for (old, new, line) in [
            ("{}\n", "[]\n", 1),
            ("{}\n[]\n1\n", "{}\n1\n", 2),
            ("{}\n[]\n", "\n{}\n[1]\n2\n", 3),
            ("{}\n[]\n1\n", "{}\n<html>\n1\n", 3),
            ("{\"id\":\"toml\"}\n[]\n", "{\"id\":\"other\"}\n[]\n", 2),
        ] {
            assert_eq!(
                grown(old, new),
                Growth::Rewritten { line },
                "{old:?} {new:?}"
            );
        }
    }
}
