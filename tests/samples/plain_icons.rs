//! No component: a theme of icons.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::delegate::NoDelegate;
use serde_json::Value;
use tempfile::TempDir;

use crate::sample;

/// The icon theme as it is installed, and the folder its paths start at.
struct Icons {
    family: Value,
    tree: PathBuf,
    _folder: TempDir,
}

impl Icons {
    async fn install() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = sample::store(folder.path(), Arc::new(NoDelegate));
        sample::install(&store, "plain-icons", "*").await.unwrap();
        let id = "plain-icons".parse().unwrap();
        let manifest = store.manifest(&id).unwrap().manifest;
        let files: Vec<_> = manifest
            .icon_themes
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(files, ["icon_themes/plain-icons.json"]);
        let tree = store.tree(&store.installed(&id).unwrap());
        let text = std::fs::read_to_string(tree.join(&files[0])).unwrap();
        Self {
            family: serde_json::from_str(&text).unwrap(),
            tree,
            _folder: folder,
        }
    }

    fn theme(&self) -> &Value {
        &self.family["themes"][0]
    }

    /// The texts at the leaves of a part of the theme.
    fn leaves(&self, part: &str) -> BTreeSet<String> {
        fn collect(value: &Value, leaves: &mut BTreeSet<String>) {
            match value {
                Value::String(text) => {
                    leaves.insert(text.clone());
                }
                Value::Object(table) => table.values().for_each(|value| collect(value, leaves)),
                other => panic!("{other} is neither a text nor a table"),
            }
        }
        let mut leaves = BTreeSet::new();
        collect(&self.theme()[part], &mut leaves);
        leaves
    }
}

/// The files of a folder, as the theme writes their paths.
fn files(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name();
            format!("./icons/{}", name.to_string_lossy())
        })
        .collect()
}

#[tokio::test]
async fn it_is_one_theme() {
    let icons = Icons::install().await;
    assert_eq!(icons.family["name"], "Plain Icons");
    assert_eq!(icons.family["author"], "The Annexe authors");
    assert_eq!(icons.family["themes"].as_array().unwrap().len(), 1);
    assert_eq!(icons.theme()["name"], "Plain Icons");
    assert_eq!(icons.theme()["appearance"], "light");
}

#[tokio::test]
async fn its_paths_are_the_icons_that_are_there() {
    let icons = Icons::install().await;
    let paths: BTreeSet<_> = ["directory_icons", "named_directory_icons", "chevron_icons"]
        .into_iter()
        .chain(["file_icons"])
        .flat_map(|part| icons.leaves(part))
        .collect();
    assert!(paths.len() >= 25, "{}", paths.len());
    assert_eq!(paths, files(&icons.tree.join("icons")));
}

#[tokio::test]
async fn every_kind_of_file_has_an_icon_and_every_icon_is_used() {
    let icons = Icons::install().await;
    let mut kinds: BTreeSet<_> = icons.theme()["file_icons"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    // The icon of every file that is neither named nor has a suffix that is.
    assert!(kinds.remove("default"));
    let mut used = icons.leaves("file_stems");
    used.extend(icons.leaves("file_suffixes"));
    assert_eq!(used, kinds);
}

#[tokio::test]
async fn files_have_the_icon_of_their_kind() {
    let icons = Icons::install().await;
    let theme = icons.theme();
    for (name, kind) in [
        ("Cargo.toml", "package"),
        ("Cargo.lock", "lock"),
        ("Dockerfile", "container"),
        ("LICENSE", "licence"),
        ("Makefile", "build"),
        (".gitignore", "git"),
    ] {
        assert_eq!(theme["file_stems"][name], kind, "{name}");
    }
    for (suffix, kind) in [
        ("rs", "rust"),
        ("py", "python"),
        ("md", "markdown"),
        ("json", "data"),
        ("csv", "table"),
        ("svg", "image"),
    ] {
        assert_eq!(theme["file_suffixes"][suffix], kind, "{suffix}");
    }
    for suffix in theme["file_suffixes"].as_object().unwrap().keys() {
        assert!(!suffix.starts_with('.'), "{suffix}");
        assert_eq!(*suffix, suffix.to_lowercase());
    }
}

#[tokio::test]
async fn every_folder_has_an_icon_for_closed_and_one_for_open() {
    let icons = Icons::install().await;
    let theme = icons.theme();
    let is_pair = |pair: &Value| {
        pair["collapsed"].is_string()
            && pair["expanded"].is_string()
            && pair["collapsed"] != pair["expanded"]
    };
    assert!(is_pair(&theme["directory_icons"]));
    assert!(is_pair(&theme["chevron_icons"]));
    let named = theme["named_directory_icons"].as_object().unwrap();
    for name in ["src", "tests", "docs"] {
        assert!(named.contains_key(name), "{name}");
    }
    for (name, pair) in named {
        assert!(is_pair(pair), "{name}");
    }
}

#[tokio::test]
async fn every_icon_is_a_small_picture_that_loads_nothing_else() {
    let icons = Icons::install().await;
    for path in files(&icons.tree.join("icons")) {
        let text = std::fs::read_to_string(icons.tree.join(&path)).unwrap();
        assert!(text.len() < 1024, "{path}: {} bytes", text.len());
        assert!(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
        assert!(text.trim_end().ends_with("</svg>"), "{path}");
        assert!(text.contains("viewBox=\"0 0 16 16\""), "{path}");
        for forbidden in ["<script", "href", "<image", "<style", "url("] {
            assert!(!text.contains(forbidden), "{path}: {forbidden}");
        }
    }
}
