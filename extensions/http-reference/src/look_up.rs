//! Finding entries by what a person types.

use crate::entry::{Entry, slug};
use crate::fields::FIELDS;
use crate::status_codes::{CLASSES, STATUS_CODES};

/// The most that are offered for one that is unknown.
const NEAR: usize = 3;

/// The entries that a line of words stands for, each once: words of their own, or together one code's
/// phrase.
pub fn find_all(line: &str) -> Result<Vec<&'static Entry>, String> {
    if let Ok(found) = find(line.trim()) {
        return Ok(found);
    }
    let mut entries: Vec<&Entry> = Vec::new();
    for word in line.split_whitespace() {
        for entry in find(word)? {
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
    }
    Ok(entries)
}

/// The entries that a word stands for: one, or a class and all its codes.
///
/// The error offers what is spelt nearly so.
fn find(word: &str) -> Result<Vec<&'static Entry>, String> {
    let typed = word.trim_end_matches([':', ',']);
    if let Some(class) = CLASSES.iter().find(|class| class.is_called(typed)) {
        let digit = class.term.get(..1).unwrap_or_default();
        let codes = STATUS_CODES.iter();
        let codes = codes.filter(|code| code.term.starts_with(digit));
        return Ok([class].into_iter().chain(codes).collect());
    }
    if let Some(entry) = all().find(|entry| entry.is_called(typed)) {
        return Ok(vec![entry]);
    }
    let near: Vec<_> = near(typed)
        .into_iter()
        .map(|entry| format!("`{}`", entry.term))
        .collect();
    let is_code = typed.chars().all(|character| character.is_ascii_digit());
    let kind = if is_code {
        "status code"
    } else {
        "status code or field"
    };
    let problem = format!("`{}` is no {kind} known here", typed.escape_debug());
    Err(match near.as_slice() {
        [] => format!("{problem}; try `404`, `4xx` or `Cache-Control`"),
        [one] => format!("{problem}; did you mean {one}?"),
        [first @ .., last] => format!("{problem}; did you mean {} or {last}?", first.join(", ")),
    })
}

/// The entries that begin with what is typed, then those that contain it.
pub fn matching(typed: &str) -> Vec<&'static Entry> {
    let typed = slug(typed);
    let place = |entry: &&Entry| {
        let names = [slug(entry.term), slug(entry.title)];
        // A field's title says only what it is for.
        let names = if entry.term.starts_with(char::is_numeric) {
            &names[..]
        } else {
            &names[..1]
        };
        names.iter().filter_map(|name| name.find(&typed)).min()
    };
    let (mut first, second): (Vec<_>, Vec<_>) = CLASSES
        .iter()
        .chain(all())
        .filter(|entry| place(entry).is_some())
        .partition(|entry| place(entry) == Some(0));
    first.extend(second);
    first
}

fn all() -> impl Iterator<Item = &'static Entry> {
    STATUS_CODES.iter().chain(&FIELDS)
}

/// What differs least from what is typed, and not in more than a third of it.
fn near(typed: &str) -> Vec<&'static Entry> {
    let typed = slug(typed);
    // A word that is far too long is near to nothing.
    if typed.is_empty() || typed.len() > 64 {
        return Vec::new();
    }
    let mut near: Vec<_> = all()
        .map(|entry| (distance(&slug(entry.term), &typed), entry))
        .filter(|(distance, _)| *distance <= (typed.len() / 3).max(1))
        .collect();
    // Stable, so that those equally near stay in order.
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter()
        .take(NEAR)
        .map(|(_, entry)| entry)
        .collect()
}

/// How many characters have to be put in, taken out or replaced to make one of the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, left) in from.bytes().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(to.bytes()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(before + 1).min(diagonal + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
