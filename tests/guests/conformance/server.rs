//! Language servers: the verbs of `language_server_command`, and options that echo what they were asked for.

use zed_extension_api as zed;
use zed_extension_api::{Result, Worktree};

use crate::{ServerId, imports};

/// Does what the identifier says and answers with its findings as the command's arguments.
pub fn command(
    id: &ServerId,
    language: Option<&str>,
    worktree: &Worktree,
    calls: u32,
) -> Result<zed::Command> {
    let text: &str = id.as_ref();
    let (verb, argument) = text.split_once(':').unwrap_or((text, ""));
    let mut answer = zed::Command {
        command: verb.to_owned(),
        args: Vec::new(),
        env: Vec::new(),
    };
    match verb {
        "echo" => {
            answer.args.push(text.to_owned());
            answer.args.extend(language.map(str::to_owned));
            answer.env = worktree.shell_env();
        }
        "command" => answer.command = argument.to_owned(),
        "start" => return Ok(crate::attacks::command(argument)),
        "count" => answer.args.push(calls.to_string()),
        "fail" => return Err(argument.to_owned()),
        "version" => answer.args.push(env!("CARGO_PKG_VERSION").to_owned()),
        _ => answer.args = imports::run(verb, argument, id, worktree)?,
    }
    Ok(answer)
}

/// Does what a verb says where the answer is nothing to be started.
pub fn found(line: &str, id: &ServerId, worktree: &Worktree, calls: u32) -> Result<Vec<String>> {
    match line.split_once(':').unwrap_or((line, "")) {
        ("count", _) => Ok(vec![calls.to_string()]),
        (verb, argument) => imports::run(verb, argument, id, worktree),
    }
}

/// A list as JSON, for the versions that have no JSON of their own.
#[cfg(not(feature = "since_0_0_6"))]
pub fn list_text(list: &[String]) -> String {
    let mut text = String::from("[");
    for (index, item) in list.iter().enumerate() {
        text.push_str(if index == 0 { "\"" } else { ",\"" });
        for character in item.chars() {
            match character {
                '"' | '\\' => text.extend(['\\', character]),
                '\0'..='\x1f' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
                _ => text.push(character),
            }
        }
        text.push('"');
    }
    text.push(']');
    text
}

/// The options of the versions in which they are free text.
#[cfg(not(feature = "since_0_0_6"))]
pub fn options_text(name: &str, language: &str) -> Result<Option<String>> {
    match name.split_once(':').unwrap_or((name, "")) {
        ("none", _) => Ok(None),
        ("fail", message) => Err(message.to_owned()),
        // Only these versions let a guest hand over text that is not JSON.
        ("invalid", _) => Ok(Some("{ not json".to_owned())),
        _ => Ok(Some(format!(
            r#"{{"export":"initialization-options","id":"{name}","language":"{language}"}}"#
        ))),
    }
}

/// The options of one export: an object that names the export, both identifiers and the worktree.
#[cfg(feature = "since_0_0_6")]
pub fn options(
    export: &str,
    id: &ServerId,
    target: Option<&ServerId>,
    worktree: &Worktree,
) -> Result<Option<zed::serde_json::Value>> {
    use zed::serde_json::{Map, Value};

    let text: &str = id.as_ref();
    match text.split_once(':').unwrap_or((text, "")) {
        ("none", _) => return Ok(None),
        ("fail", message) => return Err(message.to_owned()),
        _ => {}
    }
    let mut object = Map::new();
    object.insert("export".to_owned(), Value::from(export));
    object.insert("id".to_owned(), Value::from(text));
    if let Some(target) = target {
        object.insert("target".to_owned(), Value::from(target.as_ref()));
    }
    object.insert("root".to_owned(), Value::from(worktree.root_path()));
    Ok(Some(Value::Object(object)))
}
