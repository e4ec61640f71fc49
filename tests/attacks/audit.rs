//! What is audited, a line for each request: `allowed`, `unlisted` (the manifest does not ask for it) or `refused` (it is
//! not granted), the kind, and what was asked for; ` x7` after it where it came so often.

use annexe::store::{AuditEntry, AuditOutcome};
use serde_json::Value;

/// Says of all entries what they stand for, in the order in which each request came first.
pub fn in_words(entries: &[AuditEntry]) -> Vec<String> {
    counted(entries.iter().map(|entry| {
        let outcome = match entry.outcome {
            AuditOutcome::Allowed => "allowed",
            AuditOutcome::RefusedByManifest => "unlisted",
            AuditOutcome::RefusedByGrants => "refused",
        };
        let others = if entry.and_others { " and others" } else { "" };
        let request = serde_json::to_value(&entry.request).unwrap();
        (
            format!("{outcome} {}{others}", asked(&request)),
            entry.times,
        )
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
