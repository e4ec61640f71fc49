//! Python: a language server with settings, in the version that the project locks.

use std::collections::{BTreeMap, HashMap};

use annexe::types::{CommandSettings, LanguageServerSettings};
use serde_json::{Value, json};

use crate::sample::{Sample, Settings};

const LOCK: &str = "version = 1\n\n[[package]]\nname = \"ruff\"\nversion = \"0.14.3\"\n";

async fn start(settings: LanguageServerSettings) -> Option<Sample> {
    let settings = Settings {
        language_servers: HashMap::from([("ruff", settings)]),
        ..Settings::default()
    };
    Sample::start_foreign("ruff-server", settings).await
}

async fn command(sample: &Sample) -> Result<Value, String> {
    sample.ask("language-server-command", json!(["ruff"])).await
}

#[tokio::test]
async fn the_version_that_is_locked_comes_before_the_one_on_path() {
    let Some(sample) = start(LanguageServerSettings::default()).await else {
        return;
    };
    let error = command(&sample).await.unwrap_err();
    assert!(
        error.contains("neither `ruff` nor `uvx` is on PATH"),
        "{error}"
    );

    let uvx = sample.program("uvx");
    let found = command(&sample).await.unwrap();
    assert_eq!(
        (&found["command"], &found["args"]),
        (&json!(uvx), &json!(["ruff", "server"]))
    );

    let ruff = sample.program("ruff");
    let found = command(&sample).await.unwrap();
    assert_eq!(
        (&found["command"], &found["args"]),
        (&json!(ruff), &json!(["server"]))
    );

    sample.write("uv.lock", LOCK);
    let found = command(&sample).await.unwrap();
    assert_eq!(
        (&found["command"], &found["args"]),
        (&json!(uvx), &json!(["ruff@0.14.3", "server"]))
    );

    // A lock that cannot be read, or has no ruff, is passed over.
    for lock in ["version =", "package = 3", "[[package]]\n", "version = 1\n"] {
        sample.write("uv.lock", lock);
        assert_eq!(command(&sample).await.unwrap()["command"], ruff, "{lock}");
    }
}

#[tokio::test]
async fn what_the_person_has_set_comes_first() {
    let Some(sample) = start(LanguageServerSettings {
        binary: Some(CommandSettings {
            path: Some("/opt/ruff".into()),
            arguments: Some(vec!["server".into(), "--verbose".into()]),
            env: Some(BTreeMap::from([("RUFF_TRACE".into(), "größe".into())])),
        }),
        initialization_options: Some(json!({ "settings": { "lineLength": 100 } })),
        settings: Some(json!({ "lint": { "enable": true } })),
    })
    .await
    else {
        return;
    };
    sample.program("ruff");
    let found = command(&sample).await.unwrap();
    assert_eq!(found["command"], "/opt/ruff");
    assert_eq!(found["args"], json!(["server", "--verbose"]));
    let variables = found["env"].as_array().unwrap();
    assert!(
        variables.contains(&json!(["RUFF_TRACE", "größe"])),
        "{found}"
    );
    assert!(
        variables.iter().any(|variable| variable[0] == "PATH"),
        "{found}"
    );

    let asked =
        async |export: &str| -> Value { sample.ask(export, json!(["ruff"])).await.unwrap() };
    let options = asked("language-server-initialization-options").await;
    assert_eq!(options, json!({ "settings": { "lineLength": 100 } }));
    let settings = asked("language-server-workspace-configuration").await;
    assert_eq!(settings, json!({ "lint": { "enable": true } }));
}

#[tokio::test]
async fn a_person_who_has_set_nothing_gets_no_options() {
    let Some(sample) = start(LanguageServerSettings::default()).await else {
        return;
    };
    for export in [
        "language-server-initialization-options",
        "language-server-workspace-configuration",
    ] {
        assert_eq!(sample.ask(export, json!(["ruff"])).await, Ok(Value::Null));
    }
    let error = sample
        .ask("language-server-command", json!(["pylsp"]))
        .await;
    assert!(error.unwrap_err().contains("`ruff`, not `pylsp`"));
    let error = sample
        .ask("run-slash-command", json!([{ "name": "x" }, []]))
        .await;
    assert!(error.unwrap_err().contains("does not serve this"));
}
