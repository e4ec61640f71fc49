//! The envelope of a JSON-RPC message: the few members at its top by which it is known, found without parsing the rest.
//!
//! The order of an object's members is nobody's promise: some editors write `params` first and `method` last, and a
//! nested `"method"` is not the message's. So values are skipped as a whole, at the speed of `memchr`, and only keys at
//! the top are looked at.

use std::ops::Range;

use memchr::memchr2;

/// The kind of a message, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request or a notification: where its method stands, without quotes.
    Call { method: Range<usize> },
    /// An answer: where its id stands, as it is written.
    Answer { id: Option<Range<usize>> },
    /// Neither: a batch, or what is not JSON.
    Other,
}

/// The outcome of a look at the beginning of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// More of it is needed.
    More,
    /// It is known.
    Known(Kind),
}

/// A scanner of one message, which may come in parts: each time it is given the same beginning with more behind it, and
/// goes on where it was.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    position: usize,
    state: State,
    id: Option<Range<usize>>,
    has_result: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Begin,
    Key,
    Colon(Member),
    Value(Member),
    Skip {
        depth: u32,
        in_string: bool,
    },
}

/// The members that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Id,
    Method,
    /// `result` or `error`: only answers have one.
    Result,
    Other,
}

impl Member {
    fn of(key: &[u8]) -> Self {
        match key {
            b"id" => Self::Id,
            b"method" => Self::Method,
            b"result" | b"error" => Self::Result,
            _ => Self::Other,
        }
    }
}

impl Scanner {
    /// Looks on. An answer is known by its `result` alone where its id is not `wanted`.
    pub(super) fn scan(&mut self, bytes: &[u8], wants_id: bool) -> Scanned {
        loop {
            match self.state {
                State::Begin => match self.next_solid(bytes) {
                    None => return Scanned::More,
                    Some(b'{') => {
                        self.position += 1;
                        self.state = State::Key;
                    }
                    Some(_) => return Scanned::Known(Kind::Other),
                },
                State::Key => match self.next_solid(bytes) {
                    None => return Scanned::More,
                    Some(b',') => self.position += 1,
                    Some(b'"') => {
                        let start = self.position + 1;
                        let Some(end) = string_end(bytes, start) else {
                            return Scanned::More;
                        };
                        self.state = State::Colon(Member::of(&bytes[start..end]));
                        self.position = end + 1;
                    }
                    // It ends here, or is not JSON.
                    Some(_) if self.has_result => return Scanned::Known(self.answer()),
                    Some(_) => return Scanned::Known(Kind::Other),
                },
                State::Colon(member) => match self.next_solid(bytes) {
                    None => return Scanned::More,
                    Some(b':') => {
                        self.position += 1;
                        self.state = State::Value(member);
                    }
                    Some(_) => return Scanned::Known(Kind::Other),
                },
                State::Value(member) => {
                    let Some(first) = self.next_solid(bytes) else {
                        return Scanned::More;
                    };
                    match (member, first) {
                        (Member::Method, b'"') => {
                            let start = self.position + 1;
                            return match string_end(bytes, start) {
                                None => Scanned::More,
                                Some(end) => Scanned::Known(Kind::Call { method: start..end }),
                            };
                        }
                        (Member::Id, _) => {
                            let Some(end) = scalar_end(bytes, self.position) else {
                                return Scanned::More;
                            };
                            self.id = Some(self.position..end);
                            self.position = end;
                            self.state = State::Key;
                            if self.has_result {
                                return Scanned::Known(self.answer());
                            }
                        }
                        (Member::Result, _) if self.id.is_some() || !wants_id => {
                            return Scanned::Known(self.answer());
                        }
                        (member, _) => {
                            self.has_result |= member == Member::Result;
                            self.state = State::Skip {
                                depth: 0,
                                in_string: false,
                            };
                        }
                    }
                }
                State::Skip { depth, in_string } => {
                    if !self.skip(bytes, depth, in_string) {
                        return Scanned::More;
                    }
                }
            }
        }
    }

    /// The kind of a message of which no more is looked at.
    pub(super) fn so_far(&self) -> Kind {
        match self.has_result {
            true => self.answer(),
            false => Kind::Other,
        }
    }

    fn answer(&self) -> Kind {
        Kind::Answer {
            id: self.id.clone(),
        }
    }

    /// The next byte that is no white space, which is not passed.
    fn next_solid(&mut self, bytes: &[u8]) -> Option<u8> {
        while let Some(byte) = bytes.get(self.position) {
            if !byte.is_ascii_whitespace() {
                return Some(*byte);
            }
            self.position += 1;
        }
        None
    }

