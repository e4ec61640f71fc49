//! API 0.4.0: a language server that tells other language servers of a plugin.

use std::collections::{BTreeMap, HashMap};

use annexe::types::{CommandSettings, LanguageServerSettings};
use serde_json::{Value, json};

use crate::sample::{Sample, Settings};

const SERVER: &str = "vue-language-server";
const INITIALIZATION: &str = "language-server-initialization-options";
const WORKSPACE: &str = "language-server-workspace-configuration";
const ADDITIONAL_INITIALIZATION: &str = "language-server-additional-initialization-options";
const ADDITIONAL_WORKSPACE: &str = "language-server-additional-workspace-configuration";

async fn start_with(settings: LanguageServerSettings) -> Sample {
    let settings = Settings {
        language_servers: HashMap::from([(SERVER, settings)]),
        ..Settings::default()
    };
    Sample::start_with("vue-server", settings).await
}

/// What the sample answers; `None` where there is nothing.
async fn options(sample: &Sample, export: &str, arguments: Value) -> Option<Value> {
    match sample.ask(export, arguments).await.unwrap() {
        Value::Null => None,
        value => Some(value),
    }
}

fn in_worktree(sample: &Sample, path: &str) -> String {
    sample.worktree().join(path).to_string_lossy().into_owned()
}

#[tokio::test]
async fn it_starts_the_server_that_is_on_the_path() {
    let sample = Sample::start("vue-server").await;
    let ask = || sample.ask("language-server-command", json!([SERVER]));
    let error = ask().await.unwrap_err();
    assert!(
        error.contains("npm install -g @vue/language-server@2"),
        "{error}"
    );

    let program = sample.program(SERVER);
    let command = ask().await.unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!(["--stdio"]));
    assert_eq!(
        command["env"],
        json!([["PATH", in_worktree(&sample, "bin")]])
    );
}

