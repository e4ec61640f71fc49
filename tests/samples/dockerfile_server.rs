//! API 0.7.0: a language server that is on `PATH` or that it installs from npm, and its language.

use serde_json::json;

use crate::npm_server::NpmServer;

const SERVER: NpmServer = NpmServer {
    sample: "dockerfile-server",
    server: "dockerfile-language-server",
    program: "docker-langserver",
    arguments: &["--stdio"],
};

#[tokio::test]
async fn it_starts_the_program_that_is_on_the_path_or_in_the_settings() {
    SERVER.check_command().await;
}

#[tokio::test]
async fn what_is_set_reaches_the_server_as_it_is() {
    assert_eq!(SERVER.told(None, None).await, [json!(null), json!(null)]);
    let settings =
        json!({"docker": {"languageserver": {"formatter": {"ignoreMultilineInstructions": true}}}});
    let options = json!({"some": "option"});
    let told = SERVER
        .told(Some(options.clone()), Some(settings.clone()))
        .await;
    assert_eq!(told, [options, settings]);
}
