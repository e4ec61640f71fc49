//! TOML, JSON and their like as tokens: enough of them to know a value from a key.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// With its quotes.
    Text,
    Number,
    /// A bare key, or `true`.
    Word,
    Sign,
}

/// The tokens of a text, and where they are. What is neither is left out.
pub fn tokens(text: &[u8]) -> Vec<(Token, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let start = at;
        let is_in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+.".contains(byte);
        let token = match byte {
            b'"' | b'\'' => {
                at = end_of_text(text, at, *byte);
                Token::Text
            }
            b'#' => {
                at = end_of_line(text, at);
                continue;
            }
            b'/' if text.get(at + 1) == Some(&b'/') => {
                at = end_of_line(text, at);
                continue;
            }
            byte if byte.is_ascii_digit() || (*byte == b'-' && starts_number(text, at + 1)) => {
                at = while_in(text, at + 1, is_in_word);
                Token::Number
            }
            byte if byte.is_ascii_alphabetic() || *byte == b'_' => {
                at = while_in(text, at, is_in_word);
                Token::Word
            }
            byte if byte.is_ascii_punctuation() => {
                at += 1;
                Token::Sign
            }
            _ => {
                at += 1;
                continue;
            }
        };
        tokens.push((token, start..at));
    }
    tokens
}

/// Whether a token is what a key is: a name with `:` or `=` after it.
pub fn is_key(text: &[u8], range: &Range<usize>) -> bool {
    let mut rest = text[range.end..]
        .iter()
        .skip_while(|byte| matches!(byte, b' ' | b'\t'));
    matches!(rest.next(), Some(b':' | b'='))
}

fn starts_number(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(u8::is_ascii_digit)
}

fn while_in(text: &[u8], at: usize, is_in: impl Fn(&u8) -> bool) -> usize {
    at + text[at..].iter().take_while(|byte| is_in(byte)).count()
}

fn end_of_line(text: &[u8], at: usize) -> usize {
    while_in(text, at, |byte| *byte != b'\n')
}

fn end_of_text(text: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' => return at,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}
