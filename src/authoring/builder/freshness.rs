//! A comparison of a component's age with that of the sources beside it.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{base::fs, package::manifest::COMPONENT};

/// The files that a component is built from, besides those of `src`.
const FILES: [&str; 3] = ["Cargo.toml", "Cargo.lock", "build.rs"];

/// The folder of the sources.
const SOURCES: &str = "src";

/// The most files that are looked at; real extensions have a hundred.
const MOST_FILES: usize = 20_000;

/// Returns the source that was changed last, relative to `folder`, where it was changed after the `extension.wasm`
/// there was written. `None` where the component is as new, where either is missing, and where there is no
/// `Cargo.toml`.
///
/// The times are those of the file system, so that a fresh checkout, whose files are all as new, may say so of a
/// component that is kept among its sources. Links count by what they lead to. Blocks while it reads.
pub fn newer_source(folder: &Path) -> Option<PathBuf> {
    let built = changed(&folder.join(COMPONENT))?;
    changed(&folder.join("Cargo.toml"))?;
    let mut found: Vec<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    found.extend(below(folder));
    let dated = found
        .into_iter()
        .filter_map(|path| Some((changed(&folder.join(&path))?, path)));
    let (newest, path) = dated.max()?;
    (newest > built).then_some(path)
}

/// The files of the sources' folder, relative to the extension's.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut pending = vec![PathBuf::from(SOURCES)];
    let mut found = Vec::new();
    while let Some(inner) = pending.pop() {
        for entry in fs::read_dir(&folder.join(&inner)).unwrap_or_default() {
            let Some(name) = entry.file_name() else {
                continue;
            };
            let path = inner.join(name);
            if fs::symlink_metadata(&entry).is_ok_and(|it| it.is_dir()) {
                pending.push(path);
            } else {
                found.push(path);
            }
            if found.len() + pending.len() >= MOST_FILES {
                return found;
            }
        }
    }
    found
}

/// The time at which a file was changed last.
fn changed(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok().filter(|it| it.is_file())?;
    metadata.modified().ok()
}
