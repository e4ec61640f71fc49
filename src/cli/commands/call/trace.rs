//! One thing that an extension has done, as it is shown: a line of columns, or JSON.

use std::time::Duration;

use annexe::{
    delegate::{ExtensionEvent, HostCall, OutputStream},
    types::ExtensionId,
};
use serde::Serialize;
use serde_json::Value;

use crate::cli::{
    output::{harmless, harmless_json},
    wording,
};

/// The most characters of an argument, and of an answer.
const LONGEST_ARGUMENT: usize = 160;
const LONGEST_ANSWER: usize = 120;

/// How wide the columns are: of the time, and of what was done. `worktree.read-text-file` fits.
const TIME: usize = 10;
const DONE: usize = 23;

#[derive(Serialize)]
struct Event<'a> {
    extension: &'a ExtensionId,
    #[serde(flatten)]
    event: &'a ExtensionEvent,
}

/// An event as JSON, on one line.
pub fn json(extension: &ExtensionId, event: &ExtensionEvent) -> String {
    let event = Event { extension, event };
    harmless_json(&serde_json::to_string(&event).unwrap_or_default())
}

/// An event in words, on one line: how long its host took, what was done, and the particulars.
pub fn words(event: &ExtensionEvent) -> String {
    let (time, done, particulars) = match event {
        ExtensionEvent::HostCall(call) => (Some(call.took), call.operation, host_call(call)),
        ExtensionEvent::Started { guest_time, .. } => {
            let words = format!("its own code ran {}", milliseconds(*guest_time));
            (None, "started", words)
        }
        ExtensionEvent::Answered {
            guest_time,
            most_memory_bytes,
        } => {
            let memory = wording::bytes(*most_memory_bytes as u64);
            let ran = milliseconds(*guest_time);
            let words = format!("its own code ran {ran}; memory {memory}");
            (None, "answered", words)
        }
        ExtensionEvent::Output { stream, line } => {
            let stream = match stream {
                OutputStream::Output => "stdout",
                OutputStream::Error => "stderr",
            };
            (None, stream, line.clone())
        }
        ExtensionEvent::OutputDropped { lines } => {
            let lines = wording::count(*lines, "line", "lines");
            (None, "dropped", format!("{lines} of too many in a second"))
        }
        ExtensionEvent::LimitReached { message, .. } => (None, "limited", message.clone()),
        // Its stack is shown with the error.
        ExtensionEvent::Stopped { fault, .. } => (None, "stopped", fault.clone()),
        ExtensionEvent::Suspended { backoff } => {
            let seconds = backoff.as_secs_f64();
            (None, "suspended", format!("for {seconds} s"))
        }
        ExtensionEvent::PutAway => (None, "put away", String::new()),
        ExtensionEvent::Access {
            request,
            refused_by,
            execution,
        } => {
            let outcome = refused_by.map_or("allowed", |_| "refused");
            let particulars = execution
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            (None, outcome, format!("{request}{particulars}"))
        }
        ExtensionEvent::Installation { server, status } => {
            (None, "installation", format!("{server}: {status:?}"))
        }
        ExtensionEvent::Downloading {
            url,
            received,
            total,
        } => {
            let total = total.map(wording::bytes).unwrap_or_else(|| "?".into());
            let words = format!("{} of {total} of {url}", wording::bytes(*received));
            (None, "downloading", words)
        }
        ExtensionEvent::Downloaded { download, .. } => {
            let words = format!(
                "{} from {}",
                wording::bytes(download.size),
                download.final_url
            );
            (None, "downloaded", words)
        }
        ExtensionEvent::Waiting { what, waited } => (
            None,
            "waiting",
            format!("{} s for {what}", waited.as_secs()),
        ),
        ExtensionEvent::Waited { what, waited } => {
            (None, "waited", format!("{} s for {what}", waited.as_secs()))
        }
        ExtensionEvent::LastGood { what, why, .. } => {
            (None, "last answer", format!("{what}: {why}"))
        }
        _ => (None, "did", format!("{event:?}")),
    };
    let time = time.map(milliseconds).unwrap_or_default();
    let particulars = harmless(&particulars).replace('\n', "\\n");
    format!("{time:>TIME$}  {done:DONE$}  {particulars}")
        .trim_end()
        .to_owned()
}

fn host_call(call: &HostCall) -> String {
    let arguments = match &call.arguments {
        Value::Object(arguments) => {
            let arguments = arguments
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown(value, LONGEST_ARGUMENT)));
            arguments.collect::<Vec<_>>().join(", ")
        }
        other => shown(other, LONGEST_ARGUMENT),
    };
    let answer = match &call.result {
        Ok(value) => format!("→ {}", shown(value, LONGEST_ANSWER)),
        Err(words) => format!("→ error: {}", cut(words, LONGEST_ANSWER)),
    };
    match arguments.as_str() {
        "" => answer,
        arguments => format!("{arguments} {answer}"),
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// The keys of values that are bytes, and mostly text.
const BYTES: [&str; 3] = ["stdout", "stderr", "body"];

/// A value as JSON, with bytes that are text as text.
fn shown(value: &Value, most: usize) -> String {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        for (name, field) in fields {
            if let Some(text) = text_of(field).filter(|_| BYTES.contains(&name.as_str())) {
                *field = text.into();
            }
        }
    }
    cut(&value.to_string(), most)
}

/// The text of bytes; `None` where they are not text. Of many, the first are there, and how many more there are.
fn text_of(value: &Value) -> Option<String> {
    let byte = |number: &Value| u8::try_from(number.as_u64()?).ok();
    let (bytes, more) = match value.as_array()?.as_slice() {
        [bytes @ .., Value::String(more)] => (bytes, more.as_str()),
        bytes => (bytes, ""),
    };
    let bytes: Vec<u8> = bytes.iter().map(byte).collect::<Option<_>>()?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // Cut in the middle of a character.
        Err(error) if !more.is_empty() && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    Some(format!("{text}{more}"))
}

/// The beginning of a string that is too long.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_extension_prints_cannot_steer_the_terminal_or_break_the_line() {
        let event = ExtensionEvent::Stopped {
            fault: "a\u{1b}[2J\nb".into(),
            backtrace: String::new(),
            core_dump: None,
        };
        assert_eq!(
            words(&event),
            format!("{:10}  {:23}  a\\u{{1b}}[2J\\nb", "", "stopped")
        );
    }

    #[test]
    fn what_a_program_has_written_is_shown_as_text() {
        let output = serde_json::json!({"status": 0, "stdout": [111, 107, 10], "stderr": [255]});
        assert_eq!(
            shown(&output, 99),
            r#"{"status":0,"stdout":"ok\n","stderr":[255]}"#
        );
        let output =
            serde_json::json!({"body": [111, 0xc3, "… 7 more"], "stderr": [255, "… 7 more"]});
        assert_eq!(
            shown(&output, 99),
            r#"{"body":"o… 7 more","stderr":[255,"… 7 more"]}"#
        );
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü!", 3), "äöü…");
    }
}
