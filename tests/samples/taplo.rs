//! API 0.7.0: a language server with settings, and labels.

use serde_json::json;

use crate::sample::Sample;

#[tokio::test]
async fn it_starts_the_server_and_labels_symbols() {
    let sample = Sample::start("taplo").await;
    let program = sample.program("taplo");
    let arguments = json!(["taplo"]);
    let command = sample
        .ask("language-server-command", arguments)
        .await
        .unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!(["lsp", "stdio"]));
    let symbols = json!(["taplo", [{"kind": "property", "name": "version"}]]);
    let labels = sample.ask("labels-for-symbols", symbols).await.unwrap();
    assert!(labels.to_string().contains("version"), "{labels}");
}
