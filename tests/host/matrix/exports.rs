//! The exports' side of the matrix: what each is asked, and what it answers.

use serde_json::{Value, json};

use crate::guest::{Place, has};

/// What one export is asked, and what it answers.
pub struct Case {
    pub export: &'static str,
    /// What is asserted, in a few words.
    pub asserts: &'static str,
    pub since: &'static str,
    pub arguments: Value,
    /// The answer, of a version and a place.
    pub answer: fn(&str, &Place) -> Value,
    /// What a version that lacks the export answers; `None` where it cannot.
    pub otherwise: Option<Value>,
    /// Arguments that the guest answers with an error, `broken` or `failed on purpose`; `None` where
    /// it cannot, since its interface has no error or its crate has no way to give one.
    pub failing: Option<Value>,
    /// Arguments that make it trap.
    pub trapping: Value,
}

fn root(place: &Place) -> Value {
    place.worktree_dir().to_string_lossy().into()
}

/// The options that the guest gives: text up to 0.0.5, from JSON after.
fn options(version: &str, place: &Place, export: &str, target: Option<&str>) -> Value {
    let mut options = json!({"export": export, "id": "taplo"});
    if !has(version, "0.0.6") {
        options["language"] = "TOML".into();
        return options;
    }
    if let Some(target) = target {
        options["target"] = target.into();
    }
    options["root"] = root(place);
    options
}

/// Every export, in the order of the API versions that brought them.
pub fn cases() -> Vec<Case> {
    let server = json!({"id": "taplo", "language": "TOML"});
    let slash = |name: &str| json!({"name": name, "description": "d", "tooltip_text": "t", "requires_argument": true});
    let task = json!({"label": "broken", "command": "make"});
    let definition = json!({"label": "broken", "adapter": "a", "config": {"request": "launch"}});
    let config =
        |adapter: &str| json!([{"label": "broken", "adapter": adapter, "request": {"attach": {}}}]);
    vec![
        Case {
            export: "language-server-command",
            asserts: "program, arguments and environment; a relative program joined to the work directory",
            since: "0.0.1",
            arguments: json!([{"id": "echo", "language": "TOML"}]),
            answer: |version, place| {
                let args = if has(version, "0.0.6") {
                    json!(["echo"])
                } else {
                    json!(["echo", "TOML"])
                };
                json!({"command": place.work_dir().join("echo"), "args": args, "env": place.environment()})
            },
            otherwise: None,
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "language-server-initialization-options",
            asserts: "an object with the server's id (up to 0.0.5 its language) and the worktree's root",
            since: "0.0.1",
            arguments: json!([server]),
            answer: |version, place| options(version, place, "initialization-options", None),
            otherwise: None,
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "language-server-workspace-configuration",
            asserts: "an object with the server's id and the worktree's root",
            since: "0.0.6",
            arguments: json!([server]),
            answer: |version, place| options(version, place, "workspace-configuration", None),
            otherwise: Some(Value::Null),
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "labels-for-completions",
            asserts: "code, spans and filter range; a list shorter than the question is filled up",
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
            asserts: "code, spans and filter range; a list shorter than the question is filled up",
            since: "0.0.6",
            arguments: json!(["taplo", [{"kind": "file", "name": "skip"}, {"kind": "key", "name": "two"}]]),
            answer: |_, _| json!([null, label("two|SymbolKind::Key")]),
            otherwise: Some(json!([null, null])),
            failing: None,
            trapping: json!(["trap", [{"kind": "file", "name": "one"}]]),
        },
        Case {
            export: "complete-slash-command-argument",
            asserts: "label, new text and whether to run, made of name, description and arguments",
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
            asserts: "text of every field it was given and a section for each line",
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
            asserts: "two names",
            since: "0.1.0",
            arguments: json!(["docs"]),
            answer: |_, _| json!(["docs-one", "docs-two"]),
            otherwise: Some(json!([])),
            failing: Some(json!(["fail"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "index-docs",
            asserts: "no answer; the page is in the store",
            since: "0.1.0",
            arguments: json!(["docs", "one"]),
            answer: |_, _| Value::Null,
            otherwise: None,
            failing: Some(json!(["docs", "fail"])),
            trapping: json!(["trap", "one"]),
        },
        Case {
            export: "context-server-command",
            asserts: "program joined to the work directory, the project's worktrees as arguments, environment",
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
            asserts: "an object with both servers' ids and the worktree's root",
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
            asserts: "an object with both servers' ids and the worktree's root",
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
            asserts: "two texts and the schema",
            since: "0.5.0",
            arguments: json!(["memory"]),
            answer: |_, _| {
                json!({
                    "installation_instructions": format!("# memory\nworktrees: 7, {}", u64::MAX),
                    "settings_schema": {"title": "memory", "type": "object"},
                    "default_settings": "{\n  // memory\n  \"enabled\": true\n}",
                })
            },
            otherwise: Some(Value::Null),
            failing: Some(json!(["fail:broken"])),
            trapping: json!(["trap"]),
        },
        Case {
            export: "get-dap-binary",
            asserts: "adapter, task, environment and root echoed; the kind of request",
            since: "0.6.0",
            arguments: json!(["adapter", definition, null]),
            answer: |_, place| {
                json!({
                    "command": null,
                    "arguments": ["adapter", "broken", "a"],
                    "envs": place.environment(),
                    "cwd": root(place),
                    "connection": null,
                    "request_args": {"configuration": {"request": "launch"}, "request": "launch"},
                })
            },
            otherwise: None,
            failing: Some(json!(["fail", definition, null])),
            trapping: json!(["trap", definition, null]),
        },
        Case {
            export: "dap-request-kind",
            asserts: "`attach`",
            since: "0.6.0",
            arguments: json!(["adapter", {"request": "attach"}]),
            answer: |_, _| json!("attach"),
            otherwise: None,
            failing: Some(json!(["adapter", "broken"])),
            trapping: json!(["trap", {}]),
        },
        Case {
            export: "dap-config-to-scenario",
            asserts: "a scenario with every field of the configuration",
            since: "0.6.0",
            arguments: config("adapter"),
            answer: |_, _| {
                json!({
                    "label": "broken",
                    "adapter": "adapter",
                    "build": null,
                    "config": {"request": "attach", "processId": null, "stopOnEntry": null},
                    "tcp_connection": null,
                })
            },
            otherwise: None,
            failing: Some(config("fail")),
            trapping: config("trap"),
        },
        Case {
            export: "dap-locator-create-scenario",
            asserts: "a scenario with a build task by name and a TCP address",
            since: "0.6.0",
            arguments: json!(["by-name", task, "l", "a"]),
            answer: |_, _| {
                json!({
                    "label": "l",
                    "adapter": "a",
                    "build": {"by_name": "broken"},
                    "config": {},
                    "tcp_connection": {"host": "127.0.0.1", "port": 4711, "timeout": 2000},
                })
            },
            otherwise: Some(Value::Null),
            failing: None,
            trapping: json!(["trap", task, "l", "a"]),
        },
        Case {
            export: "run-dap-locator",
            asserts: "a request to launch the task's command",
            since: "0.6.0",
            arguments: json!(["locator", task]),
            answer: |_, _| json!({"launch": {"program": "make", "cwd": null, "args": [], "envs": []}}),
            otherwise: None,
            failing: Some(json!(["fail", task])),
            trapping: json!(["trap", task]),
        },
    ]
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
