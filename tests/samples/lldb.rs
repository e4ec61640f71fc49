//! API 0.6.0: a debug adapter, and a locator.

mod cargo;

use serde_json::{Value, json};

use crate::sample::Sample;

const ADAPTER: &str = "lldb-dap";

/// Asks for the adapter of a session with this configuration.
async fn binary(sample: &Sample, config: &Value, path: Option<&str>) -> Result<Value, String> {
    let task = json!({"label": "a session", "adapter": ADAPTER, "config": config});
    let arguments = json!([ADAPTER, task, path]);
    sample.ask("get-dap-binary", arguments).await
}

#[tokio::test]
async fn it_starts_the_adapter_that_is_found_first() {
    let sample = Sample::start("lldb").await;
    let config = json!({"request": "launch", "program": "target/debug/app"});
    let error = binary(&sample, &config, None).await.unwrap_err();
    assert!(error.contains("install LLDB"), "{error}");

    for name in [
        "lldb-vscode-14",
        "lldb-vscode",
        "lldb-dap-18",
        "lldb-dap-20",
        "lldb-dap",
    ] {
        let program = sample.program(name);
        let answer = binary(&sample, &config, None).await.unwrap();
        assert_eq!(answer["command"], program);
    }
    let answer = binary(&sample, &config, Some("/opt/llvm/bin/lldb-dap")).await;
    let answer = answer.unwrap();
    assert_eq!(answer["command"], "/opt/llvm/bin/lldb-dap");
    assert_eq!(answer["arguments"], json!([]));
    assert_eq!(answer["connection"], Value::Null);
    let root = sample.worktree().to_string_lossy().into_owned();
    assert_eq!(answer["cwd"], root);
    assert_eq!(
        answer["envs"],
        json!([["PATH", *sample.worktree().join("bin").to_string_lossy()]])
    );
    assert_eq!(answer["request_args"]["request"], "launch");
    assert_eq!(
        answer["request_args"]["configuration"],
        json!({"request": "launch", "program": "target/debug/app", "cwd": root})
    );
}

#[tokio::test]
async fn it_listens_where_the_session_wants_a_connection() {
    let sample = Sample::start("lldb").await;
    let connect = async |template: Value| {
        let config = json!({"request": "attach", "pid": 7});
        let task = json!({"adapter": ADAPTER, "config": config, "tcp_connection": template});
        let arguments = json!([ADAPTER, task, "/opt/lldb-dap"]);
        sample.ask("get-dap-binary", arguments).await
    };
    let template = json!({"host": "127.0.0.2", "port": 4711, "timeout": 9000});
    let answer = connect(template.clone()).await.unwrap();
    assert_eq!(answer["connection"], template);
    assert_eq!(
        answer["arguments"],
        json!(["--connection", "listen://127.0.0.2:4711"])
    );
    assert_eq!(answer["request_args"]["request"], "attach");

    let answer = connect(json!({})).await.unwrap();
    let port = answer["connection"]["port"].as_u64().unwrap();
    assert_ne!(port, 0);
    assert_eq!(answer["connection"]["host"], "127.0.0.1");
    let address = format!("listen://127.0.0.1:{port}");
    assert_eq!(answer["arguments"], json!(["--connection", address]));
}

#[tokio::test]
async fn a_configuration_is_checked_and_otherwise_left_as_it_is() {
    let sample = Sample::start("lldb").await;
    let path = Some("/opt/lldb-dap");
    for (config, words) in [
        (json!([]), "must be a JSON object"),
        (json!({"program": "a"}), "no `request`"),
        (
            json!({"request": "run", "program": "a"}),
            "`launch` or `attach`",
        ),
        (
            json!({"request": "launch", "program": ""}),
            "what to start: it has none of `program`",
        ),
        (json!({"request": "attach"}), "what to attach to"),
        (
            json!({"request": "attach", "name": "a", "type": "lldb-dap", "label": "b", "adapter": ADAPTER}),
            "what to attach to",
        ),
        (
            json!({"request": "attach", "program": "", "pid": null, "attachCommands": []}),
            "what to attach to",
        ),
        (
            json!({"request": "attach", "session": {"targetId": 1}, "waitFor": "yes"}),
            "`waitFor`",
        ),
        (
            json!({"request": "launch", "program": "a", "args": "b c"}),
            "`args` in the configuration must be a list of texts, not `\"b c\"`",
        ),
        (
            json!({"request": "launch", "program": "a", "env": {"A": 1}}),
            "`env`",
        ),
        (
            json!({"request": "launch", "program": "a", "stopOnEntry": "yes"}),
            "`stopOnEntry`",
        ),
        (json!({"request": "attach", "pid": 0}), "`pid`"),
        (
            json!({"request": "attach", "gdb-remote-port": 70_000}),
            "`gdb-remote-port`",
        ),
    ] {
        let error = binary(&sample, &config, path).await.unwrap_err();
        assert!(error.contains(words), "{config}: {error}");
    }
    for config in [json!("{"), json!([1]), Value::Null] {
        assert!(binary(&sample, &config, path).await.is_err(), "{config}");
    }

    for config in [
        json!({"request": "launch", "program": "a", "cwd": "/x", "env": ["A=1"], "ownKey": [1, null]}),
        json!({"request": "launch", "launchCommands": ["run"], "cwd": "/x", "env": {"A": "1"}}),
        json!({"request": "attach", "program": "a", "waitFor": true}),
        json!({"request": "attach", "coreFile": "core.1"}),
        json!({"request": "attach", "gdb-remote-port": 1234}),
        // Newer adapters know more keys than this extension does.
        json!({"request": "attach", "name": "a", "session": {"debuggerId": 0, "targetId": 1}}),
    ] {
        let answer = binary(&sample, &config, path).await.unwrap();
        assert_eq!(answer["request_args"]["configuration"], config);
        assert_eq!(answer["request_args"]["request"], config["request"]);
    }
}

