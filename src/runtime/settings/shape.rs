//! The shape of settings: which keys are known, and of which type each is. The rest of the file is the
//! editor's, and ignored here.

use serde_json::{Map, Value};

use super::{
    document::{Content, Mistake, Node},
    pattern,
};

/// The known keys of a file, in one form: a context server's command is a table of `path`, `arguments` and
/// `env`, whichever of its two forms it was written in.
///
/// # Errors
/// The first value under a known key that is of another type, with its place.
pub fn known(root: &Node) -> Result<Value, Mistake> {
    let key = Key(None, "");
    let mut known = Map::new();
    for (name, node) in table(root, &key)? {
        let key = Key(Some(&key), name);
        let value = match name.as_str() {
            "lsp" => each(node, &key, language_server)?,
            "languages" => each(node, &key, language)?,
            "context_servers" => each(node, &key, context_server)?,
            "file_types" => each(node, &key, patterns)?,
            name if is_of_language(name) => of_language(node, &key)?,
            _ => continue,
        };
        known.insert(name.clone(), value);
    }
    Ok(known.into())
}

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
    /// As it is shown: `lsp.taplo.binary`, with the names in quotes that have a dot of their own.
    fn path(&self) -> String {
        let Self(around, name) = self;
        let quoted = match name.contains(['.', ' ']) {
            true => format!("{name:?}"),
            false => (*name).to_owned(),
        };
        match around.map(Key::path).filter(|path| !path.is_empty()) {
            Some(path) => format!("{path}.{quoted}"),
            None => quoted,
        }
    }

    fn must_be(&self, expected: &str, node: &Node) -> Mistake {
        let (path, found) = (self.path(), node.kind());
        let what = match path.is_empty() {
            true => "the file".to_owned(),
            false => format!("`{path}`"),
        };
        Mistake {
            offset: node.offset,
            problem: format!("{what} must be {expected}, and is {found}"),
        }
    }
}

type Entries = [(String, Node)];

/// The entries of a table. `null` has none, as a key that is not there.
fn table<'a>(node: &'a Node, key: &Key<'_>) -> Result<&'a Entries, Mistake> {
    match &node.content {
        Content::Table(entries) => Ok(entries),
        Content::Plain(Value::Null) => Ok(&[]),
        _ => Err(key.must_be("an object", node)),
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.content, Content::Plain(Value::Null))
}

