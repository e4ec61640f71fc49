//! Samples and templates as dev extensions. Each compiles its own crates, which takes minutes:
//! `cargo test --test builder samples -- --ignored --nocapture` takes the templates and [`SOME`] of the samples,
//! with `ANNEXE_SAMPLES=all` all of them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::place::Place;

/// The samples that are tried where nobody asks for all: of the first API and of the newest, and one that has
/// nothing to compile.
const SOME: [&str; 3] = ["bash-server", "taplo", "paper-theme"];

/// A checkout of all samples, and a place for what the command keeps.
struct Checkout {
    folder: tempfile::TempDir,
}

impl Checkout {
    fn new() -> Self {
        let checkout = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let root = env!("CARGO_MANIFEST_DIR");
        // What git does not know is not copied: a clone would not have it.
        let files = git(Path::new(root), &["ls-files", "-z", "--", "extensions"]);
        for file in files.split('\0').filter(|file| !file.is_empty()) {
            let target = checkout.root().join(file);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(Path::new(root).join(file), target).unwrap();
        }
        for template in ["language-server", "slash-command"] {
            let path = format!("extensions/new-{template}");
            checkout.run(&["new", &path, "--template", template, "--vcs", "none"]);
        }
        git(&checkout.root(), &["init", "--quiet"]);
        checkout
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("checkout")
    }

    /// The folders with a manifest, sorted.
    fn extensions(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut pending = vec![self.root().join("extensions")];
        while let Some(folder) = pending.pop() {
            if folder.join("extension.toml").exists() {
                found.push(folder);
                continue;
            }
            let entries = std::fs::read_dir(folder).unwrap();
            pending.extend(
                entries
                    .map(|it| it.unwrap().path())
                    .filter(|it| it.is_dir()),
            );
        }
        found.sort();
        found
    }

    /// Runs the command, which must succeed, and gives its last line as JSON.
    fn run(&self, arguments: &[&str]) -> Value {
        std::fs::create_dir_all(self.root()).unwrap();
        let path = |name: &str| self.folder.path().join(name);
        std::fs::write(path("config.toml"), "").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_annexe"))
            .args(arguments)
            .arg("--json")
            .current_dir(self.root())
            .env("ANNEXE_STORE", path("store"))
            .env("ANNEXE_CACHE", path("cache"))
            .env("ANNEXE_CONFIG", path("config.toml"))
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {stdout}{stderr}");
        let last = stdout.lines().last().unwrap_or("null");
        serde_json::from_str(last).unwrap()
    }

    /// Everything that the checkout holds, but for git's own: names, modes and contents.
    fn state(&self) -> String {
        let root = self.root();
        git(&root, &["add", "--all", "--force"]);
        git(&root, &["write-tree"])
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    let output = git.args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "it compiles the crates of every sample, which takes minutes"]
fn samples_and_templates_are_dev_extensions_and_their_folders_stay_as_they_were() {
    if Place::new().is_none() {
        return;
    }
    let checkout = Checkout::new();
    let before = checkout.state();
    let extensions = checkout.extensions();
    assert!(extensions.len() > 20, "{extensions:?}");
    let all = std::env::var("ANNEXE_SAMPLES").is_ok_and(|which| which == "all");
    for folder in extensions {
        let name = folder.file_name().unwrap().to_string_lossy();
        if !all && !name.starts_with("new-") && !SOME.contains(&&*name) {
            continue;
        }
        let shown = folder.strip_prefix(checkout.root()).unwrap().display();
        let event = checkout.run(&["dev", folder.to_str().unwrap(), "--once"]);
        let extension = &event["extension"];
        let id = extension["id"].as_str().unwrap();
        let is_package = folder.join("Cargo.toml").exists();
        let api = &extension["build"]["api"];
        assert_eq!(api.is_string(), is_package, "{event}");
        if is_package {
            // It answers, whatever that is: it was started.
            let exports = checkout.run(&["call", id]);
            assert!(
                exports.as_array().is_some_and(|it| !it.is_empty()),
                "{exports}"
            );
        }
        println!("{shown}: {id}, API {api}");
        assert_eq!(checkout.state(), before, "{shown}");
        checkout.run(&["dev", "--stop", folder.to_str().unwrap()]);
    }
}
