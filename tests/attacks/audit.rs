//! What is audited, a line for each request: `allowed`, `unlisted` (the manifest does not ask for it) or `refused` (it is
//! not granted), the kind, and what was asked for. After it, of a program: ` as` the file that runs, ` for` the export
//! whose answer it is, ` with` the variables that are changed; and ` x7` where it came so often.

use annexe::store::AuditEntry;
use serde_json::Value;

/// Says of all entries what they stand for, in the order in which each request came first.
pub fn in_words(entries: &[AuditEntry]) -> Vec<String> {
    counted(entries.iter().map(|entry| {
        let others = if entry.and_others { " and others" } else { "" };
        // The form in which it is kept.
        let kept = serde_json::to_value(entry).unwrap();
        let outcome = match kept["outcome"].as_str().unwrap() {
            "refused-by-manifest" => "unlisted",
            "refused-by-grants" => "refused",
            other => other,
        };
        let line = format!(
            "{outcome} {}{others}{}",
            asked(&kept["request"]),
            particulars(&kept["execution"])
        );
        (line, entry.times)
    }))
}

/// The same of what is expected.
pub fn expected<'a>(lines: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    counted(lines.into_iter().map(|line| match line.rsplit_once(" x") {
        Some((line, times)) if times.parse::<u64>().is_ok() => {
            (line.to_owned(), times.parse().unwrap())
        }
        _ => (line.clone(), 1),
    }))
}

/// Adds up what is the same.
fn counted(lines: impl Iterator<Item = (String, u64)>) -> Vec<String> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for (line, times) in lines {
        match counts.iter_mut().find(|(seen, _)| *seen == line) {
            Some((_, count)) => *count += times,
            None => counts.push((line, times)),
        }
    }
    let in_words = counts.into_iter().map(|(line, times)| match times {
        1 => line,
        times => format!("{line} x{times}"),
    });
    in_words.collect()
}

fn asked(request: &Value) -> String {
    let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str, between: &str| {
        let words = request[key].as_array().cloned().unwrap_or_default();
        let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        words.join(between)
    };
    let what = match request["kind"].as_str() {
        Some("process:exec") => format!("{} {}", text("command"), list("args", " ")),
        Some("download_file") => format!("{}/{}", text("host"), list("path", "/")),
        Some("npm:install") => text("package"),
        Some("http") => text("host"),
        _ => text("name"),
    };
    format!("{} {}", text("kind"), what.trim_end())
}

/// What is told of a program besides.
fn particulars(execution: &Value) -> String {
    let mut words = String::new();
    for (key, before) in [("file", "as"), ("answer_of", "for")] {
        if let Some(text) = execution[key].as_str() {
            words.push_str(&format!(" {before} {text}"));
        }
    }
    for variable in execution["variables"].as_array().into_iter().flatten() {
        let name = variable["name"].as_str().unwrap_or_default();
        let value = variable["value"].as_str();
        let value = value.map_or_else(String::new, |value| format!("={value}"));
        words.push_str(&format!(" with {name}{value}"));
    }
    words
}
