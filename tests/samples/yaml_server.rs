//! API 0.7.0: a language server that is on `PATH`, or that it installs from npm; how it installs is tested end to
//! end with the command (`tests/tools/`).

use serde_json::json;

use crate::sample::Sample;

#[tokio::test]
async fn it_starts_the_server_that_is_on_the_path_and_asks_nobody() {
    let sample = Sample::start("yaml-server").await;
    let program = sample.program("yaml-language-server");
    let arguments = json!([{"id": "yaml-language-server", "language": "YAML"}]);
    let command = sample.ask("language-server-command", arguments).await;
    let command = command.unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!(["--stdio"]));
}

#[tokio::test]
async fn without_a_program_or_npm_it_says_what_is_missing() {
    let sample = Sample::start("yaml-server").await;
    let arguments = json!([{"id": "yaml-language-server", "language": "YAML"}]);
    let error = sample.ask("language-server-command", arguments).await;
    let error = error.unwrap_err();
    assert!(error.contains("was not found"), "{error}");
}
