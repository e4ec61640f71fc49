//! A budget for reading one extension: a hostile one must not keep an editor busy.

use std::cell::Cell;

use super::Declarative;

/// The budget that is left.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: Cell<u64>,
    patterns: Cell<u32>,
    large_patterns: Cell<u32>,
    guesses: Cell<u32>,
}

impl Budget {
    /// How many regular expressions are compiled; a language has a handful.
    const PATTERNS: u32 = 500;
    /// How many of them may be large, which takes a tenth of a second each.
    const LARGE_PATTERNS: u32 = 10;
    /// How many names that are not known are held against those that are. Each costs as much as a
    /// hundred lines of a file do.
    const GUESSES: u32 = 500;

    /// Returns the number of bytes that may still be read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    pub(super) fn spend_bytes(&self, count: u64) {
        self.bytes.set(self.bytes.get().saturating_sub(count));
    }

    /// Whether one more regular expression may be compiled.
    pub(super) fn spend_pattern(&self) -> bool {
        spend(&self.patterns)
    }

    /// Whether one more of them may be large.
    pub(super) fn spend_large_pattern(&self) -> bool {
        spend(&self.large_patterns)
    }

    /// Whether what was meant by one more name may be guessed.
    pub(super) fn spend_guess(&self) -> bool {
        spend(&self.guesses)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: Cell::new(Declarative::MAX_BYTES),
            patterns: Cell::new(Self::PATTERNS),
            large_patterns: Cell::new(Self::LARGE_PATTERNS),
            guesses: Cell::new(Self::GUESSES),
        }
    }
}

fn spend(left: &Cell<u32>) -> bool {
    let count = left.get();
    left.set(count.saturating_sub(1));
    count > 0
}
