//! The text of a settings file as a tree that knows where each value stands: JSON with comments and trailing
//! commas, as editors have it.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{ObjectPropName, Value as Parsed},
    common::Ranged as _,
    parse_to_ast,
};
use serde_json::{Map, Number, Value};

/// A mistake in a document, and the byte it is found at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub offset: usize,
    pub problem: String,
}

/// A value, and the byte it begins at.
#[derive(Debug, Clone)]
pub struct Node {
    pub offset: usize,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    Plain(Value),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

/// What is allowed beyond JSON: what Zed takes.
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

/// Reads a document; the parser bounds its depth. Comments alone count as an empty table.
///
/// # Errors
/// Where it is not JSON.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS);
    let parsed = parsed.map_err(|error| Mistake {
        offset: error.range().start,
        problem: lower_case(&error.kind().to_string()),
    })?;
    Ok(parsed.value.map_or_else(Node::nothing, node))
}

fn node(parsed: Parsed<'_>) -> Node {
    let offset = parsed.range().start;
    let content = match parsed {
        Parsed::NullKeyword(_) => Content::Plain(Value::Null),
        Parsed::BooleanLit(literal) => Content::Plain(literal.value.into()),
        // A number beyond what is held is kept as it is written.
        Parsed::NumberLit(literal) => Content::Plain(
            literal
                .value
                .parse::<Number>()
                .map_or_else(|_| literal.value.into(), Value::Number),
        ),
        Parsed::StringLit(literal) => Content::Plain(literal.value.into_owned().into()),
        Parsed::Array(array) => Content::List(array.elements.into_iter().map(node).collect()),
        Parsed::Object(object) => {
            let entries = object.properties.into_iter().map(|property| {
                let key = match property.name {
                    ObjectPropName::String(literal) => literal.value.into_owned(),
                    ObjectPropName::Word(literal) => literal.value.to_owned(),
                };
                (key, node(property.value))
            });
            Content::Table(entries.collect())
        }
    };
    Node { offset, content }
}

impl Node {
    fn nothing() -> Self {
        Self {
            offset: 0,
            content: Content::Table(Vec::new()),
        }
    }

    /// The value without its places. Of a key that is there twice, the last counts.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Plain(value) => value.clone(),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Table(entries) => {
                let entries = entries.iter();
                let table: Map<_, _> = entries
                    .map(|(key, node)| (key.clone(), node.to_json()))
                    .collect();
                table.into()
            }
        }
    }

    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Plain(Value::Null) => "`null`",
            Content::Plain(Value::Bool(_)) => "a boolean",
            Content::Plain(Value::Number(_)) => "a number",
            Content::Plain(_) => "a string",
            Content::List(_) => "a list",
            Content::Table(_) => "an object",
        }
    }
}

/// The parser's sentences begin with a capital, ours do not.
fn lower_case(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
