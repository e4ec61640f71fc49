//! Every export on every version: its answer, the documented default of a version that lacks it, or
//! the error that says which version brought it.

use std::sync::Arc;

use annexe::{
    CallError, EXPORTS,
    types::{ServerId, SlashCommand, SlashCommandOutput},
};
use serde_json::{Value, json};

use crate::guest::{self, Place, Project, VERSIONS, ask, has, words};

/// What one export is asked, and what it answers.
struct Case {
    export: &'static str,
    since: &'static str,
    arguments: Value,
    /// The answer, of a version and a place.
    answer: fn(&str, &Place) -> Value,
    /// What a version that lacks the export answers; `None` where it cannot.
    otherwise: Option<Value>,
    /// Arguments that the guest answers with an error, `broken` or `failed on purpose`; `None` where
    /// it cannot, since its interface has no error or its crate has no way to give one.
    failing: Option<Value>,
    /// Arguments that make it trap.
    trapping: Value,
}

fn root(place: &Place) -> Value {
    place.worktree_dir().to_string_lossy().into()
}

/// The options that the guest gives: text up to 0.0.5, from JSON after.
fn options(version: &str, place: &Place, export: &str, target: Option<&str>) -> Value {
    let mut options = json!({"export": export, "id": "taplo"});
    if !has(version, "0.0.6") {
        options["language"] = "TOML".into();
        return options.to_string().into();
    }
    if let Some(target) = target {
        options["target"] = target.into();
    }
    options["root"] = root(place);
    options.to_string().into()
}

