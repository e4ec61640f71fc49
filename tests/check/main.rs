//! Every rule that an extension is held to: what breaks it, where that is said to be, and what does not.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests write the folders that are then checked"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what the tests share fails the test that uses it"
)]

mod archive;
mod assets;
mod component;
mod every;
mod files;
mod formats;
mod manifest;
mod samples;
mod source;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, path::PathBuf};

use annexe::check::{Checked, Finding, Position, Ruleset};

use self::support::guests::wasm as guest;

/// The first lines of a manifest without a mistake; what a test is about follows them, from line 8.
const HEAD: &str = r#"id = "marsh"
name = "Marsh"
version = "0.1.0"
schema_version = 1
description = "For tests"
authors = ["Ada <ada@example.org>"]
repository = "https://example.org/ada/marsh"
"#;

/// What every guest can do; it stands at the end of a manifest.
const ASKED: &str = r#"
[[capabilities]]
kind = "process:exec"
command = "true"
args = []
[[capabilities]]
kind = "download_file"
host = "example.org"
path = ["**"]
[[capabilities]]
kind = "npm:install"
package = "marsh"
"#;

/// What tells the MIT licence.
const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software \
    and associated documentation files (the \"Software\"), to deal in the Software without restriction ... \
    The above copyright notice and this permission notice shall be included in all copies or substantial \
    portions of the Software. THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND";

/// An extension's folder, without a mistake until a test makes one.
struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder whose manifest says this after its first lines.
    fn new(rest: &str) -> Self {
        Self::with_manifest(&format!("{HEAD}{rest}"))
    }

    /// A folder whose manifest is this.
    fn with_manifest(text: &str) -> Self {
        Self::empty()
            .with("extension.toml", text)
            .with("LICENSE", MIT)
    }

    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Adds a file.
    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn with_folder(self, name: &str) -> Self {
        fs::create_dir_all(self.path(name)).unwrap();
        self
    }

    /// Makes a file as old as if it had been written an hour ago.
    fn aged(self, name: &str) -> Self {
        let file = fs::File::options()
            .write(true)
            .open(self.path(name))
            .unwrap();
        let hour = std::time::Duration::from_secs(3_600);
        file.set_modified(std::time::SystemTime::now() - hour)
            .unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.path(name)).unwrap();
        self
    }

    /// Adds a component, the guest built with a version of the API, and asks for what it can do.
    fn with_guest(self, version: &str) -> Self {
        let manifest = self.path("extension.toml");
        let text = fs::read(&manifest).unwrap();
        self.with("extension.toml", [&text[..], ASKED.as_bytes()].concat())
            .with("extension.wasm", guest(version))
    }

    fn check(&self) -> Checked {
        annexe::check::folder(self.0.path(), Ruleset::Annexe)
    }

    /// What is found, without its words.
    fn found(&self) -> Vec<String> {
        told(&self.check().findings)
    }
}

/// Findings without their words: `error[name-empty] extension.toml:2:8 (name)`.
fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(told_one).collect()
}

fn told_one(finding: &Finding) -> String {
    let mut told = format!("{}[{}]", finding.severity, finding.code);
    if let Some(file) = &finding.file {
        told.push_str(&format!(" {file}"));
    }
    if let Some(Position { line, column }) = finding.place {
        told.push_str(&format!(":{line}:{column}"));
    }
    if let Some(key) = &finding.key {
        told.push_str(&format!(" ({key})"));
    }
    told
}

#[test]
fn an_extension_without_a_mistake_is_told_nothing() {
    let folder =
        Folder::new("[language_servers.marsh]\nlanguages = [\"Marsh\"]\n").with_guest("0.2.0");
    let checked = folder.check();
    assert_eq!(checked.findings, []);
    assert!(checked.passes() && checked.has_component && !checked.is_unbuilt);
    assert_eq!(checked.id.unwrap().as_str(), "marsh");
    assert_eq!(checked.compatibility.unwrap().adapter, "since_v0_2_0");
    assert_eq!(checked.manifest.unwrap().name, "Marsh");
}
