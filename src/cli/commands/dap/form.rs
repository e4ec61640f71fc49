//! What is to be debugged, as a user writes it for any adapter.

use std::collections::BTreeMap;

use annexe::types::{AttachRequest, DebugConfig, DebugRequest, DebugRequestKind, LaunchRequest};
use serde::Deserialize;

use crate::cli::failure::Complaint;

/// The choices of a user, in the names that Zed's `debug.json` and other editors have for them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choices {
    #[serde(alias = "name")]
    label: Option<String>,
    request: Option<DebugRequestKind>,
    program: Option<String>,
    cwd: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default, alias = "envs")]
    env: BTreeMap<String, String>,
    #[serde(alias = "processId", alias = "pid")]
    process_id: Option<u32>,
    #[serde(alias = "stopOnEntry")]
    stop_on_entry: Option<bool>,
}

/// Reads a user's choices for an adapter.
///
/// # Errors
/// Where the text is not JSON, has unknown keys, or names neither a program nor a process.
pub fn read(adapter: &str, text: &str) -> Result<DebugConfig, Complaint> {
    const HINT: &str = "write, for example, {\"program\": \"target/debug/demo\", \"args\": []}";
    let wrong = |problem: String| Complaint::usage(problem).with_hint(HINT);
    let choices: Choices = serde_json::from_str(text)
        .map_err(|error| wrong(format!("what is to be debugged cannot be read: {error}")))?;
    let kind = match (choices.request, &choices.program) {
        (Some(kind), _) => kind,
        (None, Some(_)) => DebugRequestKind::Launch,
        (None, None) => DebugRequestKind::Attach,
    };
    let is_bare = choices.request.is_none() && choices.program.is_none();
    if is_bare && choices.process_id.is_none() {
        return Err(wrong(
            "neither a `program` nor a `processId` is named".into(),
        ));
    }
    let request = match kind {
        DebugRequestKind::Launch => DebugRequest::Launch(LaunchRequest {
            program: choices.program.unwrap_or_default(),
            cwd: choices.cwd,
            args: choices.args,
            envs: choices.env.into_iter().collect(),
        }),
        DebugRequestKind::Attach => DebugRequest::Attach(AttachRequest {
            process_id: choices.process_id,
        }),
    };
    Ok(DebugConfig {
        label: choices
            .label
            .unwrap_or_else(|| format!("Debug with {adapter}")),
        adapter: adapter.to_owned(),
        request,
        stop_on_entry: choices.stop_on_entry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_in_the_names_of_several_editors() {
        let launch = read(
            "lldb",
            r#"{"program": "a", "env": {"A": "1"}, "stopOnEntry": true, "name": "mine"}"#,
        );
        let launch = launch.unwrap();
        assert_eq!(
            (launch.label.as_str(), launch.stop_on_entry),
            ("mine", Some(true))
        );
        assert!(matches!(launch.request, DebugRequest::Launch(it) if it.program == "a"));
        let attach = read("lldb", r#"{"processId": 7}"#).unwrap();
        let expected = DebugRequest::Attach(AttachRequest {
            process_id: Some(7),
        });
        assert_eq!(attach.request, expected);
        for wrong in ["", "[]", "{}", r#"{"programm": "a"}"#, r#"{"program": 1}"#] {
            read("lldb", wrong).unwrap_err();
        }
    }
}
