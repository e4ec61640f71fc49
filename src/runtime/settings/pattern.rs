//! Patterns of file names, as `file_types` has them: those of Zed, in which `*` stands for folders too.

use std::{iter::Peekable, str::Chars};

use regex::Regex;

/// Reads a pattern.
///
/// `?` is one character, `*` any number of them, `**/` any number of folders or none, `[a-z]` and `[!a-z]` a
/// character of these or of all others, `{a,b}` one of several, and what stands after `\` is itself.
///
/// # Errors
/// What is wrong with it, in words that follow `it`.
pub fn read(pattern: &str) -> Result<Regex, &'static str> {
    let text = translated(pattern)?;
    Regex::new(&text).map_err(|_| "has a range that ends before it begins, or is too long")
}

/// The regular expression of a pattern.
fn translated(pattern: &str) -> Result<String, &'static str> {
    let mut regex = String::from("(?s)^");
    let mut open: usize = 0;
    let mut begins_folder = true;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        let began_folder = std::mem::replace(&mut begins_folder, character == '/');
        match character {
            '?' => regex.push('.'),
            '*' => {
                let is_double = rest.next_if_eq(&'*').is_some();
                if is_double && began_folder && rest.next_if_eq(&'/').is_some() {
                    regex.push_str("(?:.*/)?");
                    begins_folder = true;
                } else {
                    regex.push_str(".*");
                }
            }
            '[' => class(&mut rest, &mut regex)?,
            '{' => {
                open += 1;
                regex.push_str("(?:");
                begins_folder = began_folder;
            }
            '}' if open > 0 => {
                open -= 1;
                regex.push(')');
            }
            '}' => return Err("has a `}` without a `{`"),
            ',' if open > 0 => regex.push('|'),
            '\\' => literal(rest.next().ok_or("ends with a `\\`")?, &mut regex),
            other => literal(other, &mut regex),
        }
    }
    if open > 0 {
        return Err("has a `{` without a `}`");
    }
    regex.push('$');
    Ok(regex)
}

/// Reads a class of characters, from behind its `[`.
fn class(rest: &mut Peekable<Chars<'_>>, regex: &mut String) -> Result<(), &'static str> {
    regex.push('[');
    if rest.next_if(|it| matches!(it, '!' | '^')).is_some() {
        regex.push('^');
    }
    let mut is_first = true;
    while let Some(character) = rest.next() {
        match character {
            ']' if !is_first => {
                regex.push(']');
                return Ok(());
            }
            // At either end it is itself.
            '-' if !is_first && rest.peek().is_some_and(|it| *it != ']') => regex.push('-'),
            other => literal(other, regex),
        }
        is_first = false;
    }
    Err("has a `[` without a `]`")
}

fn literal(character: char, regex: &mut String) {
    regex.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_zed() {
        for (pattern, matched, other) in [
            ("yml", "yml", "yaml"),
            ("Dockerfile*", "Dockerfile.dev", "MyDockerfile"),
            ("tsconfig*.json", "tsconfig.base.json", "package.json"),
            (
                "**/.zed/*.json",
                "/home/me/.zed/a.json",
                "/home/me/zed/a.json",
            ),
            ("**/a", "a", "ba"),
            ("src/**/a", "src/a", "src/ba"),
            ("*.json", "/x/y.json", "/x/y.jsonc"),
            ("a?c", "aéc", "ac"),
            ("[a-c]x", "bx", "dx"),
            ("[!a-c]x", "dx", "bx"),
            ("[]-]x", "-x", "ax"),
            ("[^]]x", "ax", "]x"),
            ("{*.a,b{c,d}}", "bd", "b"),
            ("{**/a,b}", "x/a", "xa"),
            ("a\\*b", "a*b", "aab"),
            ("a.b", "a.b", "axb"),
            ("a,b", "a,b", "a"),
        ] {
            let regex = read(pattern).unwrap();
            assert!(regex.is_match(matched), "{pattern}: {regex}");
            assert!(!regex.is_match(other), "{pattern}: {regex}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (pattern, words) in [
            ("{a,b", "`{`"),
            ("a}", "`}`"),
            ("[a", "`[`"),
            ("[", "`[`"),
            ("[z-a]", "range"),
            ("a\\", "ends with"),
        ] {
            let problem = read(pattern).unwrap_err();
            assert!(problem.contains(words), "{pattern}: {problem}");
        }
    }
}
