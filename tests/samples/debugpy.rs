//! API 0.7.0: a debug adapter that it downloads, or that the user has installed.

use serde_json::{Value, json};

use crate::sample::Sample;

const ADAPTER: &str = "debugpy";

/// Where a user has installed debugpy, so that nothing is downloaded. How it is, real sessions test (`tests/debug/`).
const OWN: &str = "/opt/debugpy/adapter";

/// Asks for the adapter of a session with this configuration.
async fn binary(sample: &Sample, config: &Value, template: &Value) -> Result<Value, String> {
    let task = json!({
        "label": "a session", "adapter": ADAPTER, "config": config, "tcp_connection": template
    });
    sample
        .ask("get-dap-binary", json!([ADAPTER, task, OWN]))
        .await
}

#[tokio::test]
async fn the_interpreter_is_the_session_s_the_project_s_or_the_one_on_the_path() {
    let sample = Sample::start("debugpy").await;
    let config = json!({"request": "launch", "program": "a.py"});
    let error = binary(&sample, &config, &Value::Null).await.unwrap_err();
    assert!(error.contains("install Python"), "{error}");
    let on_path = sample.program("python3");
    let answer = binary(&sample, &config, &Value::Null).await.unwrap();
    assert_eq!(
        (&answer["command"], &answer["arguments"]),
        (&json!(on_path), &json!([OWN]))
    );
    assert_eq!(answer["connection"], Value::Null);
    let root = sample.worktree().to_string_lossy().into_owned();
    let expected = json!({"request": "launch", "program": "a.py", "cwd": root, "python": on_path});
    assert_eq!(answer["request_args"]["configuration"], expected);

    sample.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
    let answer = binary(&sample, &config, &Value::Null).await.unwrap();
    assert_eq!(answer["command"], format!("{root}/.venv/bin/python"));
    for (python, expected) in [
        (json!("/opt/python"), "/opt/python"),
        (json!(["/opt/python", "-X", "dev"]), "/opt/python"),
        (json!("python3"), on_path.as_str()),
    ] {
        let config = json!({"request": "attach", "processId": 7, "python": python});
        let answer = binary(&sample, &config, &Value::Null).await.unwrap();
        assert_eq!(answer["command"], expected);
        assert_eq!(answer["request_args"]["configuration"], config);
    }
}

#[tokio::test]
async fn it_listens_where_the_session_wants_a_connection() {
    let sample = Sample::start("debugpy").await;
    sample.program("python3");
    let config = json!({"request": "launch", "module": "http.server"});
    let template = json!({"host": "127.0.0.2", "port": 4711, "timeout": 9000});
    let answer = binary(&sample, &config, &template).await.unwrap();
    assert_eq!(answer["connection"], template);
    assert_eq!(
        answer["arguments"],
        json!([OWN, "--host", "127.0.0.2", "--port", "4711"])
    );
}

#[tokio::test]
async fn a_configuration_that_names_nothing_is_refused() {
    let sample = Sample::start("debugpy").await;
    sample.program("python3");
    for (config, words) in [
        (json!({}), "has no `request`"),
        (json!({"request": "debug"}), "must be `launch` or `attach`"),
        (
            json!({"request": "launch", "args": []}),
            "none of `program`, `module`",
        ),
        (json!({"request": "attach"}), "none of `processId`"),
        (
            json!({"request": "launch", "program": "a", "python": 3}),
            "must be a path",
        ),
        (
            json!({"request": "launch", "program": "a", "python": "py9"}),
            "is not on PATH",
        ),
    ] {
        let error = binary(&sample, &config, &Value::Null).await.unwrap_err();
        assert!(error.contains(words), "{config}: {error}");
    }
    let error = sample
        .ask("dap-request-kind", json!(["lldb", {}]))
        .await
        .unwrap_err();
    assert!(error.contains("`debugpy`, not `lldb`"), "{error}");
}

#[tokio::test]
async fn a_choice_in_a_form_is_a_configuration() {
    let sample = Sample::start("debugpy").await;
    let scenario = async |request: Value| {
        let chosen =
            json!({"label": "mine", "adapter": ADAPTER, "request": request, "stop_on_entry": true});
        sample.ask("dap-config-to-scenario", json!([chosen])).await
    };
    let launch = json!({"launch": {"program": "a.py", "args": ["b"], "envs": [["C", "d"]]}});
    let answer = scenario(launch).await.unwrap();
    let expected = json!({
        "request": "launch", "program": "a.py", "args": ["b"], "env": {"C": "d"}, "stopOnEntry": true
    });
    assert_eq!(answer["config"], expected);
    let answer = scenario(json!({"attach": {"process_id": 7}}))
        .await
        .unwrap();
    assert_eq!(answer["config"]["processId"], 7);
    for nothing in [json!({"attach": {}}), json!({"launch": {"program": " "}})] {
        let error = scenario(nothing).await.unwrap_err();
        assert!(error.contains("is named"), "{error}");
    }
}
