//! API 0.5.0: a context server, and how a user sets it up.

use std::collections::HashMap;

use annexe::types::{CommandSettings, ContextServerSettings};
use serde_json::{Value, json};

use crate::sample::{Sample, Settings};

const PACKAGE: &str = "@modelcontextprotocol/server-memory";

async fn start_with(settings: ContextServerSettings) -> Sample {
    let settings = Settings {
        context_servers: HashMap::from([("memory", settings)]),
        ..Settings::default()
    };
    Sample::start_with("memory-server", settings).await
}

async fn command(sample: &Sample) -> Value {
    sample
        .ask("context-server-command", json!(["memory"]))
        .await
        .unwrap()
}

fn default_file(sample: &Sample) -> String {
    let file = sample.work_dir().join("memory.jsonl");
    file.to_string_lossy().into_owned()
}

/// A user who has a program of their own, which needs no npm, and these settings.
async fn with_program(settings: Option<Value>, env: &[(&str, &str)]) -> Sample {
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    start_with(ContextServerSettings {
        command: Some(CommandSettings {
            path: Some("/opt/memory/bin/server".into()),
            arguments: Some(vec!["--read-only".into()]),
            env: Some(env.collect()),
        }),
        settings,
    })
    .await
}

#[tokio::test]
async fn it_installs_the_package_from_npm() {
    // How that is done is tested end to end, by the command before real agents.
    let sample = Sample::start("memory-server").await;
    let error = sample
        .ask("context-server-command", json!(["memory"]))
        .await
        .unwrap_err();
    assert!(error.contains("was not found"), "{error}");
    let info = sample.work_dir();
    assert!(!info.join("node_modules").join(PACKAGE).exists());
}

#[tokio::test]
async fn it_starts_no_other_server() {
    let sample = Sample::start("memory-server").await;
    let arguments = json!(["filesystem"]);
    let error = sample
        .ask("context-server-command", arguments.clone())
        .await
        .unwrap_err();
    assert!(error.contains("`memory`, not `filesystem`"), "{error}");
    let configuration = sample.ask("context-server-configuration", arguments).await;
    assert_eq!(configuration.unwrap(), Value::Null);
}

#[tokio::test]
async fn a_command_that_the_person_has_set_takes_the_place_of_the_package() {
    let sample = with_program(None, &[("DEBUG", "mcp")]).await;
    let told = command(&sample).await;
    assert_eq!(told["command"], "/opt/memory/bin/server");
    assert_eq!(told["args"], json!(["--read-only"]));
    let file = default_file(&sample);
    let expected = json!([["MEMORY_FILE_PATH", file], ["DEBUG", "mcp"]]);
    assert_eq!(told["env"], expected);
    // A variable is set as the user wrote it, whatever else is set.
    let settings = json!({"memory_file_path": "/elsewhere.jsonl"});
    let sample = with_program(Some(settings), &[("MEMORY_FILE_PATH", "/srv/graph.jsonl")]).await;
    let expected = json!([["MEMORY_FILE_PATH", "/srv/graph.jsonl"]]);
    assert_eq!(command(&sample).await["env"], expected);
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_without_a_folder_is_left_to_the_path() {
    let sample = start_with(ContextServerSettings {
        command: Some(CommandSettings {
            path: Some("mcp-server-memory".into()),
            ..CommandSettings::default()
        }),
        settings: None,
    })
    .await;
    let command = command(&sample).await;
    assert_eq!(command["command"], "/usr/bin/env");
    assert_eq!(command["args"], json!(["mcp-server-memory"]));
}

#[tokio::test]
async fn the_settings_name_the_file() {
    let with = async |path: Value| {
        let settings = json!({"memory_file_path": path});
        with_program(Some(settings), &[]).await
    };
    let file = async |sample: &Sample| command(sample).await["env"][0][1].clone();

    let sample = with(json!("/home/ada/memory.jsonl")).await;
    assert_eq!(file(&sample).await, "/home/ada/memory.jsonl");

    let sample = with(json!("graphs/work.jsonl")).await;
    let expected = sample.work_dir().join("graphs/work.jsonl");
    assert_eq!(file(&sample).await, *expected.to_string_lossy());

    let sample = with(Value::Null).await;
    assert_eq!(file(&sample).await, default_file(&sample));

    for (wrong, words) in [
        (json!(3), "must be the path of a file"),
        (json!(" "), "must be the path of a file"),
        (json!("~/memory.jsonl"), "write the path in full"),
    ] {
        let sample = with(wrong.clone()).await;
        let error = sample
            .ask("context-server-command", json!(["memory"]))
            .await
            .unwrap_err();
        assert!(error.contains("`memory_file_path`"), "{error}");
        assert!(error.contains(words), "{wrong}: {error}");
    }
}

#[tokio::test]
async fn a_person_is_told_how_to_set_it_up() {
    let sample = Sample::start("memory-server").await;
    let configuration = sample
        .ask("context-server-configuration", json!(["memory"]))
        .await
        .unwrap();
    let text = |key: &str| configuration[key].as_str().unwrap().to_owned();
    let instructions = text("installation_instructions");
    assert!(instructions.contains("https://nodejs.org"));
    assert!(instructions.contains("`memory_file_path`"));

    let schema = &configuration["settings_schema"];
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["additionalProperties"], false);
    let setting = &schema["properties"]["memory_file_path"];
    assert_eq!(setting["type"], json!(["string", "null"]));

    // Comments stand on lines of their own; without them it is plain JSON, which the schema knows.
    let settings = text("default_settings");
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    assert!(settings.lines().any(|line| is_comment(&line)));
    let plain: String = settings.lines().filter(|line| !is_comment(line)).collect();
    let plain: Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(plain, json!({"memory_file_path": null}));
    assert_eq!(setting["default"], plain["memory_file_path"]);
}