/// A table of any names, each of whose values is `of`.
fn each(
    node: &Node,
    key: &Key<'_>,
    of: fn(&Node, &Key<'_>) -> Result<Value, Mistake>,
) -> Result<Value, Mistake> {
    if is_null(node) {
        return Ok(Value::Null);
    }
    let entries = table(node, key)?.iter();
    let values: Result<Map<String, Value>, Mistake> = entries
        .map(|(name, node)| Ok((name.clone(), of(node, &Key(Some(key), name))?)))
        .collect();
    Ok(values?.into())
}

fn language(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    let mut known = Map::new();
    for (name, node) in table(node, key)? {
        if is_of_language(name) {
            let value = of_language(node, &Key(Some(key), name))?;
            known.insert(name.clone(), value);
        }
    }
    Ok(known.into())
}

/// One of the keys of [`LANGUAGE`] and [`SERVERS`].
fn of_language(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    if key.1 == "language_servers" {
        return texts(node, key);
    }
    let value = node.to_json();
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let (is_it, expected) = match key.1 {
        "hard_tabs" | "enable_language_server" => (value.is_boolean(), "`true` or `false`"),
        "tab_size" => (number.is_some_and(|it| it > 0), "a whole number above zero"),
        _ => (number.is_some(), "a whole number"),
    };
    match is_it || value.is_null() {
        true => Ok(value),
        false => Err(key.must_be(expected, node)),
    }
}

fn language_server(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    let mut known = Map::new();
    for (name, node) in table(node, key)? {
        let value = match name.as_str() {
            "binary" => command(node, &Key(Some(key), name))?,
            "initialization_options" | "settings" => node.to_json(),
            _ => continue,
        };
        known.insert(name.clone(), value);
    }
    Ok(known.into())
}

fn context_server(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    let mut known = Map::new();
    let mut flat = Map::new();
    for (name, node) in table(node, key)? {
        let key = Key(Some(key), name);
        match name.as_str() {
            "command" => match &node.content {
                Content::Table(_) => {
                    known.insert(name.clone(), command(node, &key)?);
                }
                Content::Plain(path @ (Value::String(_) | Value::Null)) => {
                    flat.insert("path".into(), path.clone());
                }
                _ => return Err(key.must_be("a string, or an object with `path`", node)),
            },
            "args" => {
                flat.insert("arguments".into(), texts(node, &key)?);
            }
            "env" => {
                flat.insert(name.clone(), variables(node, &key)?);
            }
            "url" => {
                known.insert(name.clone(), text(node, &key)?);
            }
            "settings" => {
                known.insert(name.clone(), node.to_json());
            }
            _ => {}
        }
    }
    if !flat.is_empty() && !known.contains_key("command") {
        known.insert("command".into(), flat.into());
    }
    Ok(known.into())
}

/// A program: `path`, `arguments` (or `args`, as some write it) and `env`.
fn command(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    if is_null(node) {
        return Ok(Value::Null);
    }
    let mut known = Map::new();
    for (name, node) in table(node, key)? {
        let key = Key(Some(key), name);
        let (name, value) = match name.as_str() {
            "path" => ("path", text(node, &key)?),
            "arguments" | "args" => ("arguments", texts(node, &key)?),
            "env" => ("env", variables(node, &key)?),
            _ => continue,
        };
        known.insert(name.to_owned(), value);
    }
    Ok(known.into())
}

fn text(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    match &node.content {
        Content::Plain(value @ (Value::String(_) | Value::Null)) => Ok(value.clone()),
        _ => Err(key.must_be("a string", node)),
    }
}

fn texts(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    match &node.content {
        Content::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if !matches!(item.content, Content::Plain(Value::String(_))) {
                    return Err(Key(Some(key), &at.to_string()).must_be("a string", item));
                }
            }
            Ok(node.to_json())
        }
        Content::Plain(Value::Null) => Ok(Value::Null),
        _ => Err(key.must_be("a list of texts", node)),
    }
}

/// The patterns of a language's files.
fn patterns(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    let value = texts(node, key)?;
    if let Content::List(items) = &node.content {
        for (at, item) in items.iter().enumerate() {
            let pattern = item.to_json();
            if let Err(problem) = pattern::read(pattern.as_str().unwrap_or_default()) {
                let path = Key(Some(key), &at.to_string()).path();
                return Err(Mistake {
                    offset: item.offset,
                    problem: format!("`{path}` is not a pattern: it {problem}"),
                });
            }
        }
    }
    Ok(value)
}

