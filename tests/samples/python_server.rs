//! API 0.7.0: a language server that is on `PATH` or that it installs from npm, with a default of its own.

use serde_json::json;

use crate::npm_server::NpmServer;

const SERVER: NpmServer = NpmServer {
    sample: "python-server",
    server: "basedpyright",
    program: "basedpyright-langserver",
    arguments: &["--stdio"],
};

#[tokio::test]
async fn it_starts_the_program_that_is_on_the_path_or_in_the_settings() {
    SERVER.check_command().await;
}

#[tokio::test]
async fn types_are_checked_as_usual_unless_the_settings_say_otherwise() {
    let standard = json!({"basedpyright": {"analysis": {"typeCheckingMode": "standard"}}});
    assert_eq!(SERVER.told(None, None).await, [json!(null), standard]);
    let set = json!({"basedpyright": {"analysis": {"typeCheckingMode": "strict"}}});
    let options = json!({"some": "option"});
    let told = SERVER.told(Some(options.clone()), Some(set.clone())).await;
    assert_eq!(told, [options, set]);
}
