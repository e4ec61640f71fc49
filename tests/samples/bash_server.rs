//! API 0.0.4: a language server that is on `PATH`.

use serde_json::json;

use crate::sample::Sample;

#[tokio::test]
async fn it_starts_the_server_that_is_on_the_path() {
    let sample = Sample::start("bash-server").await;
    let arguments = json!([{"id": "bash-language-server", "language": "Shell Script"}]);
    let ask = || sample.ask("language-server-command", arguments.clone());
    let error = ask().await.unwrap_err();
    assert!(error.contains("npm install"), "{error}");

    let program = sample.program("bash-language-server");
    let command = ask().await.unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!(["start"]));
}
