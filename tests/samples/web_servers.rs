//! API 0.7.0: three language servers of one package.

use serde_json::{Value, json};

use crate::{npm_server::NpmServer, sample::Sample};

const fn server(server: &'static str, program: &'static str) -> NpmServer {
    NpmServer {
        sample: "web-servers",
        server,
        program,
        arguments: &["--stdio"],
    }
}

const JSON: NpmServer = server("json-language-server", "vscode-json-language-server");
const CSS: NpmServer = server("vscode-css-language-server", "vscode-css-language-server");
const HTML: NpmServer = server("vscode-html-language-server", "vscode-html-language-server");

#[tokio::test]
async fn each_starts_the_program_that_is_on_the_path_or_in_the_settings() {
    for server in [JSON, CSS, HTML] {
        server.check_command().await;
    }
}

#[tokio::test]
async fn each_validates_and_formats_unless_the_settings_say_otherwise() {
    let [options, configuration] = JSON.told(None, None).await;
    assert_eq!(options, json!({"provideFormatter": true}));
    assert_eq!(configuration["json"]["validate"], json!({"enable": true}));
    let [_, configuration] = HTML.told(None, None).await;
    assert_eq!(configuration["css"], json!({"validate": true}));

    let set = json!({"css": {"validate": false, "lint": {"emptyRules": "error"}}});
    let options = json!({"provideFormatter": null, "other": [1]});
    let [options, configuration] = CSS.told(Some(options), Some(set)).await;
    assert_eq!(
        options,
        json!({"provideFormatter": Value::Null, "other": [1]})
    );
    assert_eq!(
        configuration,
        json!({
            "css": {"validate": false, "lint": {"emptyRules": "error"}},
            "scss": {"validate": true},
            "less": {"validate": true},
        })
    );
}

#[tokio::test]
async fn it_refuses_a_server_that_it_does_not_have() {
    let sample = Sample::start("web-servers").await;
    let error = sample
        .ask("language-server-command", json!(["vtsls"]))
        .await;
    assert!(error.unwrap_err().contains("no server `vtsls`"));
}
