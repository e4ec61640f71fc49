//! The wings of `src/`: a file uses its own wing or a lower one, a sibling is imported by its file, and no file is long.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the sources, which no confined folder holds, and fails where it cannot"
)]

mod errors;
mod paths;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use paths::{exported, used};

/// The wings from the lowest to the highest. The last is the command, which sees the library from outside.
const WINGS: &[&str] = &[
    "base",
    "package",
    "network",
    "runtime",
    "store",
    "authoring",
    "bridge",
    "cli",
];

/// The most lines that a file may have.
const LONGEST: usize = 600;

/// What belongs to no wing: the library's and the command's roots, the list of all errors, and the guide's pages.
const ROOTS: &[&str] = &["lib.rs", "error.rs", "main.rs", "guide"];

/// A source file and the module that it is, from the crate's root.
struct Source {
    file: PathBuf,
    module: Vec<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let file = path.strip_prefix(&root).unwrap().to_path_buf();
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source {
                    module: module(&file),
                    file,
                    text,
                });
            }
        }
    }
    found.sort_by(|one, other| one.file.cmp(&other.file));
    found
}

fn module(file: &Path) -> Vec<String> {
    let stem = file.with_extension("");
    let mut module: Vec<_> = stem
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|it| it == "mod") {
        module.pop();
    }
    module
}

fn height(wing: &str) -> Option<usize> {
    WINGS.iter().position(|it| *it == wing)
}

/// What is wrong with the paths of a file of a wing.
fn arrows_up(source: &Source) -> Vec<String> {
    let wing = &source.module[0];
    let own = height(wing).unwrap();
    let mut wrong = Vec::new();
    for path in used(&source.text, &source.module) {
        let Some((root, rest)) = path.split_first() else {
            continue;
        };
        // `pub(crate)` leads nowhere.
        let Some(target) = rest.first() else {
            continue;
        };
        let is_wrong = match root.as_str() {
            // The command is a crate of its own.
            "crate" if wing == "cli" => target != "cli",
            "crate" => height(target).is_none_or(|it| it > own),
            "annexe" => wing != "cli",
            _ => false,
        };
        if is_wrong {
            let (file, path) = (source.file.display(), path.join("::"));
            wrong.push(format!("src/{file} uses {path}"));
        }
    }
    wrong
}

#[test]
fn every_file_stands_in_a_wing() {
    let strays: Vec<_> = sources()
        .iter()
        .filter(|it| !ROOTS.contains(&it.file.iter().next().unwrap().to_str().unwrap()))
        .filter(|it| height(&it.module[0]).is_none())
        .map(|it| it.file.display().to_string())
        .collect();
    assert!(strays.is_empty(), "in no wing of {WINGS:?}: {strays:?}");
}

#[test]
fn no_arrow_runs_up() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|it| height(&it.module[0]).is_some())
        .flat_map(arrows_up)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn siblings_are_imported_by_their_file() {
    let sources = sources();
    let facades: BTreeMap<&[String], Vec<String>> = sources
        .iter()
        .filter(|it| it.file.ends_with("mod.rs"))
        .map(|it| (it.module.as_slice(), exported(&it.text)))
        .collect();
    let mut wrong = Vec::new();
    for source in &sources {
        for path in used(&source.text, &source.module) {
            let Some((name, folder)) = path.split_last() else {
                continue;
            };
            let Some(folder) = folder.strip_prefix(["crate".to_owned()].as_slice()) else {
                continue;
            };
            // Whoever stands in a folder is no visitor of it.
            let is_inside = source.module.len() > folder.len() && source.module.starts_with(folder);
            // A function may have the name of its file.
            let is_module = sources.iter().any(|it| it.module == path[1..]);
            if is_inside && !is_module && facades.get(folder).is_some_and(|it| it.contains(name)) {
                let (file, path) = (source.file.display(), path.join("::"));
                wrong.push(format!("src/{file} uses {path} through the facade"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the rooms of the store may use, where that is not all: the one that reads what is on disk needs no engine.
const STORE: &[(&str, &[&str])] = &[
    ("disk", &["runtime", "store::change", "store::run"]),
    ("journal", &["runtime", "store::change", "store::run"]),
    ("dev", &["runtime", "store::change", "store::run"]),
    ("change", &["store::run"]),
];

#[test]
fn the_store_on_disk_knows_neither_its_changes_nor_what_runs() {
    let mut wrong = Vec::new();
    for source in &sources() {
        let [wing, room, ..] = source.module.as_slice() else {
            continue;
        };
        let of_room = STORE
            .iter()
            .filter(|(name, _)| wing == "store" && room == name);
        let forbidden: Vec<&&str> = of_room.flat_map(|(_, forbidden)| *forbidden).collect();
        for path in used(&source.text, &source.module) {
            let path = path.join("::");
            let is_forbidden = |above: &&&str| path.starts_with(&format!("crate::{above}::"));
            if forbidden.iter().any(is_forbidden) {
                wrong.push(format!("src/{} uses {path}", source.file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_long() {
    let long: Vec<_> = sources()
        .iter()
        .map(|it| (it.text.lines().count(), it.file.display().to_string()))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}
