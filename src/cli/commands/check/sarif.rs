//! A check's report in SARIF 2.1.0, which code hosts and editors read:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::{collections::BTreeMap, path::Path};

use annexe::{
    PackageKind,
    check::{Code, Finding, Ruleset, Severity},
    digest::Sha256Digest,
};
use serde_json::{Value, json};
use url::Url;

use super::report::{Entry, Report};

/// The name under which a finding's fingerprint stands: the rule, the file and the key, and which one it is of several
/// alike. Lines may move, and it stays.
const FINGERPRINT: &str = "annexeFinding/v1";

/// The report on all paths that were checked.
pub fn log(entries: &[Entry], ruleset: Ruleset) -> Value {
    let results = entries.iter().filter_map(|entry| {
        let report = entry.report.as_ref()?;
        Some(results(&entry.path, report))
    });
    let results: Vec<Value> = results.flatten().collect();
    // What could not be checked at all has no findings, and is no success.
    let failed = entries.iter().filter(|entry| entry.report.is_none());
    let notifications: Vec<Value> = failed
        .filter_map(|entry| Some((entry, entry.error.as_ref()?)))
        .map(|(entry, error)| {
            let text = format!("`{}`: {}", entry.path.display(), error.in_short());
            json!({ "level": "error", "message": { "text": text } })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().map(|code| rule(*code, ruleset)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn rule(code: Code, ruleset: Ruleset) -> Value {
    json!({
        "id": code,
        "shortDescription": { "text": super::rules::summary(code) },
        "fullDescription": { "text": code.explanation() },
        "help": { "text": code.fix() },
        "defaultConfiguration": { "level": level(code.severity(ruleset)) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn results<'a>(path: &'a Path, report: &'a Report) -> impl Iterator<Item = Value> + 'a {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    report.findings().iter().map(move |finding| {
        let fingerprint = fingerprint(finding);
        let number = alike.entry(fingerprint.clone()).or_default();
        *number += 1;
        let fingerprint = format!("{fingerprint}:{number}");
        json!({
            "ruleId": finding.code,
            "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
            "level": level(finding.severity),
            "message": { "text": message(finding) },
            "locations": [location(path, report.kind(), finding)],
            "partialFingerprints": { FINGERPRINT: fingerprint },
        })
    })
}

fn message(finding: &Finding) -> String {
    let Finding { problem, fix, .. } = finding;
    match &finding.key {
        Some(key) => format!("{key}: {problem} (fix: {fix})"),
        None => format!("{problem} (fix: {fix})"),
    }
}

fn fingerprint(finding: &Finding) -> String {
    let file = finding.file.as_deref().unwrap_or_default();
    let key = finding.key.as_deref().unwrap_or_default();
    // None of them has a line end, which would be escaped.
    let text = format!("{}\n{file}\n{key}", finding.code);
    Sha256Digest::of(text.as_bytes()).to_string()
}

/// The place of a finding: in a file of the folder, or in the archive or component as a whole, whose members no viewer
/// opens.
fn location(path: &Path, kind: PackageKind, finding: &Finding) -> Value {
    let (file, place) = match (kind, &finding.file) {
        (PackageKind::Folder, Some(file)) => (path.join(file), finding.place),
        _ => (path.to_path_buf(), None),
    };
    let mut physical = json!({ "artifactLocation": { "uri": uri(&file) } });
    if let Some(place) = place {
        physical["region"] = json!({ "startLine": place.line, "startColumn": place.column });
    }
    let mut location = json!({ "physicalLocation": physical });
    if let (PackageKind::Archive, Some(member)) = (kind, &finding.file) {
        location["logicalLocations"] =
            json!([{ "fullyQualifiedName": member, "kind": "resource" }]);
    }
    location
}

/// The URI of a file: a relative one for a relative path.
fn uri(path: &Path) -> String {
    if let Ok(url) = Url::from_file_path(path) {
        return url.into();
    }
    let names = path.components().filter(|it| it.as_os_str() != ".");
    let names: Vec<String> = names
        .map(|name| encoded(&name.as_os_str().to_string_lossy()))
        .collect();
    match names.is_empty() {
        true => "./".into(),
        false => names.join("/"),
    }
}

/// A name with what a URI's segment cannot hold written as `%20`:
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_has_a_relative_uri_and_odd_names_are_encoded() {
        for (path, expected) in [
            ("marsh/extension.toml", "marsh/extension.toml"),
            ("./extension.toml", "extension.toml"),
            (".", "./"),
            ("../a b/ü#?.json", "../a%20b/%C3%BC%23%3F.json"),
            ("c:x/%41", "c%3Ax/%2541"),
        ] {
            assert_eq!(uri(Path::new(path)), expected, "{path}");
        }
        if cfg!(unix) {
            let absolute = uri(Path::new("/a b/x.toml"));
            assert_eq!(absolute, "file:///a%20b/x.toml");
        }
    }
}
