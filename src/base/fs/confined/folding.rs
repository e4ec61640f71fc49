//! The names that a file system takes for the same.

use super::{ConfinedFolder, Result};

/// A name with a letter of each kind that some file systems fold.
const NAME: &str = ".annexe-name-\u{e9}";

/// The same in other cases, and with the accent by itself.
const OTHERS: [&str; 3] = [
    ".ANNEXE-NAME-\u{e9}",
    ".annexe-name-\u{c9}",
    ".annexe-name-e\u{301}",
];

impl ConfinedFolder {
    /// Whether two names in this folder may be the same that differ in case, or in how accents are spelled. It is
    /// tried with a file that is gone afterwards; where that fails, they may.
    pub fn folds_names(&self) -> bool {
        self.tries_names().unwrap_or(true)
    }

    fn tries_names(&self) -> Result<bool> {
        drop(self.create_new(NAME, false)?);
        let found = OTHERS.iter().try_fold(false, |found, other| {
            Ok(found || self.kind(other)?.is_some())
        });
        self.remove_file(NAME)?;
        found
    }
}
