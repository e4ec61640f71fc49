//! JavaScript: a slash command that reads the worktree, and a debug locator.

use serde_json::{Value, json};

use crate::sample::{Sample, Settings};

async fn start() -> Option<Sample> {
    Sample::start_foreign("npm-scripts", Settings::default()).await
}

async fn run(sample: &Sample, names: &[&str]) -> Result<Value, String> {
    let command = json!({ "name": "scripts" });
    sample
        .ask("run-slash-command", json!([command, names]))
        .await
}

async fn offered(sample: &Sample, typed: &[&str]) -> Vec<Value> {
    let command = json!({ "name": "scripts" });
    let answer = sample.ask("complete-slash-command-argument", json!([command, typed]));
    let answer = answer.await.unwrap();
    let completions = answer.as_array().unwrap().iter();
    completions
        .map(|completion| completion["new_text"].clone())
        .collect()
}

#[tokio::test]
async fn scripts_are_shown_with_what_runs_around_them() {
    let Some(sample) = start().await else { return };
    let manifest = json!({
        "packageManager": "pnpm@9.1.0",
        "scripts": {
            "prebuild": "rm -rf out", "build": "tsc → out", "test": "vitest", "prefer": "x", "odd": 3,
        },
    });
    sample.write("package.json", &manifest.to_string());
    let answer = run(&sample, &[]).await.unwrap();
    let text = answer["text"].as_str().unwrap();
    let build = "## pnpm run build\n\n- `prebuild`: `rm -rf out`\n- `build`: `tsc → out`\n";
    let test = "## pnpm run test\n\n- `test`: `vitest`\n";
    let prefer = "## pnpm run prefer\n\n- `prefer`: `x`\n";
    assert_eq!(text, [build, test, prefer].join("\n") + "\n");
    let sections = answer["sections"].as_array().unwrap();
    let shown: Vec<&str> = sections
        .iter()
        .map(|section| {
            let at = |key: &str| {
                let position = section["range"][key].as_u64().unwrap();
                usize::try_from(position).unwrap()
            };
            &text[at("start")..at("end")]
        })
        .collect();
    assert_eq!(shown, [build, test, prefer]);
    assert_eq!(sections[0]["label"], "build");

    let answer = run(&sample, &["test"]).await.unwrap();
    assert_eq!(answer["text"], format!("{test}\n"));
}

#[tokio::test]
async fn what_was_shown_is_offered_next() {
    let Some(sample) = start().await else { return };
    assert!(offered(&sample, &[""]).await.is_empty());
    sample.write(
        "package.json",
        r#"{"scripts": {"test": "a", "typecheck": "b", "dev": "c"}}"#,
    );
    run(&sample, &[]).await.unwrap();
    assert_eq!(offered(&sample, &["t"]).await, ["test", "typecheck"]);
    assert_eq!(offered(&sample, &["test", "t"]).await, ["typecheck"]);
}

#[tokio::test]
async fn what_cannot_be_shown_is_said_in_words_and_stops_nothing() {
    let Some(sample) = start().await else { return };
    let error = run(&sample, &[]).await.unwrap_err();
    assert!(error.contains("package.json"), "{error}");
    sample.write("package.json", "{\"scripts\":");
    let error = run(&sample, &[]).await.unwrap_err();
    assert!(
        error.contains("package.json cannot be understood"),
        "{error}"
    );
    sample.write("package.json", r#"{"scripts": {"test": "a"}}"#);
    let error = run(&sample, &["tset"]).await.unwrap_err();
    assert!(error.contains("no script `tset`; it has test"), "{error}");
    // It still knows what it knew: nothing has stopped it.
    assert_eq!(offered(&sample, &[""]).await, ["test"]);
    sample.write("package.json", "null");
    let answer = run(&sample, &[]).await.unwrap();
    assert_eq!(answer["text"], "package.json has no scripts.\n");
}

#[tokio::test]
async fn a_task_that_runs_a_script_can_be_debugged() {
    let Some(sample) = start().await else { return };
    let scenario = async |command: &str, arguments: &[&str], adapter: &str| {
        let task = json!({
            "label": "dev", "command": command, "args": arguments, "env": [["PORT", "80"]], "cwd": "/here",
        });
        let question = json!(["npm", task, "npm: dev", adapter]);
        sample
            .ask("dap-locator-create-scenario", question)
            .await
            .unwrap()
    };
    let found = scenario("npm", &["run", "dev"], "JavaScript").await;
    assert_eq!(
        (&found["label"], &found["build"]),
        (&json!("npm: dev"), &Value::Null)
    );
    let config = &found["config"];
    assert_eq!(config["runtimeExecutable"], "npm");
    assert_eq!(config["runtimeArgs"], json!(["run", "dev"]));
    assert_eq!(
        (&config["cwd"], &config["env"]),
        (&json!("/here"), &json!({ "PORT": "80" }))
    );
    for (command, arguments, adapter) in [
        ("cargo", &["run", "dev"][..], "JavaScript"),
        ("npm", &["install"], "JavaScript"),
        ("npm", &["run", "dev"], "Python"),
    ] {
        assert_eq!(scenario(command, arguments, adapter).await, Value::Null);
    }
}

#[tokio::test]
async fn what_it_does_not_serve_is_no_crash() {
    let Some(sample) = start().await else { return };
    let error = sample.ask("language-server-command", json!(["any"])).await;
    assert!(error.unwrap_err().contains("does not serve this"));
    let labels = sample.ask("labels-for-symbols", json!(["any", []])).await;
    assert_eq!(labels, Ok(json!([])));
}
