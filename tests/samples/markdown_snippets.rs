//! No component: a file of snippets.

use std::{collections::BTreeSet, sync::Arc};

use annexe::delegate::NoDelegate;
use serde_json::Value;

use crate::sample;

/// The text of a string or of a list of lines.
fn lines(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect(),
        line => vec![line.as_str().unwrap()],
    }
}

#[tokio::test]
async fn it_brings_a_file_of_snippets_for_markdown() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample::store(folder.path(), Arc::new(NoDelegate));
    sample::install(&store, "markdown-snippets", "*")
        .await
        .unwrap();
    let id = "markdown-snippets".parse().unwrap();
    let installed = store.installed(&id).unwrap();
    assert!(installed.api.is_none(), "{installed:?}");
    assert!(store.component(&id).await.unwrap().is_none());
    assert!(store.start(&id).await.is_err());

    let manifest = store.manifest(&id).unwrap().manifest;
    let provides: Vec<_> = manifest
        .provides()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(provides, ["snippets"]);
    let files: Vec<_> = manifest.snippets.iter().map(ToString::to_string).collect();
    assert_eq!(files, ["snippets/markdown.json"]);

    // The file's name is the language's.
    let file = store.tree(&installed).join("snippets/markdown.json");
    let text = std::fs::read_to_string(file).unwrap();
    let snippets: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert!(snippets.len() >= 15, "{}", snippets.len());
    let mut prefixes = BTreeSet::new();
    for (name, snippet) in &snippets {
        for prefix in lines(&snippet["prefix"]) {
            assert!(!prefix.is_empty(), "{name}");
            assert!(prefixes.insert(prefix), "{name}: `{prefix}` is another's");
        }
        assert!(snippet["description"].is_string(), "{name}");
        let body = lines(&snippet["body"]).join("\n");
        // Where the cursor ends up is said, and no stop is left open.
        assert_eq!(body.matches("$0").count(), 1, "{name}");
        assert!(body.contains("${1") || body.contains("$1"), "{name}");
        assert_eq!(
            body.matches("${").count(),
            body.matches('}').count(),
            "{name}"
        );
    }
    assert!(prefixes.is_superset(&BTreeSet::from(["table", "link", "code", "task"])));
}
