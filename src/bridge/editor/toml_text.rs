//! Values of TOML as text, for the editors whose configuration is TOML or has it inside.

use std::path::Path;

use super::error::EditorError;
use crate::base::position::Position;

/// Reads an editor's file.
///
/// # Errors
/// [`EditorError::Malformed`] where it is not TOML, with the place.
pub(super) fn parse(
    editor: &'static str,
    path: &Path,
    text: &str,
) -> Result<toml::Table, EditorError> {
    text.parse().map_err(|error: toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start);
        EditorError::Malformed {
            editor,
            path: path.to_path_buf(),
            at: Position::of(text.as_bytes(), offset),
            message: error.message().to_owned(),
        }
    })
}

/// A string. Braces are escaped: Kakoune counts them, in what it quotes.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '{' | '}' | '%' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            character if character.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// An array of strings.
pub(super) fn array(texts: &[impl AsRef<str>]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| string(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_comes_through() {
        for text in ["", "a", "\"\\", "{%}", "é\n\t\u{7f}", "'''"] {
            let document: toml::Table = format!("a = {}", array(&[text])).parse().unwrap();
            assert_eq!(document["a"][0].as_str(), Some(text));
        }
    }
}
