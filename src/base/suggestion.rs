//! Suggestions for mistyped words: the known word that was probably meant.
//!
//! Case does not count, nor whether the parts of a word are joined by `-`, `_` or a space. A known word is near to what
//! was written where no more than a third of its letters differ, at least one; swapped neighbours count once.

use std::borrow::Cow;

/// The longest word that anything is suggested for, in bytes: a comparison takes the product of both lengths, and
/// nothing is this long by a slip.
const LONGEST: usize = 64;

/// The shortest part of a name by which the whole is found, in bytes.
const SHORTEST_PART: usize = 3;

/// The most names that are suggested at once.
const MOST_NAMES: usize = 3;

/// The known word nearest to `word`, if one is near enough to be meant; of several, the first.
pub fn nearest<'known>(
    word: &str,
    known: impl IntoIterator<Item = &'known str>,
) -> Option<&'known str> {
    nearest_within(word, known, usize::MAX)
}

/// The known word nearest to `word` as [`nearest`] finds it, where no more than `most` letters differ either.
pub(crate) fn nearest_within<'known>(
    word: &str,
    known: impl IntoIterator<Item = &'known str>,
    most: usize,
) -> Option<&'known str> {
    let written = Written::new(word)?;
    known
        .into_iter()
        .filter_map(|known| Some((written.distance(known, most)?, known)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The names like `word`, the nearest first and at most three: those near enough to be meant, and those that hold it
/// whole.
pub fn similar<'known, Name: AsRef<str> + Ord>(
    word: &str,
    names: impl IntoIterator<Item = &'known Name>,
) -> Vec<&'known Name> {
    let Some(written) = Written::new(word) else {
        return Vec::new();
    };
    let mut found: Vec<(usize, &Name)> = names
        .into_iter()
        .filter_map(|name| Some((written.distance_or_part(name.as_ref())?, name)))
        .collect();
    found.sort();
    let nearest = found.into_iter().take(MOST_NAMES);
    nearest.map(|(_, name)| name).collect()
}

/// A word as it was written, in the form in which it is compared.
struct Written(String);

impl Written {
    /// `None` for a word that is too long for a slip.
    fn new(word: &str) -> Option<Self> {
        (word.len() <= LONGEST).then(|| Self(folded(word).into_owned()))
    }

    /// How many letters differ, if few enough for `known` to be meant.
    fn distance(&self, known: &str, most: usize) -> Option<usize> {
        let limit = (known.len() / 3).clamp(1, most);
        // A letter has up to four bytes.
        if known.len().abs_diff(self.0.len()) > 4 * limit {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&self.0, &folded(known));
        (distance <= limit).then_some(distance)
    }

    /// The distance of a name that is near, or that holds the word.
    fn distance_or_part(&self, name: &str) -> Option<usize> {
        let part = || {
            let is_part = self.0.len() >= SHORTEST_PART && folded(name).contains(&self.0);
            is_part.then(|| name.len().saturating_sub(self.0.len()))
        };
        self.distance(name, usize::MAX).or_else(part)
    }
}

/// A word in lower case, its parts joined by `_`.
fn folded(word: &str) -> Cow<'_, str> {
    let is_folded = |letter: u8| letter.is_ascii() && !matches!(letter, b'A'..=b'Z' | b'-' | b' ');
    match word.bytes().all(is_folded) {
        true => word.into(),
        false => word.to_lowercase().replace(['-', ' '], "_").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_the_word_that_was_meant() {
        let known = [
            "name",
            "version",
            "languages",
            "language",
            "code_action_kinds",
        ];
        let nearest = |word: &str| nearest(word, known);
        assert_eq!(nearest("nmae"), Some("name"));
        assert_eq!(nearest("Version"), Some("version"));
        assert_eq!(nearest("langauge"), Some("language"));
        assert_eq!(nearest("code-action-kinds"), Some("code_action_kinds"));
        assert_eq!(nearest("homepage"), None);
        assert_eq!(nearest(""), None);
        assert_eq!(nearest(&"n".repeat(100_000)), None);
    }

    #[test]
    fn fewer_letters_may_differ_where_that_is_said() {
        let nearest = |most| nearest_within("bakgroud", ["background.border", "background"], most);
        assert_eq!(nearest(2), Some("background"));
        assert_eq!(nearest(1), None);
    }

    #[test]
    fn names_are_found_by_a_slip_and_by_a_part() {
        let names = ["toml", "html", "yaml", "html-snippets", "log"];
        let similar = |word: &str| {
            similar(word, &names)
                .into_iter()
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(similar("tmol"), ["toml"]);
        assert_eq!(similar("HTML"), ["html", "html-snippets"]);
        assert_eq!(similar("snippets"), ["html-snippets"]);
        assert_eq!(similar("html_snipets"), ["html-snippets"]);
        assert!(similar("ht").is_empty());
        assert!(similar("python").is_empty());
        assert!(similar(&"x".repeat(100_000)).is_empty());
    }
}
