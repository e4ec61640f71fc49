//! The structure of values and functions, as WIT writes it.

use std::fmt;

/// The structure of a value: types have no names here, resources alone do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// A number, `bool`, `char` or `string`, by its name.
    Primitive(String),
    /// Any number of values of one type.
    List(Box<Self>),
    /// A value or none.
    Option(Box<Self>),
    /// A value or an error, each of which may have no type.
    Result(Option<Box<Self>>, Option<Box<Self>>),
    /// Values in an order.
    Tuple(Vec<Self>),
    /// Fields in an order.
    Record(Vec<(String, Self)>),
    /// Cases in an order, of which some have a value.
    Variant(Vec<(String, Option<Self>)>),
    /// Cases in an order, without values.
    Enum(Vec<String>),
    /// Flags in an order.
    Flags(Vec<String>),
    /// A resource that is handed over.
    Own(String),
    /// A resource that is lent for a call.
    Borrow(String),
    /// What no world of ours has, in words; or what is too large to be looked at.
    Other(&'static str),
}

/// The structure of a function.
#[derive(Debug, Clone, Eq)]
pub struct FunctionType {
    /// The names of its parameters, which do not bind, and their types, which do. A method's first is
    /// its resource.
    pub parameters: Vec<(String, ValueType)>,
    /// What it returns.
    pub result: Option<ValueType>,
}

/// Whether one can stand where the other does: the names of parameters do not matter.
impl PartialEq for FunctionType {
    fn eq(&self, other: &Self) -> bool {
        let ours = self.parameters.iter().map(|(_, value)| value);
        ours.eq(other.parameters.iter().map(|(_, value)| value)) && self.result == other.result
    }
}

impl fmt::Display for FunctionType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("func(")?;
        for (place, (name, value)) in self.parameters.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(formatter, "{comma}{name}: {value}")?;
        }
        formatter.write_str(")")?;
        match &self.result {
            Some(result) => write!(formatter, " -> {result}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primitive(name) => formatter.write_str(name),
            Self::List(item) => write!(formatter, "list<{item}>"),
            Self::Option(value) => write!(formatter, "option<{value}>"),
            Self::Result(None, None) => formatter.write_str("result"),
            Self::Result(Some(value), None) => write!(formatter, "result<{value}>"),
            Self::Result(None, Some(error)) => write!(formatter, "result<_, {error}>"),
            Self::Result(Some(value), Some(error)) => write!(formatter, "result<{value}, {error}>"),
            Self::Tuple(items) => write!(formatter, "tuple<{}>", list(items)),
            Self::Record(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"));
                write!(formatter, "record {{{}}}", list(fields))
            }
            Self::Variant(cases) => {
                let cases = cases.iter().map(|(name, value)| match value {
                    Some(value) => format!("{name}({value})"),
                    None => name.clone(),
                });
                write!(formatter, "variant {{{}}}", list(cases))
            }
            Self::Enum(cases) => write!(formatter, "enum {{{}}}", list(cases)),
            Self::Flags(flags) => write!(formatter, "flags {{{}}}", list(flags)),
            Self::Own(resource) => formatter.write_str(resource),
            Self::Borrow(resource) => write!(formatter, "borrow<{resource}>"),
            Self::Other(what) => formatter.write_str(what),
        }
    }
}

fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(", ")
}
