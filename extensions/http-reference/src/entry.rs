//! What is said of one status code or field.

/// A status code, a class of them, or a field.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is looked up by.
    pub term: &'static str,
    /// A code's reason phrase, or the messages a field is for.
    pub title: &'static str,
    /// The document that defines it.
    pub source: &'static str,
    /// What it means, as Markdown.
    pub text: &'static str,
}

impl Entry {
    /// Its name and title on one line: `404 Not Found`, `Via (request and response field)`.
    pub fn heading(&self) -> String {
        if self.is_code() {
            format!("{} {}", self.term, self.title)
        } else {
            format!("{} ({})", self.term, self.title)
        }
    }

    /// All that is known of it, as Markdown below a heading.
    pub fn page(&self) -> String {
        format!(
            "# {}\n\n{}\n\nDefined in {}.",
            self.heading(),
            self.text,
            self.source
        )
    }

    /// Whether a person who typed this means it, however they write it: `retry after`, `Retry-After:`.
    pub fn is_called(&self, typed: &str) -> bool {
        self.term.eq_ignore_ascii_case(typed) || self.is_code() && slug(self.title) == slug(typed)
    }

    fn is_code(&self) -> bool {
        self.term.starts_with(|first: char| first.is_ascii_digit())
    }
}

/// A text in lower case, with a dash for each run of what is no letter or digit.
pub fn slug(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}
