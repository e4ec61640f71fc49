//! The shape of settings: which keys are known, and of which type each is. The rest of the file is the
//! editor's, and ignored here.

use serde_json::{Map, Value};

use super::pattern;
use crate::{
    base::{printable::one_line, suggestion::nearest_within},
    package::document::{Entry, Mistake, Node, Value as Content, parse_json},
};

/// A value that does not fit under a known key, and is left out; or a key that is not known and near to one that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The names of the keys, from the outermost.
    pub key: Vec<String>,
    /// The byte that the value, or the item of it that does not fit, begins at.
    pub offset: usize,
    pub problem: String,
    /// The value of the key is left out.
    pub is_dropped: bool,
}

/// The known keys of a file, in one form: a context server's command is a table of `path`, `arguments` and
/// `env`, whichever of its two forms it was written in. Each value that does not fit is left out and a slip: of a list
/// the whole, of variables the one.
///
/// # Errors
/// Where the text is not JSON, or no table.
pub fn read(text: &str) -> Result<(Value, Vec<Slip>), Mistake> {
    match parse_json(text)? {
        Some(root) => known(&root),
        // Comments alone say nothing.
        None => Ok((Map::new().into(), Vec::new())),
    }
}

fn known(root: &Node) -> Result<(Value, Vec<Slip>), Mistake> {
    let key = Key(None, "");
    if !matches!(&root.value, Content::Table(_)) && !is_null(root) {
        return Err(Mistake {
            offset: Some(root.offset),
            problem: key.must_be("an object", root),
        });
    }
    let mut slips = Vec::new();
    let known = entries(root, &key, &mut slips, |name, node, key, slips| {
        Some(match name {
            "lsp" => each(node, key, slips, language_server),
            "languages" => each(node, key, slips, language),
            "context_servers" => each(node, key, slips, context_server),
            "dap" => each(node, key, slips, debug_adapter),
            "file_types" => each(node, key, slips, patterns),
            name if is_of_language(name) => of_language(node, key, slips),
            name => return unknown(name, node, key, slips, &[&TOP, &LANGUAGE, &SERVERS]),
        })
    });
    Ok((known.unwrap_or_default().into(), slips))
}

/// The keys of a file beside those of languages.
const TOP: [&str; 5] = ["lsp", "languages", "context_servers", "dap", "file_types"];

/// The keys of how a language is written.
pub const LANGUAGE: [&str; 3] = ["tab_size", "hard_tabs", "preferred_line_length"];

/// The keys of which servers a language gets.
const SERVERS: [&str; 2] = ["language_servers", "enable_language_server"];

/// Whether a key is known of a language, and of all.
fn is_of_language(name: &str) -> bool {
    LANGUAGE.contains(&name) || SERVERS.contains(&name)
}

/// The path of a key: what it lies in, and its name.
#[derive(Clone, Copy)]
struct Key<'a>(Option<&'a Self>, &'a str);

impl Key<'_> {
    /// The names from the outermost.
    fn names(&self) -> Vec<String> {
        let Self(around, name) = self;
        let mut names = around.map(Key::names).unwrap_or_default();
        // The file itself has none.
        if around.is_some() {
            names.push((*name).to_owned());
        }
        names
    }

    fn must_be(&self, expected: &str, node: &Node) -> String {
        let (names, found) = (self.names(), kind(&node.value));
        let what = match names.is_empty() {
            true => "the file".to_owned(),
            false => format!("`{}`", in_words(&names)),
        };
        format!("{what} must be {expected}, and is {found}")
    }

    /// Notes that the value of this key is left out.
    fn drop(&self, slips: &mut Vec<Slip>, offset: usize, problem: String) {
        slips.push(Slip {
            key: self.names(),
            offset,
            problem,
            is_dropped: true,
        });
    }

    /// Notes that the value is of another type, and leaves it out.
    fn wrong<T>(&self, slips: &mut Vec<Slip>, expected: &str, node: &Node) -> Option<T> {
        self.drop(slips, node.offset, self.must_be(expected, node));
        None
    }
}

/// The most characters of a key that are shown.
const LONGEST_NAME: usize = 100;

