//! API 0.2.0: a language server that is on `PATH`, or that it downloads; how it downloads is tested end to end
//! with the command (`tests/tools/`).

use serde_json::json;

use crate::sample::Sample;

#[tokio::test]
async fn it_starts_the_server_that_is_on_the_path_and_asks_nobody() {
    let sample = Sample::start("clangd-server").await;
    let program = sample.program("clangd");
    let arguments = json!([{"id": "clangd", "language": "C"}]);
    let command = sample.ask("language-server-command", arguments).await;
    let command = command.unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!([]));
}
