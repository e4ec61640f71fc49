//! Declarative files as authors write them: what is read, what is lost and why, and who keeps a name.

mod conflict;
mod grammar;
mod hostile;
mod icon_theme;
mod language;
mod prefixes;
mod query;
mod schema;
mod snippet;
mod theme;

use std::{fs, path::Path};

use annexe::{declarative::Declarative, manifest::Manifest};

/// What every manifest here begins with.
const HEAD: &str = "id = \"sample\"\nname = \"Sample\"\nversion = \"0.1.0\"\nschema_version = 1\n";

/// An extension in a temporary folder.
struct Sample {
    folder: tempfile::TempDir,
}

impl Sample {
    /// With these files, whose folders say what the manifest does not.
    fn new(files: &[(&str, &str)]) -> Self {
        let sample = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        sample.write("extension.toml", HEAD);
        for (path, text) in files {
            sample.write(path, text);
        }
        sample
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Adds to the manifest.
    fn manifest(self, text: &str) -> Self {
        self.write("extension.toml", format!("{HEAD}{text}"));
        self
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn loaded(&self) -> Manifest {
        Manifest::from_folder(self.path()).unwrap().manifest
    }

    fn read(&self) -> Declarative {
        Declarative::read(self.path(), &self.loaded())
    }

    /// What is wrong, each as `error …` or `warning …`.
    fn findings(&self) -> Vec<String> {
        said(&self.read())
    }
}

fn said(declarative: &Declarative) -> Vec<String> {
    let findings = declarative.findings.iter();
    findings
        .map(|finding| format!("{} {finding}", finding.severity))
        .collect()
}

/// Reads one file whose extension has nothing else.
fn read(path: &str, text: &str) -> Declarative {
    Sample::new(&[(path, text)]).read()
}

/// Asserts what is wrong with one file.
fn assert_findings(path: &str, text: &str, expected: &[&str]) {
    let found = said(&read(path, text));
    assert_eq!(found, expected, "{text}");
}