/// Keys as they are shown: `lsp.taplo.binary`, with the names in quotes that have a dot of their own.
pub fn in_words(names: &[String]) -> String {
    let quoted = names.iter().map(|name| {
        let name = one_line(name, LONGEST_NAME);
        match name.contains(['.', ' ']) {
            true => format!("\"{name}\""),
            false => name,
        }
    });
    quoted.collect::<Vec<_>>().join(".")
}

/// A value of a known key; `None` where it does not fit, which is noted.
type Read = fn(&Node, &Key<'_>, &mut Vec<Slip>) -> Option<Value>;

/// What it is, in the words of JSON.
fn kind(value: &Content) -> &'static str {
    match value {
        Content::Null => "`null`",
        Content::Table(_) => "an object",
        other => other.noun(),
    }
}

fn is_null(node: &Node) -> bool {
    node.value == Content::Null
}

/// The known entries of a table: `of` gives no answer for a key that is not known, and an empty one for a value that
/// does not fit. `null` has no entries, as a key that is not there.
fn entries(
    node: &Node,
    key: &Key<'_>,
    slips: &mut Vec<Slip>,
    of: impl Fn(&str, &Node, &Key<'_>, &mut Vec<Slip>) -> Option<Option<Value>>,
) -> Option<Map<String, Value>> {
    let mut known = Map::new();
    let entries = match &node.value {
        Content::Table(entries) => entries,
        Content::Null => return Some(known),
        _ => return key.wrong(slips, "an object", node),
    };
    for Entry {
        key: name, node, ..
    } in entries
    {
        match of(name, node, &Key(Some(key), name), slips) {
            Some(Some(value)) => {
                known.insert(name.clone(), value);
            }
            // Of a key that is there twice, the last counts.
            Some(None) => {
                known.shift_remove(name);
            }
            None => {}
        }
    }
    Some(known)
}

/// The most letters in which a key may differ from a known one that it is taken for: the file has an editor's keys too.
const MOST_LETTERS: usize = 2;

/// Notes a key that is not known, if it is near to one that is.
fn unknown<T>(
    name: &str,
    node: &Node,
    key: &Key<'_>,
    slips: &mut Vec<Slip>,
    known: &[&[&str]],
) -> Option<T> {
    let known = known.iter().copied().flatten().copied();
    if let Some(meant) = nearest_within(name, known, MOST_LETTERS) {
        let key = key.names();
        slips.push(Slip {
            offset: node.offset,
            problem: format!("`{}` is not known; did you mean `{meant}`?", in_words(&key)),
            key,
            is_dropped: false,
        });
    }
    None
}

/// A table of any names, each of whose values is `of`.
fn each(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>, of: Read) -> Option<Value> {
    if is_null(node) {
        return Some(Value::Null);
    }
    let known = entries(node, key, slips, |_, node, key, slips| {
        Some(of(node, key, slips))
    });
    known.map(Value::from)
}

fn language(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    let known = entries(
        node,
        key,
        slips,
        |name, node, key, slips| match is_of_language(name) {
            true => Some(of_language(node, key, slips)),
            false => unknown(name, node, key, slips, &[&LANGUAGE, &SERVERS]),
        },
    );
    known.map(Value::from)
}

/// One of the keys of [`LANGUAGE`] and [`SERVERS`].
fn of_language(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    if key.1 == "language_servers" {
        return texts(node, key, slips);
    }
    let value = node.value.to_json();
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let (is_it, expected) = match key.1 {
        "hard_tabs" | "enable_language_server" => (value.is_boolean(), "`true` or `false`"),
        "tab_size" => (number.is_some_and(|it| it > 0), "a whole number above zero"),
        _ => (number.is_some(), "a whole number"),
    };
    match is_it || value.is_null() {
        true => Some(value),
        false => key.wrong(slips, expected, node),
    }
}

fn language_server(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    const KNOWN: [&str; 3] = ["binary", "initialization_options", "settings"];
    let known = entries(node, key, slips, |name, node, key, slips| {
        Some(match name {
            "binary" => command(node, key, slips),
            "initialization_options" | "settings" => Some(node.value.to_json()),
            name => return unknown(name, node, key, slips, &[&KNOWN]),
        })
    });
    known.map(Value::from)
}

fn context_server(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    const KNOWN: [&str; 6] = ["command", "args", "env", "url", "settings", "enabled"];
    let mut known = entries(node, key, slips, |name, node, key, slips| {
        Some(match name {
            "command" => program(node, key, slips),
            "args" => texts(node, key, slips),
            "env" => variables(node, key, slips),
            "url" => text(node, key, slips),
            "settings" => Some(node.value.to_json()),
            "enabled" => switch(node, key, slips),
            name => return unknown(name, node, key, slips, &[&KNOWN]),
        })
    })?;
    gather_command(&mut known, "command");
    Some(known.into())
}

fn debug_adapter(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    const KNOWN: [&str; 3] = ["binary", "args", "env"];
    let mut known = entries(node, key, slips, |name, node, key, slips| {
        Some(match name {
            "binary" => program(node, key, slips),
            "args" => texts(node, key, slips),
            "env" => variables(node, key, slips),
            name => return unknown(name, node, key, slips, &[&KNOWN]),
        })
    })?;
    gather_command(&mut known, "binary");
    Some(known.into())
}

/// Makes one table of a program that is written as a path, with `args` and `env` beside it. Where it is a table already,
/// these are none of its.
fn gather_command(known: &mut Map<String, Value>, program: &str) {
    let flat = [(program, "path"), ("args", "arguments"), ("env", "env")];
    let is_flat = !known.get(program).is_some_and(Value::is_object);
    let flat: Map<String, Value> = flat
        .into_iter()
        .filter(|(written, _)| is_flat || *written != program)
        .filter_map(|(written, name)| Some((name.to_owned(), known.shift_remove(written)?)))
        .collect();
    if is_flat && !flat.is_empty() {
        known.insert(program.into(), flat.into());
    }
}

/// A program, as a path or as a table.
fn program(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    match &node.value {
        Content::Table(_) => command(node, key, slips),
        Content::Text(_) | Content::Null => Some(node.value.to_json()),
        _ => key.wrong(slips, "a string, or an object with `path`", node),
    }
}

fn switch(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    let value = node.value.to_json();
    match value.is_boolean() || value.is_null() {
        true => Some(value),
        false => key.wrong(slips, "`true` or `false`", node),
    }
}

/// A program: `path`, `arguments` (or `args`, as some write it) and `env`.
fn command(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    const KNOWN: [&str; 4] = ["path", "arguments", "args", "env"];
    if is_null(node) {
        return Some(Value::Null);
    }
    let mut known = entries(node, key, slips, |name, node, key, slips| {
        Some(match name {
            "path" => text(node, key, slips),
            "arguments" | "args" => texts(node, key, slips),
            "env" => variables(node, key, slips),
            name => return unknown(name, node, key, slips, &[&KNOWN]),
        })
    })?;
    if let Some(arguments) = known.shift_remove("args") {
        known.insert("arguments".into(), arguments);
    }
    Some(known.into())
}

fn text(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    match &node.value {
        Content::Text(_) | Content::Null => Some(node.value.to_json()),
        _ => key.wrong(slips, "a string", node),
    }
}

fn texts(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    let items = match &node.value {
        Content::List(items) => items,
        Content::Null => return Some(Value::Null),
        _ => return key.wrong(slips, "a list of strings", node),
    };
    for (at, item) in items.iter().enumerate() {
        if !matches!(item.value, Content::Text(_)) {
            let problem = Key(Some(key), &at.to_string()).must_be("a string", item);
            key.drop(slips, item.offset, problem);
            return None;
        }
    }
    Some(node.value.to_json())
}

/// The patterns of a language's files.
fn patterns(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    let value = texts(node, key, slips)?;
    if let Content::List(items) = &node.value {
        for (at, item) in items.iter().enumerate() {
            let pattern = item.value.to_json();
            if let Err(problem) = pattern::read(pattern.as_str().unwrap_or_default()) {
                let names = Key(Some(key), &at.to_string()).names();
                let problem = format!("`{}` is not a pattern: it {problem}", in_words(&names));
                key.drop(slips, item.offset, problem);
                return None;
            }
        }
    }
    Some(value)
}

fn variables(node: &Node, key: &Key<'_>, slips: &mut Vec<Slip>) -> Option<Value> {
    if is_null(node) {
        return Some(Value::Null);
    }
    let known = entries(node, key, slips, |_, node, key, slips| {
        Some(match &node.value {
            Content::Text(value) => Some(value.as_str().into()),
            _ => key.wrong(slips, "a string", node),
        })
    });
    known.map(Value::from)
}

#[cfg(test)]
mod tests;
