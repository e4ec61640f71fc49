//! Changes of single members of a JSON text that leave every other byte as it came.

use std::ops::Range;

/// The place of an object's member in its text.
struct Member {
    key: Range<usize>,
    value: Range<usize>,
}

/// Returns the text of the member at the end of a path of keys. The text must be JSON.
pub(in crate::bridge) fn get<'a>(text: &'a [u8], path: &[&str]) -> Option<&'a [u8]> {
    let mut span = whole(text)?;
    for key in path {
        span = find(text, span, key)?.value;
    }
    text.get(span)
}

/// Reads the member at the end of a path of keys; `None` where it is not there, or is something else.
pub(in crate::bridge) fn read<T: serde::de::DeserializeOwned>(
    text: &[u8],
    path: &[&str],
) -> Option<T> {
    serde_json::from_slice(get(text, path)?).ok()
}

/// Sets the member at the end of a path of keys, and makes what is missing on the way to it. The text must be JSON, and
/// an object; `None` where it is not.
pub(in crate::bridge) fn set(text: &[u8], path: &[&str], value: &str) -> Option<Vec<u8>> {
    let mut object = whole(text)?;
    if text.get(object.start) != Some(&b'{') {
        return None;
    }
    for (depth, key) in path.iter().enumerate() {
        let rest = path.get(depth + 1..)?;
        let Some(member) = find(text, object.clone(), key) else {
            // Before the first one: where the last one ends need not be known.
            let at = object.start + 1;
            let is_empty = text.get(skip_space(text, at)) == Some(&b'}');
            let comma = if is_empty { "" } else { "," };
            let made = format!("{}:{}{comma}", quoted(key), nested(rest, value));
            return Some(replaced(text, at..at, &made));
        };
        let is_object = text.get(member.value.start) == Some(&b'{');
        if rest.is_empty() || !is_object {
            return Some(replaced(text, member.value, &nested(rest, value)));
        }
        object = member.value;
    }
    Some(replaced(text, object, value))
}

/// A value inside of objects with these keys.
fn nested(path: &[&str], value: &str) -> String {
    path.iter().rev().fold(value.to_owned(), |inner, key| {
        format!("{{{}:{inner}}}", quoted(key))
    })
}

fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

fn replaced(text: &[u8], span: Range<usize>, with: &str) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len() + with.len());
    new.extend_from_slice(&text[..span.start]);
    new.extend_from_slice(with.as_bytes());
    new.extend_from_slice(&text[span.end..]);
    new
}

/// The value that a text is.
fn whole(text: &[u8]) -> Option<Range<usize>> {
    let start = skip_space(text, 0);
    Some(start..value_end(text, start)?)
}

/// The last member of a key, which is the one that counts.
fn find(text: &[u8], object: Range<usize>, key: &str) -> Option<Member> {
    let mut found = None;
    let mut position = object.start + 1;
    if text.get(object.start) != Some(&b'{') {
        return None;
    }
    loop {
        position = skip_space(text, position);
        match text.get(position)? {
            b',' => position += 1,
            b'"' => {
                let key_end = value_end(text, position)?;
                let colon = skip_space(text, key_end);
                let start = skip_space(text, colon + 1);
                let member = Member {
                    key: position..key_end,
                    value: start..value_end(text, start)?,
                };
                position = member.value.end;
                if is_key(&text[member.key.clone()], key) {
                    found = Some(member);
                }
            }
            _ => return found,
        }
    }
}

/// Whether a quoted key is this one, however it is written.
fn is_key(quoted: &[u8], key: &str) -> bool {
    match quoted.contains(&b'\\') {
        false => &quoted[1..quoted.len() - 1] == key.as_bytes(),
        true => serde_json::from_slice::<String>(quoted).is_ok_and(|it| it == key),
    }
}

fn skip_space(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
    start + space.count()
}

/// The end of the value that begins here.
fn value_end(text: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_u32;
    let mut position = start;
    loop {
        match text.get(position)? {
            b'"' => {
                position += 1;
                while text.get(position)? != &b'"' {
                    position += if text[position] == b'\\' { 2 } else { 1 };
                }
                if depth == 0 {
                    return Some(position + 1);
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => return Some(position + 1),
            _ if depth == 0 => {
                let rest = &text[position..];
                let ends =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                return Some(position + rest.iter().position(ends).unwrap_or(rest.len()));
            }
            _ => {}
        }
        position += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_in(text: &str, path: &[&str], value: &str) -> String {
        String::from_utf8(set(text.as_bytes(), path, value).unwrap()).unwrap()
    }

    #[test]
    fn a_member_is_replaced_and_all_else_stays() {
        let text = "{ \"a\" : 1.0 , \"b\":{\"c\":[1,{\"c\":2}], \"d\" : \"}\\\"\"},\"z\":1e400 }";
        assert_eq!(
            set_in(text, &["b", "c"], "null"),
            "{ \"a\" : 1.0 , \"b\":{\"c\":null, \"d\" : \"}\\\"\"},\"z\":1e400 }"
        );
        assert_eq!(get(text.as_bytes(), &["z"]).unwrap(), b"1e400");
        assert_eq!(get(text.as_bytes(), &["b", "d"]).unwrap(), br#""}\"""#);
        assert_eq!(get(text.as_bytes(), &["b", "x"]), None);
    }

    #[test]
    fn what_is_missing_on_the_way_is_made() {
        assert_eq!(set_in("{}", &["a", "b"], "1"), r#"{"a":{"b":1}}"#);
        assert_eq!(set_in(r#"{"x":1}"#, &["a"], "1"), r#"{"a":1,"x":1}"#);
        assert_eq!(
            set_in(r#"{"a":null}"#, &["a", "b"], "1"),
            r#"{"a":{"b":1}}"#
        );
        assert_eq!(
            set_in(r#"{"a":{"x":2}}"#, &["a", "b", "c"], "1"),
            r#"{"a":{"b":{"c":1},"x":2}}"#
        );
        assert_eq!(set(b"[1]", &["a"], "1"), None);
    }

    #[test]
    fn the_last_of_two_counts_however_its_key_is_written() {
        assert_eq!(
            set_in(r#"{"a":1,"\u0061":2}"#, &["a"], "3"),
            r#"{"a":1,"\u0061":3}"#
        );
    }
}
