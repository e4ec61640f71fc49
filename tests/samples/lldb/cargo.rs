//! The locator, with a real cargo that builds a package without dependencies.

use serde_json::{Value, json};

use super::ADAPTER;
use crate::sample::Sample;

#[tokio::test]
async fn a_task_that_runs_a_program_becomes_one_that_builds_it() {
    let sample = Sample::start("lldb").await;
    for (args, built, handed_on) in [
        ("run", "build", ""),
        (
            "+nightly run --release -p app --bin=app -- --port 80",
            "+nightly build --release -p app --bin app",
            "--port 80",
        ),
        (
            "--locked r --example demo one --release",
            "build --locked --example demo",
            "one --release",
        ),
        (
            "test --lib parser::works --message-format short -- --exact",
            "test --no-run --lib",
            "parser::works --exact",
        ),
    ] {
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(Into::into).collect() };
        let task = json!({
            "label": "t", "command": "cargo", "args": words(args), "env": [["RUST_LOG", "debug"]], "cwd": "/srv/app",
        });
        let arguments = json!(["cargo", task, "debug t", ADAPTER]);
        let answer = sample.ask("dap-locator-create-scenario", arguments).await;
        let answer = answer.unwrap();
        assert_eq!(answer["label"], "debug t");
        assert_eq!(answer["adapter"], ADAPTER);
        assert_eq!(answer["config"], json!({}));
        assert_eq!(answer["build"]["template"]["locator_name"], "cargo");
        let template = &answer["build"]["template"]["template"];
        assert_eq!(template["command"], "cargo");
        assert_eq!(template["args"], json!(words(built)));
        assert_eq!(template["cwd"], "/srv/app");
        assert_eq!(template["label"], format!("cargo {built}"));
        let mut env = vec![json!(["RUST_LOG", "debug"])];
        if !handed_on.is_empty() {
            let arguments = json!(words(handed_on)).to_string();
            env.push(json!(["DEBUG_LOCATOR_ARGUMENTS", arguments]));
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