#[tokio::test]
async fn it_refuses_a_server_that_it_does_not_have() {
    let sample = Sample::start("vue-server").await;
    for (export, arguments) in [
        ("language-server-command", json!(["vtsls"])),
        (INITIALIZATION, json!(["vtsls"])),
        (WORKSPACE, json!(["vtsls"])),
        (ADDITIONAL_INITIALIZATION, json!(["vtsls", SERVER])),
        (ADDITIONAL_WORKSPACE, json!(["vtsls", SERVER])),
    ] {
        let error = sample.ask(export, arguments).await.unwrap_err();
        assert!(
            error.contains("`vue-language-server`, not `vtsls`"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_settings_name_the_program_its_arguments_and_its_environment() {
    let binary = |path: Option<&str>| LanguageServerSettings {
        binary: Some(CommandSettings {
            path: path.map(Into::into),
            arguments: Some(vec!["--stdio".into(), "--log".into()]),
            env: Some(BTreeMap::from([
                ("NODE_OPTIONS".into(), "--max-old-space-size=4096".into()),
                ("PATH".into(), "/opt/bin".into()),
            ])),
        }),
        ..LanguageServerSettings::default()
    };
    let command = json!([SERVER]);

    let sample = start_with(binary(Some("/opt/vue"))).await;
    let answer = sample.ask("language-server-command", command.clone()).await;
    let answer = answer.unwrap();
    assert_eq!(answer["command"], "/opt/vue");
    assert_eq!(answer["args"], json!(["--stdio", "--log"]));
    let environment = answer["env"].as_array().unwrap();
    assert_eq!(environment.len(), 2, "{environment:?}");
    assert!(environment.contains(&json!(["PATH", "/opt/bin"])));
    assert!(environment.contains(&json!(["NODE_OPTIONS", "--max-old-space-size=4096"])));

    let sample = start_with(binary(Some("node_modules/.bin/vue-language-server"))).await;
    let answer = sample.ask("language-server-command", command.clone()).await;
    assert_eq!(
        answer.unwrap()["command"],
        in_worktree(&sample, "node_modules/.bin/vue-language-server")
    );

    let sample = start_with(binary(Some("volar"))).await;
    let answer = sample.ask("language-server-command", command.clone()).await;
    assert!(answer.unwrap_err().contains("`volar`"));
    let program = sample.program("volar");
    let answer = sample.ask("language-server-command", command.clone()).await;
    assert_eq!(answer.unwrap()["command"], program);

    let sample = start_with(binary(None)).await;
    let program = sample.program(SERVER);
    let answer = sample.ask("language-server-command", command).await;
    let answer = answer.unwrap();
    assert_eq!(answer["command"], program);
    assert_eq!(answer["args"], json!(["--stdio", "--log"]));
}

#[tokio::test]
async fn the_worktrees_own_typescript_is_used_where_there_is_one() {
    let sample = Sample::start("vue-server").await;
    assert_eq!(
        options(&sample, INITIALIZATION, json!([SERVER])).await,
        None
    );

    sample.write("node_modules/typescript/package.json", "{}");
    assert_eq!(
        options(&sample, INITIALIZATION, json!([SERVER])).await,
        Some(json!({"typescript": {"tsdk": in_worktree(&sample, "node_modules/typescript/lib")}}))
    );
}

#[tokio::test]
async fn the_settings_are_merged_over_the_initialization_options() {
    let wanted = json!({"typescript": {"log": "verbose"}, "vue": {"hybridMode": false}});
    let sample = start_with(LanguageServerSettings {
        initialization_options: Some(wanted.clone()),
        ..LanguageServerSettings::default()
    })
    .await;
    assert_eq!(
        options(&sample, INITIALIZATION, json!([SERVER])).await,
        Some(wanted)
    );

    sample.write("node_modules/typescript/package.json", "{}");
    let folder = in_worktree(&sample, "node_modules/typescript/lib");
    assert_eq!(
        options(&sample, INITIALIZATION, json!([SERVER])).await,
        Some(json!({
            "typescript": {"tsdk": folder, "log": "verbose"},
            "vue": {"hybridMode": false},
        }))
    );
}

#[tokio::test]
async fn the_settings_name_typescript_whether_or_not_the_worktree_has_one() {
    let wanted = json!({"typescript": {"tsdk": "/opt/typescript/lib"}});
    let sample = start_with(LanguageServerSettings {
        initialization_options: Some(wanted.clone()),
        ..LanguageServerSettings::default()
    })
    .await;
    let ask = async || options(&sample, INITIALIZATION, json!([SERVER])).await;
    assert_eq!(ask().await, Some(wanted.clone()));
    sample.write("node_modules/typescript/package.json", "{}");
    assert_eq!(ask().await, Some(wanted));
}

#[tokio::test]
async fn the_workspace_configuration_is_the_settings_without_the_extensions_own() {
    let sample = Sample::start("vue-server").await;
    assert_eq!(options(&sample, WORKSPACE, json!([SERVER])).await, None);

    let sample = start_with(LanguageServerSettings {
        settings: Some(json!({
            "vue": {"inlayHints": {"missingProps": true}},
            "typescript_plugin": {"location": "/opt/plugin"},
        })),
        ..LanguageServerSettings::default()
    })
    .await;
    assert_eq!(
        options(&sample, WORKSPACE, json!([SERVER])).await,
        Some(json!({"vue": {"inlayHints": {"missingProps": true}}}))
    );

    let sample = start_with(LanguageServerSettings {
        settings: Some(json!({"typescript_plugin": {"location": "/opt/plugin"}})),
        ..LanguageServerSettings::default()
    })
    .await;
    assert_eq!(options(&sample, WORKSPACE, json!([SERVER])).await, None);
}

/// What each of the TypeScript servers is told, in its own form.
async fn plugins(sample: &Sample) -> (Option<Value>, Option<Value>) {
    let ask = async |export, target| options(sample, export, json!([SERVER, target])).await;
    let classic = "typescript-language-server";
    assert_eq!(ask(ADDITIONAL_WORKSPACE, classic).await, None);
    assert_eq!(ask(ADDITIONAL_INITIALIZATION, "vtsls").await, None);
    (
        ask(ADDITIONAL_INITIALIZATION, classic).await,
        ask(ADDITIONAL_WORKSPACE, "vtsls").await,
    )
}

fn expected_plugins(location: &str) -> (Option<Value>, Option<Value>) {
    let name = "@vue/typescript-plugin";
    (
        Some(json!({"plugins": [{"name": name, "location": location, "languages": ["vue"]}]})),
        Some(json!({"vtsls": {"tsserver": {"globalPlugins": [{
            "name": name,
            "location": location,
            "languages": ["vue"],
            "configNamespace": "typescript",
            "enableForWorkspaceTypeScriptVersions": true,
        }]}}})),
    )
}

#[tokio::test]
async fn the_plugin_of_the_worktree_is_registered_with_typescripts_servers() {
    let sample = Sample::start("vue-server").await;
    assert_eq!(plugins(&sample).await, (None, None));

    sample.write("node_modules/@vue/language-server/package.json", "{}");
    let location = in_worktree(&sample, "node_modules/@vue/language-server");
    assert_eq!(plugins(&sample).await, expected_plugins(&location));

    sample.write("node_modules/@vue/typescript-plugin/package.json", "{}");
    let location = in_worktree(&sample, "node_modules/@vue/typescript-plugin");
    assert_eq!(plugins(&sample).await, expected_plugins(&location));
}

#[tokio::test]
async fn the_settings_name_the_plugin() {
    let with = async |plugin: Value| {
        start_with(LanguageServerSettings {
            settings: Some(json!({"typescript_plugin": plugin})),
            ..LanguageServerSettings::default()
        })
        .await
    };
    let sample = with(json!({"location": "/opt/plugin"})).await;
    sample.write("node_modules/@vue/typescript-plugin/package.json", "{}");
    assert_eq!(plugins(&sample).await, expected_plugins("/opt/plugin"));

    let sample = with(json!({"location": "./tools/plugin"})).await;
    let location = in_worktree(&sample, "tools/plugin");
    assert_eq!(plugins(&sample).await, expected_plugins(&location));

    let sample = with(json!({"location": 3})).await;
    let error = sample
        .ask(ADDITIONAL_WORKSPACE, json!([SERVER, "vtsls"]))
        .await
        .unwrap_err();
    assert!(error.contains("`typescript_plugin`"), "{error}");
}

#[tokio::test]
async fn other_servers_are_left_alone() {
    let sample = Sample::start("vue-server").await;
    sample.write("node_modules/@vue/typescript-plugin/package.json", "{}");
    for export in [ADDITIONAL_INITIALIZATION, ADDITIONAL_WORKSPACE] {
        for target in ["eslint", SERVER] {
            let arguments = json!([SERVER, target]);
            assert_eq!(options(&sample, export, arguments).await, None, "{target}");
        }
    }
}
