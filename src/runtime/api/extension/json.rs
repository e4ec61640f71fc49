//! JSON that guests hand over as text.
//!
//! Numbers are kept as far as 64 bits hold them, keys in the order of the text; of two of one name the last counts.

use serde_json::Value;

use crate::{base::printable::printable, runtime::delegate::MAX_TEXT_BYTES};

/// The most `[`, `{` and `,` of a text, those in strings included. Each can stand for a value: with lists in lists, a
/// value takes up to 143 times the memory of its text (2.3 GiB for 16 MiB), outside of the guest's own limit. So
/// many take less than 100 MiB.
const MOST_VALUES: usize = 200_000;

/// The value of an answer's whole text, or the end of a sentence about it.
pub(super) fn whole(text: &str) -> Result<Value, String> {
    parse(text).map_err(|problem| format!("it {problem}"))
}

/// The value of a field's text, or the end of a sentence about the answer.
pub(super) fn field(name: &str, text: &str) -> Result<Value, String> {
    parse(text).map_err(|problem| format!("its `{name}` {problem}"))
}

fn parse(text: &str) -> Result<Value, String> {
    if text.len() as u64 > MAX_TEXT_BYTES {
        return Err(format!("is longer than {} MiB", MAX_TEXT_BYTES >> 20));
    }
    let of_value = |byte: &u8| matches!(byte, b'[' | b'{' | b',');
    if text.bytes().filter(of_value).count() > MOST_VALUES {
        return Err(format!(
            "has more than {MOST_VALUES} of the characters `[`, `{{` and `,`"
        ));
    }
    serde_json::from_str(text).map_err(|error| match text.trim().is_empty() {
        true => "is not JSON: it is empty".into(),
        false => format!("is not JSON: {error}, in `{}`", printable(text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_the_order_of_their_keys_and_their_numbers() {
        let text = r#"{"zebra":1,"apple":{"y":-9007199254740993,"x":1.5},"most":18446744073709551615,"z":null}"#;
        assert_eq!(whole(text).unwrap().to_string(), text);
        assert_eq!(field("config", " 7\n").unwrap(), 7);
    }

    #[test]
    fn what_is_not_json_is_named_and_shown_within_a_bound() {
        let table = [
            ("", "it is not JSON: it is empty"),
            (
                "{ not json",
                "it is not JSON: key must be a string at line 1 column 3, in `{ not json`",
            ),
            (
                "{} // why",
                "it is not JSON: trailing characters at line 1 column 4, in `{} // why`",
            ),
            (
                "a\nb\u{1b}",
                "it is not JSON: expected value at line 1 column 1, in `a\\nb\\u{1b}`",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(whole(text).unwrap_err(), expected);
        }
        let error = field("config", &"é".repeat(10_000)).unwrap_err();
        assert!(error.starts_with("its `config` is not JSON: "), "{error}");
        assert!(
            error.ends_with("éé…`") && error.chars().count() < 300,
            "{error}"
        );
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        whole(&nested(100)).unwrap();
        let error = whole(&nested(MOST_VALUES)).unwrap_err();
        assert!(error.contains("recursion limit exceeded"), "{error}");
        let most = MAX_TEXT_BYTES as usize;
        let long = format!("\"{}\"", "x".repeat(most - 2));
        whole(&long).unwrap();
        assert_eq!(
            whole(&format!("{long} ")).unwrap_err(),
            "it is longer than 16 MiB"
        );
    }
    #[test]
    fn values_are_bounded_that_take_much_more_memory_than_their_text() {
        // Lists in lists, as deep as they may nest: each is a list of one.
        let one = format!("{}{}", "[".repeat(120), "]".repeat(120));
        let lists = |count: usize| format!("[{}]", vec![&*one; count].join(","));
        let most = MOST_VALUES / 121;
        assert_eq!(whole(&lists(most)).unwrap()[most - 1], whole(&one).unwrap());
        let refused = "its `config` has more than 200000 of the characters `[`, `{` and `,`";
        let objects = "{\"\":[]},".repeat(MOST_VALUES / 2);
        for text in [
            lists(most + 1),
            lists(60_000),
            objects,
            ",".repeat(MOST_VALUES + 1),
        ] {
            assert!(text.len() < MAX_TEXT_BYTES as usize);
            assert_eq!(field("config", &text).unwrap_err(), refused);
        }
        let prose = format!("\"{}\"", "word, word ".repeat(MOST_VALUES));
        whole(&prose).unwrap();
    }
}
