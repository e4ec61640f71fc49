//! Finds what a build has read outside the extension's folder: a change there calls for another build.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    cargo::Artifact,
    metadata::{self, Package},
};
use crate::base::fs;

/// What cargo and rustup look for in a folder and in all above it.
const CONFIGURATION: [&str; 4] = [
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
];

/// The files and folders outside `folder` that were read, resolved and sorted; those in the build's own
/// folder apart, which it has written itself. Both folders are resolved.
///
/// # Errors
/// Where the list that cargo has written cannot be read.
pub(super) fn outside(
    folder: &Path,
    package: &Package,
    artifact: &Artifact,
    build_folder: &Path,
) -> fs::Result<Vec<PathBuf>> {
    let list = fs::read(&artifact.file.with_extension("d"))?;
    let mut found = dependencies(&String::from_utf8_lossy(&list));
    found.extend(artifact.manifests.iter().cloned());
    let root = &package.workspace_root;
    found.extend(["Cargo.toml", "Cargo.lock"].map(|name| root.join(name)));
    found.extend(above(folder, &CONFIGURATION));
    // Relative ones are so because a configuration asks for it, to the root most often.
    let found = found.iter().map(|path| root.join(path));
    let mut found = resolved(folder, found);
    found.retain(|path| !path.starts_with(build_folder));
    Ok(found)
}

/// The files and folders outside `folder` that a build would read, as far as manifests say so: for one
/// that has failed, and whose mistake may lie in any of them. Resolved and sorted.
pub(super) async fn expected(folder: &Path) -> Vec<PathBuf> {
    let beside = metadata::beside(folder).await.into_iter();
    // A package that lies above the extension holds more than its own sources.
    let beside = beside.flat_map(|path| match folder.starts_with(&path) {
        true => vec![path.join("src"), path.join("build.rs")],
        false => vec![path],
    });
    let manifests = above(folder, &["Cargo.toml", "Cargo.lock"]);
    resolved(
        folder,
        beside.chain(manifests).chain(above(folder, &CONFIGURATION)),
    )
}

/// The paths of these names in all folders above one.
fn above<'a>(folder: &'a Path, names: &'a [&str]) -> impl Iterator<Item = PathBuf> + 'a {
    let folders = folder.ancestors().skip(1);
    folders.flat_map(move |above| names.iter().map(|name| above.join(name)))
}

/// Those of some paths that lead to something outside `folder`, resolved and sorted.
fn resolved(folder: &Path, paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let resolved: BTreeSet<PathBuf> = paths
        .filter_map(|path| fs::canonicalize(&path).ok())
        // A package that lies above the extension holds all of it.
        .filter(|path| !path.starts_with(folder) && !folder.starts_with(path))
        .collect();
    resolved.into_iter().collect()
}

/// The files that a list in the form of `make`'s rules names: `<output>: <input> <input>`, with a
/// backslash before each space that is part of a name.
fn dependencies(list: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in list.lines() {
        let Some((_, inputs)) = line.split_once(": ") else {
            continue;
        };
        let mut name = String::new();
        let mut characters = inputs.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' if characters.peek() == Some(&' ') => name.extend(characters.next()),
                ' ' => found.push(std::mem::take(&mut name)),
                other => name.push(other),
            }
        }
        found.push(name);
    }
    found.retain(|name| !name.is_empty());
    found.into_iter().map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_inputs_is_read_with_spaces_in_names() {
        let list = "/t/a.wasm: /s/one.rs /s/with\\ a\\ space.rs C:\\s\\lib.rs\n\n/t/b.d:\n";
        let expected = ["/s/one.rs", "/s/with a space.rs", "C:\\s\\lib.rs"];
        assert_eq!(dependencies(list), expected.map(PathBuf::from));
    }
}
