//! No component and no grammar: a language.

use std::{collections::BTreeSet, sync::Arc};

use annexe::delegate::NoDelegate;

use crate::sample;

#[tokio::test]
async fn it_brings_a_language_for_env_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample::store(folder.path(), Arc::new(NoDelegate));
    sample::install(&store, "dotenv", "*").await.unwrap();
    let id = "dotenv".parse().unwrap();
    let installed = store.installed(&id).unwrap();
    assert!(installed.api.is_none(), "{installed:?}");
    assert!(store.component(&id).await.unwrap().is_none());

    let manifest = store.manifest(&id).unwrap().manifest;
    let provides: Vec<_> = manifest
        .provides()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(provides, ["languages"]);
    let folders: Vec<_> = manifest.languages.iter().map(ToString::to_string).collect();
    assert_eq!(folders, ["languages/dotenv"]);

    let file = store.tree(&installed).join("languages/dotenv/config.toml");
    let config: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    assert_eq!(config["name"].as_str(), Some("Dotenv"));
    assert!(!config.contains_key("grammar"));
    assert_eq!(config["line_comments"][0].as_str(), Some("# "));

    let list = config["path_suffixes"].as_array().unwrap();
    let suffixes: BTreeSet<_> = list.iter().map(|suffix| suffix.as_str().unwrap()).collect();
    assert_eq!(suffixes.len(), list.len());
    for suffix in ["env", "env.local", "env.example", "env.production.local"] {
        assert!(suffixes.contains(suffix), "{suffix}");
    }
    // Each names files of environment variables alone.
    assert!(suffixes.iter().all(|suffix| suffix.starts_with("env")));
    assert!(!suffixes.contains("envrc"));

    let closed_before = config["autoclose_before"].as_str().unwrap();
    for bracket in config["brackets"].as_array().unwrap() {
        assert_eq!(bracket["close"].as_bool(), Some(true), "{bracket}");
        assert_eq!(bracket["newline"].as_bool(), Some(false), "{bracket}");
        assert_eq!(bracket["start"].as_str().map(str::len), Some(1));
        assert_eq!(bracket["end"].as_str().map(str::len), Some(1));
    }
    // Inside `"${…}"` both close.
    assert!(closed_before.contains('}') && closed_before.contains('"'));
}
