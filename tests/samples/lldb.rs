//! API 0.6.0: a debug adapter, and a locator that finds what a real cargo has built.

use serde_json::{Value, json};

use crate::sample::Sample;

const ADAPTER: &str = "lldb-dap";

/// Asks for the adapter of a session with this configuration.
async fn binary(sample: &Sample, config: &Value, path: Option<&str>) -> Result<Value, String> {
    let task = json!({"label": "a session", "adapter": ADAPTER, "config": config.to_string()});
    let arguments = json!([ADAPTER, task, path]);
    sample.ask("get-dap-binary", arguments).await
}

/// The configuration that an answer hands on, out of its JSON text.
fn parsed(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn it_starts_the_adapter_that_is_found_first() {
    let sample = Sample::start("lldb").await;
    let config = json!({"request": "launch", "program": "target/debug/app"});
    let error = binary(&sample, &config, None).await.unwrap_err();
    assert!(error.contains("install LLDB"), "{error}");

    for name in ["lldb-dap-18", "lldb-dap-20", "lldb-dap"] {
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
        parsed(&answer["request_args"]["configuration"]),
        json!({"request": "launch", "program": "target/debug/app", "cwd": root})
    );
}

#[tokio::test]
async fn it_listens_where_the_session_wants_a_connection() {
    let sample = Sample::start("lldb").await;
    let connect = async |template: Value| {
        let config = json!({"request": "attach", "pid": 7}).to_string();
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
    let task = json!([ADAPTER, {"adapter": ADAPTER, "config": "{"}, path]);
    let error = sample.ask("get-dap-binary", task).await.unwrap_err();
    assert!(error.contains("is not JSON"), "{error}");

    for config in [
        json!({"request": "launch", "program": "a", "cwd": "/x", "env": ["A=1"], "ownKey": [1, null]}),
        json!({"request": "launch", "launchCommands": ["run"], "cwd": "/x", "env": {"A": "1"}}),
        json!({"request": "attach", "program": "a", "waitFor": true}),
        json!({"request": "attach", "coreFile": "core.1"}),
        json!({"request": "attach", "gdb-remote-port": 1234}),
    ] {
        let answer = binary(&sample, &config, path).await.unwrap();
        assert_eq!(parsed(&answer["request_args"]["configuration"]), config);
        assert_eq!(answer["request_args"]["request"], config["request"]);
    }
}

#[tokio::test]
async fn it_knows_the_kind_of_a_request() {
    let sample = Sample::start("lldb").await;
    let ask = async |adapter: &str, config: &str| {
        let arguments = json!([adapter, config]);
        sample.ask("dap-request-kind", arguments).await
    };
    let launch = r#"{"request": "launch"}"#;
    assert_eq!(ask(ADAPTER, launch).await.unwrap(), "launch");
    let attach = r#"{"request": "attach"}"#;
    assert_eq!(ask(ADAPTER, attach).await.unwrap(), "attach");
    for config in ["{", "[]", "{}", r#"{"request": "Launch"}"#] {
        assert!(ask(ADAPTER, config).await.is_err(), "{config}");
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
    let launch = parsed(&answer["config"]);
    assert_eq!(
        launch,
        json!({
            "request": "launch", "program": "/bin/app", "cwd": "/srv", "args": ["a b", "-c"],
            "env": ["A=1", "B=x=y"], "stopOnEntry": true,
        })
    );
    binary(&sample, &launch, Some("/opt/lldb-dap"))
        .await
        .unwrap();

    let attach =
        json!({"label": "", "adapter": ADAPTER, "request": {"attach": {"process_id": 42}}});
    let answer = scenario(attach).await.unwrap();
    assert_eq!(
        parsed(&answer["config"]),
        json!({"request": "attach", "pid": 42})
    );
    let open =
        json!({"label": "", "adapter": ADAPTER, "request": {"attach": {}}, "stop_on_entry": false});
    let answer = scenario(open).await.unwrap();
    assert_eq!(
        parsed(&answer["config"]),
        json!({"request": "attach", "stopOnEntry": false})
    );

    let nothing = json!({"label": "", "adapter": ADAPTER, "request": {"launch": {"program": " "}}});
    let error = scenario(nothing).await.unwrap_err();
    assert!(error.contains("no program is named"), "{error}");
    let other = json!({"label": "", "adapter": "gdb", "request": {"attach": {}}});
    assert!(scenario(other).await.is_err());
}

#[tokio::test]
async fn a_task_that_runs_a_program_becomes_one_that_builds_it() {
    let sample = Sample::start("lldb").await;
    for (args, built, handed_on) in [
        (json!(["run"]), json!(["build"]), None),
        (
            json!([
                "+nightly",
                "run",
                "--release",
                "-p",
                "app",
                "--bin=app",
                "--",
                "--port",
                "80"
            ]),
            json!([
                "+nightly",
                "build",
                "--release",
                "-p",
                "app",
                "--bin",
                "app"
            ]),
            Some(json!(["--port", "80"])),
        ),
        (
            json!(["--locked", "r", "--example", "demo", "one", "--release"]),
            json!(["build", "--locked", "--example", "demo"]),
            Some(json!(["one", "--release"])),
        ),
        (
            json!([
                "test",
                "--lib",
                "parser::works",
                "--message-format",
                "short",
                "--",
                "--exact"
            ]),
            json!(["test", "--no-run", "--lib"]),
            Some(json!(["parser::works", "--exact"])),
        ),
    ] {
        let task = json!({
            "label": "t", "command": "cargo", "args": args, "env": [["RUST_LOG", "debug"]], "cwd": "/srv/app",
        });
        let arguments = json!(["cargo", task, "debug t", ADAPTER]);
        let answer = sample.ask("dap-locator-create-scenario", arguments).await;
        let answer = answer.unwrap();
        assert_eq!(answer["label"], "debug t");
        assert_eq!(answer["adapter"], ADAPTER);
        assert_eq!(answer["config"], "{}");
        assert_eq!(answer["build"]["template"]["locator_name"], "cargo");
        let template = &answer["build"]["template"]["template"];
        assert_eq!(template["command"], "cargo");
        assert_eq!(template["args"], built);
        assert_eq!(template["cwd"], "/srv/app");
        let words: Vec<_> = built.as_array().unwrap().iter().collect();
        let words: Vec<_> = words.iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(template["label"], format!("cargo {}", words.join(" ")));
        let mut env = vec![json!(["RUST_LOG", "debug"])];
        if let Some(arguments) = handed_on {
            env.push(json!(["DEBUG_LOCATOR_ARGUMENTS", arguments.to_string()]));
        }
        assert_eq!(template["env"], json!(env));
    }
}

#[tokio::test]
async fn other_tasks_are_left_alone() {
    let sample = Sample::start("lldb").await;
    for (locator, command, args) in [
        ("make", "cargo", json!(["run"])),
        ("cargo", "make", json!(["run"])),
        ("cargo", "cargo", json!([])),
        ("cargo", "cargo", json!(["build"])),
        ("cargo", "cargo", json!(["clippy", "--", "run"])),
        ("cargo", "cargo", json!(["run", "--help"])),
        ("cargo", "cargo", json!(["test", "--no-run"])),
        ("cargo", "cargo", json!(["test", "--doc"])),
    ] {
        let task = json!({"command": command, "args": args, "cwd": "/srv/app"});
        let arguments = json!([locator, task, "label", ADAPTER]);
        let answer = sample.ask("dap-locator-create-scenario", arguments).await;
        assert_eq!(answer.unwrap(), Value::Null, "{command} {args}");
    }
}

/// A package without dependencies in the sample's worktree.
fn write_package(sample: &Sample) {
    let manifest =
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    sample.write("Cargo.toml", manifest);
    sample.write("src/main.rs", "fn main() {}\n");
    sample.write("tests/whole.rs", "#[test]\nfn works() {}\n");
}

/// Asks what to debug once cargo has been called in the sample's worktree, to build into its folder
/// `out`.
async fn locate(sample: &Sample, args: Value, env: Value) -> Result<Value, String> {
    let mut variables = vec![json!(["CARGO_TARGET_DIR", "out"])];
    variables.extend(env.as_array().unwrap().iter().cloned());
    let task = json!({
        "command": "cargo", "args": args, "env": variables, "cwd": *sample.worktree().to_string_lossy(),
    });
    sample.ask("run-dap-locator", json!(["cargo", task])).await
}

#[tokio::test]
async fn the_locator_finds_the_program_that_cargo_has_built() {
    let sample = Sample::start("lldb").await;
    write_package(&sample);
    let arguments = json!(["DEBUG_LOCATOR_ARGUMENTS", "[\"a b\",\"-c\"]"]);
    let env = json!([["RUST_LOG", "debug"], arguments]);
    let answer = locate(&sample, json!(["build", "--bin", "tiny"]), env).await;
    let launch = &answer.unwrap()["launch"];
    let program = launch["program"].as_str().unwrap();
    let program = std::path::Path::new(program).canonicalize().unwrap();
    assert!(program.is_file());
    let root = sample.worktree().canonicalize().unwrap();
    assert!(program.starts_with(root.join("out")), "{program:?}");
    assert_eq!(launch["args"], json!(["a b", "-c"]));
    assert_eq!(launch["cwd"], *sample.worktree().to_string_lossy());
    let environment = launch["envs"].as_array().unwrap();
    assert!(environment.contains(&json!(["RUST_LOG", "debug"])));
    let names: Vec<_> = environment.iter().map(|pair| &pair[0]).collect();
    assert_eq!(
        names,
        ["CARGO_TARGET_DIR", "RUST_LOG", "CARGO_MANIFEST_DIR"]
    );

    let answer = locate(&sample, json!(["test", "--no-run", "works"]), json!([])).await;
    let error = answer.unwrap_err();
    assert!(
        error.contains("choose with `--bin tiny` or `--test whole`"),
        "{error}"
    );
    let args = json!(["test", "--no-run", "--test", "whole", "works"]);
    let answer = locate(&sample, args, json!([])).await.unwrap();
    let program = answer["launch"]["program"].as_str().unwrap();
    let status = std::process::Command::new(program).arg("--list").output();
    let list = String::from_utf8(status.unwrap().stdout).unwrap();
    assert!(list.contains("works: test"), "{list}");
    assert_eq!(answer["launch"]["args"], json!(["works"]));
}

#[tokio::test]
async fn of_several_programs_the_locator_takes_the_one_that_cargo_would_run() {
    let sample = Sample::start("lldb").await;
    write_package(&sample);
    sample.write("src/bin/other.rs", "fn main() {}\n");
    let build = async || locate(&sample, json!(["build"]), json!([])).await;
    let error = build().await.unwrap_err();
    assert!(
        error.contains("choose with `--bin other` or `--bin tiny`"),
        "{error}"
    );
    sample.write(
        "Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\ndefault-run = \"other\"\n[workspace]\n",
    );
    let answer = build().await.unwrap();
    let program = answer["launch"]["program"].as_str().unwrap();
    let name = std::path::Path::new(program).file_stem().unwrap();
    assert_eq!(name, "other");
}

#[tokio::test]
async fn the_locator_says_why_there_is_nothing_to_debug() {
    let sample = Sample::start("lldb").await;
    let build = json!(["build"]);
    let error = locate(&sample, build.clone(), json!([])).await.unwrap_err();
    assert!(error.contains("Cargo.toml"), "{error}");

    write_package(&sample);
    sample.write("src/main.rs", "fn main() { missing(); }\n");
    let error = locate(&sample, build.clone(), json!([])).await.unwrap_err();
    assert!(error.contains("E0425"), "{error}");
    let arguments = json!([["DEBUG_LOCATOR_ARGUMENTS", "no list"]]);
    let error = locate(&sample, build, arguments).await.unwrap_err();
    assert!(error.contains("`DEBUG_LOCATOR_ARGUMENTS`"), "{error}");
    let error = locate(&sample, json!(["fmt"]), json!([]))
        .await
        .unwrap_err();
    assert!(error.contains("`cargo fmt` does not build"), "{error}");

    for (locator, task, words) in [
        (
            "make",
            json!({"command": "cargo", "args": ["build"]}),
            "`cargo`, not `make`",
        ),
        (
            "cargo",
            json!({"command": "make"}),
            "`make` is no task of cargo",
        ),
        (
            "cargo",
            json!({"command": "cargo", "args": ["build"]}),
            "`cwd`",
        ),
    ] {
        let error = sample.ask("run-dap-locator", json!([locator, task])).await;
        let error = error.unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn the_schema_describes_what_the_adapter_takes() {
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
    for (key, property) in properties {
        let about = property["description"].as_str().unwrap();
        assert!(about.ends_with(['.']), "{key}: {about}");
    }
}
