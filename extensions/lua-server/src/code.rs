//! Lua as it is written, and labels made of it.

use zed_extension_api::{CodeLabel, CodeLabelSpan};

/// Words that are no names in any version of Lua.
const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// Whether it is a keyword.
pub fn is_keyword(text: &str) -> bool {
    KEYWORDS.contains(&text)
}

/// Whether it can stand for a variable or a field.
pub fn is_name(text: &str) -> bool {
    let is_letter = |character: char| character == '_' || character.is_ascii_alphabetic();
    text.starts_with(is_letter)
        && text
            .chars()
            .all(|character| is_letter(character) || character.is_ascii_digit())
        && !is_keyword(text)
}

/// Whether it is names with dots between them, the last one perhaps after a colon: `a.b:c`.
pub fn is_path(text: &str) -> bool {
    let (owner, method) = match text.split_once(':') {
        Some((owner, method)) => (owner, Some(method)),
        None => (text, None),
    };
    owner.split('.').all(is_name) && method.is_none_or(is_name)
}

/// A label that shows `shown` alone out of the code `prefix` + `shown` + `suffix`, and is found by all
/// that it shows.
pub fn part(prefix: &str, shown: &str, suffix: &str) -> CodeLabel {
    CodeLabel {
        code: format!("{prefix}{shown}{suffix}"),
        spans: vec![CodeLabelSpan::code_range(
            prefix.len()..prefix.len() + shown.len(),
        )],
        filter_range: (0..shown.len()).into(),
    }
}

/// A label that is no code: a text shown with one highlight.
pub fn text(text: &str, highlight: &str) -> CodeLabel {
    CodeLabel {
        code: String::new(),
        spans: vec![literal(text, Some(highlight))],
        filter_range: (0..text.len()).into(),
    }
}

/// A piece of text.
pub fn literal(text: &str, highlight: Option<&str>) -> CodeLabelSpan {
    CodeLabelSpan::literal(text, highlight.map(str::to_owned))
}