fn variables(node: &Node, key: &Key<'_>) -> Result<Value, Mistake> {
    if is_null(node) {
        return Ok(Value::Null);
    }
    for (name, node) in table(node, key)? {
        if !matches!(node.content, Content::Plain(Value::String(_))) {
            return Err(Key(Some(key), name).must_be("a string", node));
        }
    }
    Ok(node.to_json())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::runtime::settings::document::parse;

    fn read(text: &str) -> Result<Value, Mistake> {
        known(&parse(text)?)
    }

    #[test]
    fn both_forms_of_a_context_servers_command_are_one() {
        let expected = json!({"path": "/bin/x", "arguments": ["a"], "env": {"A": "b"}});
        for text in [
            r#"{"path": "/bin/x", "arguments": ["a"], "env": {"A": "b"}}"#,
            r#"{"path": "/bin/x", "args": ["a"], "env": {"A": "b"}, "later": 1}"#,
        ] {
            let text = format!(r#"{{"context_servers": {{"one": {{"command": {text}}}}}}}"#);
            let value = read(&text).unwrap();
            assert_eq!(value["context_servers"]["one"]["command"], expected);
        }
        let flat = r#"{"context_servers": {"one": {
            "source": "custom", "command": "/bin/x", "args": ["a"], "env": {"A": "b"}, "settings": {"x": 1},
        }}}"#;
        let value = read(flat).unwrap();
        assert_eq!(
            value["context_servers"]["one"],
            json!({"settings": {"x": 1}, "command": expected})
        );
    }

    #[test]
    fn unknown_keys_of_an_editors_file_are_passed_over_and_nothing_is_nothing() {
        for text in ["", "// nothing", "{}", "null", "{\"lsp\": null}"] {
            assert!(read(text).unwrap()["lsp"].is_null(), "{text}");
        }
        let text = r#"{"theme": 1, "lsp": {"a": {"fetch": false, "binary": null, "settings": [1,]}},
            "languages": {"Rust": {"tab_size": null, "formatter": {}}}, "tab_size": 8 /* all */}"#;
        assert_eq!(
            read(text).unwrap(),
            json!({
                "lsp": {"a": {"binary": null, "settings": [1]}},
                "languages": {"Rust": {"tab_size": null}},
                "tab_size": 8,
            })
        );
    }

    #[test]
    fn a_wrong_type_is_found_with_its_whole_key() {
        for (text, words) in [
            ("[]", "the file must be an object, and is a list"),
            (r#"{"lsp": []}"#, "`lsp` must be an object"),
            (
                r#"{"lsp": {"a": 1}}"#,
                "`lsp.a` must be an object, and is a number",
            ),
            (
                r#"{"lsp": {"a.b": {"binary": "x"}}}"#,
                "`lsp.\"a.b\".binary` must be an object, and is a string",
            ),
            (
                r#"{"lsp": {"a": {"binary": {"path": 1}}}}"#,
                "`lsp.a.binary.path` must be a string",
            ),
            (
                r#"{"lsp": {"a": {"binary": {"arguments": ["x", 1]}}}}"#,
                "`lsp.a.binary.arguments.1` must be a string, and is a number",
            ),
            (
                r#"{"lsp": {"a": {"binary": {"env": {"A": true}}}}}"#,
                "`lsp.a.binary.env.A` must be a string",
            ),
            (
                r#"{"languages": {"Rust": {"tab_size": 0}}}"#,
                "`languages.Rust.tab_size` must be a whole number above",
            ),
            (
                r#"{"tab_size": "4"}"#,
                "`tab_size` must be a whole number above zero, and is a string",
            ),
            (
                r#"{"hard_tabs": 1}"#,
                "`hard_tabs` must be `true` or `false`",
            ),
            (r#"{"preferred_line_length": -1}"#, "whole number"),
            (
                r#"{"context_servers": {"a": {"command": 1}}}"#,
                "`context_servers.a.command` must be a string, or",
            ),
            (
                r#"{"context_servers": {"a": {"args": "x"}}}"#,
                "must be a list of texts",
            ),
            (
                r#"{"languages": {"Rust": {"language_servers": "x"}}}"#,
                "`languages.Rust.language_servers` must be a list of texts, and is a string",
            ),
            (
                r#"{"languages": {"Rust": {"language_servers": ["x", null]}}}"#,
                "`languages.Rust.language_servers.1` must be a string, and is `null`",
            ),
            (
                r#"{"languages": {"Rust": {"enable_language_server": "no"}}}"#,
                "`languages.Rust.enable_language_server` must be `true` or `false`",
            ),
            (
                r#"{"enable_language_server": 0}"#,
                "`enable_language_server` must be `true` or `false`, and is a number",
            ),
            (
                r#"{"file_types": {"YAML": "yml"}}"#,
                "`file_types.YAML` must be a list of texts",
            ),
            (
                r#"{"file_types": {"YAML": ["yml", "{a"]}}"#,
                "`file_types.YAML.1` is not a pattern: it has a `{` without a `}`",
            ),
            (r#"{"lsp": {}"#, ""),
        ] {
            let mistake = read(text).unwrap_err();
            assert!(mistake.problem.contains(words), "{text}: {mistake:?}");
        }
    }
}
