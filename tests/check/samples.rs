//! The samples keep every rule: their sources, and what was published of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use annexe::{
    archive::Limits,
    check::{Code, Ruleset, Severity, folder},
};

/// What lies below a folder, at most so deep.
fn below(path: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = vec![path.to_path_buf()];
    if depth > 0 && path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            found.extend(below(&entry.unwrap().path(), depth - 1));
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_samples_source_is_clean() {
    let folders = below(&root().join("extensions"), 2);
    let samples = folders
        .iter()
        .filter(|path| path.join("extension.toml").is_file());
    let mut count = 0;
    for sample in samples {
        let findings = folder(sample, Ruleset::Annexe).findings;
        let worse = findings.iter().find(|it| it.severity != Severity::Note);
        assert_eq!(worse, None, "{}", sample.display());
        count += 1;
    }
    assert!(count >= 21, "{count}");
}

#[test]
fn every_samples_archive_is_clean() {
    let archives = below(&root().join("registry-index/archives"), 3);
    let archives = archives
        .iter()
        .filter(|path| path.to_string_lossy().ends_with(".tar.gz"));
    let mut count = 0;
    for archive in archives {
        let checked = crate::archive::of(&fs::read(archive).unwrap(), &Limits::default());
        let worse: Vec<Code> = checked
            .findings
            .iter()
            .filter(|it| it.severity != Severity::Note)
            .map(|it| it.code)
            .collect();
        // One is of an API that is yet to come, so that hosts have something to pass over.
        let is_of_another_time = archive.to_string_lossy().contains("markdown-server/0.7.0");
        let expected: &[Code] = match is_of_another_time {
            true => &[Code::ComponentApiUnsupported],
            false => &[],
        };
        assert_eq!(worse, expected, "{}", archive.display());
        count += 1;
    }
    assert!(count >= 21, "{count}");
}
