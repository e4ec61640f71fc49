//! Text from outside made safe to show: what a registry or a server wrote may hold control
//! characters that move a terminal's cursor, or marks that turn the direction of the text round it.

use std::path::Path;

/// The most characters of foreign text shown in one message.
const LONGEST: usize = 200;

/// `text` with control, bidirectional and invisible characters escaped, cut to 200 characters.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        escape(character, &mut shown);
    }
    shown
}

/// `text` in one line of at most `longest` characters, its line ends as spaces, and all else that would
/// steer a terminal escaped. What is cut ends in `…`.
pub fn one_line(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut characters = text.chars().peekable();
    let mut count = 0;
    while let Some(character) = characters.next() {
        if count == longest {
            shown.push('…');
            break;
        }
        count += 1;
        match character {
            '\r' if characters.peek() == Some(&'\n') => count -= 1,
            '\r' | '\n' | '\t' => shown.push(' '),
            _ => escape(character, &mut shown),
        }
    }
    shown
}

/// Adds `text`, with control, bidirectional and invisible characters escaped, and as long as it is.
pub(crate) fn escape_all(text: &str, to: &mut String) {
    for character in text.chars() {
        escape(character, to);
    }
}

fn escape(character: char, to: &mut String) {
    if is_control_or_bidi(character) {
        to.extend(character.escape_default());
    } else {
        to.push(character);
    }
}

/// Whether a character moves a terminal's cursor, turns the direction of text, or cannot be seen.
pub(crate) fn is_control_or_bidi(character: char) -> bool {
    let invisible = matches!(
        character,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    );
    invisible || character.is_control()
}

/// A path as a shell takes it: quoted, where it has to be.
pub fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |character: char| {
        character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '+' | ':' | '@')
    };
    let text = match text.starts_with('-') {
        true => format!("./{text}"),
        false => text,
    };
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else if cfg!(windows) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        assert_eq!(
            printable("a\u{1b}[2Jb\u{202e}c\né"),
            "a\\u{1b}[2Jb\\u{202e}c\\né"
        );
    }

    #[test]
    fn a_text_of_several_lines_is_shown_in_one() {
        let shown = one_line("a\r\nb\tc\u{1b}[2J\nd", 50);
        assert_eq!(shown, "a b c\\u{1b}[2J d");
        assert_eq!(one_line("éééé", 3), "ééé…");
        assert_eq!(one_line("éééé", 4), "éééé");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(printable(&"é".repeat(1000)).chars().count(), LONGEST + 1);
    }

    #[cfg(not(windows))]
    #[test]
    fn a_path_is_one_word_for_a_shell() {
        let table = [
            ("a/b-c.d", "a/b-c.d"),
            ("größe", "größe"),
            ("my folder", "'my folder'"),
            ("it's; $HOME", r"'it'\''s; $HOME'"),
            ("-rf", "./-rf"),
            ("", "''"),
        ];
        for (path, text) in table {
            assert_eq!(shell_word(Path::new(path)), text);
        }
    }
}
