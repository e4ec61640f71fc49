//! A JSON or TOML file as one tree of values, each with the place it stands at.

use serde_json::{Map, Number, Value as Json};
use toml::de::{DeTable, DeValue};

use super::Mistake;

/// A value and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) offset: usize,
    pub(crate) value: Value,
}

/// A value of a tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where the key starts, in bytes.
    pub(crate) offset: usize,
    pub(crate) node: Node,
}

impl Value {
    /// Returns the name of the value's type, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// The value without its places.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => {
                Json::Array(items.iter().map(|item| item.value.to_json()).collect())
            }
            Self::Table(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.node.value.to_json()));
                Json::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

/// The tree of a TOML file.
///
/// # Errors
/// Where it is not TOML.
pub(crate) fn parse_toml(text: &str) -> Result<Node, Mistake> {
    match DeTable::parse(text) {
        Ok(table) => Ok(Node {
            offset: 0,
            value: from_toml(table.get_ref()),
        }),
        Err(error) => Err(Mistake {
            offset: error.span().map(|span| span.start),
            // The parser puts what it expected on a line of its own.
            problem: error.message().trim().replace('\n', ", "),
        }),
    }
}

fn from_toml(table: &DeTable<'_>) -> Value {
    let entries = table.iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        offset: key.span().start,
        node: Node {
            offset: value.span().start,
            value: toml_value(value.get_ref()),
        },
    });
    Value::Table(entries.collect())
}

fn toml_value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            i64::from_str_radix(digits, number.radix()).map_or_else(
                |_| Value::Text(digits.to_owned()),
                |it| Value::Number(it.into()),
            )
        }
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| Value::Text(number.as_str().to_owned()), Value::Number),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    offset: item.span().start,
                    value: toml_value(item.get_ref()),
                })
                .collect(),
        ),
        DeValue::Table(table) => from_toml(table),
    }
}