fn cases() -> Vec<Case> {
    let server = json!({"id": "taplo", "language": "TOML"});
    let slash = |name: &str| json!({"name": name, "description": "d", "tooltip_text": "t", "requires_argument": true});
    let task = json!({"label": "broken", "command": "make"});
    let definition =
        json!({"label": "broken", "adapter": "a", "config": "{\"request\":\"launch\"}"});
    let config =
        |adapter: &str| json!([{"label": "broken", "adapter": adapter, "request": {"attach": {}}}]);
    vec![
        Case {
            export: "language-server-command",
            since: "0.0.1",
            arguments: json!([{"id": "echo", "language": "TOML"}]),
            answer: |version, place| {
                let args = if has(version, "0.0.6") {
                    json!(["echo"])
                } else {
                    json!(["echo", "TOML"])
                };
                json!({"command": place.work_dir().join("echo"), "args": args, "env": guest::environment()})
            },
            otherwise: None,
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "language-server-initialization-options",
            since: "0.0.1",
            arguments: json!([server]),
            answer: |version, place| options(version, place, "initialization-options", None),
            otherwise: None,
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "language-server-workspace-configuration",
            since: "0.0.6",
            arguments: json!([server]),
            answer: |version, place| options(version, place, "workspace-configuration", None),
            otherwise: Some(Value::Null),
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "labels-for-completions",
            since: "0.0.6",
            arguments: json!(["taplo", [{"label": "one"}, {"label": "skip"}]]),
            answer: |version, _| {
                let code = if has(version, "0.2.0") {
                    "one|-|-|-|-|-"
                } else {
                    "one|-|-|-"
                };
                json!([label(code), null])
            },
            otherwise: Some(json!([null, null])),
            failing: None,
            trapping: json!(["trap", [{"label": "one"}]]),
        },
        Case {
            export: "labels-for-symbols",
            since: "0.0.6",
            arguments: json!(["taplo", [{"kind": "file", "name": "skip"}, {"kind": "key", "name": "two"}]]),
            answer: |_, _| json!([null, label("two|SymbolKind::Key")]),
            otherwise: Some(json!([null, null])),
            failing: None,
            trapping: json!(["trap", [{"kind": "file", "name": "one"}]]),
        },
        Case {
            export: "complete-slash-command-argument",
            since: "0.1.0",
            arguments: json!([slash("tabs"), ["x"]]),
            answer: |_, _| {
                json!([
                    {"label": "tabs", "new_text": "d", "run_command": true},
                    {"label": "tabs x", "new_text": "x", "run_command": false},
                ])
            },
            otherwise: Some(json!([])),
            failing: Some(json!([slash("fail"), ["broken"]])),
            trapping: json!([slash("trap"), []]),
        },
        Case {
            export: "run-slash-command",
            since: "0.1.0",
            arguments: json!([slash("tabs"), ["x", "y"]]),
            answer: |_, place| {
                let text = format!(
                    "name: tabs\ndescription: d\ntooltip: t\nrequires argument: true\narguments: x, y\nroot: {}\n",
                    place.worktree_dir().display()
                );
                let mut start = 0;
                let sections: Vec<_> = text.lines().map(|line| {
                    let section = json!({"range": {"start": start, "end": start + line.len()}, "label": line.split(':').next()});
                    start += line.len() + 1;
                    section
                }).collect();
                json!({"text": text, "sections": sections})
            },
            otherwise: None,
            failing: Some(json!([slash("fail"), ["broken"]])),
            trapping: json!([slash("trap"), []]),
        },
        Case {
            export: "suggest-docs-packages",
            since: "0.1.0",
            arguments: json!(["docs"]),
            answer: |_, _| json!(["docs-one", "docs-two"]),
            otherwise: Some(json!([])),
            failing: Some(json!(["fail"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "index-docs",
            since: "0.1.0",
            arguments: json!(["docs", "one"]),
            answer: |_, _| Value::Null,
            otherwise: None,
            failing: Some(json!(["docs", "fail"])),
            trapping: json!(["trap", "one"]),
        },
        Case {
            export: "context-server-command",
            since: "0.2.0",
            arguments: json!(["memory"]),
            answer: |_, place| {
                json!({
                    "command": place.work_dir().join("memory"),
                    "args": ["memory", "7", u64::MAX.to_string()],
                    "env": [["GUEST", "conformance"]],
                })
            },
            otherwise: None,
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "language-server-additional-initialization-options",
            since: "0.4.0",
            arguments: json!([server, "other"]),
            answer: |version, place| {
                options(
                    version,
                    place,
                    "additional-initialization-options",
                    Some("other"),
                )
            },
            otherwise: Some(Value::Null),
            failing: Some(json!(["fail:broken", "other"])),
            trapping: json!(["trap", "other"]),
        },
        Case {
            export: "language-server-additional-workspace-configuration",
            since: "0.4.0",
            arguments: json!([server, "other"]),
            answer: |version, place| {
                options(
                    version,
                    place,
                    "additional-workspace-configuration",
                    Some("other"),
                )
            },
            otherwise: Some(Value::Null),
            failing: Some(json!(["fail:broken", "other"])),
            trapping: json!(["trap", "other"]),
        },
        Case {
            export: "context-server-configuration",
            since: "0.5.0",
            arguments: json!(["memory"]),
            answer: |_, _| {
                json!({
                    "installation_instructions": format!("# memory\nworktrees: 7, {}", u64::MAX),
                    "settings_schema": r#"{"title":"memory","type":"object"}"#,
                    "default_settings": "{\n  // memory\n  \"enabled\": true\n}",
                })
            },
            otherwise: Some(Value::Null),
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "get-dap-binary",
            since: "0.6.0",
            arguments: json!(["adapter", definition, null]),
            answer: |_, place| {
                json!({
                    "command": null,
                    "arguments": ["adapter", "broken", "a"],
                    "envs": guest::environment(),
                    "cwd": root(place),
                    "connection": null,
                    "request_args": {"configuration": "{\"request\":\"launch\"}", "request": "launch"},
                })
            },
            otherwise: None,
            failing: Some(json!(["fail", definition, null])),
            trapping: json!(["trap", definition, null]),
        },
        Case {
            export: "dap-request-kind",
            since: "0.6.0",
            arguments: json!(["adapter", "{\"request\":\"attach\"}"]),
            answer: |_, _| json!("attach"),
            otherwise: None,
            failing: Some(json!(["adapter", "\"broken\""])),
            trapping: json!(["trap", "{}"]),
        },
        Case {
            export: "dap-config-to-scenario",
            since: "0.6.0",
            arguments: config("adapter"),
            answer: |_, _| {
                json!({
                    "label": "broken",
                    "adapter": "adapter",
                    "build": null,
                    "config": json!({"request": "attach", "processId": null, "stopOnEntry": null}).to_string(),
                    "tcp_connection": null,
                })
            },
            otherwise: None,
            failing: Some(config("fail")),
            trapping: config("trap"),
        },
        Case {
            export: "dap-locator-create-scenario",
            since: "0.6.0",
            arguments: json!(["by-name", task, "l", "a"]),
            answer: |_, _| {
                json!({
                    "label": "l",
                    "adapter": "a",
                    "build": {"by_name": "broken"},
                    "config": "{}",
                    "tcp_connection": {"host": "127.0.0.1", "port": 4711, "timeout": 2000},
                })
            },
            otherwise: Some(Value::Null),
            failing: None,
            trapping: json!(["trap", task, "l", "a"]),
        },
        Case {
            export: "run-dap-locator",
            since: "0.6.0",
            arguments: json!(["locator", task]),
            answer: |_, _| json!({"launch": {"program": "make", "cwd": null, "args": [], "envs": []}}),
            otherwise: None,
            failing: Some(json!(["fail", task])),
            trapping: json!(["trap", task]),
        },
    ]
}

/// The value with JSON text replaced by what it says: the order of its keys is the guest's.
fn parsed(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('{') => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        Value::Array(values) => values.into_iter().map(parsed).collect(),
        Value::Object(values) => values
            .into_iter()
            .map(|(key, value)| (key, parsed(value)))
            .collect(),
        value => value,
    }
}

/// The label that the guest gives to something called by three letters.
fn label(code: &str) -> Value {
    json!({
        "code": code,
        "spans": [
            {"code_range": {"start": 0, "end": 3}},
            {"literal": {"text": " from ", "highlight_name": null}},
            {"literal": {"text": "guest", "highlight_name": "keyword"}},
        ],
        "filter_range": {"start": 0, "end": 3},
    })
}

#[test]
fn every_export_has_a_case_and_says_which_version_brought_it() {
    let listed: Vec<_> = EXPORTS
        .iter()
        .map(|export| (export.name, export.since))
        .collect();
    let cases: Vec<_> = cases()
        .iter()
        .map(|case| (case.export, case.since))
        .collect();
    assert_eq!(cases, listed);
}

#[tokio::test]
async fn every_export_answers_on_every_version() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in cases() {
            let export = case.export;
            let answer = extension
                .call_by_name(export, case.arguments, &place.lendable())
                .await;
            if has(version, case.since) {
                let expected = (case.answer)(version, &place);
                assert_eq!(
                    parsed(answer.unwrap()),
                    parsed(expected),
                    "{version} {export}"
                );
                continue;
            }
            match case.otherwise {
                Some(benign) => assert_eq!(answer.unwrap(), benign, "{version} {export}"),
                None => {
                    let error = answer.unwrap_err();
                    let message = error.to_string();
                    for part in [export, case.since, version] {
                        assert!(message.contains(part), "{message} lacks {part}");
                    }
                    assert!(error.hint().is_some());
                    let expected = CallError::Unsupported {
                        export,
                        since: case.since,
                        actual: version.parse().unwrap(),
                    };
                    assert_eq!(error, expected);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_export_passes_the_guests_error_on() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in cases().into_iter().filter(|case| has(version, case.since)) {
            let Some(failing) = case.failing else {
                continue;
            };
            let message = words(
                extension
                    .call_by_name(case.export, failing, &place.lendable())
                    .await,
            );
            let expected = message.contains("broken") || message == "failed on purpose";
            assert!(expected, "{version} {}: {message}", case.export);
        }
    }
}

#[tokio::test]
async fn a_trap_in_any_export_is_named_and_the_next_call_starts_afresh() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in cases().into_iter().filter(|case| has(version, case.since)) {
            let error = extension
                .call_by_name(case.export, case.trapping, &place.lendable())
                .await
                .unwrap_err();
            let CallError::Trap { message, backtrace } = &error else {
                panic!("{version} {}: {error:?}", case.export);
            };
            assert!(
                message.contains("unreachable") && !message.contains('\n'),
                "{message}"
            );
            assert!(!backtrace.is_empty());
            assert!(error.hint().is_some());
            assert_eq!(
                ask(&extension, &place, "count").await.unwrap(),
                ["1"],
                "{version} {}",
                case.export
            );
        }
    }
}

#[tokio::test]
async fn options_may_be_none_and_up_to_0_0_5_any_text() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let options = |id: &'static str| {
            extension.language_server_initialization_options(id.into(), place.worktree())
        };
        assert_eq!(options("none").await.unwrap(), None, "{version}");
        let invalid = options("invalid").await.unwrap().unwrap();
        if has(version, "0.0.6") {
            let invalid: Value = serde_json::from_str(&invalid).unwrap();
            assert_eq!(invalid["id"], "invalid", "{version}");
        } else {
            assert_eq!(invalid, "{ not json", "{version}");
        }
        if has(version, "0.5.0") {
            let none = extension
                .context_server_configuration("none".into(), Arc::new(Project))
                .await;
            assert_eq!(none.unwrap(), None, "{version}");
        }
    }
}

#[tokio::test]
async fn a_slash_command_may_run_without_a_worktree() {
    let host = guest::host();
    for version in guest::since("0.1.0") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let command = SlashCommand {
            name: "tabs".into(),
            ..SlashCommand::default()
        };
        let SlashCommandOutput { text, sections } = extension
            .run_slash_command(command, vec!["ä, b".into(), String::new()], None)
            .await
            .unwrap();
        assert!(
            text.ends_with("arguments: ä, b, \nroot: none\n"),
            "{version}: {text}"
        );
        assert_eq!(sections.len(), 6);
        for section in sections {
            let line = &text[section.range.start as usize..section.range.end as usize];
            assert!(line.starts_with(&section.label), "{version}: {line}");
        }
    }
}

#[tokio::test]
async fn the_language_reaches_the_versions_that_ask_for_it() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let command = extension
            .language_server_command(ServerId::new("echo:ü", "C#"), place.worktree())
            .await
            .unwrap();
        let expected: &[&str] = if has(version, "0.0.6") {
            &["echo:ü"]
        } else {
            &["echo:ü", "C#"]
        };
        assert_eq!(command.args, expected, "{version}");
    }
}
