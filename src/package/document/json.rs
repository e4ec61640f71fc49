//! The reader of JSON as editors' files have it: with comments and trailing commas.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{ObjectPropName, Value as Parsed},
    common::Ranged as _,
    parse_to_ast,
};
use serde_json::Number;

use super::{
    Mistake,
    tree::{Entry, Node, Value},
};

/// What is allowed beyond JSON: no more than Zed takes, or an extension would work here alone.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_extended_string_escapes: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
};

/// The tree of a string; `None` for one that is empty, or all comments. The parser bounds its depth.
///
/// # Errors
/// Where it is not JSON.
pub(crate) fn parse_json(text: &str) -> Result<Option<Node>, Mistake> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS);
    let parsed = parsed.map_err(|error| Mistake {
        offset: Some(error.range().start),
        problem: lower_case(&error.kind().to_string()),
    })?;
    Ok(parsed.value.map(node))
}

fn node(parsed: Parsed<'_>) -> Node {
    let offset = parsed.range().start;
    let value = match parsed {
        Parsed::NullKeyword(_) => Value::Null,
        Parsed::BooleanLit(literal) => Value::Boolean(literal.value),
        // A number beyond what is held is kept as it is written.
        Parsed::NumberLit(literal) => literal
            .value
            .parse::<Number>()
            .map_or_else(|_| Value::Text(literal.value.to_owned()), Value::Number),
        Parsed::StringLit(literal) => Value::Text(literal.value.into_owned()),
        Parsed::Array(array) => Value::List(array.elements.into_iter().map(node).collect()),
        Parsed::Object(object) => {
            let entries = object.properties.into_iter().map(|property| {
                let offset = property.name.range().start;
                let key = match property.name {
                    ObjectPropName::String(literal) => literal.value.into_owned(),
                    ObjectPropName::Word(literal) => literal.value.to_owned(),
                };
                Entry {
                    key,
                    offset,
                    node: node(property.value),
                }
            });
            Value::Table(entries.collect())
        }
    };
    Node { offset, value }
}

/// The parser's sentences begin with a capital, ours do not.
fn lower_case(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_read_and_no_more_than_that() {
        let node = parse_json("// a\n{\"a\": [1, 2,], /* b */ \"b\": null,}")
            .unwrap()
            .unwrap();
        assert_eq!(
            node.value.to_json(),
            serde_json::json!({"a": [1, 2], "b": null})
        );
        for text in ["", "// nothing"] {
            assert_eq!(parse_json(text), Ok(None), "{text}");
        }
        for text in [
            "{a: 1}",
            "{\"a\" 1}",
            "[1 2]",
            "['a']",
            "[0x1]",
            "[NaN]",
            "{}{}",
        ] {
            assert!(parse_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_number_cannot_hold_is_kept_as_text() {
        let node = parse_json("[1e999999, 123456789012345678901234567890]");
        let Value::List(items) = node.unwrap().unwrap().value else {
            panic!()
        };
        assert_eq!(items[0].value, Value::Text("1e999999".into()));
        assert!(matches!(items[1].value, Value::Number(_)));
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
            let error = parse_json(&text).unwrap_err();
            assert!(error.problem.contains("depth"), "{error:?}");
        }
    }
}
