//! API 0.2.0: a slash command that reads the worktree.

use serde_json::json;

use crate::sample::Sample;

#[tokio::test]
async fn it_lists_dependencies() {
    let sample = Sample::start("manifest-notes").await;
    sample.write(
        "Cargo.toml",
        "[package]\nname = \"x\"\n[dependencies]\nserde = { version = \"1.2\", features = [\"derive\"] }\n",
    );
    let arguments = json!([{"name": "dependencies"}, ["cargo"]]);
    let output = sample.ask("run-slash-command", arguments).await.unwrap();
    let text = output["text"].as_str().unwrap();
    assert!(text.contains("serde") && text.contains("1.2"), "{text}");
    for section in output["sections"].as_array().unwrap() {
        let end = section["range"]["end"].as_u64().unwrap();
        assert!(end <= text.len() as u64, "{section}");
    }
}
