//! The answers of a server that cannot be had.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

use super::lines::{self, Line, MOST_BYTES};
use crate::bridge::preparation::PreparationError;

/// The error of a request that cannot be answered (JSON-RPC's internal error).
const INTERNAL: i32 = -32603;
/// The error of a line that is not JSON (JSON-RPC's parse error).
const NOT_JSON: i32 = -32700;
/// The error of JSON that is not a request (JSON-RPC's invalid request).
const NOT_A_REQUEST: i32 = -32600;

/// Answers each request of an agent with an error, in the place of a server that cannot be had, until the agent closes
/// its stream or reads no more: agents show the error of an answer, and of a program that has ended only that it has.
/// Notifications and answers are passed over. Blocks.
///
/// # Errors
/// The system's error where the agent's stream cannot be read.
pub fn refuse(
    mut input: impl BufRead,
    mut output: impl Write,
    error: &PreparationError,
) -> io::Result<()> {
    let text = format!("annexe: {}", error.in_full());
    while let Some(line) = lines::next(&mut input)? {
        let Some(answer) = answer(&line, &text) else {
            continue;
        };
        let written = writeln!(output, "{answer}").and_then(|()| output.flush());
        if written.is_err() {
            // Nobody reads any more.
            break;
        }
    }
    Ok(())
}

/// The answer to a line; `None` where it needs none.
fn answer(line: &Line, text: &str) -> Option<Value> {
    let line = match line {
        Line::Whole(line) if line.trim_ascii().is_empty() => return None,
        Line::Whole(line) => line,
        Line::TooLong => {
            let problem = format!("annexe: a line has more than {} MiB", MOST_BYTES >> 20);
            return Some(failed(Value::Null, NOT_A_REQUEST, &problem));
        }
    };
    match serde_json::from_slice(line) {
        Ok(Value::Array(batch)) if !batch.is_empty() => {
            let answers: Vec<Value> = batch
                .iter()
                .filter_map(|message| to(message, text))
                .collect();
            (!answers.is_empty()).then_some(Value::Array(answers))
        }
        Ok(message) => to(&message, text),
        Err(_) => Some(failed(Value::Null, NOT_JSON, "annexe: a line is not JSON")),
    }
}

/// The answer to one message.
fn to(message: &Value, text: &str) -> Option<Value> {
    let id = message.get("id");
    match (message.get("method"), id) {
        (Some(Value::String(_)), Some(id @ (Value::String(_) | Value::Number(_)))) => {
            Some(failed(id.clone(), INTERNAL, text))
        }
        (Some(Value::String(_)), None) => None,
        // An answer to what was never asked.
        (None, Some(_)) if message.get("result").is_some() || message.get("error").is_some() => {
            None
        }
        _ => {
            let problem = "annexe: a message is not a request";
            Some(failed(Value::Null, NOT_A_REQUEST, problem))
        }
    }
}

fn failed(id: Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> Vec<Value> {
        let error = PreparationError::new("it is gone").with_hint(Some("fetch it".into()));
        let mut output = Vec::new();
        refuse(input.as_bytes(), &mut output, &error).unwrap();
        let output = String::from_utf8(output).unwrap();
        let lines = output.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn each_request_gets_the_error_and_the_way_out() {
        let input = concat!(
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"id":7}}"#,
            "\r\n\n",
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            "\n",
            r#"{"jsonrpc":"2.0","id":"x","result":{}}"#,
            "\n",
            r#"{"jsonrpc":"2.0","id":"a b","method":"ping"}"#,
        );
        let answers = answers(input);
        assert_eq!(answers.len(), 2, "{answers:?}");
        assert_eq!(answers[0]["id"], 1);
        assert_eq!(answers[1]["id"], "a b");
        for answer in answers {
            let error = json!({"code": -32603, "message": "annexe: it is gone\nfetch it"});
            assert_eq!(answer["error"], error);
        }
    }

    #[test]
    fn a_batch_is_answered_by_one_and_what_is_no_request_as_such() {
        let batch = r#"[{"id":1,"method":"a"},{"method":"b"},{"id":2,"method":"c"}]"#;
        let quiet = r#"[{"method":"b"}]"#;
        let answers = answers(&format!("{batch}\n{quiet}\nhello\n7\n[]\n"));
        let ids: Vec<&Value> = answers[0]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["id"])
            .collect();
        assert_eq!(ids, [1, 2]);
        let codes: Vec<&Value> = answers[1..].iter().map(|it| &it["error"]["code"]).collect();
        assert_eq!(codes, [NOT_JSON, NOT_A_REQUEST, NOT_A_REQUEST]);
    }
}
