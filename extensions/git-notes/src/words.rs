//! Which words are revisions and which are paths.

use crate::git::Repository;

/// A revision or a range, by the hashes of its commits, and the paths that came after it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub revision: Option<String>,
    pub paths: Vec<String>,
}

/// Tells them apart: only the first word may be a revision, and is if git knows it as one.
pub fn sort(repository: &Repository, words: &[String], ranges: bool) -> Result<Words, String> {
    let mut sorted = Words::default();
    let mut rest = words;
    if let [first, others @ ..] = words {
        sorted.revision = revision(repository, first, ranges)?;
        if sorted.revision.is_some() {
            rest = others;
        }
    }
    for word in rest {
        check_path(word)?;
        if !is_known(repository, word) {
            let among = if rest.len() == words.len() {
                "neither a revision nor a path"
            } else {
                "no path"
            };
            return Err(format!("`{word}` is {among} that git knows here"));
        }
    }
    sorted.paths = rest.to_vec();
    Ok(sorted)
}

/// Refuses a path outside the folder, of which a person has not asked to see anything.
pub fn check_path(path: &str) -> Result<(), String> {
    let is_absolute = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":");
    if is_absolute || path.split(['/', '\\']).any(|part| part == "..") {
        return Err(format!("`{path}` is no path inside this folder"));
    }
    Ok(())
}

/// `a`, `a..b` or `a...b`, where a missing side is `HEAD`.
fn revision(repository: &Repository, word: &str, ranges: bool) -> Result<Option<String>, String> {
    if word.starts_with("./") || word == "." {
        return Ok(None);
    }
    let range = ["...", ".."]
        .into_iter()
        .find_map(|dots| Some((dots, word.split_once(dots)?)));
    let Some((dots, (first, last))) = range else {
        return repository.commit(word);
    };
    if !ranges {
        return Ok(None);
    }
    let commit = |side: &str| repository.commit(if side.is_empty() { "HEAD" } else { side });
    Ok(match (commit(first)?, commit(last)?) {
        (Some(first), Some(last)) => Some(format!("{first}{dots}{last}")),
        _ => None,
    })
}

/// Whether there is or was such a file, or a folder of some.
fn is_known(repository: &Repository, path: &str) -> bool {
    let has_words = |arguments: &[&str]| {
        repository
            .read(arguments)
            .is_ok_and(|text| !text.trim().is_empty())
    };
    path == "."
        || has_words(&["ls-files", "--cached", "--others", "--", path])
        || has_words(&["log", "-1", "--all", "--format=%h", "--", path])
}