#[tokio::test]
async fn it_knows_the_kind_of_a_request() {
    let sample = Sample::start("lldb").await;
    let ask = async |adapter: &str, config: Value| {
        let arguments = json!([adapter, config]);
        sample.ask("dap-request-kind", arguments).await
    };
    let launch = json!({"request": "launch"});
    assert_eq!(ask(ADAPTER, launch.clone()).await.unwrap(), "launch");
    let attach = json!({"request": "attach"});
    assert_eq!(ask(ADAPTER, attach).await.unwrap(), "attach");
    for config in [
        json!("{"),
        json!([]),
        json!({}),
        json!({"request": "Launch"}),
    ] {
        let answer = ask(ADAPTER, config.clone()).await;
        assert!(answer.is_err(), "{config}");
    }
    let error = ask("gdb", launch).await.unwrap_err();
    assert!(error.contains("`lldb-dap`, not `gdb`"), "{error}");
}

#[tokio::test]
async fn a_choice_becomes_a_scenario_that_the_adapter_takes() {
    let sample = Sample::start("lldb").await;
    let scenario =
        async |config: Value| sample.ask("dap-config-to-scenario", json!([config])).await;
    let answer = scenario(json!({
        "label": "debug it",
        "adapter": ADAPTER,
        "request": {"launch": {
            "program": "/bin/app", "cwd": "/srv", "args": ["a b", "-c"], "envs": [["A", "1"], ["B", "x=y"]],
        }},
        "stop_on_entry": true,
    }))
    .await
    .unwrap();
    assert_eq!(answer["label"], "debug it");
    assert_eq!(answer["adapter"], ADAPTER);
    assert_eq!(answer["build"], Value::Null);
    assert_eq!(answer["tcp_connection"], Value::Null);
    let launch = &answer["config"];
    assert_eq!(
        *launch,
        json!({
            "request": "launch", "program": "/bin/app", "cwd": "/srv", "args": ["a b", "-c"],
            "env": ["A=1", "B=x=y"], "stopOnEntry": true,
        })
    );
    binary(&sample, launch, Some("/opt/lldb-dap"))
        .await
        .unwrap();

    let attach =
        json!({"label": "", "adapter": ADAPTER, "request": {"attach": {"process_id": 42}}});
    let answer = scenario(attach).await.unwrap();
    assert_eq!(answer["config"], json!({"request": "attach", "pid": 42}));
    let open =
        json!({"label": "", "adapter": ADAPTER, "request": {"attach": {}}, "stop_on_entry": false});
    let answer = scenario(open).await.unwrap();
    assert_eq!(
        answer["config"],
        json!({"request": "attach", "stopOnEntry": false})
    );

    let nothing = json!({"label": "", "adapter": ADAPTER, "request": {"launch": {"program": " "}}});
    let error = scenario(nothing).await.unwrap_err();
    assert!(error.contains("no program is named"), "{error}");
    let other = json!({"label": "", "adapter": "gdb", "request": {"attach": {}}});
    assert!(scenario(other).await.is_err());
}

#[test]
fn the_schema_describes_what_the_adapter_takes() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("extensions/lldb/debug_adapter_schemas/lldb-dap.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(schema["required"], json!(["request"]));
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(properties["request"]["enum"], json!(["launch", "attach"]));
    // What the extension writes and checks is described, with the same types.
    for (key, kind) in [
        ("program", "string"),
        ("args", "array"),
        ("cwd", "string"),
        ("stopOnEntry", "boolean"),
        ("initCommands", "array"),
        ("gdb-remote-port", "integer"),
    ] {
        assert_eq!(properties[key]["type"], kind, "{key}");
    }
    // Under which keys an attach names its target is left to the adapter.
    let attach = &schema["allOf"][1];
    assert_eq!(attach["if"]["properties"]["request"]["const"], "attach");
    assert_eq!(
        attach["then"],
        json!({"not": {"propertyNames": {"enum": ["request", "name", "type", "label", "adapter"]}}})
    );
    for (key, property) in properties {
        let about = property["description"].as_str().unwrap();
        assert!(about.ends_with('.'), "{key}: {about}");
    }
}

#[tokio::test]
async fn the_adapter_of_the_older_name_listens_by_its_own_option() {
    let sample = Sample::start("lldb").await;
    let connect = async |host: &str| {
        let config = json!({"request": "attach", "pid": 7});
        let template = json!({"host": host, "port": 4711});
        let task = json!({"adapter": ADAPTER, "config": config, "tcp_connection": template});
        let arguments = json!([ADAPTER, task, "/usr/bin/lldb-vscode-14"]);
        sample.ask("get-dap-binary", arguments).await
    };
    let answer = connect("127.0.0.1").await.unwrap();
    assert_eq!(answer["arguments"], json!(["--port", "4711"]));
    let error = connect("127.0.0.2").await.unwrap_err();
    assert!(error.contains("listens at 127.0.0.1 alone"), "{error}");
}
