//! A comparison of a component's age with that of the sources beside it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use toml::{Table, Value};

use super::MOST_TEXT_BYTES;
use crate::{base::fs, package::manifest::COMPONENT};

/// The files that a component is built from, besides those of `src`.
const FILES: [&str; 3] = [MANIFEST, "Cargo.lock", "build.rs"];

const MANIFEST: &str = "Cargo.toml";

/// The folder of the sources.
const SOURCES: &str = "src";

/// The most files that are looked at; real extensions have a hundred.
const MOST_FILES: usize = 20_000;

/// The time within which a checkout writes its files, one after the other in any order.
const CHECKOUT: Duration = Duration::from_secs(2);

/// Returns the source that was changed last, relative to `folder`, where it was changed after the `extension.wasm`
/// there was written. `None` where the component is as new, where either is missing, and where there is no
/// `Cargo.toml`.
///
/// The times are those of the file system. A checkout writes all files within moments, in any order, so two seconds do
/// not count; one that takes longer may say so of a component that is kept among its sources. Sources outside of `src`
/// count where `Cargo.toml` names them: the library's, and those of packages by their path. Links count by what they lead to. Blocks while it reads.
pub fn newer_source(folder: &Path) -> Option<PathBuf> {
    let built = changed(&folder.join(COMPONENT))?;
    changed(&folder.join(MANIFEST))?;
    let mut found: Vec<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    for sources in folders(folder) {
        below(folder, sources, &mut found);
    }
    let dated = found
        .into_iter()
        .filter_map(|path| Some((changed(&folder.join(&path))?, path)));
    let (newest, path) = dated.max()?;
    (newest > built + CHECKOUT).then_some(path)
}

/// The folders of sources, relative to the extension's: `src`, that of the library where it is another one, and those of
/// the packages that `Cargo.toml` names by their path.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from(SOURCES)];
    let bytes = fs::read_bounded(&folder.join(MANIFEST), MOST_TEXT_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let Ok(manifest) = text.parse::<Table>() else {
        return found;
    };
    let path_of = |table: &Value| Some(PathBuf::from(table.get("path")?.as_str()?));
    let library = manifest.get("lib").and_then(path_of);
    let library = library.and_then(|path| Some(path.parent()?.to_path_buf()));
    // A library that lies beside the manifest has it for its folder, with all that is built there.
    found.extend(library.filter(|path| path.components().next().is_some()));
    for key in ["dependencies", "build-dependencies"] {
        let named = manifest.get(key).and_then(Value::as_table);
        let paths = named
            .into_iter()
            .flat_map(|all| all.values().filter_map(path_of));
        found.extend(paths.map(|path| path.join(SOURCES)));
    }
    found
}

/// Adds the files below a folder, relative to the extension's.
fn below(folder: &Path, sources: PathBuf, found: &mut Vec<PathBuf>) {
    let mut pending = vec![sources];
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
                return;
            }
        }
    }
}

/// The time at which a file was changed last.
fn changed(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok().filter(|it| it.is_file())?;
    metadata.modified().ok()
}
