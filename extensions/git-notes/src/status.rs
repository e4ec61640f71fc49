//! What `git status --porcelain=v1 --branch -z` says, by where a change is.

use crate::report::code;

/// Changes, each in words; a file may be in two of the lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub branch: String,
    pub conflicts: Vec<String>,
    pub staged: Vec<String>,
    pub unstaged: Vec<String>,
    pub untracked: Vec<String>,
}

impl Status {
    /// The lists with their names, those that are empty left out.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let groups = [
            ("Conflicts", self.conflicts.as_slice()),
            ("Staged", &self.staged),
            ("Not staged", &self.unstaged),
            ("Untracked", &self.untracked),
        ];
        groups
            .into_iter()
            .filter(|(_, changes)| !changes.is_empty())
    }
}

/// Reads what git writes: entries that end in NUL, each two letters and a path; a renamed file's old
/// path is an entry of its own.
pub fn parse(text: &str) -> Status {
    let mut status = Status::default();
    let mut entries = text.split_terminator('\0');
    while let Some(entry) = entries.next() {
        if let Some(branch) = entry.strip_prefix("## ") {
            status.branch = branch.to_owned();
            continue;
        }
        let Some((letters, path)) = entry.split_at_checked(3) else {
            continue;
        };
        let mut letters = letters.chars();
        let (index, tree) = (letters.next().unwrap_or(' '), letters.next().unwrap_or(' '));
        let mut path = code(path);
        if matches!(index, 'R' | 'C') || matches!(tree, 'R' | 'C') {
            let old = entries.next().unwrap_or_default();
            path = format!("{} → {path}", code(old));
        }
        match (index, tree) {
            ('?', _) => status.untracked.push(path),
            ('!', _) => {}
            ('U', _) | (_, 'U') | ('A', 'A') | ('D', 'D') => status.conflicts.push(path),
            _ => {
                if let Some(word) = word(index) {
                    status.staged.push(format!("{word} {path}"));
                }
                if let Some(word) = word(tree) {
                    status.unstaged.push(format!("{word} {path}"));
                }
            }
        }
    }
    status
}

fn word(letter: char) -> Option<&'static str> {
    Some(match letter {
        'M' => "modified",
        'A' => "added",
        'D' => "deleted",
        'R' => "renamed",
        'C' => "copied",
        'T' => "of another type:",
        _ => return None,
    })
}