    /// Skips the value that has begun; `false` where it goes on behind `bytes`.
    fn skip(&mut self, bytes: &[u8], mut depth: u32, mut in_string: bool) -> bool {
        loop {
            if in_string {
                match string_end_or_break(bytes, self.position) {
                    Ok(end) => self.position = end + 1,
                    Err(position) => {
                        self.position = position;
                        self.state = State::Skip { depth, in_string };
                        return false;
                    }
                }
                in_string = false;
                if depth == 0 {
                    break;
                }
            }
            let Some(byte) = bytes.get(self.position) else {
                self.state = State::Skip { depth, in_string };
                return false;
            };
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 1 => depth -= 1,
                b'}' | b']' if depth == 1 => {
                    self.position += 1;
                    break;
                }
                // A number or a word has ended before it.
                b',' | b'}' | b']' if depth == 0 => break,
                _ => {}
            }
            self.position += 1;
        }
        self.state = State::Key;
        true
    }
}

/// The place of the quote that ends a string whose text begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    string_end_or_break(bytes, start).ok()
}

/// As [`string_end`]; where it is not there yet, the place to go on from.
fn string_end_or_break(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let mut position = start;
    while let Some(rest) = bytes.get(position..) {
        match memchr2(b'"', b'\\', rest) {
            None => return Err(bytes.len()),
            Some(found) if rest[found] == b'"' => return Ok(position + found),
            // What is escaped may not be there yet.
            Some(found) if found + 1 == rest.len() => return Err(position + found),
            Some(found) => position += found + 2,
        }
    }
    Err(bytes.len())
}

/// The end of a string, a number or a word.
fn scalar_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) == Some(&b'"') {
        return string_end(bytes, start + 1).map(|end| end + 1);
    }
    let rest = bytes.get(start..)?;
    let ends = |byte: &u8| matches!(byte, b',' | b'}') || byte.is_ascii_whitespace();
    rest.iter().position(ends).map(|length| start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans it whole, and in all ways to come in two parts.
    fn scan(text: &str, wants_id: bool) -> (String, Option<String>) {
        let bytes = text.as_bytes();
        let Scanned::Known(kind) = Scanner::default().scan(bytes, wants_id) else {
            panic!("{text}");
        };
        for middle in 0..bytes.len() {
            let mut scanner = Scanner::default();
            let again = match scanner.scan(&bytes[..middle], wants_id) {
                Scanned::More => scanner.scan(bytes, wants_id),
                known => known,
            };
            assert_eq!(again, Scanned::Known(kind.clone()), "{text} at {middle}");
        }
        match kind {
            Kind::Call { method } => (text[method].into(), None),
            Kind::Answer { id } => ("answer".into(), id.map(|id| text[id].into())),
            Kind::Other => ("other".into(), None),
        }
    }

    #[test]
    fn a_call_is_known_by_the_method_at_its_top_wherever_it_stands() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"a/b","params":{"method":"no"}}"#,
            r#"{"params":{"method":"no","deep":[{"method":"no"},"\"method\":\"no"]},"id":1,"method":"a/b"}"#,
            "{ \"params\" : [ ] ,\n \"x\" : \"\\\\\" , \"n\" : -1.5e3 , \"w\":true, \"method\" : \"a/b\" }",
        ] {
            assert_eq!(scan(text, true).0, "a/b", "{text}");
        }
    }

    #[test]
    fn an_answer_has_its_id_before_or_after_its_result() {
        let first = r#"{"id":"annexe:1","result":{"id":2}}"#;
        assert_eq!(
            scan(first, true),
            ("answer".into(), Some("\"annexe:1\"".into()))
        );
        let last = r#"{"jsonrpc":"2.0","result":{"id":2,"s":"}"},"id":17}"#;
        assert_eq!(scan(last, true), ("answer".into(), Some("17".into())));
        assert_eq!(scan(last, false), ("answer".into(), None));
        let error = r#"{"error":null,"id":null}"#;
        assert_eq!(scan(error, true), ("answer".into(), Some("null".into())));
        assert_eq!(scan(r#"{"result":1}"#, true), ("answer".into(), None));
    }

    #[test]
    fn what_is_no_message_is_let_through() {
        for text in ["[{\"method\":\"a\"}]", "{}", "{\"id\":1}", "x", "{1}"] {
            assert_eq!(scan(text, true).0, "other", "{text}");
        }
    }

    #[test]
    fn an_end_in_an_escape_is_not_the_end_of_a_string() {
        let mut scanner = Scanner::default();
        let text = br#"{"params":"a\"","method":"m"}"#;
        assert_eq!(scanner.scan(&text[..13], true), Scanned::More);
        assert!(matches!(
            scanner.scan(text, true),
            Scanned::Known(Kind::Call { .. })
        ));
    }
}
